"""Paying 377,95 from a note of 1 000: change without a till and without a network (DT-O-05)."""

from faces.amounts import amount_text
from town.cast import AIGUL, DANA, MERCHANT
from town.purse import Purse
from town.stories.acts import balances_around, load, reconnect, whether_cut_off
from town.stories.stage import Stage
from town.town import Town

NOTE_TIYN = 100_000
PRICES_TIYN = (37_795, 1, 12_204)


def play(stage: Stage, town: Town) -> tuple[Purse, ...]:
    """One note pays three odd prices; what is left goes to Dana."""
    aigul, dana, merchant = town.purses(AIGUL, DANA, MERCHANT)
    stage.scene(
        "One note, three odd prices",
        "A payment splits money into what is paid and what is kept, to the tiyn; nobody gives change.",
    )
    before = aigul.balance()
    load(stage, aigul, NOTE_TIYN, single=True)
    whether_cut_off(stage)
    with balances_around(stage, "in the wallets", aigul, merchant):
        for place, price in enumerate(PRICES_TIYN):
            aigul.hand_over(None if place else stage, merchant, price, "bread")
            stage.say(f"{aigul.shown} pays {merchant.shown} {amount_text(price)}.", "good")
    paid = sum(PRICES_TIYN)
    stage.fact("paid_tiyn", paid)
    stage.fact("kept_tiyn", aigul.balance() - before)
    stage.check(
        f"{amount_text(paid)} paid, {amount_text(NOTE_TIYN - paid)} kept: together the note of "
        f"{amount_text(NOTE_TIYN)}",
        aigul.balance() - before == NOTE_TIYN - paid,
    )
    stage.scene(
        "The change is money like any other",
        "It can be paid on at once, by its keeper and by whoever gets it.",
    )
    with balances_around(stage, "in the wallets", aigul, dana):
        aigul.hand_over(stage, dana, NOTE_TIYN - paid, "the rest")
    return merchant, dana, aigul


def tell(stage: Stage, town: Town) -> None:
    """The change, and everybody's way home."""
    reconnect(stage, town, *play(stage, town))
