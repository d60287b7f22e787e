"""Three customers and a merchant, all offline for a week, settled afterwards (DT-L-06, DT-Q-12)."""

from town.cast import AIGUL, BOLAT, DANA, MERCHANT
from town.stories.acts import balances_around, load, reconnect, whether_cut_off
from town.stories.stage import Stage
from town.town import Town

PRICE_TIYN = 100_000
DAYS = 7


def tell(stage: Stage, town: Town) -> None:
    """Load, wait a week without the network, pay one merchant three times, settle."""
    customers = town.purses(AIGUL, BOLAT, DANA)
    (merchant,) = town.purses(MERCHANT)
    stage.scene(
        "A village without a network, for a week",
        "Where no signal reaches, offline money is not a comfort but the only way to pay.",
    )
    for customer in customers:
        load(stage, customer, 2 * PRICE_TIYN)
    whether_cut_off(stage)
    town.pass_days(DAYS)
    stage.say(f"{DAYS} days pass.", "wait")
    with balances_around(stage, "in the wallets", *customers, merchant):
        for customer in customers:
            customer.hand_over(stage, merchant, PRICE_TIYN, "market")
    stage.fact("merchant_tiyn", merchant.balance())
    before = merchant.account_tiyn()
    reconnect(stage, town, merchant, *customers)
    stage.fact("merchant_settled_tiyn", merchant.account_tiyn() - before)
