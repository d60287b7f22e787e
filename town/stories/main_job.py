"""The whole of it: issued, loaded, handed on fifteen times, changed, torn, cloned, settled."""

from faces.amounts import amount_text
from town.stories import chain_of_fifteen, double_spend, exact_change, torn_tap
from town.stories.acts import come_home_together
from town.stories.stage import Stage
from town.town import Town


def tell(stage: Stage, town: Town) -> None:
    """Every offline story in one town, then everybody reconnects, then the cheat."""
    stage.scene(
        "The National Bank makes the money",
        "Digital Tenge is the central bank's own money, as cash is: a bank asks, the National Bank approves, "
        "and only its signature makes it.",
    )
    sheet = town.balance_sheet()
    for line in town.issuance_lines():
        stage.say(line, "good")
    stage.fact("issued_tiyn", sheet.issued_tiyn)
    stage.say(f"{amount_text(sheet.issued_tiyn)} exist, all of it on accounts at banks.", "note")

    chained = chain_of_fifteen.play(stage, town)
    coming_home = [
        *chained,
        *exact_change.play(stage, town),
        *torn_tap.play(stage, town),
    ]
    come_home_together(stage, town, coming_home)
    stage.fact("deposited_tiyn", sum(one.account_tiyn() for one in chained))
    double_spend.tell(stage, town)
