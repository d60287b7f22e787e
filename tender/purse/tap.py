"""Messages of a payment in short APDUs: between a reader and a phone that answers as a card
(docs/protocol/nfc.md).

The reader asks, the card answers; either may be the payee. Each *exchange* carries a piece of what the
reader says there, and a piece of what the card says back. Exchanges are numbered: one that is sent again,
because its answer was lost, gets the same answer and says nothing twice. A conversation is named by eight
random bytes of the reader, so that it goes on after the field was dead for a moment, and never goes on with
somebody else.

Pure: bytes in, bytes out; ``hardware/nfc.py`` gives both ends a wire.
"""

from collections import deque
from enum import IntEnum, unique
from functools import reduce
from operator import xor
from typing import Final

from tender.card.apdu import (
    CLA_UNKNOWN,
    CONDITIONS_UNMET,
    DATA_WRONG,
    DONE,
    FULL,
    INS_UNKNOWN,
    NOT_FOUND,
    P1_P2_WRONG,
    SHORT_ANSWER_MOST,
    SHORT_DATA_MOST,
    WRONG_LENGTH,
    Command,
    Response,
)
from tender.cash.messages import MESSAGE_MAX_BYTES
from tender.errors import Code, LocalProtocolError, RemoteProtocolError

AID: Final = bytes.fromhex("F04B5A4454544150")
"""Proprietary (F…), then "KZDTTAP"."""
VERSION: Final = 1
TOKEN_BYTES: Final = 8
_SAID_ON_RESET: Final = bytes.fromhex("8801") + AID
ATR: Final = bytes((0x3B,)) + _SAID_ON_RESET + bytes((reduce(xor, _SAID_ON_RESET),))
"""A reader without contacts makes one up; ours has T=1, the application's name, and its check byte."""

INS_SELECT: Final = 0xA4
INS_BEGIN: Final = 0x10
INS_EXCHANGE: Final = 0x20
INS_BYE: Final = 0x30
CLA_ISO: Final = 0x00
CLA_TAP: Final = 0x80

NUMBER_MOST: Final = 0xFFFF
LENGTH_BYTES: Final = 3
"""Before each message in the stream of pieces: its length, big-endian."""
ANSWER_HEAD_BYTES: Final = 2
ANSWER_PIECE_MOST: Final = SHORT_ANSWER_MOST - ANSWER_HEAD_BYTES
WAITING_MOST: Final = 8
"""Whole messages one end keeps for a person who has not read them; more are refused."""


@unique
class Side(IntEnum):
    """What a device is in the payment to come, whichever of them polls."""

    PAYER = 0
    PAYEE = 1
    """It asks first: its request is ready."""

    @property
    def other(self) -> "Side":
        """The one it can talk to."""
        return Side.PAYER if self is Side.PAYEE else Side.PAYEE


class Stream:
    """One end's two directions: messages cut into pieces, pieces joined to messages."""

    def __init__(self) -> None:
        self._out = bytearray()
        self._in = bytearray()
        self._whole: deque[bytes] = deque()
        self.said = 0
        """Bytes given away so far, lengths included."""
        self.heard = 0
        """Bytes that came so far, lengths included."""

    def say(self, message: bytes) -> None:
        """Queue a message; ``LocalProtocolError message-too-long`` outside 1 to 262 144 bytes."""
        if not 0 < len(message) <= MESSAGE_MAX_BYTES:
            raise LocalProtocolError(Code.MESSAGE_TOO_LONG, "message", bytes=len(message))
        self._out += len(message).to_bytes(LENGTH_BYTES, "big") + message

    def piece(self, most: int) -> bytes:
        """The next bytes to give away."""
        given = bytes(self._out[:most])
        del self._out[:most]
        self.said += len(given)
        return given

    def absorb(self, piece: bytes) -> None:
        """Bytes that came. Raises ``RemoteProtocolError``: ``message-too-long`` for a length outside 1 to
        262 144, or when :data:`WAITING_MOST` messages wait unread."""
        self._in += piece
        self.heard += len(piece)
        while len(self._in) >= LENGTH_BYTES:
            length = int.from_bytes(self._in[:LENGTH_BYTES], "big")
            if not 0 < length <= MESSAGE_MAX_BYTES or len(self._whole) >= WAITING_MOST:
                raise RemoteProtocolError(Code.MESSAGE_TOO_LONG, "tap.message", bytes=length)
            if len(self._in) < LENGTH_BYTES + length:
                return
            self._whole.append(bytes(self._in[LENGTH_BYTES : LENGTH_BYTES + length]))
            del self._in[: LENGTH_BYTES + length]

    def message(self) -> bytes | None:
        """The oldest whole message that came and was not yet taken."""
        return self._whole.popleft() if self._whole else None

    @property
    def has_come(self) -> bool:
        """Whether a whole message waits to be taken."""
        return bool(self._whole)

    @property
    def left(self) -> int:
        """Bytes that wait to be given away."""
        return len(self._out)

    @property
    def is_saying(self) -> bool:
        """Whether bytes wait to be given away."""
        return bool(self._out)

    @property
    def is_hearing(self) -> bool:
        """Whether a message has begun to come."""
        return bool(self._in)

    @property
    def coming(self) -> tuple[int, int]:
        """Of the message that has begun to come: bytes here, bytes in all (0 while not yet known)."""
        known = len(self._in) >= LENGTH_BYTES
        total = LENGTH_BYTES + int.from_bytes(self._in[:LENGTH_BYTES], "big") if known else 0
        return len(self._in), total


