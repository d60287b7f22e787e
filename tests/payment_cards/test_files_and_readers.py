"""Payment cards in files, beside a purse, and in a reader of a real PC/SC daemon."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from hardware.cards.card_file import CardFile
from hardware.cards.emv.dual_card import DualCard
from hardware.cards.emv.profiles import profile
from hardware.cards.emv.tester import MadeCard, Wish, make, make_seeded
from hardware.cards.image_kinds import DUAL
from hardware.entropy import SeededEntropy
from hardware.field import reader_of
from hardware.pcsc import PcscReader
from hardware.pcscd import Pcscd
from hardware.purse_client import PurseClient
from hardware.readers import chips_folder, open_reader
from hardware.vpcd import insert
from tender.card.tags import Tag
from tender.crypto.sealing import Pin
from tender.errors import Code, DeviceError, LocalProtocolError, StoreError
from tender.ports import CardReader
from tender.purse import commands
from tender.purse.records import State
from tests.mint import ALTYN, Mint
from tests.payment_cards.bench import Talk, a_card, answered_by_bank, hsm, personal

TODAY = date(2026, 1, 10)
NAME = "visa-cvn18-cda"
THIRD = 2
"""These tests' own reader of the daemon's four."""
WAIT_S = 30.0
SELECT_PURSE = bytes.fromhex("00A40400") + bytes((len(commands.AID),)) + commands.AID + b"\x00"


class Read:
    """A reader's card as the terminal of these tests takes it."""

    def __init__(self, reader: CardReader, timeout_s: float = 0) -> None:
        self.reader = reader
        self.atr = reader.connect(timeout_s)

    def power(self, on: bool) -> None:
        """A new connection."""
        self.reader.disconnect()
        if on:
            self.atr = self.reader.connect(WAIT_S)

    def transmit(self, command: bytes) -> bytes:
        """One command."""
        return self.reader.transmit(command)


@pytest.fixture(autouse=True)
def elements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chips of this test's own."""
    monkeypatch.setenv("TENGE_ELEMENTS", str(tmp_path / "elements"))


def made(name: str = NAME, *, dual: bool = False) -> MadeCard:
    """A card by the banks of these tests."""
    return make(Wish(name, dual=dual), hsm(), SeededEntropy(name), TODAY)


def filed(path: Path, card: MadeCard) -> str:
    """Put it in a file; how its reader is called."""
    CardFile.create(path, chips_folder(), SeededEntropy("file"), card.kind, card.image).close()
    return f"file:{path}"


def paid(talk: Talk) -> int:
    """A purchase to its end; the counter it was made with."""
    talk.begin(talk.name)
    first = talk.generate(0x80, Tag.CDOL1)
    talk.generate(0x40, Tag.CDOL2, t8A=b"00")
    return int.from_bytes(first[Tag.ATC], "big")


def test_a_card_in_a_file_counts_on_from_program_to_program(tmp_path: Path) -> None:
    where = filed(tmp_path / "visa.card", made())
    for wanted in (1, 2, 3):
        reader = open_reader(where)
        assert paid(Talk(Read(reader), NAME)) == wanted
        reader.disconnect()


def test_an_older_image_is_refused(tmp_path: Path) -> None:
    """Whoever puts an old image back would count again from there."""
    path = tmp_path / "visa.card"
    where = filed(path, made())
    old = path.read_bytes()
    reader = open_reader(where)
    paid(Talk(Read(reader), NAME))
    reader.disconnect()
    path.write_bytes(old)
    with pytest.raises(DeviceError) as refused:
        open_reader(where).connect(0)
    assert refused.value.code is Code.CARD_TAMPERED


def test_a_file_says_what_card_it_is_and_cannot_be_made_another(tmp_path: Path) -> None:
    path = tmp_path / "visa.card"
    filed(path, made())
    octets = path.read_bytes()
    assert octets[:4] == b"dtC2"
    path.write_bytes(b"dtC1" + octets[4:])
    with pytest.raises(StoreError) as refused:
        CardFile.open(path, chips_folder(), SeededEntropy("x"))
    assert refused.value.code is Code.STORE_TAMPERED
    for secret in (personal(NAME).keys.cryptogram, b"\x24\x12\x34\xff\xff\xff\xff\xff"):
        assert secret not in octets


