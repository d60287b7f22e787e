"""Payments on line, from the tap to both balances (DT-Q-07).

`tenge bench instant` measures a thousand and judges them; here a few show that whole payments are measured,
and what is said of them. ``ONLINE_PAYMENTS=1000`` for all of them.
"""

import os

import pytest

from town.bench.instant import REACH_S, timed_payments
from town.bench.parts import named

COUNT = int(os.environ.get("ONLINE_PAYMENTS", "10"))


@pytest.mark.row("DT-Q-07")
def test_the_95th_percentile_of_payments_on_line_is_reported_against_a_second() -> None:
    (part,) = named(["instant"])
    assert part.place.endswith(":thousand_payments")
    judged, *beside = timed_payments(COUNT)
    assert judged.name == f"{COUNT} payments on line, tap to both balances: p95"
    assert (judged.reach, judged.least) == (REACH_S, False) == (1.0, False)
    assert judged.holds or judged.value >= REACH_S
    median, slowest = (one.value for one in beside)
    assert 0 < median <= slowest and 0 < judged.value <= slowest / 1e3 + 0.01
