"""Deterministic CBOR (RFC 8949, section 4.2.1): one value has one encoding, and anything else is refused.

The library's decoder is lax (it takes duplicate keys, long integers, indefinite lengths, trailing bytes), so
what comes in is encoded again and compared. The library sorts map keys length-first (section 4.2.3); both
orders agree for the key types :func:`encode` admits: integers of one encoded byte (0..23, -1..-24) and
private claims of five (below -65536).
"""

from typing import Final, TypeAlias

import cbor2

from tender.errors import Code, LocalProtocolError, RemoteProtocolError

MESSAGE_MAX_BYTES: Final = 1 << 20
"""Nothing this protocol says is longer; more is refused before it is decoded."""

DEPTH_MAX: Final = 12

Value: TypeAlias = "int | bytes | str | bool | list[Value] | dict[int, Value] | Tagged | None"


class Tagged:
    """A CBOR tag (major type 6) and its content; only COSE_Sign1 (18) is ever used."""

    __slots__ = ("tag", "value")

    def __init__(self, tag: int, value: Value) -> None:
        self.tag = tag
        self.value = value


def encode(value: Value) -> bytes:
    """Encode in the one canonical form.

    Raises :class:`LocalProtocolError` for a value this protocol has no form for (a float, a text key).
    """
    return cbor2.dumps(_checked(value, DEPTH_MAX), canonical=True)


def decode(data: bytes, field: str = "message") -> Value:
    """Decode canonical bytes.

    Raises :class:`RemoteProtocolError`: ``message-too-long``, ``cbor-malformed`` or ``cbor-not-canonical``,
    naming ``field``.
    """
    if len(data) > MESSAGE_MAX_BYTES:
        raise RemoteProtocolError(Code.MESSAGE_TOO_LONG, field, bytes=len(data), most=MESSAGE_MAX_BYTES)
    try:
        loaded = cbor2.loads(data)
        value = _plain(loaded, DEPTH_MAX)
        same = cbor2.dumps(loaded, canonical=True) == data
    except (
        cbor2.CBORDecodeError,
        cbor2.CBOREncodeError,
        ValueError,
        TypeError,
        OverflowError,
        RecursionError,
        MemoryError,
    ) as error:
        # cbor2 reports hostile bytes with several built-in exceptions; each means the same to the caller.
        raise RemoteProtocolError(Code.CBOR_MALFORMED, field) from error
    if not same:
        raise RemoteProtocolError(Code.CBOR_NOT_CANONICAL, field)
    return value


def _plain(value: object, depth: int) -> Value:
    if depth == 0:
        raise ValueError("nested too deeply")
    if value is None or isinstance(value, bool | bytes | str):
        return value
    if isinstance(value, int):
        if not -(2**64) <= value < 2**64:
            raise ValueError("integer beyond 64 bits")
        return value
    if isinstance(value, list):
        return [_plain(item, depth - 1) for item in value]
    if isinstance(value, dict):
        return {_key(key): _plain(item, depth - 1) for key, item in value.items()}
    if isinstance(value, cbor2.CBORTag):
        return Tagged(value.tag, _plain(value.value, depth - 1))
    raise ValueError("a type this protocol does not use")


def _key(key: object) -> int:
    if isinstance(key, int) and not isinstance(key, bool) and (-24 <= key <= 23 or -(2**32) <= key < -65536):
        return key
    raise ValueError("a map key this protocol does not use")


def _checked(value: Value, depth: int) -> object:
    try:
        _plain_in(value, depth)
    except ValueError as error:
        raise LocalProtocolError(Code.FIELD_WRONG, str(error)) from error
    return _with_tags(value)


def _plain_in(value: Value, depth: int) -> None:
    if isinstance(value, Tagged):
        _plain_in(value.value, depth - 1)
    elif isinstance(value, list):
        for item in value:
            _plain_in(item, depth - 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            _key(key)
            _plain_in(item, depth - 1)
    else:
        _plain(value, depth)


def _with_tags(value: Value) -> object:
    if isinstance(value, Tagged):
        return cbor2.CBORTag(value.tag, _with_tags(value.value))
    if isinstance(value, list):
        return [_with_tags(item) for item in value]
    if isinstance(value, dict):
        return {key: _with_tags(item) for key, item in value.items()}
    return value


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