def test_a_dual_card_is_a_payment_card_and_a_purse(tmp_path: Path) -> None:
    path = tmp_path / "dual.card"
    where = filed(path, made("visa-cvn18-dda", dual=True))
    assert path.read_bytes()[:4] == DUAL
    reader = open_reader(where)
    talk = Talk(Read(reader), "visa-cvn18-dda")
    assert not talk.is_t0, "both speak T=1"
    assert paid(talk) == 1
    assert reader.transmit(SELECT_PURSE)[-2:] == b"\x90\x00"
    assert talk.send("80CA9F36")[1] != 0x9000, "the purse has the word now"
    assert talk.raw(bytes.fromhex("FFCA000000"))[1] in (0x6D00, 0x6E00)
    assert paid(talk) == 2
    reader.disconnect()
    held = CardFile.open(path, chips_folder(), SeededEntropy("purse"))
    purse = PurseClient.opened(reader_of(held))
    assert purse.status().state == State.BLANK
    purse.personalise(Mint().root.public_key, Pin("246810"), Pin("12345678"), ALTYN)
    held.close()
    held = CardFile.open(path, chips_folder(), SeededEntropy("purse"))
    assert PurseClient.opened(reader_of(held)).status().state == State.READY, "its own memory, its own PIN"
    held.close()
    reader = open_reader(where)
    assert paid(Talk(Read(reader), "visa-cvn18-dda")) == 3
    reader.disconnect()


def test_a_transaction_ends_when_the_purse_is_selected() -> None:
    card = DualCard(made(dual=True).image, SeededEntropy("dual"))
    card.power(True)
    talk = Talk(card, NAME)
    talk.begin(NAME)
    talk.generate(0x80, Tag.CDOL1)
    assert card.transmit(SELECT_PURSE)[-2:] == b"\x90\x00"
    assert talk.select(b"1PAY.SYS.DDF01") == 0x9000
    assert card.transmit(bytes.fromhex("80CA9F3600"))[-2:] == b"\x69\x85", "nothing goes on that was begun"


def test_a_seed_makes_the_same_card_and_another_seed_another() -> None:
    wish = Wish("visa-cvn10-sda", bank=949)
    one, again, other = (make_seeded(wish, seed, TODAY) for seed in ("a", "a", "b"))
    assert one.image == again.image
    assert one.authority == again.authority
    assert (other.pan, other.image) != (one.pan, one.image)
    assert one.pan.digits.startswith("440949")
    assert one.pan.luhn_holds


@pytest.mark.parametrize(
    "wish", [Wish("visa-cvn99"), Wish(NAME, bank=948), Wish(NAME, bank=563), Wish(NAME, flaw="bent")]
)
def test_what_there_is_not_is_refused(wish: Wish) -> None:
    with pytest.raises(LocalProtocolError):
        make(wish, hsm(), SeededEntropy("x"), TODAY)


def test_nothing_that_is_printed_shows_a_secret() -> None:
    card = personal(NAME)
    printed = repr(
        (card, card.keys, card.keys.signing, made(), Wish(NAME), a_card(NAME).chip.memory.card.now)
    )
    for secret in (card.keys.cryptogram.hex(), card.pin, "1234", card.data[Tag.PAN].hex()):
        assert secret not in printed


# ------------------------------------------------------------------------------------- a real PC/SC daemon


@pytest.fixture
def slot(pcscd: Pcscd) -> Iterator[tuple[Pcscd, PcscReader]]:
    """One of its readers."""
    reader = PcscReader(pcscd.readers[THIRD].name)
    yield pcscd, reader
    reader.disconnect()


@pytest.mark.parametrize("name", ["visa-cvn18-dda", "mchip-cvn10-cda"])
def test_a_purchase_through_a_real_daemon(slot: tuple[Pcscd, PcscReader], name: str) -> None:
    """By T=0 and by T=1: the daemon takes the answer to reset and carries every command."""
    daemon, reader = slot
    card = a_card(name)
    inserted = insert(card, daemon.readers[THIRD].port)
    try:
        talk = Talk(Read(reader, WAIT_S), name)
        assert talk.card.atr == card.atr
        assert talk.is_t0 is (profile(name).protocol == 0)
        assert talk.raw(bytes.fromhex("FFCA000000"))[1] == 0x6E00
        talk.begin(name)
        first = talk.generate(0x80, Tag.CDOL1)
        proof = answered_by_bank(talk, first)
        second = talk.generate(0x40, Tag.CDOL2, t91=proof, t8A=b"00")
        assert second[Tag.CRYPTOGRAM_INFORMATION] == b"\x40"
    finally:
        inserted.remove()
        reader.gone(WAIT_S)
