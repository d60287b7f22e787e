"""``tenge switch card`` as an operator types it, over a switch that runs in this process."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from threading import Event
from typing import Any

import pytest
from typer.testing import CliRunner

from card_switch.cli import card as commands
from card_switch.compose import build_switch
from card_switch.config import SwitchConfig
from card_switch.service.desk import SwitchDesk
from card_switch.store.rows import RowSealing, SwitchStore
from device.cli import late_word
from hardware.cards.card_file import CardFile
from hardware.clock import SetClock
from hardware.disks import open_disk, sqlite_url
from hardware.entropy import SeededEntropy
from hardware.readers import chips_folder
from tender.account.card_messages import (
    ACTIVE,
    BLOCKED,
    CardIssued,
    CardLink,
    CardLinked,
    CardState,
    decode_order,
    encode_reply,
)
from tender.crypto.sealing import KEY_BYTES, SealingKey
from tender.errors import Code, LinkError, Refusal, StoreError
from tests.patience import PATIENCE_S

HALYK = 601


class Clock(SetClock):
    """A clock that knows milliseconds."""

    def now_ms(self) -> int:
        return self.now() * 1000


class Typed:
    """A switch without sockets: a turn after each question, and a bank that links every card at once."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock(1_800_000_000)
        self.switch = build_switch(folder, SwitchConfig(), self.clock, SeededEntropy("commands"))
        self.desk: SwitchDesk = self.switch.desk
        self.runner = CliRunner()
        self.stopped: set[bytes] = set()
        """Cards that their clients stopped, as the bank has it."""

    def ask(self, name: str, **given: object) -> Any:
        """As ``card_switch.cli.asking.ask``."""
        told: Any = self.desk.ask(name, json.loads(json.dumps(given)), self.clock.now_ms())
        for order in self.switch.board.turn(self.clock.now_ms()).orders:
            said = decode_order(order.order)
            assert isinstance(said, CardIssued | CardState | CardLink)
            asked = BLOCKED if said.card in self.stopped else ACTIVE
            state = asked if isinstance(said, CardLink) else said.state
            reply = encode_reply(CardLinked(said.operation, "", bytes(32), state))
            self.switch.board.bank_said(order.bank, order.operation, reply, self.clock.now_ms())
        self.clock.advance(1)
        told = told() if callable(told) else told
        return told if isinstance(told, Refusal) else json.loads(json.dumps(told))

    def run(self, *words: str, code: int = 0) -> dict[str, Any]:
        """One command; what it tells programs."""
        done = self.runner.invoke(commands.app, [*words, "--json"])
        assert done.exit_code == code, done.output
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def says(self, *words: str) -> str:
        """One command; what it says to people."""
        done = self.runner.invoke(commands.app, list(words))
        assert done.exit_code == 0, done.output
        return done.stdout

    def fails(self, *words: str) -> str:
        """One command that is refused; what it says to people."""
        done = self.runner.invoke(commands.app, list(words))
        assert done.exit_code == 1, done.output
        return done.stderr


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Typed]:
    monkeypatch.setenv("TENGE_ELEMENTS", str(tmp_path / "elements"))
    made = Typed(tmp_path / "switch")
    monkeypatch.setattr(commands, "ask", made.ask)
    yield made
    made.switch.close()


