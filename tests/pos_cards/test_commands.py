"""The card tender by command, with a card in a file; and a process that is killed while the bank is asked."""

import json
from pathlib import Path

import pytest

from pos.cli import app
from pos.service.card_machine import CashMachine
from tests.patience import PATIENCE_S, soon
from tests.pos.market import Market
from tests.pos.test_commands import RUNNER, Counter
from tests.pos.test_power_cuts import process
from tests.pos_cards.acquirer import StandInAcquirer, approves, declines, in_dt, silent
from tests.pos_cards.counter import papers, pin_of
from tests.pos_cards.shop import KEY, TIYN


def test_a_day_of_cards(
    market: Market, acquirer: StandInAcquirer, card: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = Counter(market, monkeypatch)
    counter.opened()
    refused = counter.told("sale", "--item", "Tea=3779", "--card", card, *pin_of(market), code=1)
    assert refused["code"] == "tender-unknown", "it is no terminal yet"
    counter.run("drop")
    assert counter.told("card", "show", code=1)["code"] == "terminal-not-set"
    counter.run("card", "set", "--from", papers(market, acquirer))
    shown = counter.told("card", "show")
    assert shown["terminal"] == "T0000001" and KEY.hex() not in json.dumps(shown)

    sold = counter.told("sale", "--item", "Tea=3779", "--card", card, *pin_of(market))
    name = sold["receipt"]["receipt"]
    assert sold["card"]["phase"] == "approved" and sold["receipt"]["paid"][0]["tender"] == "card"
    paper = counter.run("receipt", name)
    masked = sold["card"]["pan"]
    for words in (masked, "A1B2C3", "A0000000031010", sold["card"]["rrn"], "PIN verified"):
        assert words in paper, paper
    assert acquirer.heard[0].pan.digits not in paper
    technical = counter.run("card", "look", str(sold["card"]["number"]))
    assert "3 779,00" in technical.replace("\u202f", " ") and "DE39 00 approved" in technical
    assert f"DE38 {sold['card']['approval']}" in technical
    assert "TVR" in technical and "floor limit exceeded" in technical
    assert "offline data authentication performed" in technical

    acquirer.script = declines("51")
    no = counter.told("sale", "--item", "Car=9000", "--card", card, *pin_of(market), code=1)
    assert no["code"] == "funds-insufficient" and no["card"]["phase"] == "declined"
    acquirer.script = approves
    added = counter.told("sale", "--item", "Tea=100", "--card", card, *pin_of(market), code=1)
    assert added["code"] == "sale-open" and counter.told("status")["sale"]["due_tiyn"] == 900_000
    again = counter.told("ask", "--card", card, *pin_of(market))
    assert again["receipt"]["total_tiyn"] == 900_000

    back = counter.told("refund", name, "--card", card, "--amount", "779", *pin_of(market))
    assert back["receipts"][0]["kind"] == "refund" and back["receipts"][0]["total_tiyn"] == 77_900
    voided = counter.told("void", again["receipt"]["receipt"])
    assert voided["receipts"][0]["kind"] == "void"
    totals = counter.told("card", "show")["totals"]
    assert (totals["sales_tiyn"], totals["refunds_tiyn"], totals["net_tiyn"]) == (TIYN, 77_900, 300_000)
    phases = [one["phase"] for one in counter.told("card", "payments")["payments"]]
    assert phases == ["approved", "reversed", "declined", "approved"]
    assert counter.told("x")["tenders"] == {"card": 300_000}
    assert counter.run("card", "payments").count("\n") == 4


def test_what_an_approval_in_dt_says(
    market: Market, acquirer: StandInAcquirer, card: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A till that takes Digital Tenge says where they would go; an answer that says so is printed so."""
    counter = Counter(market, monkeypatch)
    counter.opened()
    counter.run("card", "set", "--from", papers(market, acquirer, accepts_dt=True))
    acquirer.script = in_dt
    said = counter.run("sale", "--item", "Tea=3779", "--card", card, *pin_of(market))
    assert "Approved in Digital Tenge, nothing converted" in said
    offer = acquirer.heard[0].fields[47]
    assert isinstance(offer, str) and offer.startswith("DT01563120440001234")
    assert "Card, in Digital Tenge" in counter.run("receipt", "1-0001")
    assert str(acquirer.heard[0].fields[43])[25:] == f"{'Almaty':<13}KZ", "name, city, country"
    counter.run("sale", "--item", "Tea=200", "--tender", "cash", "--given", "200")
    report = counter.run("z", "--counted", "5200")
    assert "Card, in Digital Tenge" in report and "Bank card" not in report
    assert "Card batch 1 is open" in report, "a shift may end before its batch, and says so"


def test_a_cash_machine(
    market: Market, acquirer: StandInAcquirer, card: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = Counter(market, monkeypatch)
    counter.run("create")
    counter.run("card", "set", "--from", papers(market, acquirer, cash_machine=True))
    for wrong in ("abc", "20000", "20000=x", "3=4"):
        how = RUNNER.invoke(app, ["atm", "fill", wrong])
        assert how.exit_code == 1 and "VALUE=COUNT, such as 20000=100" in how.stderr, wrong
    assert counter.told("atm", "fill", "20000=2", "2000=5")["total_tiyn"] == 5_000_000
    out = counter.told("atm", "withdraw", "22000", "--card", card, *pin_of(market))
    assert out["notes"] == [{"value_tiyn": 2_000_000, "count": 1}, {"value_tiyn": 200_000, "count": 1}]
    stuck = counter.told("atm", "withdraw", "2000", "--jam", "--card", card, *pin_of(market), code=1)
    assert stuck["code"] == "notes-stuck" and len(acquirer.stands_tiyn) == 1
    assert counter.told("atm", "status")["total_tiyn"] == 2_800_000
    none = counter.told("atm", "withdraw", "500", "--card", card, *pin_of(market), code=1)
    assert none["code"] == "notes-missing"
    assert "In doubt" not in counter.run("atm", "status")
    monkeypatch.setattr(CashMachine, "doubted_tiyn", lambda machine: 2_000_000)
    said = counter.run("atm", "status").replace("\u202f", " ")
    assert "In doubt since the power went: 20 000,00" in said and "count the cassette by hand" in said


def test_a_till_killed_while_the_bank_is_asked_takes_the_payment_back(
    market: Market, acquirer: StandInAcquirer, card: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kill -9 after the bank has approved and before the till heard of it."""
    counter = Counter(market, monkeypatch)
    counter.opened()
    counter.run("card", "set", "--from", papers(market, acquirer))
    acquirer.script = silent
    words = ("sale", "--item", "Tea=3779", "--card", card, *pin_of(market))
    dying = process(market, "-m", "pos", *words, "--json")
    soon(lambda: bool(acquirer.heard))
    dying.kill()
    dying.communicate(timeout=PATIENCE_S)
    assert dying.returncode == -9 and acquirer.stands_tiyn
    acquirer.script = approves
    assert len(counter.told("card", "show")["waiting"]) == 1
    assert counter.told("card", "send") == {"sent": 1, "waiting": 0}
    assert not acquirer.stands_tiyn
    assert counter.told("ask", "--card", card, *pin_of(market))["receipt"]["total_tiyn"] == TIYN
    assert list(acquirer.stands_tiyn.values()) == [TIYN]


def test_papers_that_cannot_be_read(
    market: Market, acquirer: StandInAcquirer, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = Counter(market, monkeypatch)
    counter.run("create")
    missing = counter.told("card", "set", "--from", str(market.folder / "none"), code=3)
    assert missing["code"] == "file-unreadable"
    wrong = counter.told("card", "set", "--from", papers(market, acquirer, key="00"), code=1)
    assert (wrong["code"], wrong["field"]) == ("field-wrong", "card.key")
    bad = Path(papers(market, acquirer))
    told = json.loads(bad.read_text())
    told["ca_keys"][0]["check_sum"] = "00" * 20
    bad.write_text(json.dumps(told))
    assert counter.told("card", "set", "--from", str(bad), code=3)["code"] == "certificate-wrong"
