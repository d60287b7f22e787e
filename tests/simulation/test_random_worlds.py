"""Random worlds: the equation holds after every upload, and the end does not depend on the order."""

from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from tests.settlement.ledger import Ledger
from tests.simulation.worlds import World, world_of


def settle(world: World, path: Path, order: Sequence[int], *, repeats: Random | None = None) -> Ledger:
    """Upload everything in this order, one item at a time; the equation is checked after each."""
    ledger = Ledger(path, world.trust)
    for packed in world.roots:
        ledger.issue(packed)
    items = [(record, None) for record in world.histories] + [(None, claim) for claim in world.claims]
    places = list(order)
    if repeats is not None:
        places += repeats.choices(order, k=len(order) // 2) if order else []
    for place in places:
        record, claim = items[place]
        ledger.upload([record] if record else [], [claim] if claim else [])
        credited, drawn = sum(ledger.paid.values()), sum(ledger.drawn.values())
        # Accounts gain what devices and cheats lose; nothing else moves, to the tiyn.
        assert world.loaded_tiyn == ledger.devices_tiyn() + credited - drawn + ledger.on_the_way_tiyn()
        assert ledger.devices_tiyn() >= 0
    return ledger


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1))
@pytest.mark.row("DT-P-18")
@pytest.mark.row("DT-Z-01")
def test_whatever_the_order_the_same_owners_are_paid_and_the_same_cheats_named(seed: int) -> None:
    world = world_of(seed)
    for line in world.story:
        note(line)
    count = len(world.histories) + len(world.claims)
    shuffle = Random(seed)
    with TemporaryDirectory() as folder:
        first = settle(world, Path(folder) / "a.db", range(count))
        order = list(range(count))
        shuffle.shuffle(order)
        second = settle(world, Path(folder) / "b.db", order, repeats=shuffle)
        assert first.paid == second.paid
        assert first.drawn == second.drawn
        assert first.fork_keys() == second.fork_keys()
        assert first.devices_tiyn() == second.devices_tiyn()
        # Nobody honest is ever blamed; and once every branch was shown, no cheat is missed.
        assert first.fork_keys() == world.cheats
        assert set(first.drawn) <= world.cheats


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 0.9))
def test_part_of_the_truth_never_blames_the_honest(seed: int, share: float) -> None:
    world = world_of(seed)
    count = len(world.histories) + len(world.claims)
    chosen = [place for place in range(count) if Random(seed + place).random() < share]
    with TemporaryDirectory() as folder:
        ledger = settle(world, Path(folder) / "a.db", chosen)
        assert ledger.fork_keys() <= world.cheats
        assert set(ledger.drawn) <= ledger.fork_keys()
