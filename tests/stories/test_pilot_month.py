"""The pilot's month by card, with its own figures; its charts as they stand on a screen."""

from io import StringIO

import pytest
from rich.console import Console
from rich.theme import Theme

from faces.theme import STYLES
from tests.issuer.world import hsm
from town.pilot.month import DAYS, OPERATIONS, TENGE, by_day, month
from town.stories.pilot_month import tell
from town.stories.screen import Screen
from town.stories.stage import Stage


@pytest.mark.row("DT-F-04")
def test_a_seed_is_a_month_of_1714_payments_68_a_day_and_3779_on_average() -> None:
    for seed in ("2023", "another"):
        made = month(seed)
        assert len(made) == 1_714 and len(by_day(made)) == 25 and min(by_day(made)) > 0
        assert sum(by_day(made)) // DAYS == 68
        assert abs(sum(one.amount_tiyn for one in made) / OPERATIONS / TENGE - 3_779) <= 1
        assert all(one.amount_tiyn > 0 for one in made)
        assert month(seed) == made
    assert month("2023") != month("another")


@pytest.fixture(scope="module")
def played() -> Stage:
    """The story, its terminals leaving the chips' signatures to other tests: they cost more than all else."""
    stage = Stage()
    tell(stage, hsm(), proves=False)
    return stage


@pytest.mark.row("DT-C-42")
def test_1714_payments_in_25_days_come_to_6477206_and_all_balances_reconcile(played: Stage) -> None:
    assert played.failed == []
    assert (played.facts["approved"], played.facts["days_agree"]) == (1_714, 25)
    assert played.facts["total_tiyn"] == 6_477_206_00
    shops = [row for event in played.events if event["kind"] == "balances" for row in event["rows"]]
    assert sum(row["after_tiyn"] - row["before_tiyn"] for row in shops) == 6_477_206_00
    [sheet] = [event for event in played.events if event["kind"] == "sheet"]
    assert sheet["holds"], sheet


@pytest.mark.row("DT-F-05")
def test_each_of_fifty_users_pays_in_a_shop(played: Stage) -> None:
    assert played.facts["users"] == 50


@pytest.mark.row("DT-F-06")
def test_in_the_pilot_only_other_banks_machines_decline_and_as_designed_none(played: Stage) -> None:
    pilot, full = (played.facts[f"cash {words}"] for words in ("as in the pilot", "as designed"))
    assert sum(pilot.values()) == sum(full.values()) == 41
    assert {place for place in pilot if not place.endswith("00")} == {"other bank 57"}
    assert pilot["other bank 57"] and pilot["own bank 00"]
    assert set(full) == {"own bank 00", "other bank 00"}


def test_the_charts_fit_a_screen_of_eighty_columns(played: Stage) -> None:
    drawn = StringIO()
    screen = Screen(Console(file=drawn, width=80, theme=Theme(dict(STYLES)), color_system=None))
    for event in (one for one in played.events if one["kind"] != "busy"):
        screen(event)
    lines = drawn.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    [top] = [line for line in lines if line.strip().startswith(f"{max(by_day(month('2023')))} ")]
    assert "█" in top
    assert any("Mastercard-style network" in line and "%)" in line for line in lines)
