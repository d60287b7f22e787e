"""Random worlds under tight terms: reviews, and claims on both sides of the end of their window."""

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import given, note, settings
from hypothesis import strategies as st

from platform_stub.nbk.settlement_claims import CLAIM_WINDOW_S, Terms
from tests.mint import EXPIRY, NOW
from tests.settlement.ledger import Ledger
from tests.simulation.worlds import World, world_of

END = EXPIRY + CLAIM_WINDOW_S
TIGHT = Terms(review_above_tiyn=50_000)


def ledger_of(world: World, path: Path) -> Ledger:
    """With every root issued, and little that is covered unseen."""
    ledger = Ledger(path, world.trust, terms=TIGHT)
    for packed in world.roots:
        ledger.issue(packed)
    return ledger


def equation_holds(world: World, ledger: Ledger) -> bool:
    """Accounts gain what devices and cheats lose; nothing else moves, to the tiyn."""
    gained = sum(ledger.paid.values()) - sum(ledger.drawn.values())
    return world.loaded_tiyn == ledger.devices_tiyn() + gained + ledger.on_the_way_tiyn()


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_what_is_covered_unseen_and_what_waits_are_sums_without_order(seed: int) -> None:
    world = world_of(seed, steps=18)
    for line in world.story:
        note(line)
    with TemporaryDirectory() as folder:
        ends = []
        for turn in range(2):
            ledger = ledger_of(world, Path(folder) / f"{turn}.db")
            for item in Random(seed + turn).sample(world.claims, len(world.claims)):
                ledger.upload(claims=[item])
                assert equation_holds(world, ledger)
            waits, drawn, paid = ledger.in_review(), dict(ledger.drawn), sum(ledger.paid.values())
            ledger.release()
            assert equation_holds(world, ledger)
            ends.append((waits, drawn, paid, ledger.paid, ledger.drawn, ledger.devices_tiyn()))
        assert ends[0] == ends[1]


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_around_the_end_of_the_window_money_moves_and_is_never_made(seed: int) -> None:
    world, chance = world_of(seed, steps=18), Random(seed)
    for line in world.story:
        note(line)
    with TemporaryDirectory() as folder:
        ledger = ledger_of(world, Path(folder) / "a.db")
        items = chance.sample(world.claims, len(world.claims))
        in_time = chance.randint(0, len(items))
        for place, item in enumerate(items):
            ledger.upload(claims=[item], now=NOW if place < in_time else END)
            assert equation_holds(world, ledger)
        covered = sum(ledger.drawn.values())
        for later, item in enumerate(items):
            ledger.upload(claims=[item], now=END + later)
        assert sum(ledger.drawn.values()) == covered, "the same again takes nothing from anybody"
        assert set(ledger.drawn) <= world.cheats
        # What a statement brought is all that can be taken for it.
        with ledger.store.reading() as rows:
            for refund in rows.aside.refunds():
                assert 0 <= refund.taken_tiyn <= ledger.paid.get(refund.claim, 0)
