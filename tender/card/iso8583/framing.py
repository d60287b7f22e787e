"""How messages lie one behind another on a TCP connection: kinds of framing as data.

A frame is a length, perhaps an envelope that says between whom, and a message of a dialect. A frame without a
message is a heartbeat. What breaks a frame leaves no way to find the next one: the connection is to be
closed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from tender.errors import Code, LocalProtocolError, RemoteProtocolError

FRAME_MOST: Final = 8_192
"""Bytes of one frame without its length: several times what the longest sensible message needs."""
_LENGTH_PATH: Final = "frame.length"
_ENVELOPE_PATH: Final = "frame.envelope"


class Envelope(Enum):
    """What stands between length and message."""

    NONE = "none"
    TPDU = "tpdu"
    """Five bytes: 60, to, from (ISO 8583 terminals over NII addresses)."""
    STATIONS = "stations"
    """A header of 22 bytes between two stations; before it, when a message comes back rejected, one of 26."""


@dataclass(frozen=True, slots=True)
class Framing:
    """``length_bytes`` that count what follows, as a number or (``length_in_text``) as digits, then
    ``reserved_bytes`` of zeros, then the envelope."""

    name: str
    length_bytes: int
    length_in_text: bool = False
    reserved_bytes: int = 0
    envelope: Envelope = Envelope.NONE

    @property
    def head_bytes(self) -> int:
        """What has to be there before the length of a frame is known."""
        return self.length_bytes + self.reserved_bytes

    def frame(self, octets: bytes, route: bytes = b"", reject: str = "") -> bytes:
        """A message with everything around it. ``route``: from :func:`route_between`, or turned round from
        what came (:func:`turned`). ``reject``: give the message back with this code of four digits (only
        between stations). ``LocalProtocolError message-too-long`` beyond :data:`FRAME_MOST`."""
        body = _packed(self.envelope, octets, route, reject)
        count = len(body)
        if count > min(FRAME_MOST, 10**self.length_bytes - 1 if self.length_in_text else FRAME_MOST):
            raise LocalProtocolError(Code.MESSAGE_TOO_LONG, _LENGTH_PATH)
        if self.length_in_text:
            length = f"{count:0{self.length_bytes}}".encode("ascii")
        else:
            length = count.to_bytes(self.length_bytes, "big")
        return length + bytes(self.reserved_bytes) + body

    def heartbeat(self) -> bytes:
        """A frame that says only that somebody is there."""
        length = b"0" * self.length_bytes if self.length_in_text else bytes(self.length_bytes)
        return length + bytes(self.reserved_bytes)

    def length_of(self, head: bytes) -> int:
        """How many bytes follow this head; ``RemoteProtocolError`` at ``frame.length``."""
        digits, reserved = head[: self.length_bytes], head[self.length_bytes :]
        if any(reserved) or (self.length_in_text and not digits.isdigit()):
            raise RemoteProtocolError(Code.FIELD_WRONG, _LENGTH_PATH)
        count = int(digits) if self.length_in_text else int.from_bytes(digits, "big")
        if count > FRAME_MOST:
            raise RemoteProtocolError(Code.MESSAGE_TOO_LONG, _LENGTH_PATH)
        return count


LENGTH_2: Final = Framing("length-2", 2)
TPDU_2: Final = Framing("tpdu-2", 2, envelope=Envelope.TPDU)
STATIONS_4: Final = Framing("stations-4", 2, reserved_bytes=2, envelope=Envelope.STATIONS)
ASCII_4: Final = Framing("ascii-4", 4, length_in_text=True)
FRAMINGS: Final = {one.name: one for one in (LENGTH_2, TPDU_2, STATIONS_4, ASCII_4)}
"""As configuration names them."""


class Frame(NamedTuple):
    """One frame: the message's bytes (empty: a heartbeat), its route as it came, and the code it was rejected
    with ("": it was not)."""

    octets: bytes
    route: bytes = b""
    reject: str = ""


class Framer:
    """Finds the frames in what arrives in pieces."""

    def __init__(self, framing: Framing) -> None:
        self._framing = framing
        self._waiting = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are whole now. ``RemoteProtocolError`` at ``frame.length`` or ``frame.envelope``,
        after the good frames before it: nothing after it can be read."""
        self._waiting += data
        head = self._framing.head_bytes
        while len(self._waiting) >= head:
            end = head + self._framing.length_of(bytes(self._waiting[:head]))
            if len(self._waiting) < end:
                return
            body = bytes(self._waiting[head:end])
            del self._waiting[:end]
            yield _opened(self._framing.envelope, body) if body else Frame(b"")

    @property
    def is_between_frames(self) -> bool:
        """Whether the last frame is whole: a connection may end here."""
        return not self._waiting


