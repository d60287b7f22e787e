"""What a card says, read as EMV wants it read: templates, duplicates, formats (EMV Book 3, 6.3, 7 and 10.2).

Looser than :mod:`tender.card.tlv` where EMV is (zeros between objects), stricter where it is: one primitive
object twice ends the transaction. Unknown tags are kept and mean nothing.
"""

from collections.abc import Iterable
from typing import Final

from tender.card.tags import Tag, check
from tender.card.tlv import NESTED_MOST, Tlv, unpack
from tender.errors import Code, RemoteProtocolError

CHECKED: Final = frozenset(
    {
        Tag.TRACK2,
        Tag.PAN,
        Tag.AIP,
        Tag.CDOL1,
        Tag.CDOL2,
        Tag.EXPIRY,
        Tag.EFFECTIVE,
        Tag.ISSUER_COUNTRY,
        Tag.PAN_SEQUENCE,
        Tag.USAGE_CONTROL,
        Tag.VERSION_CARD,
        Tag.IAC_DEFAULT,
        Tag.IAC_DENIAL,
        Tag.IAC_ONLINE,
        Tag.ISSUER_DATA,
        Tag.OFFLINE_LOWER,
        Tag.OFFLINE_UPPER,
        Tag.CRYPTOGRAM,
        Tag.CRYPTOGRAM_INFORMATION,
        Tag.ATC,
        Tag.APPLICATION_CURRENCY,
    }
)
"""What is decided by: in a wrong form it ends the transaction (Book 3, 7.5). Keys and certificates in a wrong
form are no fault of form, but an authentication that fails; names and labels harm nobody."""
_DATES: Final = frozenset({Tag.EXPIRY, Tag.EFFECTIVE})


def opened(octets: bytes, tag: int, field: str) -> tuple[Tlv, ...]:
    """What stands in the one template with this tag that these bytes are.

    ``RemoteProtocolError`` at ``field``: ``field-wrong`` for any other thing, or as ``unpack``.
    """
    outer = unpack(octets, field, loose=True)
    if len(outer) != 1 or outer[0].tag != tag:
        raise RemoteProtocolError(Code.FIELD_WRONG, field)
    return unpack(outer[0].value, f"{field}.{tag:02X}", loose=True)


def collect(found: Iterable[Tlv], into: dict[int, bytes], field: str, depth: int = 0) -> None:
    """Add primitive objects, also from within templates, checked; ``field-wrong`` at ``field.TAG`` for one
    that is there already (Book 3, 10.2)."""
    if depth >= NESTED_MOST:
        raise RemoteProtocolError(Code.FIELD_WRONG, field)
    for one in found:
        if one.tag == Tag.FCI_DISCRETIONARY:
            into[one.tag] = one.value  # the issuer's own: it may hold anything, also an object twice
            continue
        if one.is_template:
            inner = unpack(one.value, f"{field}.{one.tag:02X}", loose=True)
            collect(inner, into, field, depth + 1)
            continue
        if one.tag in into:
            raise RemoteProtocolError(Code.FIELD_WRONG, f"{field}.{one.tag:02X}", why="twice")
        if one.tag in CHECKED:
            check(one.tag, one.value, field)
        if one.tag in _DATES:
            _check_date(one, field)
        into[one.tag] = one.value


def _check_date(date: Tlv, field: str) -> None:
    month, day = int(date.value[1:2].hex()), int(date.value[2:].hex())
    if not (1 <= month <= 12 and 1 <= day <= 31):
        raise RemoteProtocolError(Code.FIELD_WRONG, f"{field}.{date.tag:02X}")
