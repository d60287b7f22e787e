"""Which money a deposit takes, what it leaves, and that nothing is signed that nobody could verify."""

from dataclasses import replace

import pytest

from device.core.model import REFUSED
from device.service.desk import expiry_of
from platform_stub.desk import Asked
from tender.account.client_messages import TO_DT
from tender.account.token_messages import Settle, Settled
from tender.cash.token import Rule
from tender.crypto.certificates import DAY_S
from tender.errors import Code, LinkError, Refusal
from tests.wallet.village import Village, good, hand_over
from town.cast import AIGUL, DANA, MERCHANT

SCHOOL = Rule("school", (8211,)).to_bytes()


def test_money_with_a_purpose_stays_when_everything_is_deposited(village: Village) -> None:
    aigul = village.wallet(AIGUL, 30_000, rule=SCHOOL)
    good(aigul.bank.convert(TO_DT, 20_000))
    good(aigul.bank.load(20_000))
    done = good(aigul.settling.deposit())
    assert (done.settled_tiyn, done.refused_tiyn, done.barred_tiyn) == (20_000, 0, 30_000)
    assert done.account_tiyn == 20_000, "the account as it is after the credit"
    assert aigul.view.balance().spendable_tiyn == 30_000, "good for the school still"
    again = good(aigul.settling.deposit())
    assert (again.settled_tiyn, again.barred_tiyn) == (0, 30_000)
    refused = aigul.settling.deposit(10_000)
    assert isinstance(refused, Refusal)
    assert refused.code is Code.COLOUR_BROKEN
    assert dict(refused.facts)["purpose"] == "school"


def test_a_part_above_the_limit_of_one_payment_is_split_off(village: Village) -> None:
    """A split to oneself is no payment; what comes of it can be verified and is credited."""
    aigul = village.wallet(AIGUL, 30_000_000, single=True)
    part = aigul.desk.profile().per_payment_tiyn + 1
    done = good(aigul.settling.deposit(part))
    assert (done.settled_tiyn, done.account_tiyn) == (part, part)
    assert aigul.view.balance().spendable_tiyn == 30_000_000 - part


def test_a_refund_above_the_own_limit_goes_back(village: Village) -> None:
    till = village.client(MERCHANT).number
    village.platform.banks[MERCHANT.bank].clients.pay_in_cash(till, 30_000_000, bytes(32))
    merchant, dana = village.wallet(MERCHANT, 30_000_000, single=True), village.wallet(DANA)
    assert dana.desk.profile().per_payment_tiyn < 30_000_000 <= merchant.desk.profile().per_payment_tiyn
    payment = hand_over(merchant, dana, 30_000_000)
    told = good(dana.money.refund(payment))
    good(merchant.money.receive(told.messages[0]))
    assert dana.view.balance().spendable_tiyn == 0


def test_a_load_leaves_room_for_what_was_asked_for(village: Village) -> None:
    dana = village.wallet(DANA)
    most = dana.desk.profile().holding_tiyn
    good(dana.bank.convert(TO_DT, 10_000))
    good(dana.money.request(most - 9_999))
    refused = dana.bank.load(10_000)
    assert isinstance(refused, Refusal)
    assert refused.code is Code.LIMIT_HOLDING
    assert good(dana.bank.load(9_999)).amount_tiyn == 9_999


@pytest.mark.parametrize(
    "code", [Code.DEVICE_LOST, Code.COLOUR_BROKEN, Code.CLAIM_EXPIRED, Code.ORPHANS_FULL]
)
def test_a_refused_claim_is_sent_again_once_what_stood_against_it_is_gone(
    village: Village, code: Code
) -> None:
    aigul = village.wallet(AIGUL, 50_000, single=True)
    village.line.away = True
    with pytest.raises(LinkError):
        aigul.settling.deposit()
    with aigul.desk.commit() as changes:
        for coin in aigul.desk.coins():
            changes.put(replace(coin, state=REFUSED, code=code.value))
    village.line.away = False
    good(aigul.settling.sync())
    balance = aigul.view.balance()
    assert (balance.refused_tiyn, balance.account_tiyn) == (0, 50_000)


def test_what_was_credited_is_said_and_not_what_was_claimed(village: Village) -> None:
    aigul = village.wallet(AIGUL, 50_000, single=True)
    handlers = village.platform.banks[AIGUL.bank].desk.handlers
    real = handlers["settle"]

    def partly(asked: Asked, order: Settle) -> Settled:
        told: Settled = real(asked, order)
        claims = tuple(replace(one, amount_tiyn=30_000) for one in told.claims)
        return replace(told, claims=claims)

    handlers["settle"] = partly
    assert good(aigul.settling.deposit()).settled_tiyn == 30_000


def test_a_refund_that_nobody_could_verify_is_not_signed(village: Village) -> None:
    """A key of an older month receives money that outlives its certificate: it stays, and is deposited."""
    aigul, dana = village.wallet(AIGUL), village.wallet(DANA)
    good(aigul.bank.convert(TO_DT, 55_000))
    good(aigul.bank.load(5_000, single=True))
    hand_over(aigul, dana, 5_000)
    village.clock.set(min(expiry_of(one) for one in dana.desk.fresh_keys()) - 20 * DAY_S)
    good(aigul.settling.sync())
    good(aigul.bank.load(50_000, single=True))
    payment = hand_over(aigul, dana, 50_000)
    refused = dana.money.refund(payment)
    assert isinstance(refused, Refusal)
    assert refused.code is Code.CERTIFICATE_TOO_SHORT
    assert dana.view.balance().spendable_tiyn == 55_000
    part = dana.settling.deposit(40_000)
    assert isinstance(part, Refusal), "a split would be signed with the same certificate"
    assert good(dana.settling.deposit(50_000)).settled_tiyn == 50_000
