"""The notes in a cash machine: which of them make up an amount, and what is left."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import gcd
from typing import Final

from tender.errors import Code, Refusal

CASSETTE_ROW: Final = b"cassette"
"""What a cash machine's notes are found by."""
NOTES_MOST: Final = 8
VALUES_TIYN: Final = (2_000_000, 1_000_000, 500_000, 200_000, 100_000, 50_000)
"""The notes of the tenge that machines give out: 20 000, 10 000, 5 000, 2 000, 1 000 and 500."""


@dataclass(frozen=True, slots=True)
class Notes:
    """So many notes of one value."""

    value_tiyn: int
    count: int


@dataclass(frozen=True, slots=True)
class Cassette:
    """All notes of a machine, the largest first."""

    notes: tuple[Notes, ...] = ()

    @property
    def total_tiyn(self) -> int:
        """What lies in it."""
        return sum(one.value_tiyn * one.count for one in self.notes)

    def with_notes(self, more: Mapping[int, int]) -> "Cassette | Refusal":
        """After somebody filled it; ``amount-out-of-range`` for a note there is none of."""
        if any(value not in VALUES_TIYN or not 0 <= count <= 10_000 for value, count in more.items()):
            return Refusal(Code.AMOUNT_OUT_OF_RANGE, "notes")
        held = {one.value_tiyn: one.count for one in self.notes}
        both = {value: held.get(value, 0) + more.get(value, 0) for value in VALUES_TIYN}
        return Cassette(tuple(Notes(value, count) for value, count in both.items() if count))

    def without(self, given: tuple[Notes, ...]) -> "Cassette":
        """After these were given out."""
        gone = {one.value_tiyn: one.count for one in given}
        left = ((one.value_tiyn, one.count - gone.get(one.value_tiyn, 0)) for one in self.notes)
        return Cassette(tuple(Notes(value, count) for value, count in left if count))

    def made_up(self, amount_tiyn: int) -> tuple[Notes, ...] | Refusal:
        """The fewest notes that make it up; ``notes-missing`` when what lies here cannot."""
        counts = _fewest(self.notes, amount_tiyn) if amount_tiyn > 0 else None
        if counts is None:
            return Refusal(Code.NOTES_MISSING, "amount", (("amount_tiyn", amount_tiyn),))
        return tuple(Notes(value, count) for value, count in counts if count)


def _fewest(notes: tuple[Notes, ...], amount_tiyn: int) -> tuple[tuple[int, int], ...] | None:
    """(value, count) from the largest note on; a larger one is left out where the rest would not fit."""
    if not amount_tiyn:
        return ()
    held_tiyn = sum(one.value_tiyn * one.count for one in notes)
    # What can never fit is told without trying every way of it.
    if amount_tiyn > held_tiyn or amount_tiyn % gcd(*(one.value_tiyn for one in notes)):
        return None
    first, rest = notes[0], notes[1:]
    for count in range(min(first.count, amount_tiyn // first.value_tiyn), -1, -1):
        found = _fewest(rest, amount_tiyn - count * first.value_tiyn)
        if found is not None:
            return ((first.value_tiyn, count), *found)
    return None
