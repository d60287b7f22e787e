"""Money that comes late, in crumbs, in floods or as a promise: the till counts what it asked for, no more."""

import pytest

from device.service.wallet import Wallet
from pos.core.model import PAID_MOST
from pos.service.till import Till
from pos.service.values import CASH, DT_OFFLINE, DT_ONLINE, Phase
from tender.account.client_messages import TO_DT
from tender.errors import Code, LinkError, Refusal
from tender.qr.payment_code import decode
from tests.pos.market import Market, sold
from tests.wallet.village import approved, good
from town.cast import AIGUL

COFFEE_TIYN = 150_000
PAGE = 4


@pytest.fixture
def payer(market: Market) -> Wallet:
    """Somebody with money of both kinds."""
    aigul = market.wallet(AIGUL, 2 * COFFEE_TIYN)
    good(aigul.bank.convert(TO_DT, 5 * COFFEE_TIYN))
    return aigul


def shown(till: Till, amount_tiyn: int | None = None) -> str:
    """The reference of the code that the till shows."""
    return decode(good(till.begin_payment(DT_ONLINE, amount_tiyn)).shown.decode()).reference_label


def pay(payer: Wallet, till: Till, amount_tiyn: int, reference: str, purpose: str = "") -> None:
    """Online, under this reference, whatever the code asked for."""
    number = till.desk.business_number
    good(payer.merchants.pay(number, amount_tiyn, reference, channel="qr", purpose=purpose))


def changed_mind(till: Till) -> tuple[str, bytes]:
    """A code was shown and withdrawn, then an offline request: the reference of the one, the other."""
    good(till.add_item("Coffee", COFFEE_TIYN))
    reference = shown(till)
    good(till.cancel_payment())
    return reference, good(till.begin_payment(DT_OFFLINE)).shown


def test_late_online_money_takes_the_offline_request_back_before_it_counts(
    market: Market, payer: Wallet
) -> None:
    till = market.till()
    reference, request = changed_mind(till)
    signed = approved(payer.money, request).messages[0]
    pay(payer, till, COFFEE_TIYN, reference)
    taken = till.poll_online()
    assert taken is not None and good(taken).receipt is not None
    late = good(till.take(signed))
    assert late.receipt is None and late.messages
    back = good(payer.money.receive(late.messages[0]))
    assert back.status not in ("paid", "settled"), back
    standing = till.takings_standing()
    assert (standing.held_tiyn, standing.promised_tiyn, standing.unmatched_tiyn) == (0, 0, 0)
    assert good(till.x_report()).net_tiyn == COFFEE_TIYN


def test_late_online_money_is_a_stray_once_the_offline_money_is_here(market: Market, payer: Wallet) -> None:
    till = market.till()
    reference, request = changed_mind(till)
    pay(payer, till, COFFEE_TIYN, reference)
    taken = good(till.take(approved(payer.money, request).messages[0]))
    assert taken.receipt is not None and taken.refusal is None
    assert till.poll_online() is None
    assert [one.amount_tiyn for one in till.status().strays] == [COFFEE_TIYN]
    assert [paid.tender for paid in taken.receipt.paid] == [DT_OFFLINE]


def test_one_tiyn_under_the_sales_reference_wedges_nothing(market: Market, payer: Wallet) -> None:
    till = market.till()
    reference, request = changed_mind(till)
    pay(payer, till, 1, reference)
    assert till.poll_online() is None
    found = till.sale()
    assert found is not None and (found.phase, found.due_tiyn) == (Phase.PAYING, COFFEE_TIYN)
    taken = good(till.take(approved(payer.money, request).messages[0]))
    assert taken.receipt is not None
    assert good(payer.money.receive(taken.messages[0])).status == "paid"
    assert [one.amount_tiyn for one in till.status().strays] == [1]
    good(till.finish())
    assert good(till.z_report()).net_tiyn == COFFEE_TIYN


def test_a_code_for_a_part_counts_once_and_only_for_its_own_amount(market: Market, payer: Wallet) -> None:
    till = market.till()
    good(till.add_item("Coffee", COFFEE_TIYN))
    reference = shown(till, 50_000)
    for amount_tiyn, purpose in ((50_000, "first"), (50_000, "again"), (100_000, "all the rest")):
        pay(payer, till, amount_tiyn, reference, purpose)
    assert good(till.poll_online() or Refusal(Code.SALE_NONE, "sale")).amount_tiyn == 50_000
    found = till.sale()
    assert found is not None and (found.phase, found.due_tiyn) == (Phase.OWING, 100_000)
    assert sorted(one.amount_tiyn for one in till.status().strays) == [50_000, 100_000]
    assert good(till.cash(100_000)).receipt is not None


def test_a_flood_of_crumbs_and_a_second_with_more_than_a_page_leave_the_till_seeing(
    market: Market, payer: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All in one second of the bank's clock: pages of four stand for pages of five hundred."""
    monkeypatch.setattr("pos.service.online.TAKINGS_MOST", PAGE)
    monkeypatch.setattr("platform_stub.store.sale_rows.TAKINGS_MOST", PAGE)
    till = market.till()
    good(till.add_item("Coffee", COFFEE_TIYN))
    reference = shown(till)
    for number in range(2 * PAGE + 1):
        pay(payer, till, 1, reference, str(number))
    pay(payer, till, COFFEE_TIYN, reference, "the coffee")
    taken = till.poll_online()
    assert taken is not None and good(taken).receipt is not None
    assert len(till.status().strays) == 2 * PAGE + 1
    assert till.poll_online() is None, "told once"
    good(till.finish())
    good(till.add_item("Cake", 70_000))
    pay(payer, till, 70_000, shown(till))
    cake = till.poll_online()
    assert cake is not None and good(cake).amount_tiyn == 70_000
    assert good(till.x_report()).net_tiyn == COFFEE_TIYN + 70_000


def test_a_sale_has_room_for_so_many_payments_and_the_last_place_is_kept_for_an_answer(
    market: Market, payer: Wallet
) -> None:
    till = market.till()
    good(till.add_item("Coffee", COFFEE_TIYN))
    for _ in range(PAID_MOST - 1):
        good(till.cash(1, 1))
    told = till.cash(1, 1)
    assert isinstance(told, Refusal) and told.code is Code.AMOUNT_MISMATCH
    request = good(till.begin_payment(DT_OFFLINE)).shown
    taken = good(till.take(approved(payer.money, request).messages[0]))
    assert taken.receipt is not None and len(taken.receipt.paid) == PAID_MOST
    assert {one.tender for one in taken.receipt.paid} == {CASH, DT_OFFLINE}


def test_a_deposit_that_never_reached_the_bank_makes_no_room(market: Market, payer: Wallet) -> None:
    till = market.till()
    till.configure(offline_most_tiyn=COFFEE_TIYN)
    sold(till, payer, COFFEE_TIYN)
    market.line.away = True
    with pytest.raises(LinkError):
        till.deposit()
    standing = till.takings_standing()
    assert (standing.held_tiyn, standing.claimed_tiyn, standing.left_tiyn) == (0, COFFEE_TIYN, 0)
    good(till.add_item("Tea", 50_000))
    told = till.begin_payment(DT_OFFLINE)
    assert isinstance(told, Refusal) and told.code is Code.LIMIT_HOLDING
    market.line.away = False
    good(till.sync())
    assert till.takings_standing().left_tiyn == COFFEE_TIYN
    assert good(till.begin_payment(DT_OFFLINE)).amount_tiyn == 50_000
