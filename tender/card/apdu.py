"""A command to a card and its answer (ISO/IEC 7816-4, 5.1): the four cases, short and extended.

================  =====================================================================
case              bytes
================  =====================================================================
1  nothing        ``CLA INS P1 P2``
2  answer         ``… Le``                          extended ``… 00 Le1 Le2``
3  data           ``… Lc data``                     extended ``… 00 Lc1 Lc2 data``
4  both           ``… Lc data Le``                  extended ``… 00 Lc1 Lc2 data Le1 Le2``
================  =====================================================================

``Le`` of one zero byte asks for up to 256 bytes, of two zero bytes for up to 65 536.
"""

from dataclasses import dataclass
from typing import Final

from tender.errors import Code, LocalProtocolError, RemoteProtocolError

SHORT_DATA_MOST: Final = 255
"""Bytes of data in a short command; every reader takes these, extended ones only some."""
SHORT_ANSWER_MOST: Final = 256
EXTENDED_DATA_MOST: Final = 65_535
EXTENDED_ANSWER_MOST: Final = 65_536

CHAINED: Final = 0x10
"""Bit of CLA: more of this command follows (ISO/IEC 7816-4, 5.3.3)."""

DONE: Final = 0x9000
WRONG_LENGTH: Final = 0x6700
SECURITY_UNMET: Final = 0x6982
PIN_BLOCKED: Final = 0x6983
CONDITIONS_UNMET: Final = 0x6985
DATA_WRONG: Final = 0x6A80
NOT_FOUND: Final = 0x6A82
FULL: Final = 0x6A84
P1_P2_WRONG: Final = 0x6A86
INS_UNKNOWN: Final = 0x6D00
CLA_UNKNOWN: Final = 0x6E00


@dataclass(frozen=True, slots=True)
class Command:
    """One command: four header bytes, data, and how long an answer is wanted.

    ``le``: ``None`` wants no data back; else 1–256 bytes at most (short), up to 65 536 (extended). Short is
    written whenever it holds the command.
    """

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None

    def to_bytes(self) -> bytes:
        """The command as it goes to a reader; ``LocalProtocolError field-wrong`` outside its ranges."""
        for name in ("cla", "ins", "p1", "p2"):
            if not 0 <= getattr(self, name) <= 0xFF:
                raise LocalProtocolError(Code.FIELD_WRONG, f"command.{name}")
        if len(self.data) > EXTENDED_DATA_MOST:
            raise LocalProtocolError(Code.FIELD_WRONG, "command.data")
        if self.le is not None and not 1 <= self.le <= EXTENDED_ANSWER_MOST:
            raise LocalProtocolError(Code.FIELD_WRONG, "command.le")
        head = bytes((self.cla, self.ins, self.p1, self.p2))
        if len(self.data) <= SHORT_DATA_MOST and (self.le or 0) <= SHORT_ANSWER_MOST:
            body = bytes((len(self.data),)) + self.data if self.data else b""
            return head + body + (b"" if self.le is None else bytes((self.le % SHORT_ANSWER_MOST,)))
        body = len(self.data).to_bytes(2, "big") + self.data if self.data else b""
        wanted = b"" if self.le is None else (self.le % EXTENDED_ANSWER_MOST).to_bytes(2, "big")
        return head + b"\x00" + body + wanted

    @classmethod
    def from_bytes(cls, octets: bytes) -> "Command":
        """Read strictly: cases 1–4, short and extended; ``RemoteProtocolError`` ``message-truncated`` or
        ``message-too-long`` at ``command``, ``field-wrong`` for a length of nothing at ``command.lc``."""
        if len(octets) < 4:
            raise RemoteProtocolError(Code.MESSAGE_TRUNCATED, "command")
        cla, ins, p1, p2 = octets[:4]
        data, le = _body(octets[4:])
        return cls(cla, ins, p1, p2, data, le)

    @property
    def is_chained(self) -> bool:
        """Whether more of the same command follows."""
        return bool(self.cla & CHAINED)


def _body(body: bytes) -> tuple[bytes, int | None]:
    """Data and Le of what follows the header."""
    if not body:
        return b"", None
    if len(body) == 1:
        return b"", body[0] or SHORT_ANSWER_MOST
    if body[0]:
        return _with_data(body, lengths=1)
    if len(body) == 2:
        raise RemoteProtocolError(Code.MESSAGE_TRUNCATED, "command")
    if len(body) == 3:
        return b"", int.from_bytes(body[1:], "big") or EXTENDED_ANSWER_MOST
    return _with_data(body[1:], lengths=2)


def _with_data(body: bytes, *, lengths: int) -> tuple[bytes, int | None]:
    """Lc, that much data, and an Le of the same kind or none."""
    count = int.from_bytes(body[:lengths], "big")
    if not count:
        raise RemoteProtocolError(Code.FIELD_WRONG, "command.lc")
    data, rest = body[lengths : lengths + count], body[lengths + count :]
    if len(data) < count or 0 < len(rest) < lengths:
        raise RemoteProtocolError(Code.MESSAGE_TRUNCATED, "command")
    if len(rest) > lengths:
        raise RemoteProtocolError(Code.MESSAGE_TOO_LONG, "command")
    return data, (int.from_bytes(rest, "big") or 256**lengths) if rest else None


@dataclass(frozen=True, slots=True)
class Response:
    """What a card answers: data, and two status bytes as one number (``0x9000``: done)."""

    data: bytes
    sw: int

    def to_bytes(self) -> bytes:
        """The answer as it comes back from a reader."""
        return self.data + self.sw.to_bytes(2, "big")

    @classmethod
    def from_bytes(cls, octets: bytes) -> "Response":
        """Read an answer; ``RemoteProtocolError`` ``message-truncated`` at ``answer`` for less than a status,
        ``message-too-long`` for more than 65 536 bytes of data, ``field-wrong`` at ``answer.sw`` for a
        status that begins with neither 6 nor 9 (ISO/IEC 7816-4, 5.1.3)."""
        if len(octets) < 2:
            raise RemoteProtocolError(Code.MESSAGE_TRUNCATED, "answer")
        if len(octets) > EXTENDED_ANSWER_MOST + 2:
            raise RemoteProtocolError(Code.MESSAGE_TOO_LONG, "answer")
        if octets[-2] >> 4 not in (6, 9) or octets[-2] == 0x60:
            raise RemoteProtocolError(Code.FIELD_WRONG, "answer.sw")
        return cls(octets[:-2], int.from_bytes(octets[-2:], "big"))

    @property
    def is_done(self) -> bool:
        """Whether the card did what it was told, with nothing to add."""
        return self.sw == DONE
