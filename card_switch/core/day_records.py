"""A closed day as it lies in rows: what each bank was told and said, what counts once it has booked it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from card_switch.core.node import Command, Forget, Keep, Row
from tender.account.card_messages import DAY_CLOSED, CloseDay, DayClosed, decode_order
from tender.schema import Flag, Int, Many, Record, Text, Uint

DAYS: Final = "days"
ORDERS: Final = "day-orders"
MARKS: Final = "day-marks"
SETTLED: Final = "settled"
MARKS_A_ROW: Final = 5_000
MISMATCHES_MOST: Final = 1_000
"""More are not listed; a day with so many has another trouble."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What of an operation has been counted so far, at its issuer's bank and at its acquirer's."""

    issued_tiyn: int = 0
    acquired_tiyn: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """Once ``bank`` has booked the day, ``now_tiyn`` of this operation is counted there. ``of_issuer``: as
    the card's bank, else as the merchant's."""

    bank: int
    issuer: int
    name: str
    of_issuer: bool
    now_tiyn: int


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An operation that does not stand alike at its acquirer, its network and its issuer."""

    issuer: int
    name: str
    acquirer_tiyn: int
    network_tiyn: int
    issuer_tiyn: int


@dataclass(frozen=True, slots=True)
class Day:
    """One closing. ``orders``: as they went to the banks; ``replies``: what they said so far."""

    number: int
    time_ms: int
    orders: tuple[bytes, ...]
    marks: tuple[Mark, ...]
    mismatches: tuple[Mismatch, ...]
    replies: tuple[DayClosed, ...]

    @property
    def closings(self) -> tuple[CloseDay, ...]:
        """The orders, read."""
        return tuple(order for raw in self.orders if isinstance(order := decode_order(raw), CloseDay))

    @property
    def operations(self) -> frozenset[str]:
        """The names of the orders."""
        return frozenset(order.operation for order in self.closings)

    @property
    def complete(self) -> bool:
        """Whether every bank has said something."""
        return {one.operation for one in self.replies} >= self.operations

    def done_by(self, bank: int) -> bool:
        """Whether this bank has booked all of it."""
        mine = {one for one in self.operations if one.split("-")[2] == str(bank)}
        return {one.operation for one in self.replies if not one.code} >= mine


_SETTLED: Final = Record(Settled, ("issued_tiyn", Int()), ("acquired_tiyn", Int()))
_MARK: Final = Record(
    Mark,
    ("bank", Uint(999)),
    ("issuer", Uint(999)),
    ("name", Text(40)),
    ("of_issuer", Flag()),
    ("now_tiyn", Int()),
)
_MISMATCH: Final = Record(
    Mismatch,
    ("issuer", Uint(999)),
    ("name", Text(40)),
    ("acquirer_tiyn", Int()),
    ("network_tiyn", Int()),
    ("issuer_tiyn", Int()),
)


@dataclass(frozen=True, slots=True)
class _Head:
    number: int
    time_ms: int
    mismatches: tuple[Mismatch, ...]
    replies: tuple[DayClosed, ...]


@dataclass(frozen=True, slots=True)
class _Marks:
    marks: tuple[Mark, ...]


_HEAD: Final = Record(
    _Head,
    ("number", Uint()),
    ("time_ms", Uint()),
    ("mismatches", Many(_MISMATCH, most=MISMATCHES_MOST)),
    ("replies", Many(DAY_CLOSED)),
)
_MARKS: Final = Record(_Marks, ("marks", Many(_MARK, most=MARKS_A_ROW)))


def head_row(day: Day) -> Keep:
    """What changes of a day while banks answer."""
    head = _Head(day.number, day.time_ms, day.mismatches, day.replies)
    return Keep(DAYS, str(day.number), _HEAD.encode(head))


def rows_of_new(day: Day) -> list[Command]:
    """All of a day that has just been closed, in rows that stay small."""
    rows: list[Command] = [head_row(day)]
    rows += [Keep(ORDERS, f"{day.number}/{place:06}", raw) for place, raw in enumerate(day.orders)]
    for place in range(0, len(day.marks), MARKS_A_ROW):
        part = _Marks(day.marks[place : place + MARKS_A_ROW])
        rows.append(Keep(MARKS, f"{day.number}/{place:09}", _MARKS.encode(part)))
    return rows


def forgotten_marks(day: Day) -> list[Command]:
    """What would have been counted once a bank had booked the day."""
    return [Forget(MARKS, f"{day.number}/{place:09}") for place in range(0, len(day.marks), MARKS_A_ROW)]


def forgotten_day(day: Day) -> list[Forget]:
    """All of a day."""
    orders = [Forget(ORDERS, f"{day.number}/{place:06}") for place in range(len(day.orders))]
    return [Forget(DAYS, str(day.number)), *orders]


def days_from(rows: Iterable[Row]) -> dict[int, Day]:
    """Days by number, out of their rows."""
    heads, orders, marks = [], defaultdict[int, list[bytes]](list), defaultdict[int, list[Mark]](list)
    for row in sorted(rows, key=lambda one: one.key):
        number = int(row.key.partition("/")[0]) if row.table in (DAYS, ORDERS, MARKS) else 0
        if row.table == DAYS:
            heads.append(_HEAD.decode(row.data, "row"))
        elif row.table == ORDERS:
            orders[number].append(row.data)
        elif row.table == MARKS:
            marks[number] += _MARKS.decode(row.data, "row").marks
    return {
        head.number: Day(
            head.number,
            head.time_ms,
            tuple(orders[head.number]),
            tuple(marks[head.number]),
            head.mismatches,
            head.replies,
        )
        for head in heads
    }


def settled_row(issuer: int, name: str, settled: Settled) -> Keep:
    """What is counted of an operation by now."""
    return Keep(SETTLED, f"{issuer}/{name}", _SETTLED.encode(settled))


def settled_from(row: Row) -> tuple[tuple[int, str], Settled]:
    """Out of its row."""
    issuer, _, name = row.key.partition("/")
    return (int(issuer), name), _SETTLED.decode(row.data, "row")
