"""BER-TLV as cards speak it (ISO/IEC 7816-4, 5.2.2): read strictly, one way to write each thing.

Tags are one or two bytes, lengths one to three, both written as short as they can be; no padding between
objects. What is not that is refused: an answer of a card is a stranger's word.

A payment card may be looser (EMV Book 3, Annex B): zeros before, between and after objects, lengths that are
longer than they need be, private tags of three bytes. ``loose`` reads those too.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from tender.errors import Code, LocalProtocolError, RemoteProtocolError

NESTED_MOST: Final = 8
"""Templates within templates; nothing here has more than three."""
_CONSTRUCTED: Final = 0x20
_TAG_GOES_ON: Final = 0x1F
_LENGTH_MOST: Final = 65_535
_TAG_MOST: Final = 2
_LONG_TAG: Final = 3
_TAG_MORE: Final = 0x80


class Tlv(NamedTuple):
    """One data object: its tag as a number (``0x84``, ``0x9F38``) and its value."""

    tag: int
    value: bytes

    @property
    def is_template(self) -> bool:
        """Whether its value is itself a row of data objects."""
        return bool(self.tag >> 8 * ((self.tag.bit_length() - 1) // 8) & _CONSTRUCTED)


def pack(objects: Iterable[Tlv]) -> bytes:
    """A row of data objects as bytes; ``LocalProtocolError field-wrong`` for a tag that is none or for a
    value of more than 65 535 bytes."""
    return b"".join(_tag(one.tag) + _length(len(one.value)) + one.value for one in objects)


def template(tag: int, *objects: Tlv) -> Tlv:
    """A data object that holds others."""
    return Tlv(tag, pack(objects))


def unpack(octets: bytes, field: str = "tlv", *, loose: bool = False) -> tuple[Tlv, ...]:
    """The data objects that stand in a row here, all of it; templates stay packed.

    ``RemoteProtocolError`` at ``field[n]``: ``message-truncated``, or ``field-wrong`` for a tag or a length
    that is not written the one way. ``loose``: as payment cards may write.
    """
    found: list[Tlv] = []
    at, end, tag_most = 0, len(octets), _LONG_TAG if loose else _TAG_MOST
    try:
        while at < end:
            if loose and not octets[at]:
                at += 1
                continue
            tag, at = _read_tag(octets, at, field, tag_most)
            count, at = _read_length(octets, at, field, loose)
            if at + count > end:
                raise RemoteProtocolError(Code.MESSAGE_TRUNCATED, field)
            found.append(Tlv(tag, octets[at : at + count]))
            at += count
    except RemoteProtocolError as error:
        # Which object it was is worked out only where one is wrong: there are many, and nearly all are right.
        raise RemoteProtocolError(error.code, f"{field}[{len(found)}]") from None
    return tuple(found)


def one(objects: Iterable[Tlv], tag: int, field: str = "tlv") -> bytes:
    """The value under this tag, which stands there exactly once; ``field-wrong`` at ``field.TAG``."""
    values = [found.value for found in objects if found.tag == tag]
    if len(values) != 1:
        raise RemoteProtocolError(Code.FIELD_WRONG, f"{field}.{tag:02X}")
    return values[0]


def tree(octets: bytes, field: str = "tlv", depth: int = 0) -> tuple[tuple[int, Tlv], ...]:
    """Every object with how deep it stands (0 outermost), templates before what they hold: for showing.

    Errors as :func:`unpack`; ``field-wrong`` for more than :data:`NESTED_MOST` templates in each other.
    """
    if depth >= NESTED_MOST:
        raise RemoteProtocolError(Code.FIELD_WRONG, field)
    rows: list[tuple[int, Tlv]] = []
    for found in unpack(octets, field):
        rows.append((depth, found))
        if found.is_template:
            rows += tree(found.value, f"{field}.{found.tag:02X}", depth + 1)
    return tuple(rows)


def _tag(tag: int) -> bytes:
    octets = tag.to_bytes(2 if tag > 0xFF else 1, "big") if 0 < tag <= 0xFFFF else b"\x00"
    try:
        if _read_tag(octets, 0, "tlv") == (tag, len(octets)):
            return octets
    except RemoteProtocolError:
        pass
    raise LocalProtocolError(Code.FIELD_WRONG, "tlv.tag")


def _length(count: int) -> bytes:
    if count > _LENGTH_MOST:
        raise LocalProtocolError(Code.FIELD_WRONG, "tlv.length")
    if count < 0x80:
        return bytes((count,))
    octets = count.to_bytes((count.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(octets),)) + octets


def _read_tag(octets: bytes, at: int, where: str, most: int = _TAG_MOST) -> tuple[int, int]:
    """The tag here, of so many bytes at most, and where what follows it begins. 00 and FF are padding, which
    we do not have."""
    first = octets[at]
    if first in (0x00, 0xFF):
        raise RemoteProtocolError(Code.FIELD_WRONG, where)
    if first & _TAG_GOES_ON != _TAG_GOES_ON:
        return first, at + 1
    end = at + 1
    while end < len(octets) and octets[end] & _TAG_MORE and end - at < most - 1:
        end += 1
    if end >= len(octets):
        raise RemoteProtocolError(Code.MESSAGE_TRUNCATED, where)
    second = octets[at + 1]
    # EMV numbers its two-byte tags from 1 on (9F02), where BER would have one byte for those below 1F.
    if second in (0x00, _TAG_MORE) or octets[end] & _TAG_MORE:
        raise RemoteProtocolError(Code.FIELD_WRONG, where)
    return int.from_bytes(octets[at : end + 1], "big"), end + 1


def _read_length(octets: bytes, at: int, where: str, loose: bool = False) -> tuple[int, int]:
    """The length here and where its value begins."""
    if at >= len(octets):
        raise RemoteProtocolError(Code.MESSAGE_TRUNCATED, where)
    first = octets[at]
    if first < 0x80:
        return first, at + 1
    more = first & 0x7F
    if more not in (1, 2):
        raise RemoteProtocolError(Code.FIELD_WRONG, where)
    count = int.from_bytes(octets[at + 1 : at + 1 + more], "big")
    if at + 1 + more > len(octets):
        raise RemoteProtocolError(Code.MESSAGE_TRUNCATED, where)
    if not loose and count < (0x80 if more == 1 else 0x100):
        raise RemoteProtocolError(Code.FIELD_WRONG, where)
    return count, at + 1 + more
