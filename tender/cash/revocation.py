"""The revocation list: which pseudonym serials are no longer to be paid (docs/protocol/cash.md, section 5).

Numbered, dated and signed by the root. Serials are dense within bank and epoch, so a sorted list of them,
Golomb-Rice coded as differences, comes close to the entropy bound and names nobody by mistake. A list stops
the next hop; it voids nothing that was already passed on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from tender.cash.rice import RICE_MAX, decode_serials, encode_serials
from tender.crypto import envelope
from tender.crypto.envelope import Typ
from tender.crypto.keys import SigningKey
from tender.errors import Code, RemoteProtocolError
from tender.schema import Bytes, Many, Record, Uint

SERIALS_MAX: Final = 4_000_000
"""More in one bank and epoch is refused before it is decoded."""
ENTRIES_MAX: Final = 10_000

Group = tuple[int, int]
"""(bank, epoch day)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The revoked serials of one bank and epoch, coded."""

    bank: int
    epoch_day: int
    count: int
    rice: int
    bits: bytes

    @property
    def group(self) -> Group:
        """Whose serials these are."""
        return self.bank, self.epoch_day


@dataclass(frozen=True, slots=True)
class ListBody:
    """What the root signs."""

    version: int
    number: int
    date: int
    entries: tuple[Entry, ...]


ENTRY: Final = Record(
    Entry,
    ("bank", Uint(999, least=100)),
    ("epoch_day", Uint(0xFFFF)),
    ("count", Uint(SERIALS_MAX, least=1)),
    ("rice", Uint(RICE_MAX)),
    ("bits", Bytes(least=1)),
)
ENTRIES: Final = Many(ENTRY, most=ENTRIES_MAX)
NUMBER: Final = Uint(2**32 - 1, least=1)
DATE: Final = Uint(2**32 - 1)

LIST: Final = Record(
    ListBody,
    ("version", Uint(1, 1)),
    ("number", NUMBER),
    ("date", DATE),
    ("entries", ENTRIES),
)


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A verified list, ready to be asked. A group is decoded when it is first asked for: a payment asks for
    a few, and a device keeps a list of millions."""

    number: int
    date: int
    entries: Mapping[Group, Entry]
    raw: bytes
    decoded: dict[Group, frozenset[int]] = field(default_factory=dict, compare=False, repr=False)

    def names(self, bank: int, epoch_day: int, serial: int) -> bool:
        """Whether this pseudonym serial is revoked."""
        return serial in self.group((bank, epoch_day))

    def check_entries(self, field: str) -> None:
        """Decode them all; raises ``list-wrong`` for one that has another encoding."""
        for place, (group, entry) in enumerate(self.entries.items()):
            self.decoded[group] = serials_of(entry, f"{field}.entries[{place}]")

    def group(self, group: Group) -> frozenset[int]:
        """The revoked serials of one bank and epoch."""
        known = self.decoded.get(group)
        if known is None:
            entry = self.entries.get(group)
            known = serials_of(entry, "list") if entry is not None else frozenset()
            self.decoded[group] = known
        return known


def serials_of(entry: Entry, field_name: str) -> frozenset[int]:
    """An entry's serials; raises ``list-wrong``."""
    return decode_serials(entry.count, entry.rice, entry.bits, field_name)


def entries_of(serials: Mapping[Group, Iterable[int]]) -> tuple[Entry, ...]:
    """Serials by (bank, epoch day) as entries in their one order; empty groups are left out."""
    entries = []
    for (bank, epoch_day), group in sorted(serials.items()):
        count, rice, bits = encode_serials(group)
        if count:
            entries.append(Entry(bank, epoch_day, count, rice, bits))
    return tuple(entries)


def by_group(entries: tuple[Entry, ...], field_name: str) -> dict[Group, Entry]:
    """Entries by (bank, epoch day); raises ``list-wrong`` unless each group comes once and in order."""
    groups = [entry.group for entry in entries]
    for place in range(1, len(groups)):
        if groups[place - 1] >= groups[place]:
            raise RemoteProtocolError(Code.LIST_WRONG, f"{field_name}.entries[{place}]")
    return dict(zip(groups, entries, strict=True))


def list_payload(number: int, date: int, entries: tuple[Entry, ...]) -> bytes:
    """What the root signs, canonical: whoever knows the serials can write it."""
    return LIST.encode(ListBody(1, number, date, entries))


def sign_list(
    number: int, date: int, serials: Mapping[Group, Iterable[int]], root_signer: SigningKey
) -> bytes:
    """A list as COSE_Sign1. ``serials`` by (bank, epoch day); empty groups are left out."""
    payload = list_payload(number, date, entries_of(serials))
    return envelope.sign(Typ.REVOCATIONS, payload, root_signer).to_bytes()


def open_list(raw: bytes, root_key: bytes, field: str = "list", *, ours: bool = False) -> RevocationList:
    """Read and verify a list; raises ``list-wrong``, ``type-confused`` or ``field-wrong``.

    ``ours``: this device has checked it before and kept it sealed, so its entries are decoded only when
    asked for.
    """
    opened = envelope.open_envelope(raw, Typ.REVOCATIONS, field)
    opened.check(root_key, field, Code.LIST_WRONG)
    body = LIST.decode(opened.payload, field)
    entries = by_group(body.entries, field)
    known = RevocationList(body.number, body.date, entries, raw)
    if not ours:
        known.check_entries(field)
    return known
