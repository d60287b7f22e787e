"""Payments between two wallets by files, with no network: the everyday, and what people do to it."""

import pytest

from device.service.money import Proposal, Told
from tender.cash.messages import Terms
from tender.cash.token import Rule
from tender.errors import Code, Refusal
from tests.wallet.village import Village, approved, good, hand_over
from town.cast import AIGUL, BOLAT, CANTEEN, DANA, MERCHANT, SCHOOL


@pytest.mark.row("DT-O-01")
def test_aigul_pays_dana_with_no_network(village: Village) -> None:
    """Both devices offline: 500.00 move, and nobody was called."""
    aigul, dana = village.wallet(AIGUL, 200_000), village.wallet(DANA)
    village.line.away = True
    village.line.sent.clear()
    before = aigul.view.balance().spendable_tiyn
    hand_over(aigul, dana, 50_000, "lunch")
    assert dana.view.balance().spendable_tiyn == 50_000
    assert aigul.view.balance().spendable_tiyn - before == -50_000
    assert village.line.sent == [], "0 network calls"


@pytest.mark.row("DT-O-05")
def test_dana_spends_what_she_got_before_any_reconnect(village: Village) -> None:
    aigul, dana, merchant = village.wallet(AIGUL, 200_000), village.wallet(DANA), village.wallet(MERCHANT)
    village.line.away = True
    hand_over(aigul, dana, 50_000)
    hand_over(dana, merchant, 30_000, "coffee")
    assert merchant.view.balance().spendable_tiyn == 30_000
    assert dana.view.balance().spendable_tiyn == 20_000


def test_the_proposal_names_whom_and_how_much_before_anything_is_signed(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, 200_000), village.wallet(DANA, shown=True)
    request = good(dana.money.request(12_345, "books"))
    counter = aigul.desk.element.counter
    proposal = aigul.money.propose(request.message)
    assert isinstance(proposal, Proposal)
    assert (proposal.name, proposal.amount_tiyn, proposal.purpose, proposal.bank) == (
        "Dana",
        12_345,
        "books",
        DANA.bank,
    )
    assert aigul.desk.element.counter == counter, "the element has signed nothing"
    aigul.money.decline(proposal)
    assert aigul.view.balance().spendable_tiyn == 200_000


def test_paying_a_request_again_sends_the_same_bytes(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, 200_000), village.wallet(DANA)
    request = good(dana.money.request(30_000))
    first = approved(aigul.money, request.message)
    aigul = village.reopen(aigul, "aigul")
    again = aigul.money.propose(request.message)
    assert isinstance(again, Told)
    assert again.messages == first.messages
    assert aigul.view.balance().spendable_tiyn == 170_000


def test_the_same_payment_counts_once_and_has_one_receipt(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, 200_000), village.wallet(DANA)
    request = good(dana.money.request(30_000))
    transfer = approved(aigul.money, request.message).messages[0]
    first = good(dana.money.receive(transfer))
    dana = village.reopen(dana, "dana")
    again = good(dana.money.receive(transfer))
    assert again.messages == first.messages
    assert dana.view.balance().spendable_tiyn == 30_000
    good(aigul.money.receive(first.messages[0]))
    good(aigul.money.receive(first.messages[0]))
    assert good(aigul.view.payment(request.payment.hex())).status == "paid"


def test_change_is_exact_and_spendable_at_once(village: Village) -> None:
    """One note of 2 000.00; a coffee of 0.01, then the rest to the tiyn."""
    aigul, dana = village.wallet(AIGUL, 200_000, single=True), village.wallet(DANA)
    hand_over(aigul, dana, 1)
    hand_over(aigul, dana, 199_999)
    assert (aigul.view.balance().spendable_tiyn, dana.view.balance().spendable_tiyn) == (0, 200_000)


def test_a_refund_gives_the_very_money_back(village: Village) -> None:
    aigul, merchant = village.wallet(AIGUL, 200_000), village.wallet(MERCHANT)
    payment = hand_over(aigul, merchant, 30_000, "coffee")
    told = good(merchant.money.refund(payment))
    merchant = village.reopen(merchant, "merchant")
    assert good(merchant.money.refund(payment)).messages == told.messages, "asked again: the same bytes"
    good(aigul.money.receive(told.messages[0]))
    good(aigul.money.receive(told.messages[0]))
    assert (aigul.view.balance().spendable_tiyn, merchant.view.balance().spendable_tiyn) == (200_000, 0)
    assert good(aigul.view.payment(payment.hex())).status == "returned"


def test_what_has_moved_on_cannot_be_refunded(village: Village) -> None:
    aigul, dana, merchant = village.wallet(AIGUL, 200_000), village.wallet(DANA), village.wallet(MERCHANT)
    payment = hand_over(aigul, dana, 30_000)
    hand_over(dana, merchant, 10_000)
    assert dana.money.refund(payment) == Refusal(Code.ALREADY_SPENT, "payment")


@pytest.mark.row("DT-Q-03")
def test_no_genuine_money_is_ever_declined_as_not_accepted(village: Village) -> None:
    """Fresh, passed on, split, of another bank, of a purpose that names the shop: M takes it."""
    merchant, dana = village.wallet(MERCHANT), village.wallet(DANA)
    aigul, bolat = village.wallet(AIGUL, 300_000), village.wallet(BOLAT, 100_000, single=True)
    hand_over(aigul, dana, 150_000)
    hand_over(bolat, dana, 33_333)
    rule = Rule("coffee", merchants=(MERCHANT.number,))
    school = village.wallet(SCHOOL, 40_000, rule=rule.to_bytes())
    total = 0
    for payer in (aigul, bolat, dana, school):
        amount = payer.view.balance().spendable_tiyn
        hand_over(payer, merchant, amount)
        total += amount
        assert merchant.view.balance().spendable_tiyn == total
    assert total == 440_000


def test_money_with_a_purpose_is_spent_first_and_only_where_it_may(village: Village) -> None:
    rule = Rule("school meals", merchants=(CANTEEN.number,))
    school = village.wallet(SCHOOL, 100_000, rule=rule.to_bytes())
    canteen, merchant = village.wallet(CANTEEN), village.wallet(MERCHANT)
    refused = school.money.propose(good(merchant.money.request(70_000)).message)
    assert isinstance(refused, Refusal)
    assert refused.code is Code.COLOUR_BROKEN
    hand_over(school, canteen, 70_000)
    assert school.view.balance().by_purpose == {"school meals": 30_000}


def test_a_payees_terms_are_met_or_named_before_signing(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, 200_000), village.wallet(DANA)
    strict = good(dana.money.request(150_000, "", Terms(tokens_max=1)))
    refused = aigul.money.propose(strict.message)
    assert isinstance(refused, Refusal)
    assert refused.code is Code.TERMS_UNMET
    assert aigul.view.balance().spendable_tiyn == 200_000


def test_a_request_that_was_cancelled_sends_late_money_back(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, 200_000), village.wallet(DANA)
    request = good(dana.money.request(30_000))
    transfer = approved(aigul.money, request.message).messages[0]
    good(dana.money.cancel(request.payment))
    back = good(dana.money.receive(transfer))
    good(aigul.money.receive(back.messages[-1]))
    assert (aigul.view.balance().spendable_tiyn, dana.view.balance().spendable_tiyn) == (200_000, 0)
