"""A kiosk with no network sells a coffee, screen to camera: three codes, and the money is the merchant's
(DT-O-09 by QR)."""

from town.cast import AIGUL, MERCHANT
from town.counter import Counter
from town.stories.acts import balances_around, close, load, whether_cut_off
from town.stories.stage import Stage
from town.town import Town

LOADED_TIYN = 500_000
COFFEE_TIYN = 120_000
CAKE_TIYN = 257_900
TOTAL_TIYN = 377_900
"""3 779,00: the average check of the pilot's cards."""


def tell(stage: Stage, town: Town) -> None:
    """Open a till, go offline, sell, close the shift, come back."""
    (aigul,) = town.purses(AIGUL)
    till = Counter(town, MERCHANT, "kiosk")
    stage.scene(
        "Merchant M opens a till",
        "A till is a device like any wallet: its keys are its own, and its bank has certified them.",
    )
    till.open(stage)
    stage.scene("Aigul fills her purse", "The last moment at which anybody needs a network today.")
    load(stage, aigul, LOADED_TIYN)

    stage.scene(
        "The network is gone; a coffee and a cake, please",
        "The till shows a code, Aigul's wallet reads it and shows one back, the till answers it.",
    )
    whether_cut_off(stage)
    heard = town.orders_heard()
    with balances_around(stage, "in the wallet", aigul):
        taken = till.sell_by_codes(stage, aigul, ("Coffee", COFFEE_TIYN), ("Cake", CAKE_TIYN))
    stage.fact("paid_tiyn", taken.told["amount_tiyn"])
    stage.check("The till took exactly what it asked for", taken.told["amount_tiyn"] == TOTAL_TIYN)
    stage.check("The platform was asked nothing meanwhile", town.orders_heard() == heard)

    stage.scene(
        "The shift ends, the network is back",
        "What stands on the receipts, in the Z report and on the account is one sum.",
    )
    till.show(stage, "deposit", network=True)
    before = town.account_tiyn(MERCHANT)
    till.do("deposit", network=True)
    after = town.account_tiyn(MERCHANT)
    stage.balances("Digital Tenge on the account", [(MERCHANT.shown, before, after)])
    till.show(stage, "z --counted 5000")
    report = till.do("z", "--counted", "5000").told
    stage.fact("z_report", report)
    stage.fact("settled_tiyn", after - before)
    stage.check("The account has what was sold", after - before == TOTAL_TIYN)
    close(stage, town)
