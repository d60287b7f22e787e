"""Aigul pays Dana, Dana buys a coffee with the same money, and nobody has a network (DT-O-01, DT-O-05)."""

from town.cast import AIGUL, DANA, MERCHANT
from town.stories.acts import balances_around, load, reconnect, whether_cut_off
from town.stories.stage import Stage
from town.town import Town

LOADED_TIYN = 200_000
LENT_TIYN = 50_000
COFFEE_TIYN = 30_000


def tell(stage: Stage, town: Town) -> None:
    """Load, go offline, pay twice, come back."""
    aigul, dana, merchant = town.purses(AIGUL, DANA, MERCHANT)
    stage.scene(
        "Aigul fills her purse while she still has a network",
        "Money must be on the device before the network goes: the National Bank signs it for her device.",
    )
    load(stage, aigul, LOADED_TIYN)

    stage.scene(
        "The network is gone; Aigul owes Dana lunch",
        "The money is a signed history that Dana checks by herself: no bank is asked, because none can be.",
    )
    whether_cut_off(stage)
    heard = town.orders_heard()
    with balances_around(stage, "in the wallets", aigul, dana):
        aigul.hand_over(stage, dana, LENT_TIYN, "lunch")

    stage.scene(
        "Dana buys a coffee with what she just got",
        "Received money is money: it can be spent again at once, and the change stays hers.",
    )
    with balances_around(stage, "in the wallets", dana, merchant):
        dana.hand_over(stage, merchant, COFFEE_TIYN, "coffee")
    stage.fact("network_calls", town.orders_heard() - heard)
    stage.check("The platform was asked nothing meanwhile", town.orders_heard() == heard)
    stage.fact("dana_tiyn", dana.balance())
    stage.fact("merchant_tiyn", merchant.balance())

    reconnect(stage, town, merchant, dana, aigul)
