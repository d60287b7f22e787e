"""The stories on real parts: a platform process on loopback, a process for each wallet command, SQLite files.

Every figure asserted here was read back from a store by the story. Three stories are chapters of the main job
and looked at there; ``TENGE_STORIES=each`` (``make soak`` does it) tells each of them in a town of its own.
"""

import os
from collections.abc import Callable
from contextlib import nullcontext

import pytest

from town.stories.repertoire import perform
from town.stories.stage import Stage
from town.town import CROWD, fresh_town

EACH = os.environ.get("TENGE_STORIES") == "each"


def told(name: str, crowd: int = 0) -> Stage:
    """Tell one story in a fresh town with so many neighbours; its own checks must all hold."""
    stage = Stage()
    with fresh_town(crowd) as town:
        perform(name, stage, nullcontext(town))
    assert stage.failed == []
    assert any(event["kind"] == "sheet" and event["holds"] for event in stage.events)
    return stage


@pytest.fixture(scope="module")
def main_job() -> Stage:
    """The whole of it, told once."""
    return told("main_job", CROWD)


@pytest.fixture
def chapter(main_job: Stage) -> Callable[[str], Stage]:
    """Where a story that is a part of the main job was told."""
    return lambda name: told(name, CROWD) if EACH else main_job


def changes(stage: Stage, who: str) -> list[int]:
    """Every change of a balance shown for this name, in order."""
    return [
        row["after_tiyn"] - row["before_tiyn"]
        for event in stage.events
        if event["kind"] == "balances"
        for row in event["rows"]
        if row["name"] == who
    ]


@pytest.mark.row("DT-O-01")
@pytest.mark.row("DT-O-05")
@pytest.mark.row("DT-Q-09")
def test_coffee_offline() -> None:
    stage = told("coffee_offline")
    # Aigul loads 2 000 and pays Dana 500 with no network; Dana pays 300 of it on and keeps 200.
    assert changes(stage, "Aigul") == [200_000, -50_000]
    assert changes(stage, "Dana") == [50_000, -30_000]
    assert changes(stage, "Merchant M") == [30_000]
    assert stage.facts["dana_tiyn"] == 20_000
    assert stage.facts["merchant_tiyn"] == 30_000
    assert stage.facts["network_calls"] == 0
    # Nothing is kept back on the way: what was loaded is on the three accounts when all is settled.
    settled = [
        *changes(stage, "Aigul, account at Altyn Bank"),
        *changes(stage, "Dana, account at Altyn Bank"),
        *changes(stage, "Merchant M, account at Kazpost"),
    ]
    assert settled == [150_000, 20_000, 30_000]
    assert sum(settled) == 200_000
    cost = next(event for event in stage.events if event["kind"] == "cost")
    assert cost["fee_tiyn"] == 0
    assert cost["payments"] == 2
    assert cost["cpu_ms"] > 0
    assert 500 < cost["bytes"] < 10_000


def test_coffee_by_qr() -> None:
    stage = told("coffee_by_qr")
    assert changes(stage, "Aigul") == [500_000, -377_900]
    assert changes(stage, "Merchant M") == [377_900]
    assert stage.facts["settled_tiyn"] == stage.facts["paid_tiyn"] == 377_900
    assert "3779" in str(stage.facts["z_report"]).replace("\u202f", "").replace(" ", "")


@pytest.mark.row("DT-T-01")
@pytest.mark.row("DT-T-02")
@pytest.mark.row("DT-T-03")
def test_school_meal_colour() -> None:
    stage = told("school_meal_colour")
    assert stage.facts["shop"] == "colour-broken"
    assert stage.facts["canteen_tiyn"] == stage.facts["canteen_account_tiyn"] == 70_000
    assert stage.facts["merchant_tiyn"] == 70_000
    report = str(stage.facts["report"])
    for known in ("Aigul", "Dana", "Bolat", "910514450126", "+7701"):
        assert known not in report


@pytest.mark.row("DT-L-06")
@pytest.mark.row("DT-Q-12")
def test_market_day() -> None:
    stage = told("market_day")
    assert stage.facts["merchant_tiyn"] == 300_000
    assert stage.facts["merchant_settled_tiyn"] == 300_000


def test_main_job(main_job: Stage) -> None:
    assert main_job.facts["issued_tiyn"] > 0
    assert main_job.facts["sixteenth"] == "hop-limit"
    assert main_job.facts["forks"] == 1


@pytest.mark.row("DT-O-03")
@pytest.mark.row("DT-O-04")
def test_chain_of_fifteen(chapter: Callable[[str], Stage]) -> None:
    stage = chapter("chain_of_fifteen")
    assert stage.facts["hops"] == 15
    sizes = stage.facts["token_bytes"]
    assert len(sizes) == 16
    assert sizes[-1] <= 2953
    assert stage.facts["sixteenth"] == "hop-limit"
    assert stage.facts["deposited_tiyn"] == 1_000_000


@pytest.mark.row("DT-O-05")
def test_exact_change(chapter: Callable[[str], Stage]) -> None:
    stage = chapter("exact_change")
    assert stage.facts["paid_tiyn"] == 37_795 + 1 + 12_204 == 50_000
    assert stage.facts["kept_tiyn"] == 50_000


@pytest.mark.row("DT-O-07")
def test_double_spend(chapter: Callable[[str], Stage]) -> None:
    stage = chapter("double_spend")
    # money.md and docs/protocol/cash.md rule: the losing token is refused as money, its honest holder paid.
    assert stage.facts["dana_credited_tiyn"] == 500_000
    assert stage.facts["merchant_credited_tiyn"] == 500_000
    assert stage.facts["forks"] == 1
    assert stage.facts["culprit"] == "910514450126"
    assert stage.facts["fraud_paid_tiyn"] == 500_000
    assert stage.facts["afterwards"] in ("certificate-revoked", "not-enough-money", "device-lost")
