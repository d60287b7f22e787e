"""What operators type: `tenge platform ...`, over the same stores a server would use."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hardware.clock import SystemClock
from platform_stub.cli import app
from tender.account.client_messages import BY_PHONE, Convert, Transfer, Transferred
from tender.account.participants import ALTYN
from tender.crypto.keys import SigningKey
from tender.errors import Code
from tests.platform_stub.people import AIGUL, BOLAT, TENGE, Phone, Town, refused


@pytest.fixture
def folder(town: Town, tmp_path: Path) -> Path:
    """Where the town's stores lie."""
    return tmp_path


def run(folder: Path, *words: str, code: int = 0) -> str:
    ran = CliRunner().invoke(app, [*words, "--folder", str(folder)])
    assert ran.exit_code == code, ran.output
    return ran.output


def told(folder: Path, *words: str) -> Any:
    return json.loads(run(folder, *words, "--json"))


def test_a_bank_asks_and_the_national_bank_approves_or_not(folder: Path, town: Town) -> None:
    asked = told(folder, "ask-issue", "949", "1 000 000")
    assert asked == {"request": 1, "state": "pending"}
    assert "pending" in run(folder, "requests")
    assert told(folder, "approve", "1") == {"request": 1, "state": "approved"}
    assert town.platform.banks[ALTYN].inventory_tiyn() == 1_000_000 * TENGE
    assert told(folder, "ask-redeem", "949", "400000")["state"] == "pending"
    told(folder, "reject", "2")
    assert [row["state"] for row in told(folder, "requests")] == ["approved", "rejected"]
    (altyn,) = [row for row in told(folder, "participants") if row["number"] == ALTYN]
    assert (altyn["inventory_tiyn"], altyn["correspondent_tiyn"]) == (100_000_000, 400_000_000)
    sheet = told(folder, "balance")
    assert (sheet["liability_tiyn"], sheet["accounts_tiyn"], sheet["holds"]) == (
        100_000_000,
        100_000_000,
        True,
    )


def test_refusals_are_said_in_words_with_exit_code_1(folder: Path) -> None:
    assert "order-unknown" in run(folder, "approve", "77", code=1)
    run(folder, "ask-issue", "949", "9 000 000")
    assert "funds-insufficient" in run(folder, "approve", "1", code=1)
    run(folder, "ask-issue", "949", "much", code=2)
    run(folder, "ask-issue", "111", "5", code=2)


def test_a_payment_is_followed_through_every_participants_evidence(folder: Path, town: Town) -> None:
    town.stock(ALTYN, 10_000)
    aigul, _ = town.rich_phone(AIGUL, 1_000), town.phone(BOLAT)
    done = aigul.ask("transfer", Transfer(BY_PHONE, BOLAT.phone, 100, ""))
    assert isinstance(done, Transferred)
    steps = told(folder, "explain", done.transaction.hex())
    assert {(step["where"], step["kind"]) for step in steps} >= {
        ("bank-949", "notarise"),
        ("notary", "notarise"),
        ("bank-948", "transfer-final"),
    }
    history = told(folder, "history", "949")
    assert history[-1]["id"] == done.transaction.hex()
    assert "final" in run(folder, "history", "949")


def test_an_activation_code_lets_one_phone_in(folder: Path, town: Town) -> None:
    town.clock.set(SystemClock().now())  # as the command's own
    town.onboard(AIGUL)
    code = told(folder, "code", "949", AIGUL.identifier)["code"]
    first = Phone(town, AIGUL, SigningKey(town.entropy.draw(32)))
    assert first.enrol(code).name == "Aigul"
    second = Phone(town, AIGUL, SigningKey(town.entropy.draw(32)))
    assert refused(second.enrol(code), Code.ACTIVATION_WRONG)
    run(folder, "code", "949", "000000000000", code=1)


def test_an_expired_activation_code_lets_nobody_in(folder: Path, town: Town) -> None:
    client = town.onboard(AIGUL)
    code = town.platform.banks[ALTYN].clients.activation_code(client)
    town.clock.advance(8 * 86_400)
    late = Phone(town, AIGUL, SigningKey(town.entropy.draw(32)))
    assert refused(late.enrol(code), Code.ACTIVATION_WRONG)


def test_who_is_behind_a_key_needs_a_case(folder: Path, town: Town) -> None:
    key = town.phone(AIGUL).certify()[0].hex()
    assert told(folder, "behind", "949", key, "--case", "AML-1", "--officer", "Zarina")["name"] == "Aigul"
    assert "case-reference-missing" in run(folder, "behind", "949", key, code=1)
    assert "not-permitted" in run(folder, "behind", "949", key, "--case", "AML-1", code=1)
    assert "client-unknown" in run(
        folder, "behind", "948", key, "--case", "AML-1", "--officer", "Zarina", code=1
    )


def test_blocking_and_withdrawing_reach_the_running_gateway(folder: Path, town: Town) -> None:
    run(folder, "block", "949")
    assert town.platform.gateway.blocked(ALTYN)
    assert "(blocked)" in run(folder, "participants")
    run(folder, "block", "949", "--off")
    assert not town.platform.gateway.blocked(ALTYN)
    run(folder, "withdraw", "949")
    town.platform.refresh()
    assert town.platform.nbk.desk.trust.directory.body.withdrawn == (ALTYN,)


def test_the_root_key_is_printed(folder: Path, town: Town) -> None:
    assert run(folder, "root").strip() == town.platform.root_key.hex()


def test_money_needs_an_account(town: Town) -> None:
    aigul = town.phone(AIGUL, account=False)
    assert refused(aigul.ask("convert", Convert("to-dt", 100)), Code.ACCOUNT_UNKNOWN)


def test_a_restart_finds_the_same_platform(folder: Path, town: Town) -> None:
    town.stock(ALTYN, 10_000)
    assert told(folder, "balance")["accounts_tiyn"] == 10_000 * TENGE
    assert run(folder, "root").strip() == town.platform.root_key.hex()
