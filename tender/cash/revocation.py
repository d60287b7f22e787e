"""The revocation list: which pseudonym serials are no longer to be paid (docs/protocol/cash.md, section 5).

Numbered, dated and signed by the root. Serials are dense within bank and epoch, so a sorted list of them,
Golomb-Rice coded as differences, comes close to the entropy bound and names nobody by mistake. A list stops
the next hop; it voids nothing that was already passed on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from tender.crypto import envelope
from tender.crypto.envelope import Typ
from tender.crypto.keys import SigningKey
from tender.errors import Code, RemoteProtocolError
from tender.schema import Bytes, Many, Record, Uint

RICE_MAX: Final = 32
SERIALS_MAX: Final = 4_000_000
"""More in one bank and epoch is refused before it is decoded."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The revoked serials of one bank and epoch, coded."""

    bank: int
    epoch_day: int
    count: int
    rice: int
    bits: bytes


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


LIST: Final = Record(
    ListBody,
    ("version", Uint(1, 1)),
    ("number", Uint(2**32 - 1)),
    ("date", Uint(2**32 - 1)),
    ("entries", Many(ENTRY, most=10_000)),
)


def encode_serials(serials: Iterable[int]) -> tuple[int, int, bytes]:
    """Code distinct serials: (count, Rice parameter, bits). The parameter is the best power of two."""
    ordered = sorted(set(serials))
    gaps = [serial - before - 1 for serial, before in zip(ordered, [-1, *ordered], strict=False)]
    mean = max(1, sum(gaps) // max(1, len(gaps)))
    best = min(range(RICE_MAX + 1), key=lambda rice: sum((gap >> rice) + 1 + rice for gap in gaps))
    rice = min(best, mean.bit_length() + 1)
    text = "".join("1" * (gap >> rice) + "0" + _low_bits(gap, rice) for gap in gaps)
    text += "0" * (-len(text) % 8)
    return len(ordered), rice, int(text or "0", 2).to_bytes(len(text) // 8, "big")


def _low_bits(gap: int, rice: int) -> str:
    return f"{gap & (1 << rice) - 1:0{rice}b}" if rice else ""


def decode_serials(count: int, rice: int, bits: bytes, field: str) -> frozenset[int]:
    """The serials again; raises ``list-wrong`` for bits that are short, long or not the one encoding."""
    text = bin(int.from_bytes(b"\x01" + bits, "big"))[3:]
    serials: list[int] = []
    at, serial = 0, -1
    for _ in range(count):
        end = text.find("0", at)
        if end < 0 or end + 1 + rice > len(text):
            raise RemoteProtocolError(Code.LIST_WRONG, field)
        low = int(text[end + 1 : end + 1 + rice], 2) if rice else 0
        serial += (end - at << rice | low) + 1
        at = end + 1 + rice
        serials.append(serial)
    if len(text) - at >= 8 or "1" in text[at:] or (serials and serials[-1] >= 2**32):
        raise RemoteProtocolError(Code.LIST_WRONG, field)
    return frozenset(serials)


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A verified list, ready to be asked."""

    number: int
    date: int
    serials: Mapping[tuple[int, int], frozenset[int]]
    raw: bytes

    def names(self, bank: int, epoch_day: int, serial: int) -> bool:
        """Whether this pseudonym serial is revoked."""
        return serial in self.serials.get((bank, epoch_day), frozenset())


def sign_list(
    number: int, date: int, serials: Mapping[tuple[int, int], Iterable[int]], root_signer: SigningKey
) -> bytes:
    """A list as COSE_Sign1. ``serials`` by (bank, epoch day); empty groups are left out."""
    entries = []
    for (bank, epoch_day), group in sorted(serials.items()):
        count, rice, bits = encode_serials(group)
        if count:
            entries.append(Entry(bank, epoch_day, count, rice, bits))
    body = ListBody(1, number, date, tuple(entries))
    return envelope.sign(Typ.REVOCATIONS, LIST.encode(body), root_signer).to_bytes()


def open_list(raw: bytes, root_key: bytes, field: str = "list") -> RevocationList:
    """Read and verify a list; raises ``list-wrong``, ``type-confused`` or ``field-wrong``."""
    opened = envelope.open_envelope(raw, Typ.REVOCATIONS, field)
    try:
        opened.check(root_key, field)
    except RemoteProtocolError as error:
        raise RemoteProtocolError(Code.LIST_WRONG, field) from error
    body = LIST.decode(opened.payload, field)
    serials: dict[tuple[int, int], frozenset[int]] = {}
    for place, entry in enumerate(body.entries):
        group = (entry.bank, entry.epoch_day)
        if group in serials:
            raise RemoteProtocolError(Code.LIST_WRONG, f"{field}.entries[{place}]")
        serials[group] = decode_serials(entry.count, entry.rice, entry.bits, f"{field}.entries[{place}]")
    return RevocationList(body.number, body.date, serials, raw)
