"""Data object lists: what a card asks to be told, as tags with lengths and no values (EMV Book 3, 5.4).

A list is filled with values in its order, each cut or filled up to the length the card wants: numbers keep
their right end and get zeros on the left, digits (cn) get F on the right, all else zeros on the right.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from tender.card.tags import ABOUT, Format
from tender.errors import Code, LocalProtocolError, RemoteProtocolError

FILLED_MOST: Final = 252
"""Bytes a filled list may have: with its tag and length it still fits a short command (EMV Book 3, 6.5.8)."""
_TAG_GOES_ON: Final = 0x1F
_TAG_MORE: Final = 0x80
_CONSTRUCTED: Final = 0x20


class Wanted(NamedTuple):
    """One entry: the tag of a data object, and how many bytes of it are wanted."""

    tag: int
    length: int


def parse(octets: bytes, field: str = "dol") -> tuple[Wanted, ...]:
    """The entries in their order; ``RemoteProtocolError`` at ``field[n]``, ``message-truncated`` for a list
    that ends within an entry, ``message-too-long`` for one that wants more than a command holds,
    ``field-wrong`` for zeros where a tag should be."""
    found: list[Wanted] = []
    at, total = 0, 0
    while at < len(octets):
        start = at
        where = f"{field}[{len(found)}]"
        if not octets[at]:
            raise RemoteProtocolError(Code.FIELD_WRONG, where)
        goes_on = octets[at] & _TAG_GOES_ON == _TAG_GOES_ON
        at += 1
        while goes_on and at < len(octets):
            goes_on = bool(octets[at] & _TAG_MORE)
            at += 1
        if goes_on or at >= len(octets):
            raise RemoteProtocolError(Code.MESSAGE_TRUNCATED, where)
        found.append(Wanted(int.from_bytes(octets[start:at], "big"), octets[at]))
        total += octets[at]
        at += 1
        if total > FILLED_MOST:
            raise RemoteProtocolError(Code.MESSAGE_TOO_LONG, where)
    return tuple(found)


def pack(wanted: Mapping[int, int] | tuple[Wanted, ...]) -> bytes:
    """A list as bytes, from entries or from tag → count; ``LocalProtocolError field-wrong`` for a count that
    is none."""
    entries = wanted.items() if isinstance(wanted, Mapping) else wanted
    packed = b""
    for tag, length in entries:
        if tag <= 0 or not 0 <= length <= FILLED_MOST:
            raise LocalProtocolError(Code.FIELD_WRONG, "dol")
        packed += tag.to_bytes((tag.bit_length() + 7) // 8, "big") + bytes((length,))
    return packed


def fill(wanted: tuple[Wanted, ...], values: Mapping[int, bytes]) -> bytes:
    """The values in order, each as long as wanted. What is not known, and what is a template, is zeros."""
    return b"".join(_fitted(tag, length, values.get(tag)) for tag, length in wanted)


def _fitted(tag: int, count: int, value: bytes | None) -> bytes:
    """One value of exactly so many bytes (EMV Book 3, 5.4, steps 2a to 2d)."""
    first = tag >> 8 * max((tag.bit_length() - 1) // 8, 0)
    if value is None or first & _CONSTRUCTED:
        return bytes(count)
    form = ABOUT[tag].format if tag in ABOUT else Format.B
    if form is Format.N:
        return value[len(value) - count :] if len(value) > count else value.rjust(count, b"\x00")
    return value[:count].ljust(count, b"\xff" if form is Format.CN else b"\x00")
