"""The disk refuses a row just when the bank has said yes: nothing is charged twice and nothing is stuck."""

from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

import pytest

from pos.core.card_messages import Shop
from pos.core.card_tender import CardPayment, CardPhase
from pos.service import card_taking
from pos.service.card_by_number import CardByNumber, Prepared, PrintedCard
from pos.service.till import Till
from tender.card.iso8583.message import Message
from tender.card.pan import Pan, luhn_digit
from tender.errors import Code, DeviceError, Refusal, StoreError
from tests.pos_cards.acquirer import StandInAcquirer, approves
from tests.pos_cards.shop import NOTE_20, TIYN, People, a_card, asked, held, paid
from tests.wallet.village import good


def fails_once(till: Till, monkeypatch: pytest.MonkeyPatch, when: Callable[[object], bool]) -> None:
    """The disk is full for the first rows among which there is such a one, and for what is written because of
    it; then it has room again."""
    store, failed = till.terminal.put, [0]

    def put(*rows: object) -> None:
        if failed[0] < 2 and (failed[0] or any(when(row) for row in rows)):
            failed[0] += 1
            raise StoreError(Code.STORE_FULL, "till")
        store(*rows)

    monkeypatch.setattr(till.terminal, "put", put)


def in_phase(phase: CardPhase) -> Callable[[object], bool]:
    """Rows of a payment that stands so."""
    return lambda row: isinstance(row, CardPayment) and row.phase is phase


