"""Random towns on the real platform: the equation after every step, and the same end for every order.

``TENGE_STEPS`` makes the long walk longer (the row's own figure is 10000 operations; a run of the suite takes
a few hundred).
"""

import os
from pathlib import Path
from random import Random

import pytest

from tests.simulation.random_town import PEOPLE, RandomTown, live, live_once
from town.balance_sheet import read_balance_sheet

STEPS = int(os.environ.get("TENGE_STEPS", "150"))


def finished(folder: Path, seed: int, order_seed: int) -> RandomTown:
    """The same town lived again; everything it could upload comes in another order, some of it twice."""
    town = RandomTown(folder, Random(seed))
    live(town, 16)
    town.claim_the_rest()
    order = list(range(len(town.uploads)))
    if order_seed:
        shuffle = Random(order_seed)
        shuffle.shuffle(order)
        order += shuffle.choices(order, k=len(order) // 3)
    for place in order:
        town.upload(place)
    town.town.platform.tick()
    return town


@pytest.mark.row("DT-Z-01")
@pytest.mark.parametrize("seed", (3, 9, 11, 14))
def test_any_order_of_uploads_ends_in_the_same_fortunes_debts_and_culprits(tmp_path: Path, seed: int) -> None:
    first = finished(tmp_path / "a", seed, 0)
    told = "\n".join(first.story)
    assert read_balance_sheet(tmp_path / "a").holds, told
    # Every branch was shown: no cheat is missed, nobody honest is named.
    assert first.blamed() == first.cheats, told
    for other in (1, 2):
        second = finished(tmp_path / f"b{other}", seed, 100 * seed + other)
        assert second.story == first.story
        assert read_balance_sheet(tmp_path / f"b{other}").holds, told
        assert second.end() == first.end(), told
        assert second.blamed() == first.blamed()
        second.town.platform.close()
    owing = {person.name for person in PEOPLE if first.owed(person)}
    cheating = {phone.person.name for phone in first.phones if set(phone.keys) & first.cheats}
    # These towns were chosen because somebody cannot pay for what he did; and nobody else owes anything.
    assert owing
    assert owing <= cheating
    first.town.platform.close()


@pytest.mark.row("DT-P-18")
def test_the_equation_holds_after_each_of_many_random_operations_while_wires_break(tmp_path: Path) -> None:
    town = RandomTown(tmp_path, Random(2026))
    wires, random = town.wires, town.random
    for step in range(STEPS):
        act = random.random()
        if act < 0.02:
            town.renew()
        elif act < 0.55:
            live_once(town)
        else:
            # Whatever goes over the wires between participants may be lost there, or its answer may.
            if random.random() < 0.4:
                random.choice((wires.before, wires.after)).add(wires.count + random.randint(0, 6))
            if act < 0.62:
                town.transfer()
            elif act < 0.9 and town.uploads:
                town.upload(random.randrange(len(town.uploads)))
            else:
                town.town.platform.tick()
            wires.before.clear()
            wires.after.clear()
        sheet = read_balance_sheet(tmp_path)
        assert sheet.holds, f"after step {step}: {sheet}\n" + "\n".join(town.story)
        assert town.blamed() <= town.cheats
    town.town.platform.close()
