"""A guessed code waits; what cannot be sent is not decided; an empty drawer is counted."""

import pytest

from pos.service.till import Till
from pos.service.values import BY_CASH, BY_TRANSFER, DT_CONVERTED, DT_ONLINE
from tender.account.client_messages import TO_DT
from tender.crypto.sealing import Pin
from tender.errors import Code, Refusal
from tests.pos.market import CASHIER, CODE, Market
from tests.pos.test_bad_days import code_of, paid_by_code
from tests.pos.test_commands import Counter, counter
from tests.wallet.village import good
from town.cast import AIGUL

__all__ = ["counter"]
WRONG = Pin("9999")


def test_wrong_codes_wait_longer_and_longer_also_after_a_restart(market: Market) -> None:
    till = market.till()
    till.sign_off()
    for _ in range(3):
        assert code_of(till.sign_on(CASHIER, WRONG)) is Code.CASHIER_WRONG
    till = market.restarted(till)
    waiting = till.sign_on(CASHIER.lower(), CODE)
    assert waiting == Refusal(Code.PIN_WAIT, "pin", (("wait_s", 30),)), "the right code waits too"
    market.clock.set(market.clock.now() + 30)
    assert code_of(till.sign_on(CASHIER, WRONG)) is Code.CASHIER_WRONG
    assert till.sign_on(CASHIER, CODE) == Refusal(Code.PIN_WAIT, "pin", (("wait_s", 60),))
    market.clock.set(market.clock.now() + 60)
    assert till.sign_on(CASHIER, CODE) == CASHIER
    till.sign_off()
    assert code_of(till.sign_on(CASHIER, WRONG)) is Code.CASHIER_WRONG
    assert till.sign_on(CASHIER, CODE) == CASHIER, "a right code makes the next tries free again"


def test_one_cashiers_wrong_codes_keep_nobody_else_waiting(market: Market) -> None:
    till = market.till()
    assert till.add_cashier("Nurlan", Pin("2222")) is None
    for _ in range(3):
        till.sign_on(CASHIER, WRONG)
    assert code_of(till.sign_on(CASHIER, CODE)) is Code.PIN_WAIT
    assert till.sign_on("Nurlan", Pin("2222")) == "Nurlan"


def sold_online(market: Market, *, account: bool) -> Till:
    """One sale of 1,500.00, paid by the till's code."""
    aigul, till = market.wallet(AIGUL), market.till(account=account)
    good(aigul.bank.convert(TO_DT, 500_000))
    good(till.add_item("Coffee", 150_000))
    paid_by_code(aigul, till, DT_ONLINE if account else DT_CONVERTED)
    till.poll_online()
    good(till.finish())
    return till


@pytest.mark.parametrize("whole", [True, False])
def test_without_an_account_nothing_goes_back_by_transfer_and_nothing_is_decided(
    market: Market, whole: bool
) -> None:
    till = sold_online(market, account=False)
    sent = len(market.line.sent)
    told = till.void("1-0001", AIGUL.phone) if whole else till.refund("1-0001", BY_TRANSFER, 1, AIGUL.phone)
    assert told == Refusal(Code.TRANSFER_NO_ACCOUNT, "way")
    assert not till.status().giving_back and len(market.line.sent) == sent
    short = till.refund("1-0001", BY_CASH)
    assert isinstance(short, Refusal) and short.code is Code.DRAWER_SHORT, "a drawer is never below nothing"
    good(till.move_cash(150_000))
    assert good(till.refund("1-0001", BY_CASH)).amount_tiyn == 150_000, "all of it is still there to give"


def test_a_transfer_that_never_left_is_sent_at_the_sync_and_once(market: Market) -> None:
    till = sold_online(market, account=True)
    market.line.gone = True
    assert good(till.refund("1-0001", BY_TRANSFER, 50_000, AIGUL.phone)).waiting_tiyn == 50_000
    market.line.gone = False
    for _ in range(2):
        good(till.sync())
    assert [one.total_tiyn for one in till.receipts()] == [50_000, 150_000]
    assert till.device.desk.settings.account_tiyn == 100_000


@pytest.mark.parametrize(("typed", "counted"), [("0,00", 0), ("0", 0), ("", None)])
def test_an_empty_drawer_is_counted_and_an_empty_answer_is_none(
    counter: Counter, typed: str, counted: int | None
) -> None:
    counter.opened()
    told = counter.told("z", *(["--counted", typed] if typed else []))
    assert told["counted_tiyn"] == counted