def test_a_real_card_from_the_order_to_the_hand_and_its_loss(typed: Typed, tmp_path: Path) -> None:
    pin = tmp_path / "pin"
    pin.write_text("4711")
    issued = typed.run("issue", "900101300017", "--bank", str(HALYK))
    assert issued["state"] == "ordered" and issued["card"].startswith("440601******")
    reference = issued["reference"][:8]
    image = tmp_path / "a.card"
    made = typed.run(
        "produce", reference, "--name", "AKHMETOVA/AIGUL", "--out", str(image), "--pin-file", str(pin)
    )
    assert made["state"] == "produced"
    words = ("--name", "AKHMETOVA/AIGUL", "--out", str(tmp_path / "b.card"), "--pin-file", str(pin))
    assert typed.run("produce", reference, *words, code=1)["code"] == "card-made"
    assert not (tmp_path / "b.card").exists() and not (tmp_path / "b.card.printed").exists()
    assert typed.run("produce", reference, *words, "--again")["state"] == "produced"
    printed = tmp_path / "a.card.printed"
    assert stat.S_IMODE(printed.stat().st_mode) == 0o600
    number = json.loads(printed.read_text())["number"]
    card = CardFile.open(image, chips_folder(), SeededEntropy("reader"))
    card.power(True)
    assert card.transmit(bytes.fromhex("00A4040007A0000000031010"))[-2] in (0x61, 0x90)
    card.close()
    assert "active" in typed.says("activate", number)
    assert typed.run("block", number[-4:], "--stolen")["why"] == "stolen"
    assert typed.run("block", reference, code=1)["code"] == "out-of-order"
    assert typed.run("unblock", reference)["scripts"] == []
    assert typed.run("pin", reference)["scripts"] == ["pin-unblock"]
    listed = typed.says("list")
    assert reference in listed and number not in listed and "4711" not in listed
    assert typed.run("close", reference)["state"] == "closed"
    left = typed.says("list")
    assert reference not in left and "Closed cards, not shown: 1." in left
    assert reference in typed.says("list", "--closed")
    assert typed.run("close", "0000", code=1)["code"] == "card-unknown"


def test_an_operator_is_told_what_to_do(typed: Typed, tmp_path: Path) -> None:
    reference = typed.run("issue", "900101300017")["reference"][:8]
    assert "its chip is made first: `tenge switch card produce`" in typed.fails("activate", reference)
    for words in (("close", "0000"), ("pin", "zzzz"), ("activate", "0000")):
        assert "`tenge switch card list` shows them" in typed.fails(*words)
    lost = typed.says("issue", "900101300017", "--virtual")
    assert "nobody can pay with it" in lost and "--out FILE" in lost
    for wrong in (("list", "--bank", "999"), ("return", "092112000001", "1000", "--bank", "9")):
        assert typed.run(*wrong, code=2)["error"].startswith("There is no bank")


@pytest.mark.parametrize(
    ("words", "certain"),
    [
        (("block", "REFERENCE"), "Here it is done"),
        (("issue", "900101300017"), "do not issue another"),
        (("issue", "900101300017", "--virtual"), "its number was written nowhere"),
        (("produce", "REFERENCE"), "no chip was written"),
    ],
    ids=["block", "issue", "virtual", "produce"],
)
def test_a_bank_that_does_not_answer_is_waited_for_with_a_word(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], certain: str
) -> None:
    (tmp_path / "pin").write_text("4711")
    reference = typed.run("issue", "900101300017")["reference"]
    told = Event()
    monkeypatch.setattr(late_word, "_say", lambda text: told.set())
    monkeypatch.setattr(late_word, "WORD_AFTER_S", 0.0)

    def silent(question: str, **given: object) -> Refusal:
        assert told.wait(PATIENCE_S), "nobody knew what was waited for"
        return Refusal(Code.PEER_UNREACHABLE, "bank")

    monkeypatch.setattr(commands, "ask", silent)
    chip = ("--name", "A/B", "--out", str(tmp_path / "x.card"), "--pin-file", str(tmp_path / "pin"))
    typed_words = [reference if one == "REFERENCE" else one for one in words]
    said = typed.runner.invoke(commands.app, [*typed_words, *(chip if words[0] == "produce" else ())])
    assert said.exit_code == 3 and certain in said.stderr and "[peer-unreachable]" in said.stderr


