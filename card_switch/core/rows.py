"""What a host that passes messages on remembers: conversations and owed reversals, and how they lie in rows.

What must never be stored after authorisation is left out before a row is made: track data, PIN blocks, chip
data, card verification values. What stays is enough to answer a repeated request byte for
byte and to reverse.
"""

import struct
from dataclasses import dataclass, replace
from enum import StrEnum, unique
from hashlib import sha256
from typing import Final, Generic, TypeVar

from tender.canon import Value
from tender.card.iso8583.fields import path
from tender.card.iso8583.message import Message, Original
from tender.errors import Code, RemoteProtocolError
from tender.schema import Bytes, Choice, Record, Text, Uint

S = TypeVar("S", bound=StrEnum)

CONVERSATIONS: Final = "conversations"
OWED: Final = "owed"
"""Tables of rows."""

NEVER_STORED: Final = frozenset({35, 36, 45, 48, 52, 53, 55, 64, 112, 126, 128})
"""Track data, PIN block and its key, chip data, private fields with verification values, codes over the
message: gone once the answer is there, and never on the disk (the rule of the card industry)."""
_MONEY: Final = "12"
"""Kinds of messages that ask for money: authorisations and financial requests."""
_NAMED: Final = (2, 42)
_NOT_CONTENT: Final = frozenset({52, 64, 128})
"""What may differ between two sendings of the same request: what is enciphered or computed anew."""


@unique
class State(StrEnum):
    """Where a conversation stands at this host."""

    ASKED = "asked"
    """Passed on; nobody answered yet."""
    APPROVED = "approved"
    DECLINED = "declined"
    GIVEN_UP = "given-up"
    """No answer in time: declined here, and reversed there until that is acknowledged."""
    REVERSED = "reversed"
    """Taken back whole."""
    BARRED = "barred"
    """Its reversal came first: the original is refused whenever it comes."""
    TAKEN = "taken"
    """A reversal or a notice that this host has taken upon itself."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """One request, from its arrival to the end of the day. ``key`` is how both sides name it; ``stands_tiyn``
    what of the approved amount is not taken back; ``deadline_ms`` when this host stops waiting.

    Request and answer are kept as the row has them (:func:`packed`): a busy day fits in memory so, and a row
    is made once.
    """

    key: str
    link: str
    fingerprint: bytes
    request_data: bytes
    onward: str
    state: State
    time_ms: int
    deadline_ms: int = 0
    answer_data: bytes = b""
    stands_tiyn: int = 0
    life_cycle: str = ""

    @property
    def request(self) -> Message:
        """What was asked, as it went onwards, without what must never be stored."""
        return unpacked(self.request_data)

    @property
    def kind(self) -> str:
        """What was asked: the first two digits of DE 3, empty where it had none. Read without the rest, for
        whoever looks at all of a day's."""
        return (field_of(self.request_data, 3) or b"")[:2].decode()

    @property
    def terminal(self) -> str:
        """DE 41 without the blanks that fill it."""
        return (field_of(self.request_data, 41) or b"").decode().strip()

    @property
    def merchant(self) -> str:
        """DE 42 without the blanks that fill it."""
        return (field_of(self.request_data, 42) or b"").decode().strip()

    @property
    def answer(self) -> Message | None:
        """What was answered; None: nothing yet."""
        return unpacked(self.answer_data) if self.answer_data else None

    @property
    def waits_for_its_end(self) -> bool:
        """Whether it is a reversal whose sender hears the end of it once that is known."""
        return self.state is State.TAKEN and not self.answer_data

    def answered(
        self, state: State, answer: Message, stands_tiyn: int = 0, life_cycle: str = ""
    ) -> "Conversation":
        """With its answer, which is from now on the only one there is."""
        return replace(
            self,
            state=state,
            answer_data=packed(answer),
            deadline_ms=0,
            stands_tiyn=stands_tiyn,
            life_cycle=life_cycle or self.life_cycle,
        )


@dataclass(frozen=True, slots=True)
class Owed:
    """A reversal this host owes to the next one, said until it is acknowledged. ``said``: how often it was;
    ``of``: the conversation it takes back."""

    key: str
    link: str
    message: Message
    of: str
    next_ms: int
    said: int = 0


_TEXT: Final = 0
_BINARY: Final = 1
_MTI_BYTES: Final = 4
_HEAD: Final = struct.Struct(">BBH")
"""Number of the field, text or binary, length of its content."""


def packed(message: Message) -> bytes:
    """The message as a row has it: its type, then for each field its number, whether it is text or binary,
    and its length and content. A string of its own, for a list of so many small values costs more than the
    rest of the row."""
    parts = [message.mti.encode()]
    for number, value in sorted(message.fields.items()):
        if isinstance(value, str):
            octets = value.encode()
            parts.append(_HEAD.pack(number, _TEXT, len(octets)))
        else:
            octets = value
            parts.append(_HEAD.pack(number, _BINARY, len(octets)))
        parts.append(octets)
    return b"".join(parts)


