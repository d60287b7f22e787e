"""Card payments over real sockets, and again and again one of the processes dies by ``kill -9``.

Two processes of tills (five terminals each: the tills' own counter, sealed book, kernel and chips), the
switch, and the banks' node; four clients at four banks, two shops. In every round one of them dies at some
moment and is started again; when all is said, the books of every client, merchant and bank are compared,
operation by operation, before the next round. ``TENGE_CARD_KILLS=20000`` (``make soak``) plays ten towns
instead of one.
"""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from pos.core.card_tender import NO_ANSWER, PURCHASE, REFUND, RESTARTED, VOIDED, CardPhase
from tests.simulation.cards.kill_books import Books, payments, wholly
from tests.simulation.cards.kill_streets import TILLS, Nursery, Streets, killed, opened

EACH = 2_000
"""Operations of one town."""
TOWNS = max(1, int(os.environ.get("TENGE_CARD_KILLS", EACH)) // EACH)
KILLS = 21
"""A third of them each: a process of tills, the switch, the banks."""


@pytest.fixture
def streets(tmp_path: Path) -> Iterator[Streets]:
    """Everybody is there and waits."""
    with closing(Nursery()) as nursery:
        yield opened(nursery, tmp_path / "town", EACH)


@pytest.mark.parametrize("seed", range(2026, 2026 + TOWNS))
def test_killed_again_and_again_they_are_exact_each_time(streets: Streets, seed: int) -> None:
    random, books = Random(seed), Books(streets)
    victims = killed(random, KILLS)
    for turn, victim in enumerate(victims):
        streets.aim(EACH * (turn + 1) // KILLS)
        streets.until_done(random.uniform(0.05, 0.9))
        streets.kill(victim)
        streets.start(victim)
        streets.until(lambda: streets.quiet)
        books.compare()
    assert streets.ended() == [0] * TILLS
    sorts = Counter(one.partition("-")[0] for one in victims)
    assert len(victims) >= 20 and min(sorts[one] for one in ("till", "switch", "bank")) >= 5
    rows = payments(streets)
    reasons = Counter(reason for *_, reason in rows)
    phases = Counter((kind, phase) for kind, phase, *_ in rows)
    told = f"{dict(phases)}, {dict(reasons)}"
    assert len(rows) >= EACH, told
    assert reasons[NO_ANSWER] and reasons[RESTARTED] and reasons[VOIDED], told
    assert phases[PURCHASE, CardPhase.APPROVED] > EACH // 2 and phases[REFUND, CardPhase.APPROVED], told
    for lane in streets.all_lanes:
        assert any(phase == CardPhase.APPROVED for _, phase, *_ in lane.told), lane.folder.name
    streets.kill("bank")
    wholly(streets)