def application(side: Side) -> bytes:
    """What SELECT answers (an FCI template, ISO/IEC 7816-4, 5.3.3): version, and who this device is."""
    inner = bytes((0x80, 1, VERSION, 0x81, 1, int(side)))
    body = bytes((0x84, len(AID))) + AID + bytes((0xA5, len(inner))) + inner
    return bytes((0x6F, len(body))) + body


def read_application(data: bytes) -> Side:
    """Who answers. Raises ``RemoteProtocolError``: ``version-unknown``, ``card-wrong``."""
    for side in Side:
        if data == application(side):
            return side
    known = application(Side.PAYER)
    at = len(known) - 4  # the version; whatever comes after it is a later version's own affair
    if data[2:at] == known[2:at] and len(data) > at and data[at] != VERSION:
        raise RemoteProtocolError(Code.VERSION_UNKNOWN, "tap.version", version=data[at])
    raise RemoteProtocolError(Code.CARD_WRONG, "tap.application")


SELECT: Final = Command(CLA_ISO, INS_SELECT, 0x04, 0x00, AID, SHORT_ANSWER_MOST).to_bytes()
BYE: Final = Command(CLA_TAP, INS_BYE, 0, 0).to_bytes()


class ReaderEnd(Stream):
    """The end that polls. Every command is the same bytes until its answer was heard."""

    def __init__(self, token: bytes) -> None:
        """``token``: eight bytes nobody can guess, new for each conversation."""
        super().__init__()
        if len(token) != TOKEN_BYTES:
            raise LocalProtocolError(Code.FIELD_WRONG, "tap.token")
        self._token = token
        self._number = 0
        self._asked: Command | None = None

    def begin(self) -> bytes:
        """The command that begins the conversation, or goes on with it after the field was dead."""
        return Command(
            CLA_TAP, INS_BEGIN, 0, 0, bytes((VERSION,)) + self._token, SHORT_ANSWER_MOST
        ).to_bytes()

    def begun(self, answer: bytes) -> bool:
        """Whether whoever answered :meth:`begin` can go on where we are. Raises ``card-wrong``."""
        response = Response.from_bytes(answer)
        if not response.is_done or len(response.data) != 2:
            raise RemoteProtocolError(Code.CARD_WRONG, "tap.begin", sw=response.sw)
        due = int.from_bytes(response.data, "big")
        return due == self._number or (self._asked is not None and due == self._number + 1)

    def command(self) -> bytes:
        """The next exchange, or the last one again when its answer was not heard.

        Raises ``LocalProtocolError`` ``out-of-order`` after 65 535 exchanges: begin another conversation.
        """
        if self._asked is None:
            if self._number >= NUMBER_MOST:
                raise LocalProtocolError(Code.OUT_OF_ORDER, "tap.number")
            high, low = divmod(self._number, 256)
            piece = self.piece(SHORT_DATA_MOST)
            self._asked = Command(CLA_TAP, INS_EXCHANGE, high, low, piece, SHORT_ANSWER_MOST)
        return self._asked.to_bytes()

    def hear(self, answer: bytes) -> bool:
        """Take the answer to :meth:`command`; False when it is not whole: the same must be sent again.

        Raises ``RemoteProtocolError``: ``request-closed`` when the card has ended the conversation,
        ``message-too-long``, ``out-of-order`` for any other refusal of the card.
        """
        if self._asked is None:
            raise LocalProtocolError(Code.OUT_OF_ORDER, "tap.answer")
        if len(answer) < 2:
            return False
        sw = int.from_bytes(answer[-2:], "big")
        data = answer[:-2]
        if not data and sw in REFUSING:
            code = Code.REQUEST_CLOSED if sw == CONDITIONS_UNMET else Code.OUT_OF_ORDER
            raise RemoteProtocolError(code, "tap.answer", sw=sw)
        head = bytes((self._number & 0xFF, len(data) - ANSWER_HEAD_BYTES)) if len(data) >= 2 else b""
        if sw != DONE or not head or data[:ANSWER_HEAD_BYTES] != head:
            return False
        self._asked = None
        self._number += 1
        self.absorb(data[ANSWER_HEAD_BYTES:])
        return True


