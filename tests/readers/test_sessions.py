"""Sessions written down and played again; and how long they take on real parts, by the model's clock."""

import json
from pathlib import Path

import pytest

from hardware.airtime import MODELS, AirTime, TimedReader
from hardware.field import reader_of
from hardware.replayed import RecordingReader, ReplayReader, read_session, write_to
from tender.card.apdu import Command
from tender.card.exchange import exchange
from tender.errors import Code, DeviceError, LocalProtocolError, RemoteProtocolError
from tests.readers.trial_card import ECHO, GIVE, HOW_MANY, SELECT, TrialCard, echo, give

PIN_BLOCK = bytes.fromhex("241234ffffffffff")
VERIFY = Command(0x00, 0x20, 0x00, 0x80, PIN_BLOCK)
OTHER_PIN = Command(0x00, 0x20, 0x00, 0x80, bytes.fromhex("249999ffffffffff"))


def recorded(card: TrialCard) -> list[str]:
    """A tap with a PIN, a payment that is torn, and what the card says afterwards."""
    lines: list[str] = []
    reader = RecordingReader(reader_of(card), lines.append)
    reader.connect(0)
    reader.transmit(SELECT)
    reader.transmit(VERIFY.to_bytes())
    with pytest.raises(DeviceError):
        exchange(reader.transmit, echo(b"pay"))
    with pytest.raises(DeviceError):
        reader.connect(0)
    assert reader.gone(0)
    reader.disconnect()
    return lines


def test_a_session_plays_again_without_the_card() -> None:
    lines = recorded(TrialCard(bad={3: "tear"}))
    player = ReplayReader(lines)
    assert player.connect(0) == TrialCard().atr
    assert player.transmit(SELECT) == b"\x90\x00"
    assert player.transmit(OTHER_PIN.to_bytes()) == b"\x6d\x00", "whatever the PIN was, it is not in there"
    with pytest.raises(DeviceError) as torn:
        exchange(player.transmit, echo(b"pay"))
    assert torn.value.code is Code.CARD_OUTCOME_UNKNOWN
    with pytest.raises(DeviceError) as gone:
        player.connect(0)
    assert gone.value.code is Code.CARD_MISSING
    assert player.is_over
    assert player.gone(0)
    with pytest.raises(LocalProtocolError):
        player.connect(0)


def test_another_question_than_the_one_written_down_is_our_fault() -> None:
    player = ReplayReader(recorded(TrialCard(bad={3: "tear"})))
    player.connect(0)
    with pytest.raises(LocalProtocolError) as caught:
        player.transmit(HOW_MANY.to_bytes())
    assert caught.value.field == "session[2]"


def test_no_pin_and_no_key_is_ever_written_down(tmp_path: Path) -> None:
    """Neither one that is handed in, nor one that comes back at once or is fetched later."""
    file = tmp_path / "tap.jsonl"
    reader = RecordingReader(reader_of(TrialCard()), write_to(file), secret={GIVE, ECHO})
    reader.connect(0)
    reader.transmit(SELECT)
    reader.transmit(VERIFY.to_bytes())
    key = bytes(range(0x40, 0x60))
    assert exchange(reader.transmit, echo(key)).data == key
    assert len(exchange(reader.transmit, give(300)).data) == 300
    written = file.read_text()
    for secret in (PIN_BLOCK.hex(), PIN_BLOCK[:3].hex(), key.hex(), key[:4].hex(), "00010203", "292a2b"):
        assert secret not in written
    played = ReplayReader(written.splitlines())
    played.connect(0)
    played.transmit(SELECT)
    played.transmit(OTHER_PIN.to_bytes())
    assert exchange(played.transmit, echo(bytes(32))).data == bytes(32)
    write_to(file)("the next one")
    assert file.read_text() == written, "each session has a file of its own"
    assert (tmp_path / "tap-2.jsonl").read_text() == "the next one\n"


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([], Code.VERSION_UNKNOWN),
        (["{}"], Code.VERSION_UNKNOWN),
        (["no"], Code.TEXT_UNREADABLE),
        (["[]"], Code.FIELD_WRONG),
        ([json.dumps({"format": 1})], Code.FIELD_WRONG),
    ],
)
def test_what_is_no_session_is_refused(lines: list[str], code: Code) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        read_session(lines)
    assert caught.value.code is code


class Chip:
    """Counts what it would be slow at."""

    signatures = 0
    verifications = 0


class BusyCard(TrialCard):
    """Signs once and verifies twice for each echo."""

    chip: Chip

    def transmit(self, command: bytes) -> bytes:
        if command[1] == echo(b"").ins:
            self.chip.signatures += 1
            self.chip.verifications += 2
        return super().transmit(command)


TAKES = [
    ("air", 1000 + 6, 0, 0, 0.085 + 0.003 + 0.0022),
    ("slow-phone", 1000, 0, 0, 0.300 + 0.085 + 0.003 + 0.0022),
    ("slow-chip", 0, 3, 0, 2.4 + 0.003),
    ("slow-chip", 0, 0, 2, 3.2 + 0.003),
]


@pytest.mark.parametrize(("name", "octets", "signatures", "verifications", "seconds"), TAKES)
def test_each_model_gives_its_time(
    name: str, octets: int, signatures: int, verifications: int, seconds: float
) -> None:
    model = MODELS[name]
    took = model.of_bytes(octets, 0) + model.of_work(signatures, verifications)
    assert took == pytest.approx(seconds, abs=0.003)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_page_tells_each_model_as_it_is(name: str) -> None:
    page = Path(__file__).parents[2] / "docs" / "cards.md"
    (row,) = (
        line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith(f"| `{name}` |")
    )
    model = MODELS[name]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells == [
        f"`{name}`",
        f"{model.kbit_s:g} kbit/s",
        f"{model.ms_per_kb:g} ms per kB" if model.ms_per_kb else "",
        f"{model.signature_s:g} s" if model.signature_s else "",
        f"{model.verification_s:g} s" if model.verification_s else "",
    ]


def test_the_clock_of_the_model_goes_on_and_nobody_sleeps() -> None:
    card, passed = BusyCard(), [0.0]
    card.chip = Chip()

    def add(seconds: float) -> None:
        passed[0] += seconds

    model = AirTime("test", kbit_s=106, signature_s=0.8, verification_s=1.6)
    reader = TimedReader(reader_of(card), model, add, card.chip)
    reader.connect(0)
    reader.transmit(SELECT)
    before = passed[0]
    assert 0 < before < 0.01
    exchange(reader.transmit, echo(bytes(100)))
    assert passed[0] - before == pytest.approx(0.8 + 3.2 + model.of_bytes(106, 102))
    assert reader.commands == 2
    assert reader.octets == len(SELECT) + 2 + 106 + 102
    card.bad[len(card.commands) + 1] = "tear"
    with pytest.raises(DeviceError):
        exchange(reader.transmit, echo(bytes(100)))
    assert passed[0] - before > 2 * (0.8 + 3.2), "a lost answer took its time too"
    reader.disconnect()
    assert reader.gone(0)
    assert reader.name