def field_of(octets: bytes, wanted: int) -> bytes | None:
    """One field of what :func:`packed` has packed; None when it is not there."""
    at = _MTI_BYTES
    while at < len(octets) and octets[at] <= wanted:
        start = at + _HEAD.size
        end = start + int.from_bytes(octets[at + 2 : start], "big")
        if octets[at] == wanted:
            return octets[start:end]
        at = end
    return None


def unpacked(octets: bytes) -> Message:
    """What :func:`packed` has packed; raises ``ValueError`` (or ``struct.error``) for anything else."""
    fields: dict[int, str | bytes] = {}
    at, end = _MTI_BYTES, len(octets)
    while at < end:
        number, kind, count = _HEAD.unpack_from(octets, at)
        start = at + _HEAD.size
        at = start + count
        content = octets[start:at]
        fields[number] = content.decode() if kind == _TEXT else content
    return Message.holding(octets[:_MTI_BYTES].decode("ascii"), fields)


class _StoredMessage:
    """A message inside a row: a byte string."""

    def to_value(self, item: Message) -> Value:
        """As :func:`packed`."""
        return packed(item)

    def from_value(self, value: Value, path: str) -> Message:
        """The message; refuses any other shape."""
        try:
            if isinstance(value, bytes):
                return unpacked(value)
        except (ValueError, struct.error) as error:
            raise RemoteProtocolError(Code.FIELD_WRONG, path) from error
        raise RemoteProtocolError(Code.FIELD_WRONG, path)


class StateField(Generic[S]):
    """One of a host's states, by its name."""

    def __init__(self, states: type[S]) -> None:
        self._states = states
        self._names = Choice(tuple(states))

    def to_value(self, item: S) -> Value:
        """Its name."""
        return item.value

    def from_value(self, value: Value, path: str) -> S:
        """The state of this name; ``RemoteProtocolError`` for none."""
        return self._states(self._names.from_value(value, path))


MESSAGE: Final = _StoredMessage()
_MESSAGE_MOST: Final = 1 << 16
_KEY: Final = Text(96)
_LINK: Final = Text(80)
CONVERSATION: Final = Record(
    Conversation,
    ("key", _KEY),
    ("link", _LINK),
    ("fingerprint", Bytes(32)),
    ("request_data", Bytes(most=_MESSAGE_MOST)),
    ("onward", _LINK),
    ("state", StateField(State)),
    ("time_ms", Uint()),
    ("deadline_ms", Uint()),
    ("answer_data", Bytes(most=_MESSAGE_MOST)),
    ("stands_tiyn", Uint()),
    ("life_cycle", Text(40)),
)
OWED_REVERSAL: Final = Record(
    Owed,
    ("key", _KEY),
    ("link", _LINK),
    ("message", MESSAGE),
    ("of", _KEY),
    ("next_ms", Uint()),
    ("said", Uint()),
)


def storable(message: Message) -> Message:
    """The message without what must never be stored; whose card it was stays, also where only track 2 said
    so: a reversal has to name it."""
    kept = message.without(*NEVER_STORED)
    return kept if 2 in kept.fields or 35 not in message.fields else kept.having({2: message.pan.digits})


def fingerprint(message: Message) -> bytes:
    """What two sendings of the same request share (32 bytes); a repeat differs in its message type only."""
    content = packed(message.without(*_NOT_CONTENT))[_MTI_BYTES:]
    return sha256(f"{message.mti[:3]}0".encode() + content).digest()


def text_of(message: Message, number: int) -> str:
    """A text field without the blanks that fill it; empty when it is not there."""
    value = message.fields.get(number, "")
    return value.strip() if isinstance(value, str) else ""


def key_of(message: Message) -> str:
    """How both sides of a link name a request, and its answer: kind of message, acquirer, terminal, trace
    number and time (DE 32, 41, 11, 7). A repeat has the key of what it repeats. Raises
    :class:`RemoteProtocolError` where one of them is missing."""
    return _key(message.mti, message.acquirer, message.terminal, message.stan, message.transmitted)


def original_keys(message: Message) -> tuple[str, ...]:
    """The keys that a reversal's DE 90 may mean: the acquirer there, or that of the reversal itself when it
    is all zeros. Only what asks for money can be taken back: raises :class:`RemoteProtocolError` for a
    reversal of anything else, such as of a reversal."""
    told = message.original
    if told.mti[1] not in _MONEY:
        raise RemoteProtocolError(Code.FIELD_WRONG, path(90))
    acquirers = dict.fromkeys((message.acquirer, told.acquirer or message.acquirer))
    return tuple(_key(told.mti, one, message.terminal, told.stan, told.transmitted) for one in acquirers)


def names(reversal: Message, original: Message) -> bool:
    """Whether a reversal speaks of this very request: card and merchant (DE 2, 42) are its own too, not only
    the numbers that stand on every receipt."""
    return all(text_of(reversal, one) == text_of(original, one) for one in _NAMED)


def original_data(request: Message) -> str:
    """DE 90 for the reversal of this request."""
    return Original(request.mti, request.stan, request.transmitted, request.acquirer, "").to_text()


def _key(mti: str, acquirer: str, terminal: str, stan: str, transmitted: str) -> str:
    return "/".join((mti[1], acquirer.lstrip("0"), terminal, stan, transmitted))
