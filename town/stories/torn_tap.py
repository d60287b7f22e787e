"""The payer's wallet dies in the middle of a payment, kill -9, and nothing is lost or doubled (DT-O-12)."""

from faces.amounts import amount_text
from town.cast import AIGUL, DANA
from town.purse import Purse
from town.stories.acts import balances_around, load, reconnect, whether_cut_off
from town.stories.stage import Stage
from town.torn_tap import PAYER, tear
from town.town import Town

AMOUNT_TIYN = 70_000

CUTS = ("before the money left", "after the money left, before the receipt came back")
"""Where the demonstration tears: the tests tear at every message, on both sides."""


def play(stage: Stage, town: Town) -> tuple[Purse, ...]:
    """Tear the tap twice: once before the new link is out, once before the receipt is in."""
    aigul, dana = town.purses(AIGUL, DANA)
    stage.scene(
        "A tap, torn in the middle",
        "Paper money is never in two hands nor in none; electronic money has to earn that, at every byte.",
    )
    load(stage, aigul, 4 * AMOUNT_TIYN)
    whether_cut_off(stage)
    for message, said in zip((4, 5), CUTS, strict=True):
        both = aigul.balance() + dana.balance()
        with balances_around(stage, f"torn {said}", aigul, dana):
            torn = tear(aigul, dana, AMOUNT_TIYN, tear_before=message, victim=PAYER)
            stage.say(
                f"Message {message} of the tap never arrives; {aigul.shown}'s wallet is killed with kill -9.",
                "bad",
            )
            aigul.show(stage, "recover --offline")
            stage.say(aigul.what_is_open(), "wait")
            stage.say("The two wallets meet again and go on where they were.")
            torn.repair(stage)
        moved = aigul.balance() + dana.balance() == both
        stage.check(f"Both wallets together hold what they held: {amount_text(both)}", moved)
    stage.fact("aigul_tiyn", aigul.balance())
    stage.fact("dana_tiyn", dana.balance())
    return dana, aigul


def tell(stage: Stage, town: Town) -> None:
    """The torn tap, and everybody's way home."""
    reconnect(stage, town, *play(stage, town))
