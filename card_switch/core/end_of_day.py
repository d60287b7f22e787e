"""The end of a day: what acquirers, networks and issuers remember is matched, and each bank closes its books.

All hosts are looked at in one instant between two turns, so that nothing is half-way between them. What
counts is what stands of each operation now, less what earlier days have counted of it: a reversal after the
end of a day takes its money back in the next one. A bank is told

* what each operation cost its cards' clients (``lines``),
* what each of its merchants is owed (``merchants``; its own cash machines under an empty name),
* what it pays to other banks and is paid by them (``positions``), by the networks' clearing records:
  an on-us purchase has none (DT-C-31).

An operation that does not stand alike at its acquirer, its network and its issuer is named, and counts in the
day in which it does: it stops nobody's books. So does one whose undo the issuer's bank refuses (the money is
spent, or is the payee's as Digital Tenge): it stands at the bank, is asked again and again, and is named.

A host outside of this process tells nothing at the end of a day. There counts what the next host here has
heard: of a foreign issuer or acquirer what its network has, of a foreign network what the acquirer has. The
bank behind it books the same; what it does not know itself, its report names on that day. Where a foreign
network calls two operations alike, the later one counts under its key; two that come to be called alike after
that are named, and count in no day.

The day counts for a bank once the bank has booked it; one that refused is asked for the same money again with
the next day. Digital Tenge that went over as such (DT-S-09) is no business of any of this.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from card_switch.core.day_records import (
    MISMATCHES_MOST,
    SETTLED,
    Day,
    Mark,
    Mismatch,
    Settled,
    days_from,
    forgotten_day,
    forgotten_marks,
    head_row,
    rows_of_new,
    settled_from,
    settled_row,
)
from card_switch.core.day_views import IssuerBook, Lines, Name, Standing, Views, change_of
from card_switch.core.node import AskBank, Command, Forget, Keep, Row, Tell
from card_switch.core.outside import Place
from card_switch.core.quiet import Quiet
from card_switch.core.relay import Relay
from card_switch.core.rows import Conversation
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
from tender.errors import Code, Refusal

NAME: Final = "end-of-day"
DAY_S: Final = 86_400
DAY_WORDS: Final = 4
REPORTS_KEPT_MS: Final = 31 * DAY_S * 1000
"""How long the report of a day can be asked for."""


class EndOfDay(Quiet):
    """Closes days; a host of its own that hears banks and nobody else."""

    name = NAME

    def __init__(
        self,
        acquirers: Mapping[int, Relay],
        networks: Iterable[Relay],
        issuers: Mapping[int, IssuerBook],
        outside: Container[Place] = (),
    ) -> None:
        """``outside``: links that end outside of this process (:class:`Lines`)."""
        self._acquirers = acquirers
        self._lines = Lines(acquirers, networks, issuers, outside)
        self._settled: dict[Name, Settled] = {}
        self.days: dict[int, Day] = {}
        self.closed_number = -1
        """The last day that every bank has answered."""

    # --- closing

    def close(self, now_ms: int) -> tuple[int, Sequence[Command]] | Refusal:
        """Close the day as it stands now; its number, and what is to be done. ``out-of-order`` while an
        earlier day waits for a bank."""
        if self.days and max(self.days) != self.closed_number:
            return Refusal(Code.OUT_OF_ORDER, "day")
        number = max([now_ms // 1000 // DAY_S, *(day + 1 for day in self.days)])
        views = self._lines.views()
        marks: list[Mark] = []
        lines: dict[int, list[DayLine]] = {bank: [] for bank in self._acquirers}
        merchants: dict[int, Counter[str]] = {bank: Counter() for bank in self._acquirers}
        back: dict[int, Counter[str]] = {bank: Counter() for bank in self._acquirers}
        positions: dict[int, Counter[int]] = {bank: Counter() for bank in self._acquirers}
        differing = tuple(views.mismatches())
        mismatches = differing[:MISMATCHES_MOST]
        waits = {(one.issuer, one.name) for one in differing if self._knows_all(views, one)}
        for name in views.names():
            if name in waits:
                continue  # it is named, and counts in the day in which it stands alike everywhere
            issuer = name[0]
            before = self._settled.get(name, Settled())
            one = views.acquired.get(name)
            issued_tiyn, acquired_tiyn = views.issued.get(name, 0), change_of(one)
            paid = issued_tiyn - before.issued_tiyn
            if paid and issuer in lines:
                lines[issuer].append(DayLine(name[1], paid))
                marks.append(Mark(issuer, issuer, name[1], True, issued_tiyn))
            if one is not None and (owed := acquired_tiyn - before.acquired_tiyn):
                merchants[one.bank][one.merchant] += owed
                back[one.bank][one.merchant] += max(0, -owed)
                marks.append(Mark(one.bank, issuer, name[1], False, acquired_tiyn))
            cleared = views.cleared.get(name)
            if cleared is not None:
                if issuer in positions:
                    positions[issuer][cleared.bank] += cleared.change_tiyn - before.issued_tiyn
                if cleared.bank in positions:
                    positions[cleared.bank][issuer] -= cleared.change_tiyn - before.acquired_tiyn
        orders = {
            bank: _orders(
                number,
                bank,
                lines[bank],
                _credits(merchants[bank], back[bank]),
                positions[bank],
                views.until_s(bank, now_ms),
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

    def _knows_all(self, views: Views, one: Mismatch) -> bool:
        """Whether both ends of an operation are hosts of this process: what differs then differs in truth,
        and would make the sums of a whole bank differ. So it is where one name stands for two of them."""
        cleared = views.cleared.get((one.issuer, one.name))
        if (one.issuer, one.name) in views.ambiguous:
            return True
        return self._lines.is_ours(one.issuer) and (cleared is None or cleared.bank in self._acquirers)

    def standing(self, merchant: str) -> Standing:
        """What stands of a merchant's operations now and counts in the day that is open."""
        views = self._lines.views()
        mine = {name: one for name, one in views.acquired.items() if one.merchant == merchant}
        counted = {name: self._settled.get(name, Settled()) for name in mine}
        open_now = [name for name, one in mine.items() if one.change_tiyn != counted[name].acquired_tiyn]
        return Standing(
            len(open_now),
            sum(one.change_tiyn - counted[name].acquired_tiyn for name, one in mine.items()),
            sum(views.issued.get(name, 0) - counted[name].issued_tiyn for name in mine),
        )

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
        day = self.days.get(_day_of(operation))
        if day is None or operation not in day.operations or not isinstance(said, DayClosed):
            return []
        if operation in {one.operation for one in day.replies}:
            return []
        day = self.days[day.number] = replace(day, replies=(*day.replies, said))
        commands: list[Command] = [head_row(day)]
        bank = _bank_of(operation)
        if said.code:
            return [
                *commands,
                *self._ended(day),
                Tell("day-refused", (("bank", number_text(bank)), ("code", said.code))),
            ]
        if day.done_by(bank):
            for mark in day.marks:
                if mark.bank == bank:
                    commands.append(self._counted(mark))
        return [*commands, *self._ended(day)]

    def _ended(self, day: Day) -> list[Command]:
        """Once every bank has said something, what it would have counted is of no use any more."""
        if not day.complete:
            return []
        self.closed_number = day.number
        self.days[day.number] = replace(day, marks=())
        return forgotten_marks(day)

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

    # --- what is put away (archiving.py)

    def name_of(self, relay: Relay, conversation: Conversation) -> Name | None:
        """The operation a conversation belongs to; None where it moves no money."""
        return self._lines.line(relay, conversation).name

    def counted(self) -> Callable[[Name], bool]:
        """Whether an operation stands alike everywhere now and every bank has counted it so."""
        views = self._lines.views()
        differing = {(one.issuer, one.name) for one in views.mismatches() if self._lines.is_ours(one.issuer)}

        def is_counted(name: Name) -> bool:
            before = self._settled.get(name, Settled())
            stands = Settled(views.issued.get(name, 0), change_of(views.acquired.get(name)))
            return stands == before and name not in differing

        return is_counted

    def settled_row_of(self, name: Name) -> Keep | None:
        """What has been counted of it; None: nothing."""
        settled = self._settled.get(name)
        return None if settled is None else settled_row(*name, settled)

    def forget(self, name: Name) -> list[Command]:
        """Its counting is put away."""
        settled = self._settled.pop(name, None)
        return [] if settled is None else [Forget(SETTLED, f"{name[0]}/{name[1]}", NAME)]

    def forget_days(self, before_ms: int) -> list[Command]:
        """Reports of days that ended so long ago, and longer than anybody asks for them."""
        until_ms = min(
            before_ms, max((one.time_ms for one in self.days.values()), default=0) - REPORTS_KEPT_MS
        )
        gone = [one for one in self.days.values() if one.time_ms < until_ms]
        for day in gone:
            del self.days[day.number]
        return [replace(command, host=NAME) for day in gone for command in forgotten_day(day)]

    def knows(self, row: Row) -> bool:
        """Whether its counting is remembered."""
        return settled_from(row)[0] in self._settled

    def recalled(self, row: Row) -> None:
        """Its counting is needed again."""
        name, settled = settled_from(row)
        self._settled[name] = settled

    # --- a host like the others

    def restore(self, rows: Iterable[Row], now_ms: int) -> Sequence[Command]:
        """Days that wait for a bank are asked for again."""
        known = list(rows)
        self.days = days_from(known)
        self._settled = dict(settled_from(row) for row in known if row.table == SETTLED)
        complete = [day.number for day in self.days.values() if day.complete]
        self.closed_number = max(complete, default=-1)
        return [command for day in self.days.values() for command in self._asking(day)]


