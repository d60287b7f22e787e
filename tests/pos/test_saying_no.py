"""A customer who does not pay: the till reads the no, says why, and the sale waits for another way to pay."""

import pytest

from device.service.money import Proposal
from pos.service.values import Phase
from tender.errors import Code, Refusal
from tests.pos.market import Market, rung_up
from tests.pos.test_bad_days import seen
from tests.wallet.village import good
from town.cast import AIGUL


@pytest.mark.parametrize(
    ("have_tiyn", "code"), [(80_000, Code.PAYER_DECLINED), (79_999, Code.NOT_ENOUGH_MONEY)]
)
def test_a_till_hears_why_it_is_not_paid_and_is_paid_in_another_way(
    market: Market, have_tiyn: int, code: Code
) -> None:
    aigul, till = market.wallet(AIGUL, have_tiyn), market.till()
    market.line.away = True
    request = seen(rung_up(till, 80_000), market.folder)
    found = aigul.money.propose(request)
    if isinstance(found, Proposal):
        no = aigul.money.decline(found).messages[-1]
    else:
        assert isinstance(found, Refusal)
        no = aigul.money.say_no(request, found)
    told = till.take(seen(no, market.folder))
    assert isinstance(told, Refusal) and told.code is code
    sale = till.sale()
    assert sale is not None and (sale.phase, sale.due_tiyn) == (Phase.PAYING, 80_000)
    good(till.cancel_payment())
    assert good(till.cash(80_000)).receipt is not None
    assert aigul.view.balance().spendable_tiyn == have_tiyn
