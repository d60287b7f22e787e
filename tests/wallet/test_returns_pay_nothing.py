"""Money that comes back is counted as what it is: it pays no request, and what pays a request is no return.

A key is fresh once. What its first request was paid with, and what is given back to it later, are told apart
by more than the key, or one coin would settle two debts, or be sent away again as money nobody asked for.
"""

import pytest

from device.service.money import Proposal
from device.service.wallet import Wallet
from tender.account.hand_over_messages import HandOver
from tender.cash import session_checks
from tender.cash.messages import (
    REQUEST,
    Kind,
    Request,
    Return,
    Terms,
    Transfer,
    open_message,
    open_request,
    pack,
    pack_signed,
)
from tender.cash.session_checks import coin_of
from tender.crypto.envelope import Typ
from tender.errors import Code, LocalProtocolError, Refusal
from tests.wallet.village import Village, approved, good, hand_over
from town.cast import AIGUL, DANA, MERCHANT

GOT_TIYN, PRICE_TIYN = 1_000, 500


def spendable(wallet: Wallet) -> int:
    return wallet.view.balance().spendable_tiyn


def refunded(village: Village) -> tuple[Wallet, Wallet, bytes, bytes]:
    """Dana was paid on a fresh key, bought from the merchant, and was refunded: she, the merchant,
    her first request, and the refund's message, which has not reached her."""
    aigul, dana, merchant = (village.wallet(AIGUL, 100_000), village.wallet(DANA), village.wallet(MERCHANT))
    first = hand_over(aigul, dana, GOT_TIYN)
    bought = hand_over(dana, merchant, PRICE_TIYN)
    back = good(merchant.money.refund(bought)).messages[0]
    return dana, merchant, first, back


def tokens_of(message: bytes) -> tuple[bytes, ...]:
    back = open_message(message)
    assert isinstance(back, Return)
    return back.tokens


def shown_as_payment(dana: Wallet, payment: bytes, back: bytes) -> None:
    told = good(dana.money.receive(pack(Transfer(payment, tokens_of(back), ()))))
    assert told.refusal is not None
    assert told.refusal.code is Code.REQUEST_NOT_OURS


@pytest.mark.parametrize("counted", [True, False], ids=["the refund was counted", "it was not yet"])
def test_a_refund_shown_as_payment_for_the_keys_first_request_is_not_signed_away(
    village: Village, counted: bool
) -> None:
    dana, _, first, back = refunded(village)
    if counted:
        good(dana.money.receive(back))
    signed = dana.desk.element.counter
    shown_as_payment(dana, first, back)
    assert dana.desk.element.counter == signed
    good(dana.money.receive(back))
    assert spendable(dana) == GOT_TIYN
    assert good(dana.settling.deposit()).settled_tiyn == GOT_TIYN


def test_a_refund_is_not_handed_over_as_an_undelivered_payment(village: Village) -> None:
    dana, merchant, _, back = refunded(village)
    good(dana.money.receive(back))
    tokens = tokens_of(back)
    merchant.settling.sync()
    certificate = dana.desk.certificate_of(merchant.desk.holding(tokens[0]).holder)
    told = merchant.hand_overs._line.ask("hand-over", HandOver(bytes(16), certificate, tokens))
    assert isinstance(told, Refusal)
    assert told.code is Code.REQUEST_NOT_OURS
    assert good(dana.settling.sync()).late == ()
    assert spendable(dana) == GOT_TIYN


def test_counted_money_is_never_signed_away_as_astray_whatever_the_session_says(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store is asked too, before anything is stored or signed."""
    dana, _, first, back = refunded(village)
    good(dana.money.receive(back))
    signed = dana.desk.element.counter
    monkeypatch.setattr(session_checks, "_check_pays", lambda *_: None)
    for _ in range(2):
        with pytest.raises(LocalProtocolError):
            dana.money.receive(pack(Transfer(first, tokens_of(back), ())))
    assert (dana.desk.element.counter, spendable(dana)) == (signed, GOT_TIYN)
    assert good(dana.money.resume(first)).status == "received"


def second_request(village: Village) -> tuple[Wallet, Wallet, bytes, bytes]:
    """Dana bought from the key that also asks, with a nonce, for the same sum: Dana, the merchant, what she
    bought, and her request."""
    aigul, dana, merchant = (village.wallet(AIGUL, 100_000), village.wallet(DANA), village.wallet(MERCHANT))
    for _ in range(len(dana.desk.fresh_keys()) - 1):
        good(dana.money.cancel(good(dana.money.request(1)).payment))
    hand_over(aigul, dana, GOT_TIYN)
    bought = hand_over(dana, merchant, PRICE_TIYN)
    asked = good(dana.money.request(PRICE_TIYN)).message
    request = open_request(asked).request
    assert request.nonce
    assert {one.holder for one in dana.desk.coins()} == {request.key}
    return dana, merchant, bought, asked


def test_a_return_with_the_nonce_of_a_request_is_that_payment_and_no_return(village: Village) -> None:
    dana, merchant, bought, asked = second_request(village)
    desk = merchant.desk
    (coin,) = desk.coins()
    request = open_request(asked).request
    put = coin_of(
        desk.holding(coin.packed), desk.certificate_of(coin.holder), request.key, PRICE_TIYN, request.nonce
    )
    (signature,) = desk.element.sign_links([(put.holder, put.link())])
    paid = put.paid(signature)
    told = good(dana.money.receive(pack(Transfer(open_request(asked).payment_id, (paid,), ()))))
    assert told.status == "received"
    again = dana.money.receive(pack(Return(bought, (paid,))))
    assert isinstance(again, Refusal)
    assert again.code is Code.REQUEST_NOT_OURS
    assert good(dana.view.payment(bought.hex())).status == "paid", "one coin, one debt"
    assert spendable(dana) == GOT_TIYN


def test_money_paid_back_to_the_key_it_came_from_for_a_request_with_a_nonce_may_be_handed_over(
    village: Village,
) -> None:
    dana, merchant, _, asked = second_request(village)
    payment = approved(merchant.money, asked).payment
    assert good(merchant.hand_overs.hand_over(payment)).outcome == "asked"
    assert [one.outcome for one in good(dana.settling.sync()).late] == ["kept-here"]
    assert spendable(dana) == GOT_TIYN


def test_a_payer_signs_no_payment_that_its_payee_would_take_for_a_return(village: Village) -> None:
    dana, merchant = village.wallet(DANA, PRICE_TIYN, single=True), village.wallet(MERCHANT)
    (coin,) = dana.desk.coins()
    hand_over(dana, merchant, PRICE_TIYN)
    directory, listed = dana.desk.trust.directory.number, dana.desk.trust.revocations.number
    certificate = dana.desk.certificate_of(coin.holder)
    request = Request(
        PRICE_TIYN, coin.holder, certificate, b"", "", directory, listed, dana.desk.now(), Terms(), None
    )
    signed = merchant.desk.element.counter
    proposal = merchant.money.propose(by_hand(dana, request))
    assert isinstance(proposal, Proposal)
    told = merchant.money.confirm(proposal)
    assert isinstance(told, Refusal)
    assert told.code is Code.REQUEST_NOT_OURS
    assert (merchant.desk.element.counter, spendable(merchant)) == (signed, PRICE_TIYN)


def by_hand(wallet: Wallet, request: Request) -> bytes:
    """A request a modified wallet has its element sign."""
    payload = REQUEST.encode(request)
    return pack_signed(Kind.REQUEST, Typ.REQUEST, payload, wallet.desk.element.sign_request(request))
