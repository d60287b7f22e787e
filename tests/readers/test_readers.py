"""One contract for every reader: in this process, over a socket, behind a real PC/SC daemon."""

import threading

import pytest

from hardware.field import Field, InProcessReader
from tender.card.exchange import exchange
from tender.errors import Code, DeviceError
from tender.ports import CardReader
from tests.readers.rigs import SHORT_S, SILENT_S, WAIT_S, Rig
from tests.readers.trial_card import HOW_MANY, SELECT, TrialCard, echo, give


def held(rig: Rig, card: TrialCard, answer_s: float = WAIT_S) -> CardReader:
    """A reader with this card selected in it."""
    rig.insert(card)
    reader = rig.reader(answer_s)
    reader.connect(WAIT_S)
    assert reader.transmit(SELECT) == b"\x90\x00"
    return reader


def refused(reader: CardReader, command: bytes) -> Code:
    with pytest.raises(DeviceError) as caught:
        reader.transmit(command)
    return caught.value.code


def test_a_card_is_waited_for_and_says_what_it_is(rig: Rig) -> None:
    reader = rig.reader()
    with pytest.raises(DeviceError) as caught:
        reader.connect(SHORT_S)
    assert caught.value.code is Code.CARD_MISSING
    card = TrialCard(b"LATE")
    laying = threading.Timer(SHORT_S, rig.insert, (card,))
    laying.start()
    assert reader.connect(WAIT_S) == card.atr
    laying.join()
    assert reader.transmit(SELECT) == b"\x90\x00"
    assert reader.name
    reader.disconnect()


def test_commands_of_any_length_go_through_short_ones(rig: Rig) -> None:
    card = TrialCard()
    reader = held(rig, card)
    for size in (1, 255, 256, 700):
        said = bytes(n % 251 for n in range(size))
        assert exchange(reader.transmit, echo(said)).data == said
    assert exchange(reader.transmit, give(1000)).data == bytes(n & 0xFF for n in range(1000))
    assert max(map(len, card.commands)) <= 4 + 1 + 255 + 1
    reader.disconnect()


def test_a_tear_at_any_command_leaves_the_outcome_to_ask_for(rig: Rig) -> None:
    """The card did it, the answer was lost: unknown; asked again, the card knows."""
    card = TrialCard(bad={2: "tear"})
    reader = held(rig, card)
    assert refused(reader, echo(b"pay").to_bytes()) is Code.CARD_OUTCOME_UNKNOWN
    assert refused(reader, echo(b"pay").to_bytes()) is Code.CARD_OUTCOME_UNKNOWN, "and it stays so"
    rig.remove()
    reader.gone(WAIT_S)
    rig.insert(card)
    assert reader.connect(WAIT_S) == card.atr
    assert reader.transmit(HOW_MANY.to_bytes()) == b"\x69\x85", "what was volatile is gone"
    reader.transmit(SELECT)
    assert exchange(reader.transmit, HOW_MANY).data == b"\x01", "what was done is done, once"
    reader.disconnect()


@pytest.mark.parametrize("how", ["empty", "one-byte", "silent"])
def test_what_is_no_answer_is_an_unknown_outcome(rig: Rig, how: str) -> None:
    if how == "silent" and not rig.waits_for_a_silent_card:
        how = "empty"
    card = TrialCard(bad={2: how})
    reader = held(rig, card, SILENT_S if how == "silent" else WAIT_S)
    assert refused(reader, echo(b"pay").to_bytes()) is Code.CARD_OUTCOME_UNKNOWN
    card.never.set()
    rig.remove()
    reader.disconnect()


def test_a_card_pulled_and_swapped_never_hears_the_old_conversation(rig: Rig) -> None:
    first, second = TrialCard(b"FIRST"), TrialCard(b"SECOND")
    reader = held(rig, first)
    rig.remove()
    rig.insert(second)
    assert refused(reader, echo(b"pay").to_bytes()) is Code.CARD_OUTCOME_UNKNOWN
    assert second.commands == []
    assert reader.connect(WAIT_S) == second.atr
    reader.disconnect()


def test_gone_is_said_when_the_card_goes(rig: Rig) -> None:
    reader = held(rig, TrialCard())
    assert not reader.gone(SHORT_S)
    taking = threading.Timer(SHORT_S, rig.remove)
    taking.start()
    assert reader.gone(WAIT_S)
    taking.join()
    reader.disconnect()


def test_a_second_program_waits_or_is_told(rig: Rig) -> None:
    card = TrialCard()
    reader, other = held(rig, card), rig.reader()
    with pytest.raises(DeviceError) as caught:
        other.connect(SHORT_S)
    assert caught.value.code in (Code.READER_TAKEN, Code.CARD_MISSING)
    assert exchange(reader.transmit, echo(b"mine")).data == b"mine"
    leaving = threading.Timer(SHORT_S, reader.disconnect)
    leaving.start()
    assert other.connect(WAIT_S) == card.atr
    leaving.join()
    other.disconnect()


def test_letting_go_leaves_the_card_on_and_may_be_repeated(rig: Rig) -> None:
    card = TrialCard()
    reader = held(rig, card)
    reader.disconnect()
    reader.disconnect()
    assert refused(reader, SELECT) is Code.CARD_OUTCOME_UNKNOWN
    assert reader.connect(WAIT_S) == card.atr
    assert reader.transmit(SELECT) == b"\x90\x00"
    reader.disconnect()


def test_a_card_that_comes_as_the_time_ends_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not another program's: a wait that looks up now and then would end with a wrong word."""
    field, card = Field("here"), TrialCard()

    def over(timeout: float | None = None) -> bool:
        field.insert(card)
        return False

    monkeypatch.setattr(field._changed, "wait", over)
    assert InProcessReader(field).connect(0.0) == card.atr
