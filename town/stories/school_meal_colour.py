"""The school's money for meals buys meals and nothing else, and nobody is watched (DT-T-01, -02, -03)."""

from faces.amounts import amount_text
from town.cast import CANTEEN, MERCHANT, SCHOOL
from town.stories.acts import balances_around, close, load, whether_cut_off
from town.stories.stage import Stage
from town.town import Town

COLOURED_TIYN = 1_000_000
MEAL_TIYN = 70_000
PURPOSE = "school meals"


def tell(stage: Stage, town: Town) -> None:
    """Load coloured money, try a shop, buy a meal, settle, spend the canteen's plain money."""
    school, canteen, merchant = town.purses(SCHOOL, CANTEEN, MERCHANT)
    stage.scene(
        "The school loads money that knows what it is for",
        "The purpose is signed by the National Bank into the money itself, so it holds with no network too.",
    )
    load(stage, school, COLOURED_TIYN, colour=PURPOSE)
    whether_cut_off(stage)

    stage.scene(
        "A shop outside the list asks for it",
        "The wallet refuses before it signs, and the shop's wallet would refuse as well.",
    )
    refused = school.try_to_pay(merchant, MEAL_TIYN)
    stage.say(refused.sentence, "bad")
    stage.fact("shop", refused.code)
    stage.check("Nothing left the school's purse", school.balance() == COLOURED_TIYN)

    stage.scene("Canteen K asks for it", "On target, the money passes like any other, offline.")
    with balances_around(stage, "in the wallets", school, canteen):
        school.hand_over(stage, canteen, MEAL_TIYN, "meals")
    stage.fact("canteen_tiyn", canteen.balance())

    stage.scene(
        "Settled, the money is plain again",
        "The colour has done its work: the canteen may spend what it earned anywhere.",
    )
    canteen.come_home(stage)
    stage.fact("canteen_account_tiyn", canteen.account_tiyn())
    load(stage, canteen, MEAL_TIYN)
    with balances_around(stage, "in the wallets", canteen, merchant):
        canteen.hand_over(stage, merchant, MEAL_TIYN, "cleaning")
    stage.fact("merchant_tiyn", merchant.balance())

    stage.scene(
        "What the sponsor sees",
        "Totals by purpose are enough to account for public money; who ate what is nobody's business.",
    )
    report = town.sponsor_report(PURPOSE)
    stage.fact("report", report)
    for name, said in (("given_tiyn", "given"), ("spent_tiyn", "spent on target"), ("left_tiyn", "left")):
        stage.say(f"{PURPOSE}: {said} {amount_text(report.get(name, 0))}", "note")
    stage.check(
        "The report holds totals and nothing that leads to a person",
        set(report) == {"given_tiyn", "spent_tiyn", "left_tiyn"},
    )
    close(stage, town)
