"""Read what the card's locator names, and keep what is to be authenticated (EMV 4.3 Book 3, 10.2 and 10.3).

Whatever is wrong here ends the transaction: a locator that points nowhere, a record that is none, an object
twice, one of the four that no transaction can be without.
"""

from typing import Final, NamedTuple

from pos.core.emv.objects import collect
from pos.core.emv.outcome import Reason
from pos.core.emv.selection import READ_RECORD
from pos.core.emv.steps import Stage, Steps
from pos.core.emv.transaction import Ended, Transaction
from tender.card.apdu import SHORT_ANSWER_MOST, Command
from tender.card.pan import Pan, Track2
from tender.card.tags import Tag
from tender.card.tlv import unpack
from tender.errors import Code, RemoteProtocolError

MANDATORY: Final = (Tag.EXPIRY, Tag.PAN, Tag.CDOL1, Tag.CDOL2)
"""Book 3, table 26."""
EMV_SFI_MOST: Final = 10
"""Files up to this number are coded as EMV says; others as the scheme or the issuer likes (7.1)."""
SFI_MOST: Final = 30
_ENTRY: Final = 4


class Extent(NamedTuple):
    """One entry of the locator: records of one file, of them the first so many authenticated."""

    sfi: int
    first: int
    last: int
    authenticated: int


def locator(afl: bytes) -> tuple[Extent, ...]:
    """The entries; ``RemoteProtocolError field-wrong`` at ``94[n]`` for one that cannot be (Book 3, 10.2)."""
    found = []
    for at in range(0, len(afl), _ENTRY):
        one = Extent(afl[at] >> 3, *afl[at + 1 : at + _ENTRY])
        sound = (
            1 <= one.sfi <= SFI_MOST
            and not afl[at] & 0x07
            and 1 <= one.first <= one.last
            and one.authenticated <= one.last - one.first + 1
        )
        if not sound:
            raise RemoteProtocolError(Code.FIELD_WRONG, f"94[{at // _ENTRY}]")
        found.append(one)
    return tuple(found)


def read_records(tx: Transaction) -> Steps[None]:
    """All of them, in the locator's order."""
    for extent in locator(tx.afl):
        for number in range(extent.first, extent.last + 1):
            command = Command(0x00, READ_RECORD, number, extent.sfi << 3 | 0x04, le=SHORT_ANSWER_MOST)
            response = yield from tx.transmit(Stage.RECORDS, command)
            if not response.is_done:
                raise Ended(Reason.CARD_ANSWER_WRONG, f"record.{response.sw:04X}")
            _take(tx, extent, number, response.data)
    for tag in MANDATORY:
        if tag not in tx.read:
            raise RemoteProtocolError(Code.FIELD_WRONG, f"record.{tag:02X}")
    tx.whose = Pan(tx.read[Tag.PAN].hex().rstrip("f"))
    _track2(tx.read.get(Tag.TRACK2, b""))


def _track2(octets: bytes) -> None:
    """Refuse what no message can carry (Book 3, 7.5); a card may have none."""
    try:
        if octets:
            Track2.from_bytes(octets)
    except RemoteProtocolError as error:
        raise RemoteProtocolError(Code.FIELD_WRONG, f"record.{Tag.TRACK2:02X}") from error


def _take(tx: Transaction, extent: Extent, number: int, data: bytes) -> None:
    """Keep a record's objects, and of an authenticated one its bytes: without the template for EMV's own
    files, whole for others (Book 3, 10.3)."""
    where = f"record.{extent.sfi}.{number}"
    try:
        outer = unpack(data, where, loose=True)
    except RemoteProtocolError:
        if extent.sfi <= EMV_SFI_MOST:
            raise
        outer = ()
    is_record = len(outer) == 1 and outer[0].tag == Tag.RECORD
    if extent.sfi <= EMV_SFI_MOST and not is_record:
        raise RemoteProtocolError(Code.FIELD_WRONG, where)
    if number < extent.first + extent.authenticated:
        if not is_record:
            tx.static_is_whole = False  # cannot be authenticated: Book 3, 10.3, last paragraph
        tx.static += outer[0].value if extent.sfi <= EMV_SFI_MOST else data
    if is_record:
        collect(unpack(outer[0].value, "record", loose=True), tx.read, "record")
