"""One card payment as a table, what a reversal owes to nobody, and what a batch adds up to.

A row of it is stored before anything goes to the acquirer. What became of it the phase says, also after the
power went: whatever may have been approved and was not counted here is reversed, and the reversal is repeated
until it is answered (``docs/protocol/switch.md``). Pure; times in seconds since 1970 (UTC), amounts in tiyn.

============  =============  ==============================================================
phase         event          becomes
============  =============  ==============================================================
reading       Ask            asked: the request is stored, and may now be sent
reading       Refuse         declined: nothing was ever sent
asked         Approve        approved: counted; in the very commit that counts it in the sale
asked         Refuse         declined: the acquirer said no, nothing stands anywhere
asked         Doubt          reversing: no answer, the card said no, it was pulled, a restart
asked         Give           dispensing: approved, its notes counted out, and about to leave the machine
dispensing    Given          approved: the notes are out
dispensing    Doubt          reversing: they never left the machine, or a restart left nobody who knows
approved      Doubt          reversing: a void
reversing     Say            reversing: said once more, and when it is said again
reversing     Answered       reversed: nothing stands anywhere
reversing     Kept           approved: it is no void, something of it was given back besides. Where the
                             void has its receipt already, a correction takes that back
============  =============  ==============================================================
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum, unique
from typing import Any, Final

from tender.errors import Code, Refusal

PURCHASE: Final = "purchase"
REFUND: Final = "refund"
CASH_OUT: Final = "cash"
BALANCE: Final = "balance"
KINDS: Final = (PURCHASE, REFUND, CASH_OUT, BALANCE)

NO_ANSWER: Final = "no-answer"
CARD_SAID_NO: Final = "card-said-no"
PULLED: Final = "pulled"
RESTARTED: Final = "restarted"
VOIDED: Final = "voided"
NOT_DISPENSED: Final = "not-dispensed"
NOT_COUNTED: Final = "not-counted"
VOID_REFUSED: Final = "void-refused"
"""It stands: the void of it was refused."""
NOTES_UNSURE: Final = "notes-unsure"
"""The power went while notes were given out: taken back, and the cassette is to be counted by hand."""
REASONS: Final = (
    NO_ANSWER,
    CARD_SAID_NO,
    PULLED,
    RESTARTED,
    VOIDED,
    VOID_REFUSED,
    NOT_DISPENSED,
    NOT_COUNTED,
    NOTES_UNSURE,
)
"""Why a payment that may stand somewhere is taken back, or is not."""

NUMBERS: Final = 999_999
"""System trace audit numbers (DE 11) of one terminal, before they begin again."""
AGAIN_FIRST_S: Final = 5
AGAIN_MOST_S: Final = 300
"""A reversal is said again after five seconds, then after twice as long each time, up to five minutes."""
CHIP: Final = "05"
STRIPE_FOR_CHIP: Final = "80"
"""The stripe of a card with a chip that could not be read (fallback)."""
STRIPE: Final = "90"
"""The stripe of a card without a chip. Each is how a card was read: the first two digits of DE 22."""
IN_DT: Final = "dt"
"""The channel of a card payment that was paid in Digital Tenge on both sides, without conversion."""


@unique
class CardPhase(StrEnum):
    """Where a card payment stands."""

    READING = "reading"
    ASKED = "asked"
    DISPENSING = "dispensing"
    APPROVED = "approved"
    DECLINED = "declined"
    REVERSING = "reversing"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class CardSeen:
    """What of the card stands on paper: never the number itself. ``tvr`` 5 bytes, ``tsi`` 2, ``cvm`` 3 (tag
    9F34), ``cryptogram`` 8 (the last one), each empty when it never came to that."""

    pan: str = ""
    aid: bytes = b""
    label: str = ""
    entry: str = CHIP
    tvr: bytes = b""
    tsi: bytes = b""
    cvm: bytes = b""
    cryptogram: bytes = b""

    @property
    def by_stripe(self) -> bool:
        """Whether nothing but the magnetic stripe was read."""
        return self.entry in (STRIPE_FOR_CHIP, STRIPE)


@dataclass(frozen=True, slots=True)
class CardPayment:
    """One try with one card. ``number`` is its DE 11, ``rrn`` its DE 37, ``life`` the network's own id for it
    (empty before an answer), ``asked_at`` when it was asked (DE 7); ``reference`` that of the question it
    pays.

    ``request``: what its reversal repeats, sealed, and gone once the batch is closed. ``reversal``: the DE 11
    of its reversal, which was decided at ``doubted_at``, ``sent`` so many times and is due at ``next_at``.
    """

    number: int
    kind: str
    amount_tiyn: int
    since: int
    batch: int
    phase: CardPhase = CardPhase.READING
    rrn: str = ""
    reference: str = ""
    seen: CardSeen = CardSeen()
    request: bytes = field(default=b"", repr=False)
    response: str = ""
    approval: str = ""
    life: str = ""
    in_dt: bool = False
    asked_at: int = 0
    reason: str = ""
    reversal: int = 0
    doubted_at: int = 0
    sent: int = 0
    next_at: int = 0
    terminal: str = ""
    merchant: str = ""
    """Who asked (DE 41, DE 42): a receipt says it, also after the till became another terminal."""

    @property
    def waits(self) -> bool:
        """Whether its reversal has not been answered yet."""
        return self.phase is CardPhase.REVERSING


def payment_row(batch: int, number: int) -> bytes:
    """What a card payment's row, and one beside it, is found by."""
    return batch.to_bytes(4, "big") + number.to_bytes(4, "big")


