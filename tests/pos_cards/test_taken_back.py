"""Whatever goes wrong on the way, a card payment stands on both sides or on neither."""

from contextlib import nullcontext

import pytest

from hardware.field import Field, InProcessReader
from pos.core.card_tender import NOT_COUNTED, CardPhase
from pos.service.till import Till
from tender.errors import Code, DeviceError
from tests.payment_cards.meddled import Pulled
from tests.pos.market import Market
from tests.pos_cards.acquirer import StandInAcquirer, approves
from tests.pos_cards.shop import TIYN, People, a_card, asked, held, paid, unanswered
from tests.wallet.village import good


def test_silence_is_reversed_until_it_is_answered(till: Till, acquirer: StandInAcquirer) -> None:
    asked(till)
    with unanswered(till, acquirer):
        told = paid(till, held(a_card()))
        assert told.refusal is not None and told.refusal.code is Code.ACQUIRER_SILENT
        assert told.reversal_waits and acquirer.stands_tiyn, "approved somewhere, and not known here"
        assert till.terminal.say_reversals() == 1
    first, again = acquirer.said("0400"), acquirer.said("0401")
    assert len(first) == 1 and again and again[0].fields == first[0].fields, "the same, said again"
    assert first[0].original.stan == f"{told.payment.number:06}"
    assert till.terminal.say_reversals() == 0
    assert not acquirer.stands_tiyn and not till.terminal.waiting()
    assert till.terminal.totals().sales == 0


def test_no_new_payment_goes_before_what_is_owed(till: Till, acquirer: StandInAcquirer) -> None:
    asked(till)
    with unanswered(till, acquirer):
        paid(till, held(a_card()))
        told = paid(till, held(a_card(number=2)))
    assert told.refusal is not None and told.refusal.code is Code.ACQUIRER_UNREACHABLE
    assert len(acquirer.said("0100")) == 1
    assert paid(till, held(a_card(number=2))).taken is not None
    assert list(acquirer.stands_tiyn.values()) == [TIYN]


@pytest.mark.parametrize("code", ["12", "30", "05", "94"])
def test_only_a_yes_ends_a_reversal(till: Till, acquirer: StandInAcquirer, code: str) -> None:
    asked(till)
    with unanswered(till, acquirer):
        paid(till, held(a_card()))
    acquirer.script = lambda message: message.answer(code)
    till.terminal.say_reversals()
    (payment,) = till.terminal.waiting()
    assert payment.phase is CardPhase.REVERSING
    acquirer.script = approves
    assert till.terminal.say_reversals() == 0 and not till.terminal.waiting()
    numbers = {one.stan for one in acquirer.heard if one.mti[1] == "4"}
    assert len(numbers) == (2 if code == "94" else 1), "94: that number is another message's"


@pytest.mark.parametrize("approved", [True, False])
def test_unknown_there_ends_what_was_never_approved_here_and_nothing_else(
    till: Till, acquirer: StandInAcquirer, approved: bool
) -> None:
    asked(till)
    with nullcontext() if approved else unanswered(till, acquirer):
        told = paid(till, held(a_card()))
    acquirer.script = lambda message: message.answer("25")
    if approved:
        till.terminal.doubt(told.payment, NOT_COUNTED)
    assert till.terminal.say_reversals() == 0, "it was heard"
    assert bool(till.terminal.waiting()) is approved
    acquirer.script = approves
    assert till.terminal.say_reversals() == 0 and not till.terminal.waiting()


def test_nobody_there_means_nothing_was_charged(till: Till, acquirer: StandInAcquirer) -> None:
    acquirer.close()
    asked(till)
    told = paid(till, held(a_card()))
    assert told.refusal is not None and told.refusal.code is Code.ACQUIRER_UNREACHABLE
    assert told.payment.phase is CardPhase.DECLINED and not till.terminal.waiting()
    good(till.cancel_payment())
    assert good(till.cash(TIYN)).receipt is not None, "cash is always possible"


class _Died(BaseException):
    """The power went."""


@pytest.mark.parametrize("before", ["the request is stored", "it is sent", "the answer is counted"])
def test_a_till_that_dies_takes_back_what_it_did_not_count(
    market: Market, till: Till, acquirer: StandInAcquirer, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    asked(till)
    desk = till.terminal
    ask, commit = desk.ask, desk.desk.store.commit
    commits = 0

    def cut_commit(changes: object, mark: int) -> None:
        nonlocal commits
        commits += 1
        if commits > limit:
            raise _Died
        commit(changes, mark)

    limit = {"the request is stored": 1, "it is sent": 99, "the answer is counted": 2}[before]
    if before == "it is sent":
        monkeypatch.setattr(desk, "ask", lambda *_: (_ for _ in ()).throw(_Died()))
        monkeypatch.setattr(desk, "interrupted", lambda _: None)
    else:
        monkeypatch.setattr(desk.desk.store, "commit", cut_commit)
    with pytest.raises(_Died):
        paid(till, held(a_card()))
    monkeypatch.undo()
    del ask
    again = market.restarted(till)
    try:
        stood = bool(acquirer.stands_tiyn)
        assert stood == (before == "the answer is counted")
        assert len(again.terminal.waiting()) == (before != "the request is stored")
        assert again.terminal.say_reversals() == 0 and not acquirer.stands_tiyn
        sale = again.sale()
        assert sale is not None and not sale.paid
        assert paid(again, held(a_card(number=3))).taken is not None
        assert list(acquirer.stands_tiyn.values()) == [TIYN]
    finally:
        again.close()


def test_a_card_pulled_at_every_command_leaves_the_books_equal(till: Till, acquirer: StandInAcquirer) -> None:
    asked(till)
    at = 0
    while True:
        card = Pulled(a_card("visa-cvn18-dda", number=4), at)
        told = till.cards.taking.pay(InProcessReader(Field("counter", card)), People(), timeout_s=0)
        assert not isinstance(told, DeviceError)
        if getattr(told, "taken", None) is not None:
            break
        assert getattr(told, "refusal", told) is not None
        assert not acquirer.stands_tiyn and not till.terminal.waiting(), at
        at += 1
    assert at > 8, "there were commands to be cut off at"
    assert list(acquirer.stands_tiyn.values()) == [TIYN]
    assert till.terminal.totals().sales_tiyn == TIYN
    assert acquirer.said("0400"), "some of them were approved before the card was gone"