def test_a_dual_card_has_a_blank_purse_beside_the_scheme(typed: Typed, tmp_path: Path) -> None:
    pin = tmp_path / "pin"
    pin.write_text("4711")
    reference = typed.run("issue", "900101300017")["reference"]
    image = tmp_path / "dual.card"
    words = ("--name", "AKHMETOVA/AIGUL", "--out", f"file:{image}", "--pin-file", str(pin), "--purse")
    typed.run("produce", reference, *words)
    card = CardFile.open(image, chips_folder(), SeededEntropy("reader"))
    card.power(True)
    for name in ("A0000000031010", "F04B5A445450555253"):
        octets = bytes.fromhex(name)
        answer = card.transmit(b"\x00\xa4\x04\x00" + bytes((len(octets),)) + octets + b"\x00")
        assert answer[-2] in (0x61, 0x90), name
    card.close()


def test_a_virtual_card_is_a_file_of_its_owners(typed: Typed, tmp_path: Path) -> None:
    out = tmp_path / "virtual.json"
    told = typed.run("issue", "900101300017", "--virtual", "--out", str(out))
    assert told["state"] == "active" and "printed" not in told
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert set(json.loads(out.read_text())) == {"number", "expiry", "code"}
    again = typed.run("issue", "900101300017", "--virtual", "--out", str(out), code=3)
    assert again["code"] == "file-exists"
    assert len(typed.run("list")["cards"]) == 1, "nothing is issued for a file that could not be written"


@pytest.mark.parametrize(
    ("name", "pin", "code"),
    [
        ("Aigul", "4711", "name-wrong"),
        ("AKHMETOVA/AIGUL", "47111", "field-wrong"),
        ("AKHMETOVA/AIGUL", "47a1", "pin-too-short"),
    ],
)
def test_a_chip_that_is_not_made(typed: Typed, tmp_path: Path, name: str, pin: str, code: str) -> None:
    (tmp_path / "pin").write_text(pin)
    reference = typed.run("issue", "900101300017")["reference"]
    words = ("--name", name, "--out", str(tmp_path / "x.card"), "--pin-file", str(tmp_path / "pin"))
    assert typed.run("produce", reference, *words, code=1)["code"] == code
    said = typed.fails("produce", reference, *words)
    assert ("Latin capitals" in said) == (code == "name-wrong") != ("four digits" in said)
    assert not (tmp_path / "x.card").exists()
    assert typed.run("list")["cards"][0]["state"] == "ordered"


def test_a_return_of_what_nobody_bought(typed: Typed) -> None:
    assert typed.run("return", "092112000001", "1000", "--bank", "563", code=1)["code"] == "order-unknown"
    assert typed.run("return", "092112000001", "0", "--bank", "563", code=1)["code"] == "amount-out-of-range"
    which = ("--terminal", "T0000001", "--card", "7893", "--paid", "3779")
    assert typed.run("return", "092112000001", "1000", *which, code=1)["code"] == "order-unknown"
    assert typed.run("return", "092112000001", "1000", "--paid", "0", code=1)["field"] == "amount"


def test_a_copy_of_the_database_tells_no_card_number(typed: Typed, tmp_path: Path) -> None:
    """Rows are sealed; without the key folder beside it nobody reads the file, and nobody moves a row."""
    out = tmp_path / "virtual.json"
    issued = typed.run("issue", "900101300017", "--virtual", "--out", str(out))
    number = json.loads(out.read_text())["number"]
    folder = tmp_path / "switch"
    held = b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())
    assert issued["reference"].encode() in held, "the row is there, by its own name"
    for octets in (number.encode(), number[:6].encode(), bytes.fromhex(number), b"900101300017"):
        assert octets not in held
    typed.switch.close()
    keys = folder / "keys"
    keys.rename(tmp_path / "elsewhere")
    with pytest.raises(StoreError) as error:
        build_switch(folder, SwitchConfig(), typed.clock, SeededEntropy("thief"))
    assert error.value.code is Code.STORE_TAMPERED
    rmtree(keys)
    (tmp_path / "elsewhere").rename(keys)
    typed.switch = build_switch(folder, SwitchConfig(), typed.clock, SeededEntropy("owner"))
    [card] = typed.switch.issuers[HALYK].holders.cards.values()
    assert card.number == number


