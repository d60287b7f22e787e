"""Deterministic CBOR (RFC 8949, section 4.2.1): one value has one encoding, and anything else is refused.

The library's decoder is lax (duplicate keys, long integers, indefinite lengths, trailing bytes) and knows
tags that make little input into much work: references that multiply, patterns, decimals, dates. So what comes
in is walked through first, head by head, and the library only ever sees the one form of what this protocol
uses. The library's encoder sorts map keys length-first (section 4.2.3); both orders agree for the key types
there are: integers of one encoded byte (0..23, -1..-24) and private claims of five (below -65536).
"""

from typing import Final, TypeAlias, cast

import cbor2

from tender.errors import Code, LocalProtocolError, RemoteProtocolError

MESSAGE_MAX_BYTES: Final = 1 << 20
"""Nothing this protocol says is longer; more is refused before it is decoded."""

DEPTH_MAX: Final = 12

ITEMS_MAX: Final = 1 << 17
"""More values than any message holds (the longest list has half as many): an empty array is one byte on the
wire and sixty in memory."""

TAG_ONLY: Final = 18
"""COSE_Sign1 (RFC 9052)."""

Value: TypeAlias = "int | bytes | str | bool | list[Value] | dict[int, Value] | Tagged | None"


class Tagged:
    """A CBOR tag (major type 6) and its content: COSE_Sign1 (18), and no other."""

    __slots__ = ("tag", "value")

    def __init__(self, tag: int, value: Value) -> None:
        self.tag = tag
        self.value = value


def encode(value: Value) -> bytes:
    """Encode in the one canonical form.

    Raises :class:`LocalProtocolError` for a value this protocol has no form for (a float, a text key).
    """
    return cbor2.dumps(_for_library(value, DEPTH_MAX), canonical=True)


def decode(data: bytes, field: str = "message") -> Value:
    """Decode canonical bytes.

    Raises :class:`RemoteProtocolError`: ``message-too-long``, ``cbor-malformed`` or ``cbor-not-canonical``,
    naming ``field``.
    """
    if len(data) > MESSAGE_MAX_BYTES:
        raise RemoteProtocolError(Code.MESSAGE_TOO_LONG, field, bytes=len(data), most=MESSAGE_MAX_BYTES)
    try:
        end, _ = _walk(data, 0, DEPTH_MAX, ITEMS_MAX)
        if end != len(data):
            raise _NotCanonicalError
        return cast("Value", cbor2.loads(data, tag_hook=_tagged))
    except _NotCanonicalError as error:
        raise RemoteProtocolError(Code.CBOR_NOT_CANONICAL, field) from error
    except (cbor2.CBORDecodeError, ValueError, IndexError) as error:
        raise RemoteProtocolError(Code.CBOR_MALFORMED, field) from error


class _NotCanonicalError(Exception):
    """Readable, but not the one way to write it."""


def _tagged(_decoder: object, tag: cbor2.CBORTag) -> Tagged:
    return Tagged(tag.tag, tag.value)


def _walk(data: bytes, at: int, depth: int, left: int) -> tuple[int, int]:
    """Where the item at ``at`` ends, and how many more items there may be.

    Raises :class:`_NotCanonicalError`, or ValueError and IndexError (the end is missing).
    """
    if not (depth and left):
        raise ValueError("nested too deeply, or too many items")
    first, left = data[at], left - 1
    major, short = first >> 5, first & 31
    if major == 7:
        if first not in _SIMPLE:
            raise ValueError("a type this protocol does not use")
        return at + 1, left
    at += 1
    argument = short
    if short >= 24:
        if short == 31:
            raise _NotCanonicalError
        size = 1 << short - 24
        if size > 8 or at + size > len(data):
            raise ValueError("a length that is none, or cut off")
        argument = int.from_bytes(data[at : at + size], "big")
        if argument < _LEAST[size]:
            raise _NotCanonicalError
        at += size
    if major < 2:
        return at, left
    if major < 4:
        if argument > len(data) - at:
            raise ValueError("a string that is cut off")
        return at + argument, left
    if major == 4:
        for _ in range(argument):
            at, left = _walk(data, at, depth - 1, left)
        return at, left
    if major == 5:
        return _walk_map(data, at, depth, left, argument)
    if argument != TAG_ONLY:
        raise ValueError("a tag this protocol does not use")
    return _walk(data, at, depth - 1, left)


def _walk_map(data: bytes, at: int, depth: int, left: int, pairs: int) -> tuple[int, int]:
    before = b""
    for _ in range(pairs):
        if data[at] not in _KEY_HEADS:
            raise ValueError("a map key this protocol does not use")
        start = at
        at, left = _walk(data, at, depth - 1, left)
        key = data[start:at]
        if key <= before:
            raise _NotCanonicalError
        before = key
        at, left = _walk(data, at, depth - 1, left)
    return at, left


_SIMPLE: Final = frozenset({0xF4, 0xF5, 0xF6})
"""False, true and null."""

_LEAST: Final = {1: 24, 2: 0x100, 4: 0x10000, 8: 0x100000000}
"""The least number that needs a head of so many bytes more."""

_KEY_HEADS: Final = frozenset((*range(0x18), *range(0x20, 0x38), 0x3A))
"""Keys of one encoded byte, and of five (which in their shortest form lie below -65536)."""


_AS_THEY_ARE: Final = frozenset({bytes, str, bool, type(None)})


def _for_library(value: Value, depth: int) -> object:
    """The value as the library encodes it; refuses what :func:`decode` would."""
    if depth == 0:
        raise LocalProtocolError(Code.FIELD_WRONG, "nested too deeply")
    if type(value) in _AS_THEY_ARE:  # most values there are, and asking for the exact type is cheapest
        return value
    if isinstance(value, Tagged) and value.tag == TAG_ONLY:
        return cbor2.CBORTag(value.tag, _for_library(value.value, depth - 1))
    if isinstance(value, list):
        return [_for_library(item, depth - 1) for item in value]
    if isinstance(value, dict):
        return {_key(key): _for_library(item, depth - 1) for key, item in value.items()}
    if isinstance(value, int):
        if not -(2**64) <= value < 2**64:
            raise LocalProtocolError(Code.FIELD_WRONG, "integer beyond 64 bits")
        return value
    if not isinstance(value, bytes | str):
        raise LocalProtocolError(Code.FIELD_WRONG, "a type this protocol does not use")
    return value


def _key(key: object) -> int:
    if isinstance(key, int) and not isinstance(key, bool) and (-24 <= key <= 23 or -(2**32) <= key < -65536):
        return key
    raise LocalProtocolError(Code.FIELD_WRONG, "a map key this protocol does not use")


def uint(number: int) -> bytes:
    """The shortest CBOR encoding of an unsigned integer (major type 0), for the hot path of a chain."""
    if number < 24:
        return bytes((number,))
    if number < 0x100:
        return bytes((24, number))
    if number < 0x10000:
        return b"\x19" + number.to_bytes(2, "big")
    if number < 0x100000000:
        return b"\x1a" + number.to_bytes(4, "big")
    return b"\x1b" + number.to_bytes(8, "big")


def head(major: int, length: int) -> bytes:
    """The head of a CBOR item of that major type: ``head(2, 32)`` opens a 32-byte string."""
    encoded = uint(length)
    return bytes((encoded[0] | major << 5,)) + encoded[1:]


def as_list(value: Value, length: int, field: str) -> list[Value]:
    """The value as an array of exactly ``length`` items, or ``field-wrong``."""
    if not isinstance(value, list) or len(value) != length:
        raise RemoteProtocolError(Code.FIELD_WRONG, field)
    return value
