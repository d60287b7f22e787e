"""What a cashier fears: no room for more offline money, a blocked or copied wallet, money too late or
twice."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from device.service.wallet import Wallet
from faces.qr_reel import payload_png
from pos.service.till import Till
from pos.service.values import BY_CASH, BY_TRANSFER, CASH, DT_CONVERTED, DT_OFFLINE, DT_ONLINE, Phase, Room
from tender.account.client_messages import TO_DT
from tender.errors import Code, Refusal, StoreError
from tender.qr.payment_code import decode
from tests.pos.market import Market, pixels, rung_up, sold
from tests.wallet.village import approved, good, hand_over
from town.cast import AIGUL, BOLAT, DANA


def seen(message: bytes, place: Path) -> bytes:
    """A message as the other side's camera sees it: from the pixels of a picture."""
    picture = place / f"{len(list(place.glob('*.png')))}.png"
    picture.write_bytes(payload_png(message))
    return pixels(picture)


def code_of(outcome: object) -> Code:
    assert isinstance(outcome, Refusal), outcome
    return outcome.code


# --- genuine money is taken


def fresh(market: Market) -> Wallet:
    return market.wallet(AIGUL, 80_000, single=True)


def change(market: Market) -> Wallet:
    aigul = market.wallet(AIGUL, 100_000, single=True)
    hand_over(aigul, market.wallet(DANA), 20_000)
    return aigul


def small_pieces(market: Market) -> Wallet:
    return market.wallet(AIGUL, 80_000)


def many_hands(market: Market) -> Wallet:
    """Fourteen hops: the one to the till is the last there may be."""
    pair = [market.wallet(AIGUL, 80_000, single=True), market.wallet(DANA)]
    for hop in range(14):
        hand_over(pair[hop % 2], pair[1 - hop % 2], 80_000)
    return pair[0]


def another_bank(market: Market) -> Wallet:
    return market.wallet(BOLAT, 80_000, single=True)


@pytest.mark.row("DT-Q-03")
@pytest.mark.parametrize("payer", [fresh, change, small_pieces, many_hands, another_bank])
def test_genuine_money_for_the_exact_amount_is_never_declined(
    market: Market, payer: Callable[[Market], Wallet]
) -> None:
    wallet, till = payer(market), market.till()
    market.line.away = True
    request = seen(rung_up(till, 80_000), market.folder)
    taken = good(till.take(seen(approved(wallet.money, request).messages[0], market.folder)))
    assert taken.refusal is None and taken.receipt is not None
    assert taken.receipt.total_tiyn == till.takings_standing().held_tiyn == 80_000
    assert good(wallet.money.receive(seen(taken.messages[0], market.folder))).status == "paid"


# --- the limit


def test_a_full_till_asks_for_a_deposit_and_goes_on_with_cash(market: Market) -> None:
    aigul, till = market.wallet(AIGUL, 400_000), market.till()
    till.configure(offline_most_tiyn=150_000)
    sold(till, aigul, 125_000)
    standing = till.takings_standing()
    assert (standing.room, standing.left_tiyn, standing.oldest_at) == (Room.LITTLE, 25_000, till.desk.now())
    good(till.add_item("Tea", 50_000))
    assert code_of(till.begin_payment(DT_OFFLINE)) is Code.LIMIT_HOLDING
    assert [one.name for one in till.status().tenders if one.open] == [DT_OFFLINE, DT_ONLINE, CASH]
    good(till.cash(50_000))
    good(till.finish())
    assert good(till.deposit()).settled_tiyn == 125_000
    sold(till, aigul, 150_000)
    assert till.takings_standing().room is Room.NONE


# --- payers who are not to be trusted


def test_a_blocked_payer_is_refused_and_the_sale_waits_for_another(market: Market) -> None:
    lost, till = market.wallet(AIGUL, 100_000), market.till()
    other = market.blank("second")
    code = market.platform.banks[AIGUL.bank].clients.activation_code(market.client(AIGUL).number)
    good(other.membership.enrol(AIGUL.bank, code, shown=False))
    good(other.membership.report_lost(lost.desk.settings.device))
    good(till.sync())
    request = rung_up(till, 60_000)
    taken = good(till.take(approved(lost.money, request).messages[0]))
    assert taken.refusal is not None and taken.refusal.code is Code.CERTIFICATE_REVOKED
    assert taken.messages and taken.receipt is None
    sale = till.sale()
    assert sale is not None and (sale.phase, sale.due_tiyn) == (Phase.PAYING, 60_000)
    good(till.cancel_payment())
    assert good(till.cash(60_000)).receipt is not None