def _day_of(operation: str) -> int:
    """``day-20780-601-1`` is of day 20780; -1 for another order."""
    parts = operation.split("-")
    return int(parts[1]) if len(parts) == DAY_WORDS and parts[1].isdecimal() else -1


def _bank_of(operation: str) -> int:
    """``day-20780-601-1`` is for bank 601."""
    return int(operation.split("-")[2])


def _credits(owed: Counter[str], back: Counter[str]) -> tuple[MerchantCredit, ...]:
    """What each merchant is owed; one whose takings all went back is told so, too."""
    return tuple(MerchantCredit(who, owed[who], back[who]) for who in sorted(owed) if owed[who] or back[who])


def _orders(
    number: int,
    bank: int,
    lines: Sequence[DayLine],
    owed: tuple[MerchantCredit, ...],
    positions: Counter[int],
    until_s: int,
) -> list[CloseDay]:
    """The order for a bank, in as many parts as its lines and merchants need; positions are in the last."""
    paid = tuple(Position(other, tiyn) for other, tiyn in sorted(positions.items()) if tiyn)
    parts = max(1, *(-(-len(rows) // DAY_LINES_MOST) for rows in (lines, owed)))
    return [
        CloseDay(
            f"day-{number}-{bank}-{part}",
            number,
            part,
            parts,
            tuple(lines[(part - 1) * DAY_LINES_MOST : part * DAY_LINES_MOST]),
            owed[(part - 1) * DAY_LINES_MOST : part * DAY_LINES_MOST],
            paid if part == parts else (),
            until_s,
        )
        for part in range(1, parts + 1)
    ]
