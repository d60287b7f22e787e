"""What README says of paying with a card, typed: from the order of the card to the paid merchant."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from card_switch.cli import app as switch_app
from card_switch.cli import card, closing, running
from card_switch.service.desk import SwitchDesk
from card_switch.service.terminals import terminal_questions
from tender.account.participants import number_text
from tests.card_stories.boulevard import PURCHASE_TIYN, Boulevard
from tests.issuer.world import PIN, hsm
from tests.pos.test_commands import Counter
from tests.wallet.test_commands import Desk
from town.cast import AIGUL, MERCHANT

RUNNER = CliRunner()


class Switch:
    """Somebody who types `tenge switch …` beside the running switch."""

    def __init__(self, street: Boulevard, monkeypatch: pytest.MonkeyPatch) -> None:
        self._street = street
        self._papers = SwitchDesk(terminal_questions(hsm()))
        ports = {number_text(bank): port for bank, port in street.chain.ports.items()}
        monkeypatch.setattr(running, "running", lambda: {"terminals": ports})
        for module in (card, closing, running):
            monkeypatch.setattr(module, "ask", self._ask)

    def _ask(self, question: str, **given: Any) -> Any:
        """As ``card_switch.cli.asking.ask``."""
        if question == "close-day":
            return self._street.chain.close_day()
        if question == "terminal":
            return self._papers.ask(question, given, self._street.chain.now_ms())
        return self._street.operator.ask(question, **given)

    def told(self, *words: str) -> dict[str, Any]:
        """One command's JSON."""
        done = RUNNER.invoke(switch_app, [*words, "--json"], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        found: dict[str, Any] = json.loads(done.stdout)
        return found


@pytest.mark.row("DT-P-15")
def test_ten_thousand_dt_and_a_card_in_a_file(
    street: Boulevard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENGE_TILL", "kiosk")
    aigul, counter = Desk(street.market, monkeypatch), Counter(street.market, monkeypatch)
    operator = Switch(street, monkeypatch)
    aigul.moves_in(replace(AIGUL, cash_tiyn=10_000_00))
    aigul.does("convert", "10000", "-w", AIGUL.name)
    before = accounts(aigul)
    assert (before["dt_tiyn"], before["noncash_tiyn"]) == (10_000_00, 0)
    # The card: ordered, produced, activated.
    pin = tmp_path / "pin"
    pin.write_text(PIN)
    image = tmp_path / "aigul.card"
    reference = operator.told("card", "issue", AIGUL.number, "--bank", str(AIGUL.bank))["reference"]
    made = ("--name", "AKHMETOVA/AIGUL", "--out", str(image), "--pin-file", str(pin))
    operator.told("card", "produce", reference, *made)
    operator.told("card", "activate", reference)
    # The till becomes a terminal, and sells.
    shop = street.market.platform.banks[MERCHANT.bank]
    code = shop.clients.activation_code(street.market.client(MERCHANT).number)
    counter.run("create")
    counter.run("enrol", "--bank", str(MERCHANT.bank), "--code", code)
    counter.run("add-cashier", "Aliya", "--code", "1111")
    counter.run("sign-on", "Aliya", "--code", "1111")
    counter.run("open-shift", "--drawer", "5000")
    papers = tmp_path / "terminal.json"
    operator.told("terminal", MERCHANT.number, "--bank", str(MERCHANT.bank), "--out", str(papers))
    counter.run("card", "set", "--from", str(papers))
    sold = counter.told(
        "sale", "--item", "Basket=3779", "--card", f"file:{image}", "--card-pin-file", str(pin)
    )
    assert sold["card"]["phase"] == "approved" and sold["receipt"]["total_tiyn"] == PURCHASE_TIYN
    assert "TVR" in counter.run("card", "look", str(sold["card"]["number"]))
    counter.run("card", "close")
    day = operator.told("close-day")
    assert day["agrees"] and [one["agrees"] for one in day["batches"]] == [True]
    # Her Digital Tenge became the merchant's tenge, and never tenge of hers.
    after = accounts(aigul)
    assert (after["dt_tiyn"], after["noncash_tiyn"]) == (6_221_00, 0)
    assert merchants_tiyn(street) == MERCHANT.cash_tiyn + PURCHASE_TIYN
    aigul.does("notices", "-w", AIGUL.name)
    paid = aigul.told("history", "-w", AIGUL.name)["payments"][0]
    assert (paid["channel"], paid["amount_tiyn"]) == ("card-purchase", PURCHASE_TIYN)


def accounts(desk: Desk) -> dict[str, Any]:
    """What her bank tells her."""
    return desk.told("statement", "-w", AIGUL.name)


def merchants_tiyn(street: Boulevard) -> int:
    """Tenge on the merchant's current account (tiyn), in its bank's books."""
    bank = street.market.platform.banks[MERCHANT.bank]
    return bank.balances(street.market.client(MERCHANT).number).noncash_tiyn
