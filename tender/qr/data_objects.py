"""The grammar of EMVCo's merchant-presented codes: two digits of name, two of length, the value.

A length counts characters, the check number runs over the UTF-8 bytes, itself included up to its own value.
Nothing here knows what an object means (docs/protocol/payment-code.md).
"""

import binascii
import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from tender.errors import Code, RemoteProtocolError

CHARACTERS_MOST: Final = 512
"""EMVCo asks readers for no more, and no merchant needs it."""

CHECK: Final = "63"
"""The check number: always the last object."""

CHECK_FROM: Final = 0xFFFF
_CHECK_CHARACTERS: Final = 4
_HEAD: Final = re.compile(r"(?P<name>[0-9]{2})(?P<length>[0-9]{2})", re.ASCII)
_UNSHOWN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls, and marks that turn or hide text: a name that is shown before a payment holds none of them."""

_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs by their class, and nothing at all on a screen."""


def wrong(field: str, code: Code = Code.CODE_WRONG, **facts: str | int) -> RemoteProtocolError:
    """The error of a code that breaks the rules at this object."""
    return RemoteProtocolError(code, field, **facts)


def parse(text: str, field: str) -> dict[str, str]:
    """Objects by their two digits, in the order they stand: the whole of the text, each name once.

    Raises :class:`RemoteProtocolError`: ``code-wrong`` for a head that is no four digits, an empty value, a
    value that ends after the text, a name that comes twice or characters nobody sees.
    """
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        head = _HEAD.match(text, at)
        if head is None:
            raise wrong(field, position=at)
        name, length = head["name"], int(head["length"])
        value = text[head.end() : head.end() + length]
        path = f"{field}.{name}"
        if length == 0 or len(value) < length or name in found:
            raise wrong(path, position=at)
        if any(one in _BLANK or unicodedata.category(one) in _UNSHOWN for one in value):
            raise wrong(path, position=at)
        found[name] = value
        at = head.end() + length
    return found


def write(objects: Mapping[str, str]) -> str:
    """The objects as text, in the order given; those without a value are left out."""
    return "".join(f"{name}{len(value):02d}{value}" for name, value in objects.items() if value)


def sealed(objects: Mapping[str, str]) -> str:
    """The objects, then the check number over all of it."""
    text = f"{write(objects)}{CHECK}{_CHECK_CHARACTERS:02d}"
    return text + check_number(text)


def check_number(text: str) -> str:
    """CRC-16 as EMVCo uses it (polynomial 1021h from FFFFh): four upper-case hexadecimal digits."""
    return f"{binascii.crc_hqx(text.encode(), CHECK_FROM):04X}"


def parse_sealed(text: str, field: str) -> dict[str, str]:
    """The objects of a whole code without its check number, which fits.

    Raises :class:`RemoteProtocolError`: ``message-too-long``; ``code-checksum`` when one character was read
    wrong; ``code-wrong`` as :func:`parse`, or when the check number is not the last object.
    """
    if len(text) > CHARACTERS_MOST:
        raise wrong(field, Code.MESSAGE_TOO_LONG, characters=len(text), most=CHARACTERS_MOST)
    body, given = text[:-_CHECK_CHARACTERS], text[-_CHECK_CHARACTERS:]
    if not body.endswith(f"{CHECK}{_CHECK_CHARACTERS:02d}"):
        raise wrong(f"{field}.{CHECK}")
    try:
        right = check_number(body)
    except UnicodeEncodeError as error:
        raise wrong(field) from error
    if given != right:
        raise wrong(f"{field}.{CHECK}", Code.CODE_CHECKSUM)
    objects = parse(text, field)
    if next(reversed(objects)) != CHECK:
        raise wrong(f"{field}.{CHECK}")
    del objects[CHECK]
    return objects
