"""The till by commands: the same day as on its screen, scriptable; every word of it in JSON as well."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from device.cli import opening
from faces.qr_reel import payload_png
from pos.cli import app
from pos.service.values import SALE
from tests.mint import NOW
from tests.pos.market import Market, pixels
from tests.wallet.village import approved, good
from town.cast import AIGUL, MERCHANT

RUNNER = CliRunner()


class Counter:
    """Somebody who types the till's commands."""

    def __init__(self, market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
        self.market = market
        for name, value in (
            ("TENGE_HOME", str(market.folder / "home")),
            ("TENGE_ELEMENTS", str(market.folder / "elements")),
            ("TENGE_PIN", "4071"),
            ("TENGE_PIN_COST", "cheap"),
            ("TENGE_AT", str(NOW)),
            ("TENGE_LANG", "en"),
        ):
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(opening, "wire", lambda url: market.line)

    def run(self, *words: str, code: int = 0) -> str:
        """One command's output."""
        told = RUNNER.invoke(app, list(words))
        assert told.exit_code == code, (words, told.output)
        return told.stdout

    def told(self, *words: str, code: int = 0) -> dict[str, Any]:
        """One command's JSON."""
        found = json.loads(self.run(*words, "--json", code=code))
        assert isinstance(found, dict)
        return found

    def opened(self) -> None:
        """From nothing to a till that sells."""
        client = self.market.client(MERCHANT)
        code = self.market.platform.banks[MERCHANT.bank].clients.activation_code(client.number)
        self.run("create")
        self.run("enrol", "--bank", str(MERCHANT.bank), "--code", code)
        self.run("open-account")
        self.run("add-cashier", "Aliya", "--code", "1111")
        self.run("sign-on", "Aliya", "--code", "1111")
        self.run("open-shift", "--drawer", "5000")


@pytest.fixture
def counter(market: Market, monkeypatch: pytest.MonkeyPatch) -> Counter:
    return Counter(market, monkeypatch)


def test_a_sale_by_files_from_an_empty_folder_to_the_account(counter: Counter, tmp_path: Path) -> None:
    aigul = counter.market.wallet(AIGUL, 500_000)
    counter.opened()
    request, receipt = tmp_path / "request.tenge", tmp_path / "receipt.tenge"
    counter.run(
        "sale", "--item", "Tea=500", "--item", "2*750 Bun", "--tender", "dt-offline", "-o", str(request)
    )
    paid = tmp_path / "payment.tenge"
    paid.write_bytes(approved(aigul.money, request.read_bytes()).messages[0])
    told = counter.told("take", str(paid), "-o", str(receipt))
    assert told["amount_tiyn"] == 200_000 and told["receipt"]["kind"] == SALE
    assert good(aigul.money.receive(receipt.read_bytes())).status == "paid"
    again = counter.told("take", str(paid), "-o", str(receipt))
    assert again["again"] and again["receipt"]["receipt"] == "1-0001"

    assert "Bun" in counter.run("receipt", "1-0001")
    assert counter.told("status")["standing"]["held_tiyn"] == 200_000
    assert counter.told("deposit")["settled_tiyn"] == 200_000
    cash = counter.told("sale", "--item", "Tea=500", "--tender", "cash", "--given", "1000")
    assert cash["change_tiyn"] == 50_000
    z = counter.told("z", "--counted", "5500")
    assert (z["net_tiyn"], z["drawer_tiyn"], z["receipts"]) == (250_000, 550_000, 2)
    assert counter.told("z", "--shift", "1") == z


def test_an_offline_sale_by_pictures_of_codes_settles_on_reconnect(counter: Counter, tmp_path: Path) -> None:
    """The half by QR of an offline payment at a merchant; the half by NFC needs a card reader."""
    aigul = counter.market.wallet(AIGUL, 400_000)
    counter.opened()
    counter.market.line.away = True
    counter.run("sale", "--item", "Shoes=3779", "--tender", "dt-offline", "--png", str(tmp_path / "ask.png"))
    (paid, receipt) = (tmp_path / one for one in ("paid.png", "receipt.png"))
    paid.write_bytes(payload_png(approved(aigul.money, pixels(tmp_path / "ask.png")).messages[0]))
    told = counter.told("take", "--scan", str(paid), "--png", str(receipt))
    assert told["receipt"]["total_tiyn"] == 377_900
    assert good(aigul.money.receive(pixels(receipt))).status == "paid"
    assert counter.told("deposit", code=3)["code"] == "platform-unreachable"
    assert counter.told("status")["standing"]["claimed_tiyn"] == 377_900
    counter.market.line.away = False
    assert counter.told("sync")["account_tiyn"] == 377_900
    assert counter.told("status")["standing"]["claimed_tiyn"] == 0


def test_the_request_is_the_same_until_it_is_taken_back(counter: Counter, tmp_path: Path) -> None:
    counter.opened()
    first, again = tmp_path / "first", tmp_path / "again"
    counter.run("sale", "--item", "Tea=500")
    counter.run("ask", "--tender", "dt-offline", "--out", str(first))
    counter.run("ask", "--tender", "dt-offline", "--out", str(again))
    assert first.read_bytes() == again.read_bytes()
    assert counter.told("sale", "--item", "Bun=100", code=1)["code"] == "sale-busy"
    counter.run("cancel-payment")
    assert counter.told("sale", "--item", "Bun=100")["sale"]["due_tiyn"] == 60_000
    counter.run("remove", "1")
    counter.run("drop")
    assert counter.told("status")["sale"] is None


def test_money_goes_back_by_a_file(counter: Counter, tmp_path: Path) -> None:
    aigul = counter.market.wallet(AIGUL, 100_000)
    counter.opened()
    request, payment, back = (tmp_path / one for one in ("request", "payment", "back"))
    counter.run("sale", "--item", "Tea=500", "--tender", "dt-offline", "--out", str(request))
    payment.write_bytes(approved(aigul.money, request.read_bytes()).messages[0])
    counter.run("take", str(payment), "--out", str(tmp_path / "receipt"))
    counter.run("void", "1-0001", "--out", str(back))
    assert good(aigul.money.receive(back.read_bytes())).status == "returned"
    assert aigul.view.balance().spendable_tiyn == 100_000
    assert counter.told("x")["net_tiyn"] == 0


def test_a_payment_code_is_drawn_saved_and_printed_as_text(counter: Counter, tmp_path: Path) -> None:
    counter.opened()
    picture = tmp_path / "code.png"
    told = counter.told("sale", "--item", "Tea=500", "--tender", "dt-online", "--png", str(picture))
    assert told["code"].startswith("000201") and picture.read_bytes().startswith(b"\x89PNG")
    assert counter.told("poll")["amount_tiyn"] == 0
    assert counter.run("ask", "--tender", "dt-online").strip() == told["code"]


def test_what_has_no_bank_takes_cash(counter: Counter) -> None:
    counter.run("create")
    counter.run("add-cashier", "Aliya", "--code", "1111")
    counter.run("sign-on", "Aliya", "--code", "1111")
    counter.run("open-shift")
    assert counter.told("status")["tenders"] == ["cash"]
    counter.run("sale", "--item", "Tea=500")
    assert counter.told("ask", "--tender", "dt-offline", code=1)["code"] == "not-enrolled"
    assert counter.told("open-account", code=1)["code"] == "not-enrolled"
    assert counter.told("cash", "500")["receipt"]["total_tiyn"] == 50_000


def test_every_command_has_help_with_an_example() -> None:
    for command in app.registered_commands:
        assert command.callback is not None
        name = (command.name or command.callback.__name__).replace("_", "-")
        shown = RUNNER.invoke(app, [name, "--help"]).stdout
        assert f"tenge pos {name}" in " ".join(shown.split()), name