REFUSING: Final = frozenset(
    {
        CONDITIONS_UNMET,
        DATA_WRONG,
        FULL,
        INS_UNKNOWN,
        CLA_UNKNOWN,
        NOT_FOUND,
        P1_P2_WRONG,
        WRONG_LENGTH,
    }
)
"""Every status but ``9000`` that a card of this version answers."""


class CardEnd(Stream):
    """The end that answers. What comes in is hostile until read: it answers a status, and never raises."""

    def __init__(self, side: Side) -> None:
        super().__init__()
        self._side = side
        self._selected = False
        self._token = b""
        self._over = True
        self._due = 0
        self._asked = b""
        self._said: bytes | None = None

    @property
    def token(self) -> bytes:
        """The name of the conversation that goes on; empty when there is none."""
        return b"" if self._over else self._token

    def power(self) -> None:
        """The field came or went: the application is no longer selected. The conversation stays."""
        self._selected = False

    def hang_up(self) -> None:
        """End the conversation: until the next one begins only the last answer is given again. What came is
        still to be read."""
        self._over = True

    def hear(self, command: bytes) -> bytes | None:
        """One command APDU. The whole answer; or None when an exchange was taken whose answer is to be drawn
        with :meth:`answer` (at once, or when there is something to say)."""
        try:
            read = Command.from_bytes(command)
        except RemoteProtocolError:
            return _status(WRONG_LENGTH)
        if read.cla == CLA_ISO and read.ins == INS_SELECT:
            return self._select(read)
        if read.cla != CLA_TAP:
            return _status(CLA_UNKNOWN)
        if not self._selected:
            return _status(CONDITIONS_UNMET)
        if read.ins == INS_BEGIN:
            return self._begin(read)
        if read.ins == INS_BYE:
            self.hang_up()
            return _status(DONE)
        if read.ins != INS_EXCHANGE:
            return _status(INS_UNKNOWN)
        return self._exchange(read, command)

    def answer(self) -> bytes:
        """The answer to the exchange just taken: the next piece of what this end says, perhaps empty."""
        if self._said is None:
            piece = self.piece(ANSWER_PIECE_MOST)
            number = self._due - 1
            self._said = bytes((number & 0xFF, len(piece))) + piece + _status(DONE)
        return self._said

    def _select(self, read: Command) -> bytes:
        if read.data != AID:
            self._selected = False
            return _status(NOT_FOUND)
        if (read.p1, read.p2) != (0x04, 0x00):
            return _status(P1_P2_WRONG)
        self._selected = True
        return Response(application(self._side), DONE).to_bytes()

    def _begin(self, read: Command) -> bytes:
        version, token = read.data[:1], read.data[1:]
        if version != bytes((VERSION,)) or len(token) != TOKEN_BYTES:
            return _status(DATA_WRONG)
        if token != self._token:
            self._forget()
            self._token, self._over = token, False
        return Response(self._due.to_bytes(2, "big"), DONE).to_bytes()

    def _exchange(self, read: Command, command: bytes) -> bytes | None:
        number = read.p1 << 8 | read.p2
        if self._asked and number == self._due - 1:
            return self._said if self._asked == command else _status(P1_P2_WRONG)
        if self._over:
            return _status(CONDITIONS_UNMET)
        if number != self._due or number >= NUMBER_MOST:
            return _status(P1_P2_WRONG)
        if len(read.data) > SHORT_DATA_MOST:
            return _status(WRONG_LENGTH)
        try:
            self.absorb(read.data)
        except RemoteProtocolError:
            self.hang_up()
            return _status(FULL)
        # Taken and numbered in one stroke: whether or not an answer leaves, these bytes came once.
        self._asked, self._said = command, None
        self._due += 1
        return None

    def _forget(self) -> None:
        """Nothing of one conversation is left for the next."""
        Stream.__init__(self)
        self._due = 0
        self._asked, self._said = b"", None


def _status(sw: int) -> bytes:
    return sw.to_bytes(2, "big")