def refuses_the_yes(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """A card pays, the bank says yes, and the row that counts it cannot be written."""

    def full(*_: object) -> NoReturn:
        raise StoreError(Code.STORE_FULL, "till")

    with monkeypatch.context() as patch, pytest.raises(StoreError):
        patch.setattr(till.cards.taking, "_counted", full)
        paid(till, held(a_card()))


def test_what_could_not_be_counted_is_taken_back_at_once(
    till: Till, acquirer: StandInAcquirer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(till)
    refuses_the_yes(till, monkeypatch)
    (payment,) = till.terminal.payments()
    assert payment.phase is CardPhase.REVERSING and payment.request
    again = paid(till, held(a_card(number=2)))
    assert again.taken is not None
    assert sum(acquirer.stands_tiyn.values()) == TIYN, "the first is gone, the second stands"
    good(till.finish())


def test_what_no_row_could_say_is_taken_back_before_the_next_payment(
    till: Till, acquirer: StandInAcquirer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even that it is in doubt could be written then."""
    asked(till)
    with monkeypatch.context() as patch:
        fails_once(till, patch, in_phase(CardPhase.REVERSING))
        refuses_the_yes(till, monkeypatch)
    (payment,) = till.terminal.payments()
    assert payment.phase is CardPhase.ASKED and sum(acquirer.stands_tiyn.values()) == TIYN
    again = paid(till, held(a_card(number=2)))
    assert again.taken is not None
    first, _ = till.terminal.payments()
    assert first.phase is CardPhase.REVERSED
    assert sum(acquirer.stands_tiyn.values()) == TIYN
    good(till.finish())
    assert not isinstance(till.terminal.close_batch(), Refusal)


def test_one_trouble_after_the_other_forgets_neither(
    till: Till, acquirer: StandInAcquirer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next card's reader fails before its bank is asked: the payment before it is still in doubt."""
    asked(till)
    with monkeypatch.context() as patch:
        fails_once(till, patch, in_phase(CardPhase.REVERSING))
        refuses_the_yes(till, monkeypatch)

    def torn(*_: object) -> NoReturn:
        raise DeviceError(Code.CARD_WRONG, "card")

    with monkeypatch.context() as patch, pytest.raises(DeviceError):
        patch.setattr(card_taking, "run", torn)
        paid(till, held(a_card(number=2)))
    assert paid(till, held(a_card(number=3))).taken is not None
    assert sum(acquirer.stands_tiyn.values()) == TIYN


def test_notes_that_stuck_are_taken_back_though_no_row_could_say_so(
    machine: Till, acquirer: StandInAcquirer, monkeypatch: pytest.MonkeyPatch
) -> None:
    withdraw = machine.cards.machine.withdraw
    with monkeypatch.context() as patch:
        fails_once(machine, patch, in_phase(CardPhase.REVERSING))
        with pytest.raises(StoreError):
            withdraw(NOTE_20, held(a_card()), People(), lambda _: False, timeout_s=0)
    (first,) = machine.terminal.payments()
    assert first.phase is CardPhase.DISPENSING and sum(acquirer.stands_tiyn.values()) == NOTE_20
    out = good(withdraw(NOTE_20, held(a_card(number=2)), People(), lambda _: True, timeout_s=0))
    assert out.notes and sum(acquirer.stands_tiyn.values()) == NOTE_20, "the second alone"
    assert machine.cards.machine.doubted_tiyn() == NOTE_20
    assert machine.terminal.payments()[0].phase is CardPhase.REVERSED


def test_notes_that_are_out_are_paid_for_though_no_row_could_say_so(
    machine: Till, acquirer: StandInAcquirer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever knows that they left the machine takes nothing back."""
    withdraw = machine.cards.machine.withdraw
    with monkeypatch.context() as patch:
        fails_once(machine, patch, in_phase(CardPhase.APPROVED))
        with pytest.raises(StoreError):
            withdraw(NOTE_20, held(a_card()), People(), lambda _: True, timeout_s=0)
    assert machine.terminal.owes and machine.terminal.say_reversals() == 0
    (payment,) = machine.terminal.payments()
    assert payment.phase is CardPhase.APPROVED and not acquirer.said("0400")
    assert sum(acquirer.stands_tiyn.values()) == NOTE_20 and not machine.cards.machine.doubted_tiyn()


def test_a_till_in_doubt_stays_the_terminal_that_its_acquirer_knows(
    till: Till, acquirer: StandInAcquirer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one's reversal of it would be refused for ever."""
    settings = till.terminal.settings
    assert settings is not None
    asked(till)
    with monkeypatch.context() as patch:
        fails_once(till, patch, in_phase(CardPhase.REVERSING))
        refuses_the_yes(till, monkeypatch)
    other = replace(settings, terminal="56390077")
    refused = till.terminal.configure(other)
    assert refused is not None and refused.code is Code.BATCH_OPEN
    assert till.terminal.say_reversals() == 0 and till.terminal.configure(other) is None


def test_what_was_paid_on_line_and_not_written_is_taken_back(
    till: Till, acquirer: StandInAcquirer, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = CardByNumber(till.terminal, Shop("Canteen", "Almaty", None), 5)
    digits = "440949123456789"
    card = PrintedCard(Pan(digits + luhn_digit(digits)), "3012", "123")
    order = shop.prepare(card, TIYN, "order-1")
    assert isinstance(order, Prepared)
    told = order.ask()
    with monkeypatch.context() as patch:
        fails_once(till, patch, in_phase(CardPhase.APPROVED))
        with pytest.raises(StoreError):
            shop.finish(order, told)
    assert sum(acquirer.stands_tiyn.values()) == TIYN
    assert shop.say_due() == 0 and not acquirer.stands_tiyn
    again = shop.prepare(card, TIYN, "order-1")
    assert isinstance(again, Prepared), "the order may be paid"
    again.line.close()


def test_an_acquirer_that_tells_no_sums_closes_the_batch_all_the_same(
    till: Till, acquirer: StandInAcquirer
) -> None:
    """A foreign one may answer with a code alone, or not know closings: the till goes on taking cards."""

    def curt(message: Message) -> Message | None:
        return message.answer("30") if message.mti == "0500" else approves(message)

    acquirer.script = curt
    asked(till)
    assert paid(till, held(a_card())).taken is not None
    good(till.finish())
    closed = good(till.terminal.close_batch())
    assert (closed.answer, closed.agrees, closed.debits_tiyn, closed.their_debits_tiyn) == (
        "30",
        False,
        TIYN,
        None,
    )
    asked(till)
    assert paid(till, held(a_card(number=2))).taken is not None
    assert len(acquirer.said("0500")) == 1
