"""The end of a day: what acquirers, networks and issuers remember is matched, and each bank closes its books.

All hosts are looked at in one instant between two turns, so that nothing is half-way between them. What
counts is what stands of each operation now, less what earlier days have counted of it: a reversal after the
end of a day takes its money back in the next one. A bank is told

* what each operation cost its cards' clients (``lines``),
* what each of its merchants is owed (``merchants``; its own cash machines under an empty name),
* what it pays to other banks and is paid by them (``positions``), by the networks' clearing records:
  an on-us purchase has none (DT-C-31).

The day counts for a bank once the bank has booked it; one that refused is asked for the same money again with
the next day. Digital Tenge that went over as such (DT-S-09) is no business of any of this.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, Protocol

from card_switch.core.acquirer.batches import REFUND_KIND
from card_switch.core.day_records import (
    MISMATCHES_MOST,
    SETTLED,
    Day,
    Mark,
    Mismatch,
    Settled,
    days_from,
    head_row,
    rows_of_new,
    settled_from,
    settled_row,
)
from card_switch.core.node import OWN_ISSUER, AskBank, Command, Keep, Row, Tell
from card_switch.core.relay import NO_MONEY, Relay
from card_switch.core.rows import Conversation, State, text_of
from tender.account.card_messages import (
    DAY_LINES_MOST,
    CloseDay,
    DayClosed,
    DayLine,
    MerchantCredit,
    Position,
    decode_order,
    decode_reply,
    encode_order,
)
from tender.account.participants import number_text
from tender.card.bins import issuer_of
from tender.card.in_dt import DATA_ELEMENT as IN_DT
from tender.card.in_dt import paid_in_dt
from tender.errors import Code, Refusal

NAME: Final = "end-of-day"
CASH_KIND: Final = "01"
DAY_S: Final = 86_400

Name = tuple[int, str]
"""The issuing bank and the life-cycle id: how an operation is called at every host."""


@dataclass(frozen=True, slots=True)
class Acquired:
    """One operation at its acquirer; ``change_tiyn``: what the client pays (minus: is paid)."""

    bank: int
    merchant: str
    on_us: bool
    change_tiyn: int


@dataclass(frozen=True, slots=True)
class Issued:
    """One operation as an issuer's host has it."""

    name: str
    change_tiyn: int
    time_s: int
    open: bool
    """Whether its end is not known yet."""


class IssuerBook(Protocol):
    """What an issuer's host tells at the end of a day."""

    def issued(self) -> Iterable[Issued]:
        """Every operation it has asked its bank for."""


def acquired(bank: int, conversation: Conversation) -> tuple[Name, Acquired] | None:
    """An acquirer's line; None for what moved no money over the rails."""
    request, answer = conversation.request, conversation.answer
    issuer = issuer_of(request.pan.digits)
    if not conversation.life_cycle or issuer is None or request.kind in NO_MONEY:
        return None
    if answer is not None and paid_in_dt(text_of(answer, IN_DT)):
        return None
    stands_tiyn = conversation.stands_tiyn if conversation.state is State.APPROVED else 0
    cash = request.kind == CASH_KIND
    merchant = "" if cash else text_of(request, 42)
    change_tiyn = -stands_tiyn if request.kind == REFUND_KIND else stands_tiyn
    on_us = conversation.onward == OWN_ISSUER
    return (issuer, conversation.life_cycle), Acquired(bank, merchant, on_us, change_tiyn)


