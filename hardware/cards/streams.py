"""Commands that are longer than the chip's memory: read piece by piece, hashed as they pass.

A *reading* is a generator that asks for so many bytes and gets them: on a Java Card it is a state and a
counter. Its answer is what it returns. Whatever it holds between pieces is counted in the RAM budget.
"""

from collections.abc import Callable, Generator
from typing import Final, TypeAlias, TypeVar

from tender.errors import Code, RemoteProtocolError

R = TypeVar("R")
Reading: TypeAlias = Generator[int, bytes, R]
"""Asks for counts of bytes, is sent the bytes, returns what it made of them."""

PIECE_MOST: Final = 512
"""The longest piece that any reading asks for: a participant's certificate in a directory."""
LENGTH_BYTES: Final = 4

UINT, BYTES, TEXT, ARRAY = 0, 2, 3, 4
"""Major types of CBOR."""


class Feed:
    """Gives a reading the pieces it asks for, from data of any length."""

    def __init__(self, reading: Reading[bytes]) -> None:
        self._reading = reading
        self._have = bytearray()
        self.answer: bytes | None = None
        self._want = next(reading)

    def feed(self, data: bytes) -> None:
        """More data; raises what the reading raises, ``message-too-long`` for data after its end."""
        at = 0
        while at < len(data):
            if self.answer is not None:
                raise RemoteProtocolError(Code.MESSAGE_TOO_LONG, "command")
            part = data[at : at + self._want - len(self._have)]
            self._have += part
            at += len(part)
            self._go_on()

    def finished(self) -> bytes:
        """The answer; ``message-truncated`` when more was to come."""
        if self.answer is None:
            raise RemoteProtocolError(Code.MESSAGE_TRUNCATED, "command")
        return self.answer

    def _go_on(self) -> None:
        while self.answer is None and len(self._have) == self._want:
            piece = bytes(self._have)
            self._have.clear()
            try:
                self._want = self._reading.send(piece)
            except StopIteration as done:
                self.answer = done.value


class Body:
    """A payload of known length inside a stream: counts what is left, tells each piece to the hashes."""

    def __init__(self, length: int, *sinks: Callable[[bytes], None]) -> None:
        self.left = length
        self._sinks = sinks

    def take(self, count: int) -> Reading[bytes]:
        """So many bytes of it; ``message-truncated`` when it has not so many."""
        if count > self.left:
            raise RemoteProtocolError(Code.MESSAGE_TRUNCATED, "payload")
        if count > PIECE_MOST:
            raise RemoteProtocolError(Code.FIELD_WRONG, "payload")
        data = yield count
        self.left -= count
        for sink in self._sinks:
            sink(data)
        return data

    def skip(self, count: int) -> Reading[None]:
        """So many bytes, only hashed."""
        while count:
            piece = yield from self.take(min(count, PIECE_MOST))
            count -= len(piece)

    def rest(self) -> Reading[None]:
        """All that is left, only hashed."""
        yield from self.skip(self.left)

    def head(self, major: int) -> Reading[int]:
        """A canonical CBOR head of that major type: its argument."""
        (first,) = yield from self.take(1)
        if first >> 5 != major:
            raise RemoteProtocolError(Code.FIELD_WRONG, "payload")
        short = first & 31
        if short < 24:
            return short
        if short > 27:
            raise RemoteProtocolError(Code.CBOR_NOT_CANONICAL, "payload")
        more = 1 << short - 24
        argument = int.from_bytes((yield from self.take(more)), "big")
        if argument < (24 if more == 1 else 1 << 4 * more):
            raise RemoteProtocolError(Code.CBOR_NOT_CANONICAL, "payload")
        return argument

    def uint(self, least: int, most: int) -> Reading[int]:
        """A number within bounds."""
        number = yield from self.head(UINT)
        if not least <= number <= most:
            raise RemoteProtocolError(Code.FIELD_WRONG, "payload")
        return number

    def array(self, length: int) -> Reading[None]:
        """The head of an array of exactly so many items."""
        found = yield from self.head(ARRAY)
        if found != length:
            raise RemoteProtocolError(Code.FIELD_WRONG, "payload")

    def string(self, major: int, *lengths: int) -> Reading[bytes]:
        """A byte or text string of one of these lengths."""
        length = yield from self.head(major)
        if length not in lengths:
            raise RemoteProtocolError(Code.FIELD_WRONG, "payload")
        return (yield from self.take(length))

    def text(self, most: int) -> Reading[str]:
        """A short text, of so many bytes at most."""
        length = yield from self.head(TEXT)
        if length > most:
            raise RemoteProtocolError(Code.FIELD_WRONG, "payload")
        try:
            return (yield from self.take(length)).decode()
        except UnicodeDecodeError as error:
            raise RemoteProtocolError(Code.CBOR_MALFORMED, "payload") from error

    def end(self) -> None:
        """Nothing may be left."""
        if self.left:
            raise RemoteProtocolError(Code.MESSAGE_TOO_LONG, "payload")


def length_of(most: int) -> Reading[int]:
    """The length that stands before a payload."""
    length = int.from_bytes((yield LENGTH_BYTES), "big")
    if not 0 < length <= most:
        raise RemoteProtocolError(Code.MESSAGE_TOO_LONG, "payload")
    return length