def test_a_copied_wallet_that_pays_twice_is_caught_at_the_till(market: Market) -> None:
    aigul, till = market.wallet(AIGUL, 100_000, single=True), market.till()
    aigul.close()
    for place in ("home/wallets", "elements"):
        shutil.copytree(market.folder / place / "aigul", market.folder / place / "clone")
    aigul, clone = market.reopen(None, "aigul"), market.reopen(None, "clone")
    market.line.away = True
    sold(till, aigul, 100_000)
    taken = good(till.take(approved(clone.money, rung_up(till, 100_000)).messages[0]))
    assert taken.refusal is not None and taken.refusal.code is Code.FORK_PROVED
    assert len(till.receipts()) == 1 and till.takings_standing().held_tiyn == 100_000
    assert good(till.device.life.proof())


def test_a_payment_for_a_question_that_was_taken_back_goes_back(market: Market) -> None:
    aigul, till = market.wallet(AIGUL, 100_000), market.till()
    payment = approved(aigul.money, rung_up(till, 60_000)).messages[0]
    good(till.cancel_payment())
    taken = good(till.take(payment))
    assert taken.receipt is None and not taken.again
    assert good(aigul.money.receive(taken.messages[0])).status == "returned"
    assert aigul.view.balance().spendable_tiyn == 100_000
    sale = till.sale()
    assert sale is not None and sale.due_tiyn == 60_000
    assert till.takings_standing().unmatched_tiyn == 0


# --- over the account


def paid_by_code(payer: Wallet, till: Till, tender: str = DT_ONLINE) -> str:
    """The customer pays what the till's code says; returns the reference."""
    code = decode(good(till.begin_payment(tender)).shown.decode())
    assert code.amount_tiyn is not None
    good(payer.merchants.pay(code.merchant, code.amount_tiyn, code.reference_label, channel="qr", bank=563))
    return code.reference_label


@pytest.mark.parametrize(("account", "tender"), [(True, DT_ONLINE), (False, DT_CONVERTED)])
def test_a_payment_code_is_paid_over_the_account(market: Market, account: bool, tender: str) -> None:
    aigul, till = market.wallet(AIGUL), market.till(account=account)
    good(aigul.bank.convert(TO_DT, 500_000))
    good(till.add_item("Coffee", 150_000))
    assert till.poll_online() is None
    paid_by_code(aigul, till, tender)
    till = market.restarted(till)
    taken = till.poll_online()
    assert taken is not None and not isinstance(taken, Refusal) and taken.receipt is not None
    assert [one.tender for one in taken.receipt.paid] == [tender]
    assert till.poll_online() is None, "the same credit is counted once"
    good(till.finish())
    assert good(till.x_report()).net_tiyn == 150_000


def test_money_for_no_sale_is_kept_apart(market: Market) -> None:
    aigul, till = market.wallet(AIGUL), market.till()
    good(aigul.bank.convert(TO_DT, 500_000))
    good(till.add_item("Coffee", 150_000))
    reference = paid_by_code(aigul, till)
    good(aigul.merchants.pay(till.desk.business_number, 150_000, reference, channel="qr", purpose="again"))
    taken = till.poll_online()
    assert taken is not None and not isinstance(taken, Refusal) and taken.receipt is not None
    assert [one.amount_tiyn for one in till.status().strays] == [150_000]
    assert till.takings_standing().unmatched_tiyn == 150_000
    assert good(till.x_report()).net_tiyn == 150_000


def test_two_tills_of_one_merchant_leave_each_others_money_alone(market: Market) -> None:
    aigul, tills = market.wallet(AIGUL), [market.till(name=one) for one in ("left", "right")]
    good(aigul.bank.convert(TO_DT, 500_000))
    for number, till in enumerate(tills, 1):
        good(till.add_item("Coffee", 100_000 + number))
        paid_by_code(aigul, till)
    good(aigul.merchants.pay(tills[0].desk.business_number, 70_000, "ORDER 7", channel="shop"))
    for till in tills:
        taken = till.poll_online()
        assert taken is not None and not isinstance(taken, Refusal) and taken.receipt is not None
        assert not till.status().strays
    assert [till.receipts()[0].total_tiyn for till in tills] == [100_001, 100_002]


def test_a_refund_over_the_account_outlives_a_lost_answer_and_happens_once(market: Market) -> None:
    aigul, till = market.wallet(AIGUL), market.till()
    good(aigul.bank.convert(TO_DT, 500_000))
    good(till.add_item("Coffee", 150_000))
    paid_by_code(aigul, till)
    till.poll_online()
    good(till.finish())
    market.line.lose_answers = 1
    told = good(till.refund("1-0001", BY_TRANSFER, 50_000, AIGUL.phone))
    assert (told.receipts, told.amount_tiyn, told.waiting_tiyn) == ((), 0, 50_000)
    till = market.restarted(till)
    assert [one.amount_tiyn for one in till.status().giving_back] == [50_000]
    assert code_of(till.refund("1-0001", BY_CASH, 150_000)) is Code.REFUND_TOO_MUCH
    good(till.sync())
    good(till.sync())
    assert not till.status().giving_back
    assert [one.total_tiyn for one in till.receipts()] == [50_000, 150_000]
    assert good(aigul.bank.statement()).balances.dt_tiyn == 400_000


