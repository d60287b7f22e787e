"""The commands as a person or a program types them: words, exit codes, files, pipes, pastes."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from device.cli import opening
from tests.mint import NOW
from tests.wallet.village import Village
from town.cast import AIGUL, DANA, MERCHANT, Person
from town.processes import no_network_prefix
from wallet.cli import app

RUNNER = CliRunner()


class Desk:
    """Somebody at a keyboard, whose wallets are in this village."""

    def __init__(self, village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
        self.village = village
        self.environment = {
            "TENGE_HOME": str(village.folder / "home"),
            "TENGE_ELEMENTS": str(village.folder / "elements"),
            "TENGE_PIN": "4071",
            "TENGE_PIN_COST": "cheap",
            "TENGE_AT": str(NOW),
        }
        for name, value in self.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("TENGE_WALLET", raising=False)
        monkeypatch.setattr(opening, "wire", lambda url: village.line)

    def types(self, *words: str, given: bytes = b"") -> Result:
        """A command that may end in any way."""
        return RUNNER.invoke(app, list(words), input=given, catch_exceptions=False)

    def does(self, *words: str, given: bytes = b"") -> str:
        """A command that must work; what it printed."""
        ended = self.types(*words, given=given)
        assert ended.exit_code == 0, ended.output
        return ended.stdout

    def told(self, *words: str, given: bytes = b"") -> dict[str, Any]:
        """The same with --json."""
        value = json.loads(self.does(*words, "--json", given=given))
        assert isinstance(value, dict)
        return value

    def moves_in(self, person: Person, load: str = "") -> None:
        """From nothing to a loaded wallet, by commands alone."""
        bank = self.village.platform.banks[person.bank]
        code = bank.clients.activation_code(self.village.client(person).number)
        self.does("create", "-w", person.name)
        root = self.village.platform.root_key.hex()
        self.does(
            "enrol", "--bank", str(person.bank), "--code", code, "--shown", "--root", root, "-w", person.name
        )
        self.does("open-account", "-w", person.name)
        if load:
            self.does("convert", load, "-w", person.name)
            self.does("load", load, "-w", person.name)

    def spendable(self, name: str) -> int:
        """What the wallet says it has in hand."""
        found = self.told("balance", "-w", name)["spendable_tiyn"]
        assert isinstance(found, int)
        return found


@pytest.fixture
def desk(village: Village, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(village, monkeypatch)


def test_a_payment_by_files(desk: Desk, tmp_path: Path) -> None:
    desk.moves_in(AIGUL, "2000")
    desk.moves_in(DANA)
    request, payment, receipt = (str(tmp_path / f"{name}.tenge") for name in ("r", "p", "c"))
    desk.does("request", "500", "--purpose", "lunch", "--out", request, "-w", "dana")
    paid = desk.types("pay", request, "--yes", "--out", payment, "-w", "aigul")
    assert "Pay 500,00 ₸ to Dana (+77012345602) for “lunch”?" in paid.stderr.replace("\xa0", " ")
    desk.does("receive", payment, "--out", receipt, "-w", "dana")
    desk.does("receipt", receipt, "-w", "aigul")
    assert (desk.spendable("aigul"), desk.spendable("dana")) == (150_000, 50_000)
    (line,) = (one for one in desk.told("history", "-w", "aigul")["payments"] if one["status"] == "paid")
    shown = desk.told("receipt", line["payment"][:8], "-w", "aigul")
    assert (shown["amount_tiyn"], line["party"], line["purpose"]) == (50_000, "Dana", "lunch")
    assert [step["status"] for step in line["path"]] == ["asked", "signing", "sent", "paid"]


def test_a_payment_by_pasted_text_through_pipes(desk: Desk) -> None:
    desk.moves_in(AIGUL, "2000")
    desk.moves_in(DANA)
    request = desk.does("request", "12.34", "-w", "dana")
    assert request.startswith("TENGE1:")
    payment = desk.does("pay", "-", "--yes", "-w", "aigul", given=request.encode())
    receipt = desk.does("receive", "-", "-w", "dana", given=b"> " + payment.replace("\n", "\n> ").encode())
    desk.does("receive", "-", "-w", "aigul", given=receipt.encode())
    assert (desk.spendable("aigul"), desk.spendable("dana")) == (200_000 - 1_234, 1_234)


def test_saying_no_pays_nothing_and_tells_the_payee(desk: Desk, tmp_path: Path) -> None:
    desk.moves_in(AIGUL, "2000")
    desk.moves_in(DANA)
    request = str(tmp_path / "r.tenge")
    desk.does("request", "500", "--out", request, "-w", "dana")
    said_no = desk.types("pay", request, "-w", "aigul", given=b"n\n")
    assert said_no.exit_code == 1
    assert "Nothing was paid" in said_no.stdout
    assert desk.spendable("aigul") == 200_000
    said_yes = desk.types("pay", request, "-w", "aigul", given=b"y\n")
    assert said_yes.exit_code == 0, said_yes.output


def test_why_it_is_not_paid_goes_where_the_payment_would_have_gone(desk: Desk, tmp_path: Path) -> None:
    desk.moves_in(AIGUL, "2000")
    desk.moves_in(DANA)
    for amount, given, why in (("500", b"n\n", "payer-declined"), ("2000.01", b"", "not-enough-money")):
        request, answer = str(tmp_path / f"{amount}.tenge"), str(tmp_path / f"{amount}.no.tenge")
        desk.does("request", amount, "--out", request, "-w", "dana")
        assert desk.types("pay", request, "--out", answer, "-w", "aigul", given=given).exit_code == 1
        heard = desk.types("receive", answer, "-w", "dana")
        assert heard.exit_code == 1
        assert f"[{why}]" in heard.stderr
        assert ("The other device says" in heard.stderr) == (why != "payer-declined")
    assert desk.spendable("aigul") == 200_000


@pytest.mark.parametrize(
    ("words", "given", "code", "exit_code"),
    [
        (["request", "5 dollars"], b"", "currency-foreign", 1),
        (["request", "1.234"], b"", "amount-unreadable", 1),
        (["request", "0"], b"", "amount-out-of-range", 1),
        (["pay", "nowhere.tenge", "--yes"], b"", "file-unreadable", 3),
        (["pay", "-", "--yes"], b"TENGE1:" + b"A" * 10_000_000, "message-too-long", 1),
        (["pay", "-", "--yes"], b"TENGE1:AAAA", "message-truncated", 1),
        (["pay", "-", "--yes"], b"TENGE1:AAAA.", "text-unreadable", 1),
        (["pay", "-", "--yes"], b"hello", "cbor-malformed", 1),
        (["receive", "-"], b"\x82\x01\x40", "out-of-order", 1),
        (["refund", "ffff"], b"", "payment-unknown", 1),
        (["transfer", "5", "nobody"], b"", "contact-unknown", 1),
        (["proof", "--out", "x"], b"", "proof-empty", 1),
        (["load", "5"], b"", "funds-insufficient", 1),
    ],
)
def test_refusals_have_a_code_a_sentence_and_an_exit_code(
    desk: Desk, words: list[str], given: bytes, code: str, exit_code: int
) -> None:
    desk.moves_in(AIGUL)
    ended = desk.types(*words, "-w", "aigul", "--json", given=given)
    told = json.loads(ended.stdout)
    assert (told["code"], ended.exit_code) == (code, exit_code), told
    assert told["sentence"]
    spoken = desk.types(*words, "-w", "aigul", given=given)
    assert f"[{code}]" in spoken.stderr


def test_a_bank_that_is_none_is_named_with_those_there_are(desk: Desk) -> None:
    desk.does("create", "-w", "stray")
    ended = desk.types("enrol", "--bank", "111", "--code", "1", "-w", "stray")
    assert ended.exit_code == 2
    assert "There is no bank 111. There are:" in ended.output
    assert "949 Altyn Bank" in ended.output


def test_wrong_usage_is_two_and_a_missing_wallet_is_three(desk: Desk) -> None:
    assert desk.types("pay").exit_code == 2
    assert desk.types("deposit", "5", "--all").exit_code == 2
    assert desk.types("no-such-command").exit_code == 2
    ended = desk.types("balance", "-w", "nobody", "--json")
    assert (json.loads(ended.stdout)["code"], ended.exit_code) == ("store-missing", 3)


def test_a_wallet_whose_file_went_leaves_its_element_and_its_name(desk: Desk) -> None:
    store = json.loads(desk.does("create", "-w", "gone", "--json"))["store"]
    Path(store).unlink()
    ended = desk.types("create", "-w", "gone")
    assert ended.exit_code == 1 and "earlier wallet is there already: gone. Choose another" in ended.stderr


def test_the_bank_away_is_three_and_says_what_happens_next(desk: Desk) -> None:
    desk.moves_in(AIGUL, "2000")
    desk.village.line.away = True
    ended = desk.types("deposit", "--all", "-w", "aigul")
    assert ended.exit_code == 3
    assert "next sync" in ended.stderr
    assert desk.told("balance", "-w", "aigul")["waiting_tiyn"] == 200_000
    desk.village.line.away = False
    assert desk.told("sync", "-w", "aigul")["settled_tiyn"] == 200_000


def test_the_pin_comes_from_a_file_and_wrong_ones_wait(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.moves_in(AIGUL)
    monkeypatch.delenv("TENGE_PIN")
    right, wrong, new = (tmp_path / name for name in ("right", "wrong", "new"))
    for file, pin in ((right, "4071\n"), (wrong, "1111"), (new, "908070")):
        file.write_text(pin)
    assert desk.types("balance", "-w", "aigul", "--pin-file", str(wrong)).exit_code == 1
    desk.does("balance", "-w", "aigul", "--pin-file", str(right))
    desk.does("balance", "-w", "aigul", given=b"4071\n")
    desk.does("change-pin", "--new-pin-file", str(new), "-w", "aigul", "--pin-file", str(right))
    codes = [
        json.loads(desk.types("balance", "-w", "aigul", "--pin-file", str(right), "--json").stdout)["code"]
        for _ in range(4)
    ]
    assert codes == ["pin-wrong", "pin-wrong", "pin-wrong", "pin-wait"]


def test_everything_else_a_person_does(desk: Desk, tmp_path: Path) -> None:
    desk.moves_in(AIGUL, "2000")
    desk.moves_in(DANA)
    desk.does("contacts", "--add", "Dana", DANA.phone, "-w", "aigul")
    assert desk.does("contacts", "-w", "aigul") == f"Dana\t{DANA.phone}\n"
    desk.does("convert", "1000", "-w", "aigul")
    assert desk.told("transfer", "250", "Dana", "--purpose", "rent", "-w", "aigul")["payee"] == "Dana"
    assert desk.told("statement", "-w", "dana")["dt_tiyn"] == 25_000
    desk.moves_in(MERCHANT)
    assert desk.told("pay-noncash", "100", MERCHANT.number, "-w", "aigul")["account_tiyn"] == 65_000
    backup = tmp_path / "aigul.backup"
    desk.does("backup", str(backup), "-w", "aigul")
    desk.does("create", "-w", "new")
    assert desk.told("restore", str(backup), "-w", "new")["payments"] == 5
    assert desk.spendable("new") == 0
    desk.does("privacy", "--hidden", "-w", "aigul")
    assert desk.told("info", "-w", "aigul")["name_shown"] is False
    asked = desk.told("request", "5", "-w", "dana")
    assert [one["payment"] for one in desk.told("recover", "-w", "dana")["open"]] == [asked["payment"]]
    again = desk.told("resend", asked["payment"][:6], "-w", "dana")
    assert again["message"] == asked["message"]
    desk.does("cancel", asked["payment"][:6], "-w", "dana")
    assert "Nothing is open" in desk.does("recover", "-w", "dana")
    assert len(desk.told("coins", "-w", "aigul")["coins"]) == 6
    assert "Nothing was ever refused" in desk.does("incidents", "-w", "aigul")


def test_every_command_has_help_with_an_example() -> None:
    for command in app.registered_commands:
        assert command.callback is not None
        name = (command.name or command.callback.__name__).replace("_", "-")
        shown = RUNNER.invoke(app, [name, "--help"]).stdout
        assert f"tenge wallet {name}" in " ".join(shown.split()), name
        assert "--json" in shown or name in ("open", "serve"), "a screen prints nothing for programs"


# --- processes


def start(desk: Desk, *words: str) -> subprocess.Popen[str]:
    """A wallet in a process of its own, with no network interface where the system allows."""
    return subprocess.Popen(
        [*no_network_prefix(), sys.executable, "-m", "wallet", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.row("DT-O-02")
def test_two_wallet_processes_joined_by_a_socket_and_nothing_else(desk: Desk, tmp_path: Path) -> None:
    """The platform lives in this test's process and answers nobody; the wallets have no network at all."""
    desk.moves_in(AIGUL, "2000")
    desk.moves_in(DANA)
    desk.village.line.away = True
    path = tmp_path / "tap"
    payee = start(desk, "receive", "500", "--socket", str(path), "-w", "dana", "--json")
    while not path.exists():
        assert payee.poll() is None, payee.communicate()
        time.sleep(0.02)
    payer = start(desk, "pay", "--socket", str(path), "--yes", "-w", "aigul", "--json")
    paid, received = (json.loads(one.communicate(timeout=60)[0]) for one in (payer, payee))
    assert (paid["status"], received["status"]) == ("paid", "received")
    assert paid["payment"] == received["payment"]
    assert (desk.spendable("aigul"), desk.spendable("dana")) == (150_000, 50_000)


def test_a_payer_that_says_no_over_a_socket(desk: Desk, tmp_path: Path) -> None:
    desk.moves_in(AIGUL)
    desk.moves_in(DANA)
    path = tmp_path / "tap"
    payee = start(desk, "receive", "500", "--socket", str(path), "-w", "dana", "--json")
    while not path.exists():
        assert payee.poll() is None, payee.communicate()
        time.sleep(0.02)
    payer = start(desk, "pay", "--socket", str(path), "--yes", "-w", "aigul", "--json")
    ends = [(json.loads(one.communicate(timeout=60)[0])["code"], one.returncode) for one in (payer, payee)]
    assert ends == [("not-enough-money", 1), ("not-enough-money", 1)]
