"""Random worlds on the real platform: after every step the equation holds and nobody honest is blamed; in the
evening every order of uploads ends alike.

What runs when. ``make test`` plays one sequence of 10,000 operations (DT-P-18), a few whole worlds with their
evenings, and Hypothesis' own search (``test_world_machine.py``). ``make soak`` plays new worlds for minutes.
Devices here are the session of ``tender.cash`` over a store that can be copied; signatures, chains, banks,
National Bank, notary and their books are the real ones.
"""

import os
from pathlib import Path

import pytest

from tests.simulation import oracle, play
from tests.simulation.play import WorldFailed, acts_of, played, run
from tests.simulation.world import Act, World

OPERATIONS = int(os.environ.get("TENGE_STEPS", "10000"))


@pytest.mark.row("DT-Z-01")
@pytest.mark.parametrize("seed", [5, 16])
def test_a_world_with_cheats_tears_and_restored_stores_ends_alike_in_every_order(
    tmp_path: Path, seed: int
) -> None:
    counted = run(tmp_path, seed, 200)
    assert counted["forks proved"] and counted["paid"] and counted["orders compared"]
    assert counted["tears"] + counted["power cuts"] and counted["messages again"]


@pytest.mark.row("DT-P-18")
def test_ten_thousand_operations_in_one_sequence_leave_the_books_equal_to_the_tiyn(tmp_path: Path) -> None:
    world = World(tmp_path / "world", 2026)
    try:
        play.play(world, acts_of(2026, OPERATIONS, evenings=2, orders=0, offline=4))
        sheet = oracle.check_sheet(world)
    finally:
        world.close()
    assert world.count["steps"] >= OPERATIONS
    assert sheet.outstanding_tiyn == sheet.liability_tiyn == sheet.located_tiyn
    assert (
        world.count["paid"] and world.count["loaded"] and world.count["claimed"] and world.count["converted"]
    )


def test_a_failing_world_says_its_seed_its_command_and_the_shortest_story(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails_after_a_claim_and_a_transfer(world: World) -> None:
        assert not (world.count["claimed"] and world.count["transferred"]), "the books differ: by one tiyn"

    monkeypatch.setattr(oracle, "check_blame", fails_after_a_claim_and_a_transfer)
    with pytest.raises(WorldFailed) as failed:
        run(tmp_path, 46, 120)
    told = str(failed.value)
    assert "world 46 failed: the books differ: by one tiyn" in told
    assert "python -m tests.simulation.play --seed 46 --steps 120" in told
    head, _, story = told.partition(":\n  Day ")
    lines = story.splitlines()
    # A claim needs money that was loaded, and perhaps paid; then somebody transfers. Nothing else is left.
    assert "the shortest way there (" in head and len(lines) <= 5, told
    assert "transfers" in story and "claims" in story and "loads" in story, told


def test_a_sequence_with_acts_taken_out_is_again_a_world(tmp_path: Path) -> None:
    acts = acts_of(3, 60)
    _, error = played(tmp_path, 3, acts[::2])
    assert error is None
    world, error = played(tmp_path, 3, [Act("load", 0, 3, 0), Act("deposit", 0, 0, 0)])
    assert error is None
    assert world.count["claimed"] == 1