def test_a_void_gives_each_payment_back_as_it_came(market: Market) -> None:
    aigul, till = market.wallet(AIGUL, 100_000), market.till(drawer_tiyn=300_000)
    good(till.add_item("Lunch", 120_000))
    asked = good(till.begin_payment(DT_OFFLINE, 100_000))
    good(till.take(approved(aigul.money, asked.shown).messages[0]))
    good(till.cash(20_000))
    good(till.finish())
    back = good(till.void("1-0001"))
    assert [(one.kind, one.total_tiyn, one.of) for one in back.receipts] == [
        ("void", 100_000, "1-0001"),
        ("void", 20_000, "1-0001"),
    ]
    assert good(aigul.money.receive(back.messages[0])).status == "returned"
    told = good(till.x_report())
    assert (told.net_tiyn, told.drawer_tiyn, told.voids_tiyn) == (0, 300_000, 120_000)
    assert code_of(till.void("1-0001")) is Code.RECEIPT_OLD


# --- files put back


def test_an_old_copy_of_the_till_sells_nothing_offline(market: Market) -> None:
    aigul, till = market.wallet(AIGUL, 200_000), market.till()
    till.close()
    folder = market.till_config().device.folder
    shutil.copytree(folder, market.folder / "older")
    till = market.opened_till()
    sold(till, aigul, 50_000)
    till.close()
    shutil.rmtree(folder)
    shutil.copytree(market.folder / "older", folder)
    till = market.opened_till()
    assert till.status().behind
    assert code_of(till.add_item("Tea", 50_000)) is Code.STORE_BEHIND
    with pytest.raises(StoreError) as told:
        till.device.money.request(50_000)
    assert told.value.code is Code.STORE_BEHIND


def test_a_book_put_back_gives_no_number_twice(market: Market) -> None:
    """Nobody paid by coin, so the device knows nothing of these sales; its element knows of the book."""
    aigul, till = market.wallet(AIGUL, 200_000), market.till()
    till.close()
    book, older = market.till_config().sales, market.folder / "older.db"
    shutil.copy(book, older)
    till = market.opened_till()
    for _ in range(2):
        good(till.add_item("Tea", 50_000))
        good(till.cash(50_000))
        lost = good(till.finish())
        good(till.z_report())
        good(till.open_shift())
    till.close()
    shutil.copy(older, book)
    till = market.opened_till()
    assert till.status().behind and not till.receipts()
    refused = (till.add_item("Tea", 1), till.open_shift(), till.z_report(), till.refund("1-0001", BY_CASH))
    assert {code_of(one) for one in refused} == {Code.STORE_BEHIND}
    till.configure(city="Almaty")
    till = market.restarted(till)
    assert till.status().behind, "writing into an old copy makes it no younger"
    good(till.sync())
    assert not till.status().behind and till.status().shift is None
    assert good(till.open_shift()).number > lost.shift + 1
    receipt = sold(till, aigul, 70_000)
    assert receipt.shift > lost.shift + 1 and good(till.x_report()).net_tiyn == 70_000
    assert not market.restarted(till).status().behind


def test_a_book_of_cash_alone_that_is_gone_is_no_new_till(market: Market) -> None:
    market.till().close()
    market.till_config().sales.unlink()
    with pytest.raises(StoreError) as told:
        market.opened_till()
    assert told.value.code is Code.STORE_TAMPERED


def test_a_book_put_back_shows_money_that_no_receipt_knows(market: Market) -> None:
    aigul, till = market.wallet(AIGUL, 200_000), market.till()
    till.close()
    book, older = market.till_config().sales, market.folder / "older.db"
    shutil.copy(book, older)
    till = market.opened_till()
    sold(till, aigul, 50_000)
    till.close()
    shutil.copy(older, book)
    till = market.opened_till()
    assert till.takings_standing().unmatched_tiyn == 50_000 and not till.receipts()


def test_a_book_that_is_gone_is_no_new_till(market: Market) -> None:
    aigul, till = market.wallet(AIGUL, 200_000), market.till()
    sold(till, aigul, 50_000)
    till.close()
    market.till_config().sales.unlink()
    with pytest.raises(StoreError) as told:
        market.opened_till()
    assert told.value.code is Code.STORE_TAMPERED
