"""The closing of a batch: till and acquirer count the same, or it is said who counted otherwise."""

from dataclasses import replace

from pos.core.card_batch import BatchClosing
from pos.core.card_messages import Shop
from pos.service.card_by_number import CardByNumber, Prepared, PrintedCard
from pos.service.till import Till
from tender.card.iso8583.message import Message
from tender.card.pan import Pan
from tender.errors import Code, Refusal
from tests.pos_cards.acquirer import StandInAcquirer, approves
from tests.pos_cards.shop import TIYN, a_card, asked, held, paid, unanswered
from tests.wallet.village import good


class Counting:
    """An acquirer that has counted so much (tiyn)."""

    def __init__(self, debits_tiyn: int) -> None:
        self.debits_tiyn = debits_tiyn

    def __call__(self, message: Message) -> Message | None:
        if message.mti != "0500":
            return approves(message)
        theirs = {74: "0" * 10, 76: message.text(76), 86: "0" * 16, 88: f"{self.debits_tiyn:016}"}
        return message.answer("00" if theirs[88] == message.text(88) else "95", theirs)


def _sold(till: Till) -> None:
    asked(till)
    assert paid(till, held(a_card())).taken is not None
    good(till.finish())


def test_both_count_the_same_and_the_next_batch_is_open(till: Till, acquirer: StandInAcquirer) -> None:
    acquirer.script = Counting(2 * TIYN)
    _sold(till)
    _sold(till)
    closed = good(till.terminal.close_batch())
    assert (closed.agrees, closed.debits, closed.debits_tiyn) == (True, 2, 2 * TIYN)
    totals = till.terminal.totals()
    assert (totals.batch, totals.sales) == (closed.batch + 1, 0)
    late = till.void("1-0001")
    assert isinstance(late, Refusal) and late.code is Code.RECEIPT_OLD, "what is closed is refunded"
    assert late.facts == (("batch", closed.batch),), "its shift is open: that is not why"
    assert not any(one.request for one in till.terminal.payments())


def test_who_counted_otherwise_is_told(till: Till, acquirer: StandInAcquirer) -> None:
    acquirer.script = Counting(TIYN + 1)
    _sold(till)
    closed = good(till.terminal.close_batch())
    assert not closed.agrees
    assert (closed.debits_tiyn, closed.their_debits_tiyn) == (TIYN, TIYN + 1)


def test_a_closing_nobody_answers_is_said_again_before_the_next_payment(
    till: Till, acquirer: StandInAcquirer
) -> None:
    _sold(till)
    with unanswered(till, acquirer):
        away = till.terminal.close_batch()
        assert isinstance(away, Refusal) and away.code is Code.ACQUIRER_UNREACHABLE
        asked(till)
        refused = paid(till, held(a_card()))
    assert refused.refusal is not None and refused.refusal.code is Code.ACQUIRER_UNREACHABLE
    acquirer.script = Counting(TIYN)
    assert paid(till, held(a_card())).taken is not None
    (closing,) = till.terminal.closings()
    assert isinstance(closing, BatchClosing) and closing.agrees
    said = acquirer.said("0500")
    assert len(said) > 1 and len({str(one) for one in said}) == 1, "the same closing each time"


def test_nothing_is_bought_on_line_before_a_closing_is_answered(
    till: Till, acquirer: StandInAcquirer
) -> None:
    """The acquirer would count it into the batch that is being closed."""
    _sold(till)
    shop = CardByNumber(till.terminal, Shop("Canteen", "Almaty", None), 5)
    card = PrintedCard(Pan("4409491234567893"), "3012", "123")
    with unanswered(till, acquirer):
        away = till.terminal.close_batch()
        assert isinstance(away, Refusal) and away.code is Code.ACQUIRER_UNREACHABLE
        refused = shop.prepare(card, TIYN, "order-1")
    assert isinstance(refused, Refusal) and refused.code is Code.ACQUIRER_UNREACHABLE
    acquirer.script = Counting(TIYN)
    order = shop.prepare(card, TIYN, "order-1")
    assert isinstance(order, Prepared)
    order.line.close()
    (closing,) = till.terminal.closings()
    assert closing.agrees


def test_a_till_becomes_another_terminal_only_with_its_batch_closed(
    till: Till, acquirer: StandInAcquirer
) -> None:
    stands = till.terminal.settings
    assert stands is not None
    acquirer.script = Counting(TIYN)
    _sold(till)
    other = replace(stands, terminal="T0000009")
    refused = till.terminal.configure(other)
    assert refused is not None and refused.code is Code.BATCH_OPEN
    assert till.terminal.settings is not None and till.terminal.settings.terminal == stands.terminal
    assert till.terminal.configure(replace(stands, port=stands.port)) is None, "only where it asks"
    good(till.terminal.close_batch())
    assert till.terminal.configure(other) is None