class EndOfDay:
    """Closes days; a host of its own that hears banks and nobody else."""

    name = NAME

    def __init__(
        self,
        acquirers: Mapping[int, Relay],
        networks: Iterable[Relay],
        issuers: Mapping[int, IssuerBook],
    ) -> None:
        self._acquirers = acquirers
        self._networks = tuple(networks)
        self._issuers = issuers
        self._settled: dict[Name, Settled] = {}
        self.days: dict[int, Day] = {}

    # --- closing

    def close(self, now_ms: int) -> tuple[int, Sequence[Command]] | Refusal:
        """Close the day as it stands now; its number, and what is to be done. ``out-of-order`` while an
        earlier day waits for a bank."""
        if any(not day.complete for day in self.days.values()):
            return Refusal(Code.OUT_OF_ORDER, "day")
        number = max([now_ms // 1000 // DAY_S, *(day + 1 for day in self.days)])
        views = self._views()
        marks: list[Mark] = []
        lines: dict[int, list[DayLine]] = {bank: [] for bank in self._acquirers}
        merchants: dict[int, Counter[str]] = {bank: Counter() for bank in self._acquirers}
        positions: dict[int, Counter[int]] = {bank: Counter() for bank in self._acquirers}
        mismatches = tuple(islice(views.mismatches(), MISMATCHES_MOST))
        for name in views.names():
            issuer = name[0]
            before = self._settled.get(name, Settled())
            one = views.acquired.get(name)
            issued_tiyn, acquired_tiyn = views.issued.get(name, 0), _change(one)
            paid = issued_tiyn - before.issued_tiyn
            if paid and issuer in lines:
                lines[issuer].append(DayLine(name[1], paid))
                marks.append(Mark(issuer, issuer, name[1], True, issued_tiyn))
            if one is not None and (owed := acquired_tiyn - before.acquired_tiyn):
                merchants[one.bank][one.merchant] += owed
                marks.append(Mark(one.bank, issuer, name[1], False, acquired_tiyn))
            cleared = views.cleared.get(name)
            if cleared is not None:
                if issuer in positions:
                    positions[issuer][cleared.bank] += cleared.change_tiyn - before.issued_tiyn
                if cleared.bank in positions:
                    positions[cleared.bank][issuer] -= cleared.change_tiyn - before.acquired_tiyn
        orders = {
            bank: _orders(
                number, bank, lines[bank], merchants[bank], positions[bank], views.until_s(bank, now_ms)
            )
            for bank in self._acquirers
        }
        day = Day(
            number,
            now_ms,
            tuple(encode_order(order) for bank in sorted(orders) for order in orders[bank]),
            tuple(marks),
            mismatches,
            (),
        )
        self.days[number] = day
        return number, [*rows_of_new(day), *self._asking(day)]

    def _views(self) -> "Views":
        found = Views({}, {}, {}, {})
        for bank, relay in self._acquirers.items():
            for conversation in relay.conversations.values():
                line = acquired(bank, conversation) if _of_money(conversation) else None
                if line is not None:
                    found.acquired[line[0]] = line[1]
        for relay in self._networks:
            for conversation in relay.conversations.values():
                bank = int(conversation.request.acquirer)
                line = acquired(bank, conversation) if _of_money(conversation) else None
                if line is not None:
                    found.cleared[line[0]] = line[1]
        for bank, book in self._issuers.items():
            for one in book.issued():
                if one.open:
                    found.open_since[bank] = min(found.open_since.get(bank, one.time_s), one.time_s)
                found.issued[bank, one.name] = one.change_tiyn
        return found

    def _asking(self, day: Day) -> list[Command]:
        asked = []
        for raw in day.orders:
            order = decode_order(raw)
            assert isinstance(order, CloseDay)
            if order.operation not in {reply.operation for reply in day.replies}:
                asked.append(AskBank(_bank_of(order.operation), order.operation, raw))
        return list(asked)

    # --- what the banks say

    def bank_said(self, operation: str, reply: bytes, now_ms: int) -> Sequence[Command]:
        """A bank has closed its day, or refused to."""
        said = decode_reply(reply)
        day = next((one for one in self.days.values() if operation in one.operations), None)
        if day is None or not isinstance(said, DayClosed):
            return []
        if operation in {one.operation for one in day.replies}:
            return []
        day = self.days[day.number] = replace(day, replies=(*day.replies, said))
        commands: list[Command] = [head_row(day)]
        bank = _bank_of(operation)
        if said.code:
            return [*commands, Tell("day-refused", (("bank", number_text(bank)), ("code", said.code)))]
        if day.done_by(bank):
            for mark in day.marks:
                if mark.bank == bank:
                    commands.append(self._counted(mark))
        return commands

    def _counted(self, mark: Mark) -> Keep:
        name = (mark.issuer, mark.name)
        before = self._settled.get(name, Settled())
        after = (
            replace(before, issued_tiyn=mark.now_tiyn)
            if mark.of_issuer
            else replace(before, acquired_tiyn=mark.now_tiyn)
        )
        self._settled[name] = after
        return settled_row(mark.issuer, mark.name, after)

    # --- a host like the others

    def heard(self, link: str, message: object, now_ms: int) -> Sequence[Command]:
        """Nobody talks to it."""
        return []

    def link_changed(self, link: str, up: bool, now_ms: int) -> Sequence[Command]:
        """It has no link."""
        return []

    def due(self, now_ms: int) -> Sequence[Command]:
        """A day is closed when somebody says so."""
        return []

    def next_deadline(self) -> int | None:
        """It waits for nothing."""
        return None

    def restore(self, rows: Iterable[Row], now_ms: int) -> Sequence[Command]:
        """Days that wait for a bank are asked for again."""
        known = list(rows)
        self.days = days_from(known)
        self._settled = dict(settled_from(row) for row in known if row.table == SETTLED)
        return [command for day in self.days.values() for command in self._asking(day)]


@dataclass(frozen=True, slots=True)
class Views:
    """Every operation as acquirers, networks and issuers have it."""

    acquired: dict[Name, Acquired]
    cleared: dict[Name, Acquired]
    issued: dict[Name, int]
    open_since: dict[int, int]

    def names(self) -> list[Name]:
        """Every operation anybody knows, in order."""
        return sorted({*self.acquired, *self.cleared, *self.issued})

    def mismatches(self) -> Iterator[Mismatch]:
        """Operations that do not stand alike everywhere."""
        for name in sorted({*self.acquired, *self.cleared, *self.issued}):
            one = self.acquired.get(name)
            at_acquirer = _change(one)
            on_us = one.on_us if one else False
            at_network = at_acquirer if on_us else _change(self.cleared.get(name))
            at_issuer = self.issued.get(name, 0)
            if not at_acquirer == at_network == at_issuer:
                yield Mismatch(name[0], name[1], at_acquirer, at_network, at_issuer)

    def until_s(self, bank: int, now_ms: int) -> int:
        """Operations the bank took before this second have to be in some day by now."""
        return min(self.open_since.get(bank, now_ms // 1000 + 1), now_ms // 1000 + 1)


def _change(one: Acquired | None) -> int:
    return one.change_tiyn if one else 0


def _of_money(conversation: Conversation) -> bool:
    """Requests only: a reversal has changed what it takes back."""
    return conversation.request.mti[1] in "12" and conversation.state in (
        State.APPROVED,
        State.REVERSED,
        State.GIVEN_UP,
    )


def _bank_of(operation: str) -> int:
    """``day-20780-601-1`` is for bank 601."""
    return int(operation.split("-")[2])


def _orders(
    number: int,
    bank: int,
    lines: Sequence[DayLine],
    merchants: Counter[str],
    positions: Counter[int],
    until_s: int,
) -> list[CloseDay]:
    """The order for a bank, in as many parts as its lines need; sums stand in the last."""
    parts = max(1, -(-len(lines) // DAY_LINES_MOST))
    owed = tuple(MerchantCredit(who, tiyn) for who, tiyn in sorted(merchants.items()) if tiyn)
    paid = tuple(Position(other, tiyn) for other, tiyn in sorted(positions.items()) if tiyn)
    return [
        CloseDay(
            f"day-{number}-{bank}-{part}",
            number,
            part,
            parts,
            tuple(lines[(part - 1) * DAY_LINES_MOST : part * DAY_LINES_MOST]),
            owed if part == parts else (),
            paid if part == parts else (),
            until_s,
        )
        for part in range(1, parts + 1)
    ]
