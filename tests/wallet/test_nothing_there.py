"""Asked for what is not there: a payment nobody knows, keys whose certificates have run out."""

import pytest

from tender.crypto.certificates import DAY_S
from tender.errors import Code, Refusal, StoreError
from tests.wallet.village import Village
from town.cast import AIGUL

STRANGE = bytes(16)


def test_a_payment_this_wallet_never_saw_is_unknown_whatever_is_asked_of_it(village: Village) -> None:
    aigul = village.wallet(AIGUL, 1_000)
    before = aigul.view.balance()
    unknown = Refusal(Code.PAYMENT_UNKNOWN, "payment")
    assert aigul.money.resume(STRANGE) == unknown
    assert aigul.money.cancel(STRANGE) == unknown
    assert aigul.money.receipt(STRANGE) == unknown
    assert aigul.money.requested(STRANGE) == unknown
    assert aigul.view.payment("00") == unknown
    assert aigul.view.balance() == before


def test_when_every_certificate_has_ended_the_wallet_says_to_sync_and_keeps_its_money(
    village: Village,
) -> None:
    aigul = village.wallet(AIGUL, 1_000)
    before = aigul.view.balance().coins
    assert before > 0
    village.clock.advance(400 * DAY_S)
    with pytest.raises(StoreError) as caught:
        aigul.money.request(500)
    assert caught.value.code is Code.KEYS_EXHAUSTED
    assert aigul.view.balance().coins == before