@dataclass(frozen=True, slots=True)
class Ask:
    """The request is ready; nobody has seen it. ``at``: the time it tells."""

    request: bytes = field(repr=False)
    rrn: str
    seen: CardSeen
    at: int


@dataclass(frozen=True, slots=True)
class Approve:
    """The acquirer said yes, and the card too; ``approval`` is DE 38, ``life`` the network's id."""

    response: str
    approval: str
    life: str
    seen: CardSeen
    in_dt: bool = False


@dataclass(frozen=True, slots=True)
class Give:
    """Approved, and notes are about to leave the machine for it."""

    approve: Approve


@dataclass(frozen=True, slots=True)
class Given:
    """They are out."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """It is over, and nothing of it stands; ``response`` is DE 39, empty when nobody was asked."""

    response: str = ""
    seen: CardSeen | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """It may stand somewhere and must not: take it back. ``reversal``: the DE 11 to do it with."""

    reason: str
    reversal: int
    response: str = ""
    approval: str = ""
    life: str = ""
    seen: CardSeen | None = None


@dataclass(frozen=True, slots=True)
class Say:
    """The reversal is about to be said (once more)."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The acquirer has the reversal."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A void is refused for good: what was given back of it has to be undone first."""


Event = Ask | Approve | Give | Given | Refuse | Doubt | Say | Answered | Kept
Handler = Callable[[CardPayment, Any, int], CardPayment]


def step(payment: CardPayment, event: Event, now: int) -> CardPayment | Refusal:
    """The payment after this; ``out-of-order`` when its phase has no place for it."""
    handler = TABLE.get((payment.phase, type(event)))
    if handler is None:
        return Refusal(Code.OUT_OF_ORDER, "card.payment")
    return handler(payment, event, now)


def _ask(payment: CardPayment, event: Ask, now: int) -> CardPayment:
    return replace(
        payment,
        phase=CardPhase.ASKED,
        request=event.request,
        rrn=event.rrn,
        seen=event.seen,
        asked_at=event.at,
    )


def _approve(payment: CardPayment, event: Approve, now: int) -> CardPayment:
    return replace(
        payment,
        phase=CardPhase.APPROVED,
        response=event.response,
        approval=event.approval,
        life=event.life,
        seen=event.seen,
        in_dt=event.in_dt,
    )


def _give(payment: CardPayment, event: Give, now: int) -> CardPayment:
    return replace(_approve(payment, event.approve, now), phase=CardPhase.DISPENSING)


def _given(payment: CardPayment, event: Given, now: int) -> CardPayment:
    return replace(payment, phase=CardPhase.APPROVED)


def _refuse(payment: CardPayment, event: Refuse, now: int) -> CardPayment:
    seen = event.seen or payment.seen
    return replace(payment, phase=CardPhase.DECLINED, response=event.response, seen=seen, request=b"")


def _doubt(payment: CardPayment, event: Doubt, now: int) -> CardPayment:
    return replace(
        payment,
        phase=CardPhase.REVERSING,
        reason=event.reason,
        reversal=event.reversal,
        doubted_at=now,
        response=event.response or payment.response,
        approval=event.approval or payment.approval,
        life=event.life or payment.life,
        seen=event.seen or payment.seen,
        next_at=now,
    )


def _say(payment: CardPayment, event: Say, now: int) -> CardPayment:
    wait_s = min(AGAIN_MOST_S, AGAIN_FIRST_S << min(payment.sent, 8))
    return replace(payment, sent=payment.sent + 1, next_at=now + wait_s)


def _answered(payment: CardPayment, event: Answered, now: int) -> CardPayment:
    return replace(payment, phase=CardPhase.REVERSED, request=b"", next_at=0)


def _kept(payment: CardPayment, event: Kept, now: int) -> CardPayment:
    return replace(payment, phase=CardPhase.APPROVED, reason=VOID_REFUSED, sent=0, next_at=0)


TABLE: Final[Mapping[tuple[CardPhase, type[Any]], Handler]] = {
    (CardPhase.READING, Ask): _ask,
    (CardPhase.READING, Refuse): _refuse,
    (CardPhase.ASKED, Approve): _approve,
    (CardPhase.ASKED, Refuse): _refuse,
    (CardPhase.ASKED, Doubt): _doubt,
    (CardPhase.ASKED, Give): _give,
    (CardPhase.DISPENSING, Given): _given,
    (CardPhase.DISPENSING, Doubt): _doubt,
    (CardPhase.APPROVED, Doubt): _doubt,
    (CardPhase.REVERSING, Say): _say,
    (CardPhase.REVERSING, Answered): _answered,
    (CardPhase.REVERSING, Kept): _kept,
}
"""(phase, event) → what happens; whatever is not here is refused."""


def after_restart(payment: CardPayment, reversal: int) -> Event | None:
    """What a restart in the middle of it comes to; None when it stands where it can wait."""
    if payment.phase is CardPhase.READING:
        return Refuse()
    if payment.phase is CardPhase.ASKED:
        return Doubt(RESTARTED, reversal)
    if payment.phase is CardPhase.DISPENSING:
        return Doubt(NOTES_UNSURE, reversal)
    return None


# --- the batch


@dataclass(frozen=True, slots=True)
class BatchTotals:
    """What a terminal has counted between two closings; the acquirer must have counted the same."""

    batch: int
    sales: int = 0
    sales_tiyn: int = 0
    refunds: int = 0
    refunds_tiyn: int = 0
    cash: int = 0
    cash_tiyn: int = 0
    reversed: int = 0
    reversed_tiyn: int = 0
    waiting: int = 0

    @property
    def net_tiyn(self) -> int:
        """What the merchant is owed."""
        return self.sales_tiyn + self.cash_tiyn - self.refunds_tiyn


def totals(payments: Iterable[CardPayment], batch: int) -> BatchTotals:
    """Read from the payments alone, so that no counter can drift from them."""
    mine = [one for one in payments if one.batch == batch and one.kind != BALANCE]
    stands = [one for one in mine if one.phase is CardPhase.APPROVED]
    gone = [one for one in mine if one.phase in (CardPhase.REVERSING, CardPhase.REVERSED)]

    def of(kind: str) -> tuple[int, int]:
        found = [one.amount_tiyn for one in stands if one.kind == kind]
        return len(found), sum(found)

    return BatchTotals(
        batch,
        *of(PURCHASE),
        *of(REFUND),
        *of(CASH_OUT),
        reversed=len(gone),
        reversed_tiyn=sum(one.amount_tiyn for one in gone),
        waiting=sum(one.waits for one in gone),
    )


def next_number(last: int) -> int:
    """The trace number after this one."""
    return last % NUMBERS + 1
