"""The table of a card payment, whole: what may happen in each phase, and what nothing may."""

from itertools import product

import pytest

from pos.core.card_tender import (
    AGAIN_MOST_S,
    NO_ANSWER,
    NUMBERS,
    PURCHASE,
    TABLE,
    Answered,
    Approve,
    Ask,
    CardPayment,
    CardPhase,
    CardSeen,
    Doubt,
    Event,
    Give,
    Given,
    Kept,
    Refuse,
    Say,
    after_restart,
    next_number,
    step,
    totals,
)
from tender.errors import Code, Refusal

NOW = 1_800_000_000
EVENTS: tuple[Event, ...] = (
    Ask(b"request", "rrn", CardSeen("4***1"), NOW),
    Approve("00", "A1B2C3", "life", CardSeen("4***1")),
    Give(Approve("00", "A1B2C3", "life", CardSeen("4***1"))),
    Given(),
    Refuse("51"),
    Doubt(NO_ANSWER, 7),
    Say(),
    Answered(),
    Kept(),
)
BECOMES = {
    (CardPhase.READING, Ask): CardPhase.ASKED,
    (CardPhase.READING, Refuse): CardPhase.DECLINED,
    (CardPhase.ASKED, Approve): CardPhase.APPROVED,
    (CardPhase.ASKED, Refuse): CardPhase.DECLINED,
    (CardPhase.ASKED, Doubt): CardPhase.REVERSING,
    (CardPhase.ASKED, Give): CardPhase.DISPENSING,
    (CardPhase.DISPENSING, Given): CardPhase.APPROVED,
    (CardPhase.DISPENSING, Doubt): CardPhase.REVERSING,
    (CardPhase.APPROVED, Doubt): CardPhase.REVERSING,
    (CardPhase.REVERSING, Say): CardPhase.REVERSING,
    (CardPhase.REVERSING, Answered): CardPhase.REVERSED,
    (CardPhase.REVERSING, Kept): CardPhase.APPROVED,
}


def _in(phase: CardPhase) -> CardPayment:
    return CardPayment(1, PURCHASE, 377_900, NOW, 1, phase, request=b"request")


@pytest.mark.parametrize(("phase", "event"), list(product(CardPhase, EVENTS)))
def test_every_phase_and_every_event(phase: CardPhase, event: Event) -> None:
    after = step(_in(phase), event, NOW)
    becomes = BECOMES.get((phase, type(event)))
    if becomes is None:
        assert isinstance(after, Refusal) and after.code is Code.OUT_OF_ORDER
    else:
        assert isinstance(after, CardPayment) and after.phase is becomes
        kept = becomes not in (CardPhase.DECLINED, CardPhase.REVERSED)
        assert bool(after.request) is kept, "nothing of the card is kept once it is over"
    assert (phase, type(event)) in TABLE or becomes is None


def test_what_is_over_stays_over_and_a_restart_leaves_nothing_open() -> None:
    for phase in CardPhase:
        payment = _in(phase)
        event = after_restart(payment, 9)
        after = payment if event is None else step(payment, event, NOW)
        assert isinstance(after, CardPayment)
        assert after.phase not in (CardPhase.READING, CardPhase.ASKED, CardPhase.DISPENSING)
    assert not [phase for phase, _ in TABLE if phase in (CardPhase.DECLINED, CardPhase.REVERSED)]


def test_a_reversal_is_said_again_later_and_later_and_for_ever() -> None:
    payment, waits = _in(CardPhase.REVERSING), []
    for _ in range(20):
        said = step(payment, Say(), NOW)
        assert isinstance(said, CardPayment)
        payment = said
        waits.append(payment.next_at - NOW)
    assert waits[:4] == [5, 10, 20, 40] and set(waits[-5:]) == {AGAIN_MOST_S} and payment.sent == 20


def test_only_what_stands_counts() -> None:
    rows = [_in(phase) for phase in CardPhase]
    found = totals(rows, 1)
    assert (found.sales, found.sales_tiyn, found.net_tiyn) == (1, 377_900, 377_900)
    assert (found.reversed, found.waiting) == (2, 1)
    assert totals(rows, 2).net_tiyn == 0


def test_numbers_begin_again() -> None:
    assert (next_number(0), next_number(NUMBERS)) == (1, 1)
