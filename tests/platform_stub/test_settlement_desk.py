"""What the operator of the settlement desk types: forks, reviews, refunds, orphans, a payment's story."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from platform_stub.cli import app
from tender.account.participants import ALTYN, EURASIAN
from tender.crypto.certificates import DAY_S
from tests.platform_stub.people import BOLAT, DANA, TENGE, Town, open_town
from tests.settlement.offline import claimed, cloned, hand_over, holding_of, settle, tenge_of


def run(folder: Path, *words: str, code: int = 0) -> str:
    ran = CliRunner().invoke(app, [*words, "--folder", str(folder)], env={"COLUMNS": "80"})
    assert ran.exit_code == code, ran.output
    if "--json" not in words:
        assert max(map(len, ran.output.splitlines()), default=0) <= 80, "eighty columns are enough"
    return ran.output


def told(folder: Path, *words: str) -> Any:
    return json.loads(run(folder, *words, "--json"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def town(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """What is lost beyond 300 tenge under one fork waits for review. What is typed has the town's time, and
    not this computer's, which one day is past every window."""
    made = open_town(folder, review_above_tiyn=300 * TENGE)
    monkeypatch.setattr("hardware.clock.SystemClock.now", lambda _self: made.clock.now())
    for bank in (ALTYN, EURASIAN):
        made.stock(bank, 10_000)
    return made


def test_a_large_loss_is_found_understood_and_released(folder: Path, town: Town) -> None:
    _, dana, bolat, to_dana, to_bolat = cloned(town, 500, reserve=500)
    for phone, token in ((dana, to_dana), (bolat, to_bolat)):
        claimed(phone, token)
    (fork,) = told(folder, "forks")
    assert (fork["bank"], fork["lost_tiyn"], fork["covered_tiyn"], fork["review_tiyn"]) == (
        ALTYN,
        500 * TENGE,
        300 * TENGE,
        200 * TENGE,
    )
    assert "Altyn Bank" in run(folder, "forks")
    (review,) = told(folder, "reviews")
    assert (review["claimant_bank"], review["culprit_bank"], review["amount_tiyn"]) == (
        EURASIAN,
        ALTYN,
        200 * TENGE,
    )
    claim = review["claim"][:16]
    (story,) = told(folder, "explain", claim)
    assert story["found"] == "claim"
    assert story["waiting"] == [f"Claim {claim}: 200,00\u00a0₸ waits for review; Altyn Bank would pay."]
    assert story["next"] == [f"tenge platform release {claim} (or deny {claim})"]
    assert [one["asked"] for one in story["tree"]["below"]].count(True) == 1
    assert "signed away twice" in run(folder, "explain", fork["fork"][:12])
    assert told(folder, "release", claim, "--officer", "Zarina") == {
        "decision": "release",
        "losses": 1,
        "amount_tiyn": 200 * TENGE,
    }
    assert [tenge_of(town, one) for one in (DANA, BOLAT)] == [500, 500]
    assert "Nothing waits" in run(folder, "reviews")
    assert "order-unknown" in run(folder, "release", claim, code=1)
    (after,) = told(folder, "explain", claim)
    assert after["waiting"] == []
    assert any("200,00" in line and line.endswith("by Zarina.") for line in after["told"])


def test_a_denied_loss_is_said_to_be_refused_and_why(folder: Path, town: Town) -> None:
    aigul, dana, bolat, to_dana, to_bolat = cloned(town, 500, reserve=500)
    third, _ = hand_over(aigul, town.phones["Aigul"].load(1)[0], dana)
    claimed(bolat, to_bolat)
    claimed(dana, to_dana)
    (review,) = told(folder, "reviews")
    assert "stays uncovered" in run(folder, "deny", review["fork"])
    (story,) = told(folder, "explain", review["claim"])
    assert any("credited so far: 300,00" in line for line in story["told"])
    assert holding_of(dana, third).amount_tiyn == TENGE


def test_refunds_name_whose_money_is_left_after_the_window(folder: Path, town: Town) -> None:
    aigul, dana, bolat, _, _ = cloned(town, 500, reserve=500)
    (token,) = aigul.load(400)
    paid, kept = hand_over(aigul, token, dana, 150)
    assert kept is not None
    settle(aigul, records=[paid])
    assert run(folder, "refunds").startswith("No claim window")
    town.clock.set(holding_of(aigul, token).root.expiry + 60 * DAY_S)
    assert claimed(aigul, kept).amount_tiyn == 250 * TENGE
    lines = {one["output"]: (one["state"], one["amount_tiyn"]) for one in told(folder, "refunds")}
    assert "paid to its holder" in run(folder, "refunds")
    assert lines[holding_of(dana, paid).output.hex()] == ("waiting", 150 * TENGE)
    assert lines[holding_of(aigul, kept).output.hex()] == ("paid", 250 * TENGE)
    assert bolat.balances().dt_tiyn == 0


def test_a_payment_in_the_middle_of_a_history_is_told_by_its_whole_id(folder: Path, town: Town) -> None:
    aigul, dana, _, to_dana, _ = cloned(town, 500, reserve=0)
    settle(aigul, records=[to_dana])
    output = holding_of(dana, to_dana).output.hex()
    (story,) = told(folder, "explain", output)
    assert [one["says"] for one in story["tree"]["below"]] == [["not claimed"]]
    assert "may be claimed until" in run(folder, "explain", output)


def test_nobody_knows_of_nonsense(folder: Path, town: Town) -> None:
    assert town.platform.orphans.waiting() == []
    assert "has heard of this id" in run(folder, "explain", "00" * 32, code=1)
    run(folder, "explain", "not-hex", code=2)
    run(folder, "release", "", code=2)
    assert "No claim waits" in run(folder, "orphans")
    assert told(folder, "orphans") == told(folder, "forks") == told(folder, "reviews") == []
