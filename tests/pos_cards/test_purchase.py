"""A purchase by card at the till: what it brings, what stands where when it does not."""

import pytest

from pos.core.card_tender import CardPhase
from pos.service.card_values import CardStep
from pos.service.till import Till
from tender.errors import Code
from tests.pos_cards.acquirer import APPROVAL, StandInAcquirer, declines
from tests.pos_cards.shop import TIYN, People, a_card, asked, held, paid
from tests.wallet.village import good


@pytest.mark.parametrize("kind", ["visa-cvn10-online", "visa-cvn18-cda", "mchip-cvn11-cda"])
def test_a_card_pays_and_the_receipt_says_how(till: Till, acquirer: StandInAcquirer, kind: str) -> None:
    asked(till)
    people = People()
    told = paid(till, held(a_card(kind)), people)
    assert told.refusal is None and told.taken is not None, told
    receipt = told.taken.receipt
    assert receipt is not None and receipt.total_tiyn == TIYN
    assert [one.tender for one in receipt.paid] == ["card"]
    payment = told.payment
    assert (payment.phase, payment.approval) == (CardPhase.APPROVED, APPROVAL)
    assert "*" in payment.seen.pan and payment.seen.tvr and payment.seen.tsi and payment.seen.aid
    assert people.steps[0] is CardStep.INSERT and people.steps[-1] is CardStep.REMOVE
    assert acquirer.stands_tiyn == {f"{payment.number:06}": TIYN}
    totals = till.terminal.totals()
    assert (totals.sales, totals.sales_tiyn, totals.waiting) == (1, TIYN, 0)
    good(till.finish())


def test_a_declined_card_leaves_the_sale_open_for_cash(till: Till, acquirer: StandInAcquirer) -> None:
    acquirer.script = declines("51")
    asked(till)
    told = paid(till, held(a_card()))
    assert told.taken is None and told.refusal is not None
    assert told.refusal.code is Code.FUNDS_INSUFFICIENT
    assert told.payment.phase is CardPhase.DECLINED and not told.payment.request
    assert not acquirer.stands_tiyn and not acquirer.said("0400")
    good(till.cancel_payment())
    assert good(till.cash(TIYN)).receipt is not None


@pytest.mark.row("DT-Q-14")
def test_at_a_checkout_that_takes_dt_cash_and_cards_stay_to_choose_and_work(
    till: Till, acquirer: StandInAcquirer
) -> None:
    """One sale: Digital Tenge were offered first; the customer pays a part in cash, the rest by card."""
    good(till.add_item("Tea", TIYN))
    ways = {one.name: one.open for one in till.status().tenders}
    assert ways == {"dt-offline": True, "dt-online": True, "cash": True, "card": True}
    good(till.begin_payment("dt-offline"))
    good(till.cancel_payment())
    good(till.cash(100_000, 100_000))
    good(till.begin_payment("card"))
    told = paid(till, held(a_card()))
    assert told.taken is not None and told.taken.receipt is not None
    assert [(one.tender, one.amount_tiyn) for one in told.taken.receipt.paid] == [
        ("cash", 100_000),
        ("card", TIYN - 100_000),
    ]
    assert list(acquirer.stands_tiyn.values()) == [TIYN - 100_000]
