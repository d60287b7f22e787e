"""One note through sixteen wallets: fifteen hops without a network, then the sixteenth (DT-O-03, DT-O-04)."""

from itertools import pairwise

from faces.amounts import amount_text
from town.cast import neighbour
from town.purse import Purse
from town.stories.acts import load, reconnect, whether_cut_off
from town.stories.stage import Stage
from town.town import Town

HOPS = 15
NOTE_TIYN = 1_000_000


def play(stage: Stage, town: Town) -> tuple[Purse, ...]:
    """W0 loads one note of 10 000 ₸; it goes W0 → W1 → … → W15; W15 cannot pass it on."""
    stage.busy("sixteen people get a wallet from their banks …")
    hands = town.purses(*(neighbour(place) for place in range(HOPS + 1)))
    first, last = hands[0], hands[-1]
    stage.scene(
        "Sixteen people, one note, no network",
        "Each hand adds a signature to the note's history, so the last one can check the whole way back to "
        "the National Bank.",
    )
    load(stage, first, NOTE_TIYN, single=True)
    whether_cut_off(stage)
    sizes = [first.token_bytes()]
    for hop, (payer, payee) in enumerate(pairwise(hands), 1):
        stage.busy(f"hop {hop}: {payer.shown} → {payee.shown}")
        payer.tap(payee, NOTE_TIYN, "pass it on")
        sizes.append(payee.token_bytes())
    stage.chain([one.shown for one in hands], NOTE_TIYN, sizes)
    stage.fact("hops", HOPS)
    stage.fact("token_bytes", sizes)
    stage.balances(
        "what each end holds", [(first.shown, NOTE_TIYN, first.balance()), (last.shown, 0, last.balance())]
    )
    stage.check(
        f"{last.shown} holds {amount_text(NOTE_TIYN)} and has verified 15 signatures",
        last.balance() == NOTE_TIYN,
    )

    stage.scene(
        f"{last.shown} tries a sixteenth hop",
        "The limit is signed into the note, so no wallet can be talked out of it: history stays short and "
        "fraud has little time.",
    )
    refused = last.try_to_pay(hands[-2], NOTE_TIYN)
    stage.say(refused.sentence, "bad")
    stage.fact("sixteenth", refused.code)
    stage.check("The note stays where it was", last.balance() == NOTE_TIYN)

    return (last,)


def tell(stage: Stage, town: Town) -> None:
    """The chain, and W15's deposit."""
    (last,) = play(stage, town)
    reconnect(stage, town, last)
    stage.fact("deposited_tiyn", last.account_tiyn())
