"""The parsers between a reader and a card: what a card answers, and what a terminal tells a card.

Both ends are strangers to each other. Whatever is taken is written again and must be the same bytes, or mean
the same: one way to write each thing.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from hardware.purse_client import PurseClient
from tender.card import atr, tlv
from tender.card.apdu import DONE, SHORT_ANSWER_MOST, SHORT_DATA_MOST, Command, Response
from tender.card.exchange import exchange
from tender.errors import Code, DeviceError, RemoteProtocolError
from tender.purse import commands, records, tap
from tender.purse.commands import Ins
from tender.purse.layout import Layout
from tests.fuzz.targets import Parser

ROWS_MOST: Final = 64
"""Commands or answers of one input."""
APDU_MOST: Final = 5 + SHORT_DATA_MOST + 1
"""Bytes of the longest short command; no short answer is longer."""
READ: Final = Command(commands.CLA_PURSE, Ins.READ_TOKEN, 0, 0, bytes(300), SHORT_ANSWER_MOST)
LAYOUTS: Final[tuple[Layout[Any], ...]] = tuple(
    found for found in vars(records).values() if isinstance(found, Layout)
)
ANSWERED: Final = Response(b"", DONE).to_bytes()


def rows(data: bytes) -> list[bytes]:
    """A row of APDUs, each behind its length in two bytes; whatever stands there is some length."""
    found: list[bytes] = []
    while data and len(found) < ROWS_MOST:
        end = 2 + int.from_bytes(data[:2], "big") % (APDU_MOST + 1)
        found.append(data[2:end])
        data = data[end:]
    return found


def row(parts: Iterable[bytes]) -> bytes:
    """The other way."""
    return b"".join(len(one).to_bytes(2, "big") + one for one in parts)


def _command(data: bytes) -> object:
    command = Command.from_bytes(data)
    assert Command.from_bytes(command.to_bytes()) == command
    return command


def _answer(data: bytes) -> object:
    answer = Response.from_bytes(data)
    assert answer.to_bytes() == data
    return answer


def _objects(data: bytes) -> object:
    found = tlv.tree(data)
    assert tlv.pack(tlv.unpack(data)) == data
    return found


def _whole_answer(data: bytes) -> object:
    """One long command to a card that answers these, one after the other."""
    said = rows(data)

    def transmit(command: bytes) -> bytes:
        Command.from_bytes(command)  # what we say is always well-formed, whatever was answered
        if not said:
            raise RemoteProtocolError(Code.MESSAGE_TRUNCATED, "card")
        return said.pop(0)

    return exchange(transmit, READ)


def _layout(data: bytes) -> object:
    """The first byte chooses the record."""
    layout = LAYOUTS[data[0] % len(LAYOUTS)] if data else LAYOUTS[0]
    found = layout.decode(data[1:], "record")
    assert layout.encode(found) == data[1:]
    return found


class Liar:
    """A reader over a card that answers anything at all, and at last always the same."""

    name = "liar"

    def __init__(self, said: list[bytes]) -> None:
        self._said = said
        self.asked = 0

    def connect(self, timeout_s: float) -> bytes:
        """There is always a card."""
        return tap.ATR

    def transmit(self, command: bytes) -> bytes:
        """The next answer; what no reader would pass on is no answer."""
        Command.from_bytes(command)
        self.asked += 1
        answer = self._said.pop(0) if self._said else ANSWERED
        if len(answer) < 2:
            raise DeviceError(Code.CARD_OUTCOME_UNKNOWN, "card")
        return answer

    def disconnect(self) -> None:
        """Nothing is held."""

    def gone(self, timeout_s: float) -> bool:
        """It stays."""
        return False


class Endless(Liar):
    """Over a card that has a full page more, whatever it is asked."""

    def __init__(self) -> None:
        page = [bytes(SHORT_ANSWER_MOST) + more for more in (b"\x61\x00", b"\x61\x00", b"\x61\x00", ANSWERED)]
        super().__init__([])
        self._page = page

    def transmit(self, command: bytes) -> bytes:
        """A quarter of a page."""
        self.asked += 1
        if Command.from_bytes(command).ins != Ins.GET_RESPONSE:
            self._left = list(self._page)
        return self._left.pop(0)


ASKED: Final[tuple[Callable[[PurseClient], object], ...]] = (
    lambda client: client.status(),
    lambda client: client.keys(),
    lambda client: client.make_keys(3),
    lambda client: client.requests(),
    lambda client: client.tokens(),
    lambda client: client.token(bytes(32)),
    lambda client: client.kept(),
    lambda client: client.kept_of(bytes(32)),
    lambda client: client.log(),
    lambda client: client.request_state(bytes(16)),
    lambda client: client.sign_payment([(bytes(32), 1), (bytes(32), 2)]),
    lambda client: client.put_token(bytes(900)),
    lambda client: client.store_key(),
    lambda client: client.book_mark(),
    lambda client: client.has_signed(bytes(32)),
)


def _lies(data: bytes) -> object:
    """What the host makes of a lying card: a code, or something to believe; never an error of its own."""
    question = ASKED[data[0] % len(ASKED)] if data else ASKED[0]
    reader = Liar([bytes.fromhex("6F009000"), *rows(data[1:])])
    try:
        return question(PurseClient(reader))
    except DeviceError as error:
        raise RemoteProtocolError(error.code, error.field) from error


def _tap_card(data: bytes) -> object:
    """Whatever a reader says to a phone that answers as a card: a status for each, and never an error."""
    card, talking = tap.CardEnd(tap.Side.PAYEE), b""
    known = {DONE, *tap.REFUSING}
    for command in rows(data):
        answer = card.hear(command)
        if card.token not in (b"", talking):
            card.say(bytes(range(200)) * 3)
        talking = card.token
        whole = Response.from_bytes(card.answer() if answer is None else answer)
        assert whole.sw in known and len(whole.data) <= SHORT_ANSWER_MOST
        assert answer is None or not whole.is_done or card.hear(command) == answer, (
            "asked again, told otherwise"
        )
    return card.message()


def _tap_reader(data: bytes) -> object:
    """Whatever a card answers to a phone that polls."""
    reader = tap.ReaderEnd(bytes(tap.TOKEN_BYTES))
    reader.say(bytes(range(200)) * 3)
    said = rows(data)
    if said:
        reader.begun(said.pop(0))
    for answer in said:
        before = reader.command()
        if not reader.hear(answer):
            assert reader.command() == before, "the same bytes until the answer was heard"
    return reader.message()


def _taps() -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """A true conversation: the commands and the answers of it."""
    reader, card = tap.ReaderEnd(bytes(tap.TOKEN_BYTES)), tap.CardEnd(tap.Side.PAYEE)
    reader.say(b"from the reader" * 30)
    told, answered = [tap.SELECT, reader.begin()], []
    card.hear(told[0])
    begun = card.hear(told[1])
    assert begun is not None
    card.say(b"from the card" * 30)
    answered.append(begun)
    for _ in range(4):
        told.append(reader.command())
        assert card.hear(told[-1]) is None
        answered.append(card.answer())
        assert reader.hear(answered[-1])
    assert reader.has_come and card.has_come
    return tuple(told), tuple(answered)


def cards() -> list[Parser]:
    """Every parser of ``tender.card`` and ``tender.purse``, and a host before a lying card."""
    told, answered = _taps()
    apdus = (
        tap.SELECT,
        tap.BYE,
        READ.to_bytes(),
        Command(0, 0x10, 0, 0, le=256).to_bytes(),
        Command(0x10, 0x4C, 1, 2, bytes(255)).to_bytes(),
        Command(0, 0x10, 0, 0, le=65_536).to_bytes(),
    )
    status = bytes(records.STATUS.length)
    long_answer = (ANSWERED, b"\x07" * 256 + b"\x61\x10", b"\x08" * 16 + ANSWERED)
    fci = tap.application(tap.Side.PAYER)
    lists = tuple(bytes((place,)) + row(long_answer[1:]) for place in range(len(ASKED)))
    records_of = tuple(bytes((place,)) + bytes(one.length) for place, one in enumerate(LAYOUTS))
    return [
        Parser("apdu command", _command, apdus, sealed=False),
        Parser("apdu answer", _answer, (ANSWERED, status + ANSWERED, b"\x69\x82"), sealed=False),
        Parser(
            "apdu whole",
            _whole_answer,
            (row(long_answer), row((ANSWERED, b"\x6c\x02", b"ok\x90\x00"))),
            False,
        ),
        Parser("tlv", _objects, (fci, tlv.pack([tlv.Tlv(0x9F38, bytes(300)), tlv.Tlv(0x50, b"x")])), False),
        Parser("atr", atr.read, (tap.ATR, atr.made(b"KZDTPURS"), bytes.fromhex("3B021450")), sealed=False),
        Parser("purse record", _layout, records_of, sealed=False),
        Parser("purse client", _lies, (b"\x00" + row((status + ANSWERED,)), *lists), sealed=False),
        Parser("tap application", tap.read_application, (fci, tap.application(tap.Side.PAYEE)), sealed=True),
        Parser("tap commands", _tap_card, (row(told),), sealed=False),
        Parser("tap answers", _tap_reader, (row(answered),), sealed=False),
    ]