# --- envelopes

_TPDU_BYTES: Final = 5
_TPDU_KIND: Final = 0x60
_STATIONS_BYTES: Final = 22
_REJECT_BYTES: Final = 26
_FORMAT, _TEXT_FORMAT = 1, 2
_HAS_REJECT_CODE: Final = b"\x80\x00"
_TO, _FROM, _AFTER = 5, 8, 11
"""Where the two stations stand in a header of stations, and where what follows them."""


def route_between(envelope: Envelope, to: int, sender: int) -> bytes:
    """The route of a new message: NII addresses (TPDU, below 65 536) or station numbers (at most six
    digits)."""
    if envelope is Envelope.TPDU:
        return bytes((_TPDU_KIND,)) + to.to_bytes(2, "big") + sender.to_bytes(2, "big")
    if envelope is Envelope.STATIONS:
        stations = bytes.fromhex(f"{to:06}{sender:06}")
        return bytes((_STATIONS_BYTES, _FORMAT, _TEXT_FORMAT, 0, 0)) + stations + bytes(11)
    return b""


def turned(route: bytes) -> bytes:
    """The route back: receiver and sender changed over, all else as it came."""
    if len(route) == _TPDU_BYTES:
        return route[:1] + route[3:5] + route[1:3]
    return route[:_TO] + route[_FROM:_AFTER] + route[_TO:_FROM] + route[_AFTER:]


def _packed(envelope: Envelope, octets: bytes, route: bytes, reject: str) -> bytes:
    if envelope is not Envelope.STATIONS:
        if reject:
            raise LocalProtocolError(Code.FIELD_WRONG, _ENVELOPE_PATH)
        return (route or route_between(envelope, 0, 0)) + octets
    header = _sized(route or route_between(envelope, 0, 0), _STATIONS_BYTES + len(octets))
    if not reject:
        return header + octets
    told = bytes((_REJECT_BYTES,)) + turned(header)[1:] + _HAS_REJECT_CODE + bytes.fromhex(f"{reject:>04}")
    return _sized(told, _REJECT_BYTES + len(header) + len(octets)) + header + octets


def _sized(header: bytes, count: int) -> bytes:
    return header[:3] + count.to_bytes(2, "big") + header[_TO:]


def _opened(envelope: Envelope, body: bytes) -> Frame:
    """``RemoteProtocolError`` at ``frame.envelope``: too short, of another kind, or of another length."""
    if envelope is Envelope.NONE:
        return Frame(body)
    if envelope is Envelope.TPDU:
        if len(body) <= _TPDU_BYTES or body[0] != _TPDU_KIND:
            raise RemoteProtocolError(Code.FIELD_WRONG, _ENVELOPE_PATH)
        return Frame(body[_TPDU_BYTES:], body[:_TPDU_BYTES])
    if body[0] == _REJECT_BYTES:
        _check_header(body, _REJECT_BYTES)
        code = body[24:_REJECT_BYTES].hex()
        if body[22:24] != _HAS_REJECT_CODE or not code.isdecimal():
            raise RemoteProtocolError(Code.FIELD_WRONG, _ENVELOPE_PATH)
        returned = body[_REJECT_BYTES:]
        _check_header(returned, _STATIONS_BYTES)
        return Frame(returned[_STATIONS_BYTES:], returned[:_STATIONS_BYTES], code)
    _check_header(body, _STATIONS_BYTES)
    return Frame(body[_STATIONS_BYTES:], body[:_STATIONS_BYTES])


def _check_header(body: bytes, count: int) -> None:
    kind = bytes((count, _FORMAT, _TEXT_FORMAT))
    stations = body[_TO:_AFTER].hex()
    sized = int.from_bytes(body[3:_TO], "big") == len(body) > count
    if body[:3] != kind or not sized or not stations.isdecimal():
        raise RemoteProtocolError(Code.FIELD_WRONG, _ENVELOPE_PATH)
