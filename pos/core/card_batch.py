"""The closing of a batch: what the terminal has counted, told to its acquirer until that has answered (0500).

Stored before it is sent, with a number and a time of its own, so that saying it again is the same closing.
The next batch is open from then on; nothing of it goes before this is answered.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from pos.core.card_messages import COUNTRY, KAZAKHSTAN
from pos.core.card_settings import CardSettings
from pos.core.card_tender import BatchTotals
from tender.card.iso8583.message import TENGE, Message
from tender.errors import RemoteProtocolError

AGREES: Final = "00"
CREDITS, DEBITS, CREDITS_TIYN, DEBITS_TIYN = 74, 76, 86, 88
"""Data elements: refunds and purchases with cash, how many and how much."""


@dataclass(frozen=True, slots=True)
class BatchClosing:
    """One closing. ``answer``: DE 39, empty while nobody has answered; ``00`` the acquirer has counted the
    same, ``95`` it has not: then what it counted stands in ``their_…``, None where it has not said it."""

    batch: int
    number: int
    time: int
    debits: int
    debits_tiyn: int
    credits: int
    credits_tiyn: int
    answer: str = ""
    their_debits_tiyn: int | None = None
    their_credits_tiyn: int | None = None

    @property
    def agrees(self) -> bool:
        """Whether till and acquirer have counted the same."""
        return self.answer == AGREES


def closing_of(totals: BatchTotals, number: int, now: int) -> BatchClosing:
    """The closing of a batch with these totals, not sent yet."""
    return BatchClosing(
        batch=totals.batch,
        number=number,
        time=now,
        debits=totals.sales + totals.cash,
        debits_tiyn=totals.sales_tiyn + totals.cash_tiyn,
        credits=totals.refunds,
        credits_tiyn=totals.refunds_tiyn,
    )


def answered(closing: BatchClosing, answer: Message) -> BatchClosing:
    """The closing with what the acquirer said to it: any answer ends it, also one without sums."""
    return replace(
        closing,
        answer=answer.code,
        their_debits_tiyn=_sum_of(answer, DEBITS_TIYN),
        their_credits_tiyn=_sum_of(answer, CREDITS_TIYN),
    )


def _sum_of(answer: Message, number: int) -> int | None:
    try:
        return int(answer.digits(number))
    except RemoteProtocolError:
        return None


def closing_message(closing: BatchClosing, settings: CardSettings) -> Message:
    """0500: the same on every repeat."""
    here = datetime.fromtimestamp(closing.time, KAZAKHSTAN)
    fields: dict[int, str | bytes] = {
        7: f"{datetime.fromtimestamp(closing.time, UTC):%m%d%H%M%S}",
        11: f"{closing.number:06}",
        12: f"{here:%H%M%S}",
        13: f"{here:%m%d}",
        19: COUNTRY,
        32: settings.acquirer,
        41: f"{settings.terminal:<8}",
        42: f"{settings.merchant:<15}",
        49: TENGE,
        CREDITS: f"{closing.credits:010}",
        DEBITS: f"{closing.debits:010}",
        CREDITS_TIYN: f"{closing.credits_tiyn:016}",
        DEBITS_TIYN: f"{closing.debits_tiyn:016}",
    }
    return Message("0500", fields)
