"""The disk refuses a row just when the bank has said yes: nothing is charged twice and nothing is stuck."""

from typing import NoReturn

import pytest

from pos.core.card_tender import CardPhase
from pos.service.till import Till
from tender.card.iso8583.message import Message
from tender.errors import Code, Refusal, StoreError
from tests.pos_cards.acquirer import StandInAcquirer, approves
from tests.pos_cards.shop import TIYN, a_card, asked, held, paid
from tests.wallet.village import good


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

        def full(*_: object) -> NoReturn:
            raise StoreError(Code.STORE_FULL, "till")

        patch.setattr(till.terminal, "interrupted", full)
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
