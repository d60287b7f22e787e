"""Bad days of the daemon and its readers: each is one sentence, and the card knows what was done."""

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from hardware import pcsc
from hardware import pcscd as pcscd_module
from hardware.pcsc import PcscReader
from hardware.pcscd import Pcscd
from hardware.readers import open_reader, pcsc_readers
from hardware.vpcd import InsertedCard, insert
from tender.card.exchange import exchange
from tender.errors import Code, DeviceError
from tests.readers.rigs import SHORT_S, SILENT_S, WAIT_S
from tests.readers.trial_card import HOW_MANY, SELECT, TrialCard, echo

SECOND = 1
"""These tests' own reader of the daemon's four."""


@pytest.fixture
def slot(pcscd: Pcscd) -> Iterator[tuple[Pcscd, PcscReader]]:
    reader = PcscReader(pcscd.readers[SECOND].name, answer_s=WAIT_S)
    yield pcscd, reader
    reader.disconnect()


def code_of(reader: PcscReader) -> Code:
    with pytest.raises(DeviceError) as caught:
        reader.connect(SHORT_S)
    return caught.value.code


def laid(daemon: Pcscd, card: TrialCard) -> InsertedCard:
    """The card in the reader of these tests, seen by it."""
    return insert(card, daemon.readers[SECOND].port, timeout_s=WAIT_S)


def taken_away(inserted: InsertedCard, reader: PcscReader) -> None:
    inserted.remove()
    reader.gone(WAIT_S)
    reader.disconnect()


def test_readers_are_found_by_a_part_of_their_name(slot: tuple[Pcscd, PcscReader]) -> None:
    daemon, _ = slot
    names = tuple(reader.name for reader in daemon.readers)
    assert pcsc.readers() == names == pcsc_readers()
    named = open_reader("sim reader 1 00 01")
    with pytest.raises(DeviceError) as caught:
        named.connect(SHORT_S)
    assert caught.value.code is Code.CARD_MISSING
    assert named.name == names[3]
    assert code_of(PcscReader("Acme")) is Code.READER_MISSING


def test_a_daemon_that_dies_in_a_payment_and_comes_back(slot: tuple[Pcscd, PcscReader]) -> None:
    daemon, reader = slot
    card = TrialCard()
    inserted = laid(daemon, card)
    reader.connect(WAIT_S)
    reader.transmit(SELECT)
    assert exchange(reader.transmit, echo(b"pay")).is_done
    daemon.stop()
    with pytest.raises(DeviceError) as caught:
        reader.transmit(HOW_MANY.to_bytes())
    assert caught.value.code is Code.CARD_OUTCOME_UNKNOWN
    assert reader.gone(SHORT_S)
    assert code_of(reader) is Code.PCSC_SILENT
    assert inserted.wait_until_gone(WAIT_S)
    with pytest.raises(DeviceError) as nobody:
        laid(daemon, card)
    assert nobody.value.code is Code.READER_GONE
    daemon.start()
    inserted = laid(daemon, card)
    assert reader.connect(WAIT_S) == card.atr
    reader.transmit(SELECT)
    assert exchange(reader.transmit, HOW_MANY).data == b"\x01", "the card knows: paid once"
    taken_away(inserted, reader)


def test_a_card_that_never_answers_frees_the_reader_when_it_goes(slot: tuple[Pcscd, PcscReader]) -> None:
    daemon, reader = slot
    card = TrialCard(bad={2: "silent"})
    inserted = laid(daemon, card)
    hasty = PcscReader(daemon.readers[SECOND].name, answer_s=SILENT_S)
    hasty.connect(WAIT_S)
    hasty.transmit(SELECT)
    with pytest.raises(DeviceError) as caught:
        exchange(hasty.transmit, echo(b"pay"))
    assert caught.value.code is Code.CARD_OUTCOME_UNKNOWN
    assert pcsc.readers(), "the daemon goes on with the others"
    inserted.remove()
    card.never.set()
    again = laid(daemon, card)
    assert reader.connect(WAIT_S) == card.atr
    taken_away(again, reader)


def test_a_reader_that_was_unplugged(slot: tuple[Pcscd, PcscReader]) -> None:
    """The daemon comes back without it: what was in it is unknown, and the sentence names the reader."""
    daemon, reader = slot
    inserted = laid(daemon, TrialCard())
    reader.connect(WAIT_S)
    settings = daemon.socket.parent.parent / "conf" / "readers"
    whole, readers = settings.read_text(), daemon.readers
    daemon.stop()
    settings.write_text(whole.partition("\n\n")[2])
    daemon.readers = readers[2:]
    daemon.start()
    with pytest.raises(DeviceError) as caught:
        reader.transmit(SELECT)
    assert caught.value.code is Code.CARD_OUTCOME_UNKNOWN
    assert code_of(reader) is Code.READER_GONE
    daemon.stop()
    settings.write_text(whole)
    daemon.readers = readers
    daemon.start()
    assert code_of(reader) is Code.CARD_MISSING
    inserted.remove()


def test_one_card_at_a_time(slot: tuple[Pcscd, PcscReader]) -> None:
    daemon, reader = slot
    inserted = laid(daemon, TrialCard())
    with pytest.raises(DeviceError) as caught:
        insert(TrialCard(), daemon.readers[SECOND].port, timeout_s=SHORT_S)
    assert caught.value.code is Code.READER_TAKEN
    reader.connect(WAIT_S)
    taken_away(inserted, reader)


@pytest.mark.parametrize("lacking", ["pyscard", "daemon"])
def test_what_is_not_installed_is_one_sentence(lacking: str, tmp_path: Path) -> None:
    """In a program of its own: the library looks for the daemon once."""
    program = (
        "import importlib.util as u\n"
        + ("f = u.find_spec\nu.find_spec = lambda n, *a: None if n == 'smartcard' else f(n, *a)\n")
        * (lacking == "pyscard")
        + "from town.cli import main\nraise SystemExit(main(['card', 'readers', '--json']))\n"
    )
    environment = {**os.environ, "TENGE_HOME": str(tmp_path)}
    environment[pcsc.SERVICE_VARIABLE] = str(tmp_path / "nobody")
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60
    )
    installed = find_spec("smartcard") is not None
    expected = Code.PCSC_SILENT if lacking == "daemon" and installed else Code.PCSC_NOT_INSTALLED
    assert done.returncode == 3
    assert f'"code": "{expected.value}"' in done.stdout
    assert done.stderr == ""


def test_a_daemon_of_ones_own_says_what_it_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pcscd_module, "DAEMON", tmp_path / "pcscd")
    monkeypatch.setattr(pcscd_module, "DRIVERS", tmp_path)
    assert pcscd_module.missing() == ("pcscd is not installed", "vsmartcard-vpcd is not installed")
    with pytest.raises(DeviceError) as caught:
        Pcscd(tmp_path / "own").start()
    assert caught.value.code is Code.PCSC_SILENT
    assert dict(caught.value.refusal.facts)["why"] == "pcscd is not installed"
    assert not (tmp_path / "own").exists(), "nothing is left behind"


def test_a_test_that_did_not_ask_for_a_daemon_meets_none() -> None:
    with pytest.raises(AssertionError, match="without the fixture `pcscd`"):
        pcsc.readers()
