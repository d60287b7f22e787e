"""A day at the till: three customers without a network, then the bank."""

import pytest

from pos.service.values import CASH, DT_OFFLINE, Phase
from tender.errors import Code, Refusal
from tests.pos.market import Market, rung_up, sold
from tests.wallet.village import approved, good
from town.cast import AIGUL, BOLAT, DANA


@pytest.mark.row("DT-L-06")
def test_three_customers_offline_settle_to_the_sum(market: Market) -> None:
    payers = [market.wallet(one, 200_000) for one in (AIGUL, BOLAT, DANA)]
    till = market.till()
    market.line.away = True
    receipts = [sold(till, one, 100_000) for one in payers]
    assert [one.name for one in receipts] == ["1-0001", "1-0002", "1-0003"]
    assert till.takings_standing().held_tiyn == 300_000
    market.line.away = False
    for one in payers:
        good(one.settling.sync())
    assert good(till.deposit()).settled_tiyn == 300_000
    standing = till.takings_standing()
    assert (standing.held_tiyn, standing.settled_tiyn, standing.unmatched_tiyn) == (0, 300_000, 0)
    report = good(till.z_report())
    assert (report.net_tiyn, report.receipts, report.kind) == (300_000, 3, "z")


def test_cash_and_a_part_in_digital_tenge(market: Market) -> None:
    aigul, till = market.wallet(AIGUL, 100_000), market.till(drawer_tiyn=500_000)
    good(till.add_item("Coffee", 150_000, 2))
    asked = good(till.begin_payment(DT_OFFLINE, 100_000))
    good(till.take(approved(aigul.money, asked.shown).messages[0]))
    sale = till.sale()
    assert sale is not None and (sale.phase, sale.due_tiyn) == (Phase.OWING, 200_000)
    short = till.cash(100_000)
    assert isinstance(short, Refusal) and short.code is Code.CASH_SHORT
    taken = good(till.cash(250_000))
    assert taken.change_tiyn == 50_000 and taken.receipt is not None
    assert [one.tender for one in taken.receipt.paid] == [DT_OFFLINE, CASH]
    good(till.finish())
    assert good(till.x_report()).drawer_tiyn == 700_000


def test_the_same_payment_twice_counts_once(market: Market) -> None:
    aigul, till = market.wallet(AIGUL, 100_000), market.till()
    payment = approved(aigul.money, rung_up(till, 60_000)).messages[0]
    first, second = good(till.take(payment)), good(till.take(payment))
    assert first.messages == second.messages and second.again and not first.again
    good(till.finish())
    third = good(till.take(payment))
    assert third.again and third.receipt == first.receipt
    assert till.takings_standing().held_tiyn == 60_000 and len(till.receipts()) == 1
