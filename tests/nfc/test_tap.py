"""The two ends of a tap, bytes against bytes: pieces, numbers, dead fields, and what each refuses."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tender.card.apdu import (
    CLA_UNKNOWN,
    CONDITIONS_UNMET,
    DATA_WRONG,
    DONE,
    FULL,
    INS_UNKNOWN,
    NOT_FOUND,
    P1_P2_WRONG,
    WRONG_LENGTH,
    Command,
)
from tender.cash.messages import MESSAGE_MAX_BYTES
from tender.errors import Code, LocalProtocolError, RemoteProtocolError
from tender.purse.tap import (
    AID,
    ATR,
    BYE,
    REFUSING,
    SELECT,
    CardEnd,
    ReaderEnd,
    Side,
    Stream,
    application,
    read_application,
)
from tests.nfc.field import TOKEN, Field, converse, pair

ROOT = Path(__file__).parents[2]
REQUEST, OFFER = b"request" * 70, b"offer" * 200
"""490 and 1 000 bytes: two and four pieces."""


def sw(answer: bytes | None) -> int:
    assert answer is not None and len(answer) == 2
    return int.from_bytes(answer, "big")


def begun(side: Side = Side.PAYEE) -> tuple[ReaderEnd, CardEnd]:
    reader, card = pair(side)
    assert card.hear(SELECT) == application(side) + b"\x90\x00"
    assert card.hear(reader.begin()) == b"\x00\x00\x90\x00"
    return reader, card


def test_the_example_of_the_page() -> None:
    """docs/protocol/nfc.md, "An example": what goes to and fro, byte by byte."""
    page = "".join((ROOT / "docs/protocol/nfc.md").read_text().split()).lower()
    reader, card = pair()
    passed = ["reset" + ATR.hex()]
    card.hear(SELECT)

    def pass_on(command: bytes) -> bytes:
        answer = card.hear(command)
        whole = card.answer() if answer is None else answer
        passed.append(f"→{command.hex()}←{whole.hex()}")
        return whole

    assert read_application(pass_on(SELECT)[:-2]) is Side.PAYEE
    assert reader.begun(pass_on(reader.begin()))
    card.say(b"pay me")
    assert reader.hear(pass_on(reader.command()))
    assert reader.message() == b"pay me"
    reader.say(b"yes")
    assert reader.hear(pass_on(reader.command()))
    assert card.message() == b"yes"
    assert "".join(passed) in page


def test_messages_of_any_length_pass_in_short_commands_only() -> None:
    sent = [REQUEST, b"x", b"y" * 255, b"z" * 70_000]
    reader, card = pair()
    air = Field(card)
    to_card, to_reader = converse(reader, air, sent, sent[::-1])
    assert (to_card, to_reader) == (sent, sent[::-1])
    assert max(map(len, air.answers)) == 258


@pytest.mark.parametrize("through", [-1, *range(8), 100, 257], ids=lambda at: f"after {at}")
def test_the_field_is_dead_once_anywhere_and_nothing_is_doubled_or_lost(through: int) -> None:
    """At every command, before it and after so many bytes of its answer."""
    reader, card = pair()
    calm = Field(card)
    converse(reader, calm, [OFFER], [REQUEST])
    for at in range(len(calm.answers)):
        reader, card = pair()
        air = Field(card, {at: through})
        assert converse(reader, air, [OFFER], [REQUEST]) == ([OFFER], [REQUEST]), at


@given(
    st.lists(st.binary(min_size=1, max_size=900), max_size=4),
    st.lists(st.binary(min_size=1, max_size=900), max_size=4),
    st.dictionaries(st.integers(0, 40), st.integers(-1, 257), max_size=12),
)
@settings(max_examples=60, deadline=None)
def test_however_the_field_fails_each_message_comes_once_and_in_order(
    there: list[bytes], back: list[bytes], fails: dict[int, int]
) -> None:
    reader, card = pair()
    assert converse(reader, Field(card, fails), there, back) == (there, back)


def test_an_answer_that_only_looks_whole_is_asked_for_again() -> None:
    """A cut answer whose last two bytes happen to say 9000: the length in front tells."""
    reader, card = begun()
    card.say(b"\x90\x00" * 60)
    assert card.hear(reader.command()) is None
    whole = card.answer()
    assert not any(reader.hear(whole[:cut]) for cut in range(len(whole)))
    assert reader.hear(whole)
    assert reader.message() == b"\x90\x00" * 60


def test_an_answer_to_another_exchange_is_not_taken() -> None:
    reader, card = begun()
    card.hear(reader.command())
    first = card.answer()
    assert reader.hear(first)
    reader.command()
    assert not reader.hear(first)


def test_a_command_sent_again_gets_the_same_answer_and_another_under_its_number_gets_none() -> None:
    reader, card = begun()
    reader.say(b"once")
    command = reader.command()
    assert card.hear(command) is None
    assert card.hear(command) is None, "taken, and its answer not yet drawn"
    said = card.answer()
    card.say(b"said later")
    assert card.hear(command) == said
    assert sw(card.hear(Command(0x80, 0x20, 0, 0, b"other", 256).to_bytes())) == P1_P2_WRONG
    assert [card.message(), card.message()] == [b"once", None]


def test_another_reader_begins_anew_and_hears_nothing_of_the_first() -> None:
    reader, card = begun()
    reader.say(b"half of a message" * 30)
    card.say(b"for the first reader only")
    card.hear(reader.command())
    other = ReaderEnd(TOKEN[::-1])
    assert other.begun(card.hear(other.begin()) or b"")
    assert not card.is_saying and not card.is_hearing
    card.hear(other.command())
    assert card.answer().hex() == "00009000"
    assert not reader.begun(card.hear(reader.begin()) or b"") or reader.command()[3] == 0


def test_a_reader_in_the_middle_does_not_go_on_with_another_phone() -> None:
    reader, card = begun()
    for _ in range(3):
        card.hear(reader.command())
        assert reader.hear(card.answer())
    _, stranger = begun()
    stranger.hear(BYE)
    assert not reader.begun(stranger.hear(reader.begin()) or b"")


def test_after_goodbye_what_came_is_still_read_and_nothing_more_is_taken() -> None:
    reader, card = begun()
    reader.say(b"receipt")
    card.hear(reader.command())
    assert reader.hear(card.answer())
    assert sw(card.hear(BYE)) == DONE
    assert card.message() == b"receipt"
    assert card.token == b""
    assert card.hear(reader.begin()) == b"\x00\x01\x90\x00", "what is over does not begin again"
    closed = card.hear(reader.command())
    assert sw(closed) == CONDITIONS_UNMET
    with pytest.raises(RemoteProtocolError) as error:
        reader.hear(closed or b"")
    assert error.value.code is Code.REQUEST_CLOSED


@pytest.mark.parametrize(
    ("what", "command", "status"),
    [
        ("nothing", b"", WRONG_LENGTH),
        ("half a header", b"\x80\x20", WRONG_LENGTH),
        ("an instruction of the chip", b"\x80\x44\x00\x00", INS_UNKNOWN),
        ("a foreign class", b"\x94\x20\x00\x00", CLA_UNKNOWN),
        ("another application", Command(0, 0xA4, 4, 0, b"\xa0\0\0\0\3", 256).to_bytes(), NOT_FOUND),
        ("a file and no application", Command(0, 0xA4, 0, 0, AID, 256).to_bytes(), P1_P2_WRONG),
        ("a version to come", Command(0x80, 0x10, 0, 0, b"\x02" + TOKEN, 256).to_bytes(), DATA_WRONG),
        ("a short token", Command(0x80, 0x10, 0, 0, b"\x01" + TOKEN[1:], 256).to_bytes(), DATA_WRONG),
        ("a number too far", Command(0x80, 0x20, 0, 2, b"", 256).to_bytes(), P1_P2_WRONG),
        ("an extended piece", Command(0x80, 0x20, 0, 0, bytes(300), 256).to_bytes(), WRONG_LENGTH),
        ("an endless message", Command(0x80, 0x20, 0, 0, b"\xff\xff\xff", 256).to_bytes(), FULL),
        ("an empty message", Command(0x80, 0x20, 0, 0, b"\0\0\0", 256).to_bytes(), FULL),
        ("a flood", Command(0x80, 0x20, 0, 0, b"\0\0\1m" * 9, 256).to_bytes(), FULL),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_card_refuses(what: str, command: bytes, status: int) -> None:
    _, card = begun()
    assert sw(card.hear(command)) == status, what


def test_no_conversation_before_selection_nor_after_the_field_was_dead() -> None:
    reader, card = pair()
    assert sw(card.hear(reader.begin())) == CONDITIONS_UNMET
    card.hear(SELECT)
    assert sw(card.hear(reader.command())) == CONDITIONS_UNMET, "selected, and not begun"
    card.power()
    assert sw(card.hear(reader.begin())) == CONDITIONS_UNMET


@given(st.lists(st.binary(max_size=300), max_size=6), st.booleans())
@settings(max_examples=120, deadline=None)
def test_a_card_answers_garbage_with_a_status_and_never_raises(commands: list[bytes], open_: bool) -> None:
    card = begun()[1] if open_ else CardEnd(Side.PAYER)
    for command in commands:
        answer = card.hear(command)
        assert (card.answer() if answer is None else answer)[-2] in (0x67, 0x69, 0x6A, 0x6D, 0x6E, 0x90)


@given(st.binary(max_size=260))
@settings(max_examples=120, deadline=None)
def test_a_reader_takes_no_garbage(answer: bytes) -> None:
    reader, _ = begun()
    reader.command()
    try:
        heard = reader.hear(answer)
    except RemoteProtocolError as error:
        assert error.code in (Code.OUT_OF_ORDER, Code.REQUEST_CLOSED, Code.MESSAGE_TOO_LONG)
    else:
        assert not heard or (answer[0] == 0 and answer[1] == len(answer) - 4 and answer[-2:] == b"\x90\0")


def test_each_refusal_of_a_card_ends_the_readers_conversation() -> None:
    for status in sorted(REFUSING):
        reader, _ = begun()
        reader.command()
        with pytest.raises(RemoteProtocolError):
            reader.hear(status.to_bytes(2, "big"))


def test_who_answers_is_read_strictly() -> None:
    assert [read_application(application(side)) for side in Side] == list(Side)
    newer = application(Side.PAYER)[:-4] + b"\x02\x81\x01\x00"
    for data, code in (
        (newer, Code.VERSION_UNKNOWN),
        (application(Side.PAYER)[:-1] + b"\x02", Code.CARD_WRONG),
        (application(Side.PAYER)[:-1], Code.CARD_WRONG),
        (b"", Code.CARD_WRONG),
    ):
        with pytest.raises(RemoteProtocolError) as error:
            read_application(data)
        assert error.value.code is code, data.hex()
    for answer in (b"", b"\x6a\x80", b"\x00\x90\x00", b"\0\0\0\x90\0"):
        reader, _ = pair()
        with pytest.raises(RemoteProtocolError):
            reader.begun(answer)


def test_our_own_mistakes_are_said_to_be_ours() -> None:
    for message in (b"", bytes(MESSAGE_MAX_BYTES + 1)):
        with pytest.raises(LocalProtocolError):
            Stream().say(message)
    with pytest.raises(LocalProtocolError):
        ReaderEnd(b"short")
    with pytest.raises(LocalProtocolError):
        pair()[0].hear(b"\x90\x00")
    reader, _ = pair()
    reader._number = 0xFFFF
    with pytest.raises(LocalProtocolError):
        reader.command()


def test_how_far_a_message_has_come_is_known_from_its_first_piece() -> None:
    reader, card = begun()
    card.say(OFFER)
    card.hear(reader.command())
    reader.hear(card.answer())
    assert reader.coming == (254, 1_003)
    assert (card.said, reader.heard) == (254, 254)
    assert pair()[0].coming == (0, 0)
