"""The parsers of card messages: both dialects with what their elements mean, every framing, a whole line.

Whatever is taken is written again and means the same; whatever is not has a code, a place, and, if it was a
request, an answer that can be sent.
"""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from operator import attrgetter
from typing import Final

from tender.card.iso8583.codec import MalformedMessage
from tender.card.iso8583.dialects import DIALECTS, VISA_STYLE, Dialect, translated
from tender.card.iso8583.framing import FRAMINGS, STATIONS_4, Framer, Framing, route_between
from tender.card.iso8583.link import Link
from tender.card.iso8583.link_events import Heard, LinkState
from tender.card.iso8583.message import Message
from tender.card.iso8583.moments import when
from tender.card.iso8583.printing import lines
from tender.card.pan import Track2
from tender.errors import Code, RemoteProtocolError
from tests.fuzz.targets import Parser
from tests.iso8583.samples import purchase, samples

NOW_MS: Final = 1_795_280_400_000
_PIECE: Final = 7
_TRACK_SHORTEST: Final = 20
READERS: Final = tuple(name for name, one in vars(Message).items() if isinstance(one, property))
"""Whatever a message says of itself."""


def _message(dialect: Dialect, data: bytes) -> Message:
    try:
        message = dialect.decode(data)
    except MalformedMessage as error:
        if (answer := error.answer()) is not None:
            assert dialect.decode(dialect.encode(answer)).code == "30"
        if error.readable is not None:
            _shown(error.readable, dialect)
        raise
    assert dialect.decode(dialect.encode(message)) == message
    _shown(message, dialect)
    _meant(message, dialect)
    return message


def _shown(message: Message, dialect: Dialect) -> None:
    """However it is shown, a secret is not among it."""
    said = "\n".join((*lines(message, dialect), str(message)))
    track = message.fields.get(35)
    elsewhere = [value for number, value in message.fields.items() if number != 35 and isinstance(value, str)]
    # Shorter ones may be anything's digits, and a copy in a merchant's name is no secret of ours.
    if (
        isinstance(track, str)
        and len(track) >= _TRACK_SHORTEST
        and not any(track in one for one in elsewhere)
    ):
        assert track not in said


def _meant(message: Message, dialect: Dialect) -> None:
    """Every reader means something or names the element."""
    other = next(one for one in DIALECTS.values() if one is not dialect)
    readers: list[Callable[[Message], object]] = [
        attrgetter(name) for name in READERS if name != "answer_mti"
    ]
    readers += [dialect.life_cycle_id, dialect.cvv2, dialect.cvv2_result, dialect.place]
    readers += [lambda one: when(one.transmitted, NOW_MS)]
    readers += [lambda one: other.encode(translated(one, dialect, other))]
    for read in readers:
        try:
            read(message)
        except RemoteProtocolError as error:
            assert error.field.startswith("iso8583.de"), error.field


def _frames(framing: Framing, data: bytes) -> object:
    """In one piece or in many: the same frames, the same end."""

    def read(pieces: list[bytes]) -> tuple[list[object], str]:
        framer, found = Framer(framing), list[object]()
        try:
            for piece in pieces:
                found += framer.feed(piece)
        except RemoteProtocolError as error:
            return found, error.field
        return found, ""

    whole = read([data])
    assert whole == read([data[at : at + _PIECE] for at in range(0, len(data), _PIECE)])
    found, wrong = whole
    if wrong:
        raise RemoteProtocolError(Code.FIELD_WRONG, wrong)
    return found


def _line(data: bytes) -> object:
    """A whole line between stations that hears this, answers what it can, and is sound after it."""
    link = Link(STATIONS_4, VISA_STYLE, True, signs_on=False)
    link.opened(NOW_MS)
    try:
        link.receive_data(data, NOW_MS)
    finally:
        for event in link.events():
            if isinstance(event, Heard) and event.message.is_request:
                link.send(event.message.answer("05"))
        for frame in Framer(STATIONS_4).feed(link.data_to_send()):
            assert frame.reject or VISA_STYLE.decode(frame.octets).mti
        assert link.state in (LinkState.UP, LinkState.SIGNED_OFF)
    return link


def iso8583() -> list[Parser]:
    """Every parser of ``tender.card.iso8583``."""
    found = []
    for dialect in DIALECTS.values():
        encoded = tuple(dialect.encode(one.message) for one in samples() if one.dialect is dialect)
        found.append(Parser(dialect.name, partial(_message, dialect), encoded, sealed=False))
    octets = VISA_STYLE.encode(purchase(VISA_STYLE))
    for framing in FRAMINGS.values():
        stream = (octets, octets, VISA_STYLE.encode(samples()[7].message))
        rows = b"".join(framing.frame(one, route_between(framing.envelope, 1, 2)) for one in stream)
        found.append(
            Parser(framing.name, partial(_frames, framing), (rows, framing.heartbeat() + rows), False)
        )
    framed = [
        STATIONS_4.frame(VISA_STYLE.encode(one.message)) for one in samples() if one.dialect is VISA_STYLE
    ]
    back = STATIONS_4.frame(octets, reject="0055")
    lists = (b"".join(framed), back, *(one + other for one, other in pairwise(framed)))
    found.append(Parser("line", _line, lists, sealed=False))
    tracks = (
        bytes.fromhex("4444441234567892D28122010000012300000F"),
        bytes.fromhex("444444123456789D2812201F"),
    )
    found.append(Parser("track2", lambda data: Track2.from_bytes(data).to_bytes(), tracks, sealed=False))
    return found
