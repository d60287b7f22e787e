"""What cards brought this merchant: day by day from the bank's books, beside the batches this till closed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pos.core.card_batch import BatchClosing
from pos.core.card_tender import BALANCE, CardPhase
from pos.core.totals import Report
from pos.service.card_desk import CardDesk
from tender.account.card_takings_messages import CardTakings
from tender.errors import Refusal


@dataclass(frozen=True, slots=True)
class TakenDay:
    """A day as the bank has it, and the numbers of this till's batches that were closed in it."""

    day: CardTakings
    batches: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ShiftCards:
    """Of a shift: the batches that were closed in it, oldest first, and the days the bank credited meanwhile,
    as far as it was asked."""

    batches: tuple[BatchClosing, ...] = ()
    credited: tuple[CardTakings, ...] = ()
    open_batch: int = 0
    open_tiyn: int = 0
    """The batch that waits to be closed, where cards of this shift or an earlier one are in it, and its
    net."""

    @property
    def credited_tiyn(self) -> int:
        """What came."""
        return sum(one.change_tiyn for one in self.credited)


NO_CARDS: Final = ShiftCards()


class CardTakingsBook:
    """Asks the bank, and remembers what it said, for reports without a network."""

    def __init__(self, desk: CardDesk) -> None:
        self._desk = desk

    def ask(self, most: int) -> tuple[TakenDay, ...] | Refusal:
        """The last days, newest first; raises ``LinkError`` while the bank is away."""
        told = self._desk.desk.device.merchants.card_takings(most)
        if isinstance(told, Refusal):
            return told
        known = {(one.day, one.merchant): one for one in self.known()}
        fresh = [one for one in told if known.get((one.day, one.merchant)) != one]
        if fresh:
            self._desk.put(*fresh)
        return with_batches(told, self._desk.closings())

    def known(self) -> tuple[CardTakings, ...]:
        """What the bank said last, newest first."""
        return tuple(sorted(self._desk.desk.store.all(CardTakings), key=lambda one: -one.day))

    def of_shift(self, report: Report) -> ShiftCards:
        """What stands in a shift's report; nothing of it needs a network."""
        closed = (one for one in self._desk.closings() if report.opened_at <= one.time <= report.time)
        credited = (one for one in self.known() if report.opened_at <= one.credited <= report.time)
        return ShiftCards(tuple(closed), tuple(credited), *self._open(report.time))

    def _open(self, until: int) -> tuple[int, int]:
        mine = self._desk.totals()
        counts = (one for one in self._desk.payments() if one.batch == mine.batch and one.since <= until)
        stands = any(one.phase is CardPhase.APPROVED and one.kind != BALANCE for one in counts)
        return (mine.batch, mine.net_tiyn) if stands else (0, 0)


def with_batches(days: Sequence[CardTakings], closings: Iterable[BatchClosing]) -> tuple[TakenDay, ...]:
    """Each day with the batches that were closed since the day before it; newest first, as they came."""
    made = list(closings)
    ends = sorted({one.closed for one in days})
    since = dict(zip(ends, [-1, *ends], strict=False))
    return tuple(
        TakenDay(day, tuple(one.batch for one in made if since[day.closed] < one.time <= day.closed))
        for day in days
    )