def test_what_the_switch_did_not_seal_it_does_not_believe(tmp_path: Path) -> None:
    """A row written into the database by somebody without the key, or moved within it, stops the switch."""
    disk = open_disk(sqlite_url(tmp_path / "switch.db"), "switch")
    store = SwitchStore(disk, RowSealing(SealingKey(bytes(KEY_BYTES)), SeededEntropy("rows")))
    store.write({("issuer-601", "usages", key): key.encode() for key in ("a", "b")})
    assert [row.data for row in store.rows_of("issuer-601")] == [b"a", b"b"]
    for forged in ("x'8101'", "(SELECT data FROM switch_rows WHERE key = 'a')"):
        with disk.writing() as connection:
            connection.exec_driver_sql(f"UPDATE switch_rows SET data = {forged} WHERE key = 'b'")
        with pytest.raises(StoreError) as error:
            store.rows_of("issuer-601")
        assert (error.value.code, error.value.field) == (Code.STORE_TAMPERED, "switch.usages")
    store.close()


def test_a_card_that_its_client_stopped_is_shown_so_and_a_bank_hears_why_it_cannot_give_it_free(
    typed: Typed,
) -> None:
    card = typed.run("issue", "900101300017", "--bank", str(HALYK), "--virtual")
    reference, ends = card["reference"], card["card"][-4:]
    again = typed.fails("activate", reference)
    assert "This card is active. Nothing was changed." in again and "wallet" not in again, again
    typed.stopped.add(bytes.fromhex(reference))
    assert f"tenge wallet cards --allow {ends}" in typed.fails("unblock", reference)
    listed = typed.says("list")
    assert "virtual, stopped by its client" in listed and "PIN tries left at the bank: 3" in listed, listed
    (row,) = typed.run("list")["cards"]
    assert (row["state"], row["stopped"]) == ("active", True)
    typed.stopped.clear()
    assert "virtual, active" in typed.says("list")
    typed.run("close", reference)
    assert "This card is closed." in typed.fails("activate", reference)


def test_a_card_with_a_broken_chip_is_the_banks_all_the_same(typed: Typed, tmp_path: Path) -> None:
    """So that its stripe can be seen approved; what no issuer writes is no flaw of such a card."""
    (tmp_path / "pin").write_text("4711")
    reference = typed.run("issue", "900101300017", "--bank", str(HALYK))["reference"][:8]
    image = tmp_path / "broken.card"
    words = ("produce", reference, "--name", "A/B", "--out", str(image), "--pin-file", str(tmp_path / "pin"))
    refused = typed.runner.invoke(commands.app, [*words, "--flaw", "wrong-data"])
    assert refused.exit_code == 2 and "chip-broken" in refused.output and not image.exists()
    typed.run(*words, "--flaw", "chip-broken")
    card = CardFile.open(image, chips_folder(), SeededEntropy("reader"))
    card.power(True)
    assert card.transmit(bytes.fromhex("00A4040007A0000000031010")) == b"\x6f\x00"
    assert card.stripe.hex().startswith("440601")
    card.close()


def test_cards_are_listed_though_no_bank_says_which_are_stopped(
    typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = typed.run("issue", "900101300017", "--bank", str(HALYK), "--virtual")["reference"]

    def silent(name: str, **given: object) -> Any:
        if name == "card-stops":
            raise LinkError(Code.SWITCH_UNREACHABLE, "switch")
        return typed.ask(name, **given)

    monkeypatch.setattr(commands, "ask", silent)
    (row,) = typed.run("list")["cards"]
    assert (row["reference"], row["state"], row["stopped"]) == (reference, "active", None)
    assert "not known now: a bank does not answer" in typed.says("list")
