"""Deterministic CBOR and COSE_Sign1 read by hand (`docs/protocol/cash.md`, sections 2 and 3).

Written from the page alone: nothing of `tender/` is imported and no CBOR library is used. Where the first
implementation decodes and encodes again, this one refuses each wrong byte where it stands, so that the two
can only agree by both being right.
"""

import unicodedata
from collections.abc import Callable
from typing import Any

from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

Item = Any
"""int, bytes, str, bool, None, tuple of items, or dict of items."""

DEEPEST = 12
UINT, NEGATIVE, BYTES, TEXT, ARRAY, MAP = range(6)
LONGER = {24: (1, 24), 25: (2, 1 << 8), 26: (4, 1 << 16), 27: (8, 1 << 32)}
"""Additional information -> (bytes that follow, the least number that may be written so)."""


class No(Exception):
    """The bytes are refused; `code` is the page's word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def need(condition: object, code: str) -> None:
    """Go on only if `condition` holds; otherwise refuse with `code`."""
    if not condition:
        raise No(code)


def take(data: bytes, at: int, count: int) -> tuple[bytes, int]:
    """`count` bytes from `at`, and where the next begin."""
    need(at + count <= len(data), "message-truncated")
    return data[at : at + count], at + count


def head(data: bytes, at: int) -> tuple[int, int, int]:
    """Major type, argument and the place after it; only the shortest writing passes."""
    first, at = take(data, at, 1)
    major, info = first[0] >> 5, first[0] & 31
    if info < 24:
        return major, info, at
    need(info in LONGER, "cbor-not-canonical")
    count, least = LONGER[info]
    more, at = take(data, at, count)
    number = int.from_bytes(more, "big")
    need(number >= least, "cbor-not-canonical")
    return major, number, at


def item(data: bytes, at: int = 0, depth: int = 0) -> tuple[Item, int]:
    """One item at `at`, and the place after it."""
    need(depth <= DEEPEST, "cbor-not-canonical")
    start = at
    major, number, at = head(data, at)
    if major == UINT:
        return number, at
    if major == NEGATIVE:
        return -1 - number, at
    if major == BYTES:
        return take(data, at, number)
    if major == TEXT:
        raw, at = take(data, at, number)
        return text(raw), at
    if major == ARRAY:
        found = []
        for _ in range(min(number, len(data) + 1)):
            one, at = item(data, at, depth + 1)
            found.append(one)
        return tuple(found), at
    if major == MAP:
        return mapping(data, at, number, depth)
    need(major == 7 and at == start + 1 and number in (20, 21, 22), "cbor-not-canonical")
    return {20: False, 21: True, 22: None}[number], at


def mapping(data: bytes, at: int, number: int, depth: int) -> tuple[dict[Item, Item], int]:
    """The pairs of a map; each key's bytes must sort after the key's before it, so none comes twice."""
    pairs: dict[Item, Item] = {}
    last = b""
    for _ in range(min(number, len(data) + 1)):
        before = at
        key, at = item(data, at, depth + 1)
        need(type(key) is int, "cbor-not-canonical")
        need(-24 <= key <= 23 or -(1 << 32) <= key < -65_536, "cbor-not-canonical")
        need(data[before:at] > last, "cbor-not-canonical")
        last = data[before:at]
        pairs[key], at = item(data, at, depth + 1)
    return pairs, at


def text(raw: bytes) -> str:
    """UTF-8, whatever its characters."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise No("cbor-not-canonical") from None


def printable(longest: int, least: int = 0) -> Callable[[Item], bool]:
    """Text of so many characters, none of them a control, a format character or a separator but the space."""
    return lambda value: (
        isinstance(value, str)
        and least <= len(value) <= longest
        and all(c == " " or unicodedata.category(c)[0] not in "CZ" for c in value)
    )


def whole(data: bytes) -> Item:
    """The one item that `data` is, with nothing after it."""
    found, end = item(data)
    need(end == len(data), "cbor-not-canonical")
    return found


def written(value: Item) -> bytes:
    """The only encoding of `value`."""
    if value is None or isinstance(value, bool):
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
    if isinstance(value, int):
        return lead(UINT, value) if value >= 0 else lead(NEGATIVE, -1 - value)
    if isinstance(value, bytes):
        return lead(BYTES, len(value)) + value
    if isinstance(value, str):
        return lead(TEXT, len(value.encode())) + value.encode()
    if isinstance(value, tuple):
        return lead(ARRAY, len(value)) + b"".join(map(written, value))
    pairs = sorted((written(k), written(v)) for k, v in value.items())
    return lead(MAP, len(pairs)) + b"".join(k + v for k, v in pairs)


def lead(major: int, number: int) -> bytes:
    """Major type and argument, as short as can be."""
    if number < 24:
        return bytes([major << 5 | number])
    info = max(i for i, (_, least) in LONGER.items() if number >= least)
    return bytes([major << 5 | info]) + number.to_bytes(LONGER[info][0], "big")


def protected(typ: str) -> bytes:
    """The protected header of a message of this type."""
    return written({1: -19, 16: typ})


def signed_by(key: bytes, typ: str, payload: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) is `key`'s (32 bytes) on `payload` as a `typ`, in libsodium's view."""
    said = written(("Signature1", protected(typ), b"", payload))
    try:
        return crypto_sign_open(signature + said, key) == said
    except (BadSignatureError, ValueError):
        return False


def opened(cose: bytes, typ: str) -> tuple[bytes, bytes]:
    """Payload and signature of a COSE_Sign1 that says it is a `typ`; nobody's signature is checked yet."""
    need(cose[:1] == b"\xd2", "cbor-not-canonical")
    parts = whole(cose[1:])
    need(shaped(parts, bytes, dict, bytes, bytes), "envelope-wrong")
    header, unprotected, payload, signature = parts
    need(not unprotected and len(signature) == 64, "envelope-wrong")
    need(header == protected(typ), "type-confused")
    return payload, signature


def shaped(value: Item, *kinds: type | Callable[[Item], bool]) -> bool:
    """Whether `value` is an array of exactly these: a type (bool is no int), or a question to be passed."""
    return (
        isinstance(value, tuple)
        and len(value) == len(kinds)
        and all(type(v) is k if isinstance(k, type) else k(v) for v, k in zip(value, kinds, strict=True))
    )


def natural(value: Item) -> bool:
    """A whole number, not negative, of at most 32 bits: a time or a running number."""
    return within(0, (1 << 32) - 1)(value)


def within(least: int, most: int) -> Callable[[Item], bool]:
    """A whole number between these, both allowed."""
    return lambda value: type(value) is int and least <= value <= most


def sized(*lengths: int) -> Callable[[Item], bool]:
    """Bytes of one of these lengths."""
    return lambda value: isinstance(value, bytes) and len(value) in lengths


def all_of(question: Callable[[Item], bool]) -> Callable[[Item], bool]:
    """An array whose every item passes `question`."""
    return lambda value: isinstance(value, tuple) and all(map(question, value))
