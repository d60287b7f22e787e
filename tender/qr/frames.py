"""A message as frames of an animated code: any ``needed`` of up to 256 distinct frames rebuild it.

A systematic Cauchy Reed-Solomon erasure code over GF(256) (docs/protocol/qr.md): the first ``needed`` frames
carry the message as it is, each later one a sum of all of them. Which frames a camera misses does not matter,
only how many it saw. A payload that fits one frame is one frame. Nothing here signs or trusts: what a frame
says about itself is checked before it is used, and the whole by its hash at the end; the message then has its
own checks.
"""

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from tender.cash.armour import from_text, is_text
from tender.cash.messages import MESSAGE_MAX_BYTES
from tender.errors import Code, LocalProtocolError, RemoteProtocolError
from tender.qr.field import combined, solved

MAGIC: Final = b"\xd7\x51"
"""The first bytes of every frame: no text in UTF-8 begins so, hence no payment code and no address."""

VERSION: Final = 1
HASH_BYTES: Final = 8
HEADER_BYTES: Final = 16
FRAMES_MOST: Final = 256
NEEDED_MOST: Final = 255
PAYLOADS_MOST: Final = 4
"""How many unfinished payloads a collector keeps beside each other; the one unseen for longest gives way."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a frame says about itself (docs/protocol/qr.md, "A frame"); 16 bytes.

    ``number``: which of the 256; ``needed``: how many rebuild the payload of ``size`` bytes, whose SHA-256
    begins with ``tag``.
    """

    number: int
    needed: int
    size: int
    tag: bytes

    @property
    def block_bytes(self) -> int:
        """Bytes of each frame behind its header: the payload in ``needed`` equal parts, rounded up."""
        return -(-self.size // self.needed)

    def to_bytes(self) -> bytes:
        """As it stands at the beginning of the frame."""
        head = bytes((VERSION, self.number, self.needed))
        return MAGIC + head + self.size.to_bytes(3, "big") + self.tag


class Frames:
    """The frames of one payload."""

    def __init__(self, payload: bytes, needed: int) -> None:
        self._head = Header(0, needed, len(payload), tag_of(payload))
        length = self._head.block_bytes
        whole = payload.ljust(length * needed, b"\0")
        self._blocks = [whole[at : at + length] for at in range(0, len(whole), length)]

    @property
    def needed(self) -> int:
        """How many distinct frames rebuild the payload; any so many do."""
        return self._head.needed

    @property
    def frame_bytes(self) -> int:
        """The length of every frame."""
        return HEADER_BYTES + self._head.block_bytes

    @property
    def distinct(self) -> int:
        """How many frames there are: 256 of a payload in several parts, one of a payload in one."""
        return 1 if self.needed == 1 else FRAMES_MOST

    def frame(self, number: int) -> bytes:
        """Frame ``number`` (0 .. ``distinct`` - 1): the first ``needed`` are the payload, the rest repair."""
        if not 0 <= number < self.distinct:
            raise LocalProtocolError(Code.FIELD_WRONG, "qr.number", number=number)
        head = Header(number, self.needed, self._head.size, self._head.tag)
        block = self._blocks[number] if number < self.needed else combined(number, self._blocks)
        return head.to_bytes() + block


def split(payload: bytes, frame_bytes: int) -> Frames:
    """A payload in frames of at most ``frame_bytes``, and as few of them as possible.

    Raises :class:`LocalProtocolError` ``message-too-long``: it is empty, longer than a message may be, or
    needs more than 255 frames of this size.
    """
    room = frame_bytes - HEADER_BYTES
    needed = -(-len(payload) // room) if room > 0 else 0
    if not 0 < len(payload) <= MESSAGE_MAX_BYTES or not 0 < needed <= NEEDED_MOST:
        most = min(MESSAGE_MAX_BYTES, max(0, room) * NEEDED_MOST)
        raise LocalProtocolError(Code.MESSAGE_TOO_LONG, "qr", bytes=len(payload), most=most)
    return Frames(payload, needed)


def is_frame(code: bytes) -> bool:
    """Whether what a scanner read is meant for a :class:`Collector`: a frame of ours, good or bad, or a
    message as text."""
    return code[: len(MAGIC)] == MAGIC or is_text(code)


def tag_of(payload: bytes) -> bytes:
    """The first eight bytes of the payload's SHA-256: they tell payloads apart and catch accidents."""
    return sha256(payload).digest()[:HASH_BYTES]


def read_header(frame: bytes) -> Header:
    """The header of a frame, everything in it checked against the frame's own length.

    Raises :class:`RemoteProtocolError`: ``qr-foreign`` (not a frame), ``version-unknown``,
    ``message-too-long``, ``qr-frame-wrong`` (torn, or figures that cannot be).
    """
    if frame[: len(MAGIC)] != MAGIC:
        raise RemoteProtocolError(Code.QR_FOREIGN, "qr")
    if len(frame) <= HEADER_BYTES:
        raise RemoteProtocolError(Code.QR_FRAME_WRONG, "qr", bytes=len(frame))
    if frame[2] != VERSION:
        raise RemoteProtocolError(Code.VERSION_UNKNOWN, "qr.version", version=frame[2])
    head = Header(frame[3], frame[4], int.from_bytes(frame[5:8], "big"), frame[8:HEADER_BYTES])
    if head.size > MESSAGE_MAX_BYTES:
        raise RemoteProtocolError(Code.MESSAGE_TOO_LONG, "qr.size", bytes=head.size, most=MESSAGE_MAX_BYTES)
    alone = head.needed == 1 and head.number > 0
    if head.needed == 0 or head.size == 0 or alone or len(frame) - HEADER_BYTES != head.block_bytes:
        raise RemoteProtocolError(Code.QR_FRAME_WRONG, "qr", bytes=len(frame))
    return head


@dataclass(frozen=True, slots=True)
class Collected:
    """Where a payload stands after a frame: ``have`` of ``needed``, and the payload once it is whole."""

    have: int
    needed: int
    payload: bytes | None = None


class Collector:
    """Takes frames in any order, of several payloads mixed, and gives each payload when it is whole.

    Holds at most four unfinished payloads, each no larger than a message may be, whatever is shown to it.
    """

    def __init__(self) -> None:
        # One entry for each way a payload was split: a code that was re-split counts from the beginning.
        self._open: OrderedDict[tuple[bytes, int, int], dict[int, bytes]] = OrderedDict()

    def receive_data(self, frame: bytes) -> Collected:
        """One frame as it was scanned, or a message as text, which is whole by itself (cash.md, section 11).

        Raises :class:`RemoteProtocolError` as :func:`read_header` and, for a text, as
        :func:`~tender.cash.armour.from_text`; or ``qr-hash-wrong``: enough frames came and do not make the
        payload they name; they are forgotten and the next ones count anew.
        """
        if is_text(frame):
            return Collected(1, 1, from_text(frame.decode("utf-8", errors="replace"), "qr"))
        head = read_header(frame)
        block = frame[HEADER_BYTES:]
        key = (head.tag, head.size, head.needed)
        blocks = self._open.setdefault(key, {})
        self._open.move_to_end(key)
        if blocks.get(head.number, block) != block:
            # Two frames of one number differ, so one is false; nobody can say which.
            blocks.clear()
        blocks[head.number] = block
        if len(blocks) < head.needed:
            while len(self._open) > PAYLOADS_MOST:
                self._open.popitem(last=False)
            return Collected(len(blocks), head.needed)
        del self._open[key]
        payload = b"".join(solved(head.needed, blocks))
        if any(payload[head.size :]) or tag_of(payload[: head.size]) != head.tag:
            raise RemoteProtocolError(Code.QR_HASH_WRONG, "qr")
        return Collected(head.needed, head.needed, payload[: head.size])
