"""The load of a switch: what it says of its answers, and a small one through real processes."""

import json

import pytest

from card_switch.tcp.loading import Loaded
from town.card_load import histogram, told
from town.cli import main


def test_answers_are_counted_by_how_long_they_took() -> None:
    rows = histogram([3.0, 4.9, 5.0, 41.0])
    assert [(row["name"], row["value"]) for row in rows if row["value"]] == [
        ("0-5 ms", 2),
        ("5-10 ms", 1),
        ("40-45 ms", 1),
    ]
    assert histogram([]) == []


def test_percents_and_rate_are_of_the_answers() -> None:
    loaded = Loaded([float(one) for one in range(1, 101)], seconds=2.0)
    facts = told(loaded)
    assert (facts["answers"], facts["answers_a_second"]) == (100, 50.0)
    assert (facts["p50_ms"], facts["p90_ms"], facts["p99_ms"], facts["slowest_ms"]) == (51, 91, 100, 100)


def test_a_small_load_is_approved_and_the_books_hold(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["switch", "load", "--connections", "2", "--each", "3", "--json"]) == 0
    facts = json.loads(capfd.readouterr().out)
    assert facts["codes"] == {"00": 6} and facts["answers"] == 6 and facts["books_hold"]
