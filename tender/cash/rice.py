"""Golomb-Rice code of a set of serials (docs/protocol/cash.md, section 5): sorted, as gaps, in one encoding.

Each gap g is g >> k ones, a zero, and the k low bits of g. The parameter k is the smallest of those that make
the whole shortest, so that whoever knows the set can write the very bytes that were signed.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from tender.errors import Code, RemoteProtocolError

RICE_MAX: Final = 32
SERIAL_MAX: Final = 2**32 - 1


def _bits_of(gaps: Sequence[int], rice: int) -> int:
    return sum(gap >> rice for gap in gaps) + len(gaps) * (rice + 1)


def best_rice(gaps: Sequence[int]) -> int:
    """The smallest parameter with the shortest code. The length is convex in it, so the first rise ends."""
    rice, bits = 0, _bits_of(gaps, 0)
    while rice < RICE_MAX and (longer := _bits_of(gaps, rice + 1)) < bits:
        rice, bits = rice + 1, longer
    return rice


def encode_serials(serials: Iterable[int]) -> tuple[int, int, bytes]:
    """Code distinct serials: (count, Rice parameter, bits)."""
    ordered = sorted(set(serials))
    gaps = [serial - before - 1 for before, serial in pairwise([-1, *ordered])]
    rice = best_rice(gaps)
    text = "".join("1" * (gap >> rice) + "0" + _low_bits(gap, rice) for gap in gaps)
    text += "0" * (-len(text) % 8)
    return len(ordered), rice, int(text or "0", 2).to_bytes(len(text) // 8, "big")


def _low_bits(gap: int, rice: int) -> str:
    return f"{gap & (1 << rice) - 1:0{rice}b}" if rice else ""


def decode_serials(count: int, rice: int, bits: bytes, field: str) -> frozenset[int]:
    """The serials again; raises ``list-wrong`` for bits that are short, long or not the one encoding."""
    text = bin(int.from_bytes(b"\x01" + bits, "big"))[3:]
    gaps: list[int] = []
    serials: list[int] = []
    at, serial = 0, -1
    for _ in range(count):
        end = text.find("0", at)
        if end < 0 or end + 1 + rice > len(text):
            raise RemoteProtocolError(Code.LIST_WRONG, field)
        low = int(text[end + 1 : end + 1 + rice], 2) if rice else 0
        gap = end - at << rice | low
        serial += gap + 1
        at = end + 1 + rice
        gaps.append(gap)
        serials.append(serial)
    if len(text) - at >= 8 or "1" in text[at:] or serial > SERIAL_MAX or best_rice(gaps) != rice:
        raise RemoteProtocolError(Code.LIST_WRONG, field)
    return frozenset(serials)
