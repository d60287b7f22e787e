"""Money that goes back by card: a void is a reversal, a refund asks the issuer, and only that card's."""

from faces.words import sentence
from pos.core.card_tender import CardPhase
from pos.core.model import BY_CASH
from pos.service.card_giving import CardGaveBack
from pos.service.till import Till
from tender.card.iso8583.message import replacement_text
from tender.errors import Code, Refusal
from tests.pos_cards.acquirer import StandInAcquirer, approves, declines
from tests.pos_cards.shop import TIYN, People, a_card, asked, held, paid
from tests.wallet.village import good


def _sold(till: Till) -> str:
    asked(till)
    told = paid(till, held(a_card()))
    assert told.taken is not None and told.taken.receipt is not None
    good(till.finish())
    return told.taken.receipt.name


def test_a_void_reverses_the_payment_and_gives_a_receipt(till: Till, acquirer: StandInAcquirer) -> None:
    name = _sold(till)
    back = good(till.void(name))
    assert [one.kind for one in back.receipts] == ["void"] and back.amount_tiyn == TIYN
    assert not acquirer.stands_tiyn and len(acquirer.said("0400")) == 1
    assert till.terminal.payments()[0].phase is CardPhase.REVERSED
    totals = till.terminal.totals()
    assert (totals.sales_tiyn, totals.reversed_tiyn, totals.net_tiyn) == (0, TIYN, 0)
    report = good(till.x_report())
    assert {one.tender: one.net_tiyn for one in report.tenders} == {"card": 0}
    again = till.void(name)
    assert isinstance(again, Refusal) and again.facts == (("cancelled_by", "1-0002"),)
    itself = till.void("1-0002")
    assert isinstance(itself, Refusal) and "for 1-0001" in sentence(itself), "a void is not voided"


def test_a_void_that_nobody_hears_is_said_again(till: Till, acquirer: StandInAcquirer) -> None:
    name = _sold(till)
    acquirer.close()
    assert good(till.void(name)).amount_tiyn == TIYN
    assert len(till.terminal.waiting()) == 1 and till.terminal.totals().waiting == 1


def test_what_was_given_back_elsewhere_is_not_void(till: Till, acquirer: StandInAcquirer) -> None:
    name = _sold(till)
    acquirer.script = lambda message: message.answer("12", {95: replacement_text(TIYN)})
    refused = till.void(name)
    assert isinstance(refused, Refusal) and refused.code is Code.RECEIPT_OLD
    assert acquirer.said("0400")[0].fields[39] == "17", "people decided it: it is no answer that went astray"
    assert [one.kind for one in till.receipts()] == ["sale"] and not till.terminal.waiting()
    totals = till.terminal.totals()
    assert (totals.sales_tiyn, totals.reversed_tiyn) == (TIYN, 0)
    acquirer.script = approves
    assert good(till.void(name)).amount_tiyn == TIYN, "the refund is undone by now"
    assert till.terminal.totals().reversed_tiyn == TIYN


def test_a_refund_goes_onto_the_card_that_paid(till: Till, acquirer: StandInAcquirer) -> None:
    name = _sold(till)
    swapped = till.cards.giving.refund(name, None, held(a_card(number=2)), People(), timeout_s=0)
    assert isinstance(swapped, CardGaveBack) and swapped.told.refusal is not None
    assert swapped.told.refusal.code is Code.CARD_SWAPPED
    assert len(acquirer.said("0100")) == 1, "the other card's bank was asked nothing"

    done = till.cards.giving.refund(name, 100_000, held(a_card()), People(), timeout_s=0)
    assert isinstance(done, CardGaveBack) and done.receipt is not None, done
    assert (done.receipt.kind, done.receipt.total_tiyn, done.receipt.of) == ("refund", 100_000, name)
    asked_back = acquirer.said("0100")[-1]
    original = till.terminal.payments()[0]
    assert asked_back.processing_code == "200000" and asked_back.amount_tiyn == 100_000
    named = acquirer.said("0100")[0]
    assert asked_back.original.stan == named.stan == f"{original.number:06}"
    assert asked_back.original.transmitted == named.transmitted
    too_much = till.cards.giving.refund(name, 277_901, held(a_card()), People(), timeout_s=0)
    assert isinstance(too_much, Refusal) and too_much.code is Code.REFUND_TOO_MUCH
    part = till.void(name)
    assert isinstance(part, Refusal) and part.code is Code.RECEIPT_OLD
    left = {"left_tiyn": TIYN - 100_000, "receipt": name}
    assert dict(part.facts) == {"back_tiyn": 100_000, "by": "1-0002", **left}
    assert "by 1-0002; the other" in sentence(part) and f"pos refund {name}" in sentence(part)
    for itself in (
        till.void("1-0002"),
        till.refund("1-0002", BY_CASH),
        till.cards.giving.refund("1-0002", None, held(a_card()), People(), timeout_s=0),
    ):
        assert isinstance(itself, Refusal) and itself.facts == (("gives_back_for", name),)
    assert till.terminal.totals().net_tiyn == TIYN - 100_000


def test_a_refund_that_is_declined_gives_nothing_back(till: Till, acquirer: StandInAcquirer) -> None:
    name = _sold(till)
    acquirer.script = declines("57")
    done = till.cards.giving.refund(name, None, held(a_card()), People(), timeout_s=0)
    assert isinstance(done, CardGaveBack) and done.receipt is None
    assert done.told.refusal is not None and done.told.refusal.code is Code.NOT_SUPPORTED
    assert len(till.receipts()) == 1


def test_what_a_card_paid_goes_back_in_cash_only_with_a_yes_and_out_of_a_drawer_that_has_it(
    till: Till,
) -> None:
    name = _sold(till)
    unasked = till.refund(name, BY_CASH, 1_000)
    assert isinstance(unasked, Refusal) and unasked.code is Code.PAID_BY_CARD
    good(till.move_cash(1_000 - good(till.x_report()).drawer_tiyn))
    short = till.refund(name, BY_CASH, 1_001, cash_anyway=True)
    assert isinstance(short, Refusal) and short.code is Code.DRAWER_SHORT
    assert good(till.refund(name, BY_CASH, 1_000, cash_anyway=True)).amount_tiyn == 1_000
    assert good(till.x_report()).drawer_tiyn == 0
