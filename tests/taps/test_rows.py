"""Rows of the requirements that a tap must keep, each with its own figures."""

from dataclasses import replace

import pytest

from device.core.model import OFFLINE
from faces.language import label
from hardware.field import reader_of
from hardware.nfc import TapCard
from pos.core.model import NFC, Paid
from pos.service.till import Till
from pos.service.values import BY_RETURN, DT_OFFLINE, Receipt
from pos.store.schemas import PAID_ROW
from pos.tui.papers import slip_of
from tender.purse.tap import Side
from tests.nfc.phones import payer
from tests.pos.market import Market, sold
from tests.taps.pocket import CARD_PIN, Pocket, carded
from tests.wallet.village import good
from town.cast import AIGUL, BOLAT, DANA


def tapped(till: Till, pocket: Pocket, amount_tiyn: int) -> Receipt:
    """A sale paid by a card that is held to the till's reader."""
    good(till.add_item("Tea", amount_tiyn))
    good(till.begin_payment(DT_OFFLINE))
    taken = good(till.taps.at(pocket.reader, timeout_s=1, ask_pin=lambda: CARD_PIN))
    assert taken.refusal is None and taken.receipt is not None
    good(till.finish())
    return taken.receipt


@pytest.mark.row("DT-S-09")
def test_bolat_buys_by_card_in_digital_tenge(market: Market) -> None:
    bolat, till = carded(market, BOLAT, 1_000_000), market.till()
    before = [line.kind for line in good(till.device.bank.statement()).entries]
    market.line.away = True
    assert tapped(till, bolat, 377_900).total_tiyn == 377_900
    assert bolat.money_tiyn == 622_100
    market.line.away = False
    assert good(till.deposit()).settled_tiyn == 377_900
    told = good(till.device.bank.statement())
    assert told.balances.dt_tiyn == 377_900
    new = [line.kind for line in told.entries[: len(told.entries) - len(before)]]
    assert len(new) == 1 and "conversion" not in new, new


@pytest.mark.row("DT-L-06")
def test_three_customers_tap_and_reconnect(market: Market) -> None:
    cards = [carded(market, one, 200_000) for one in (AIGUL, BOLAT, DANA)]
    till = market.till()
    market.line.away = True
    for one in cards:
        tapped(till, one, 100_000)
    market.line.away = False
    assert good(till.deposit()).settled_tiyn == 300_000
    assert [one.money_tiyn for one in cards] == [100_000] * 3


@pytest.mark.row("DT-O-06")
def test_a_phone_and_a_card_both_pay_at_the_till(market: Market) -> None:
    card, till, phone = carded(market, BOLAT, 100_000), market.till(), market.wallet(AIGUL, 100_000)
    market.line.away = True
    tapped(till, card, 60_000)
    good(till.add_item("Bun", 40_000))
    good(till.begin_payment(DT_OFFLINE))
    held = TapCard(Side.PAYER)
    pays = payer(phone, held)
    taken = good(till.taps.at(reader_of(held), timeout_s=5))
    assert taken.receipt is not None and pays.end() == "paid"
    assert phone.view.balance().spendable_tiyn == 60_000
    assert till.takings_standing().held_tiyn == 100_000


@pytest.mark.row("DT-O-09")
def test_paid_by_tap_and_by_code_both_settle(market: Market) -> None:
    bolat, aigul, till = carded(market, BOLAT, 500_000), market.wallet(AIGUL, 500_000), market.till()
    market.line.away = True
    tap, code = tapped(till, bolat, 377_900), sold(till, aigul, 377_900)
    market.line.away = False
    assert good(till.deposit()).settled_tiyn == tap.total_tiyn + code.total_tiyn == 755_800
    assert till.takings_standing().unmatched_tiyn == 0
    report = good(till.z_report())
    assert (report.net_tiyn, report.receipts) == (755_800, 2)


@pytest.mark.row("DT-Q-03")
@pytest.mark.parametrize("single", [True, False], ids=["one note", "many notes"])
def test_a_card_with_the_exact_amount_is_never_declined(market: Market, single: bool) -> None:
    bolat, till = carded(market, BOLAT, 80_000, single=single), market.till()
    market.line.away = True
    assert tapped(till, bolat, 80_000).total_tiyn == 80_000
    assert bolat.money_tiyn == 0


def test_tapped_money_goes_back_onto_the_card(market: Market) -> None:
    bolat, till = carded(market, BOLAT, 80_000), market.till()
    market.line.away = True
    receipt = tapped(till, bolat, 50_000)
    back = good(till.refund(receipt.name, BY_RETURN))
    with bolat.at(till.device) as guest:
        assert sum(map(guest.take_back, back.messages)) == 50_000
        assert sum(map(guest.take_back, back.messages)) == 50_000, "again is no harm"
    assert bolat.money_tiyn == 80_000
    assert till.takings_standing().held_tiyn == 0
    assert good(till.x_report()).net_tiyn == 0
    tapped(till, bolat, 80_000)
    assert bolat.money_tiyn == 0


def test_the_books_call_it_offline_money(market: Market) -> None:
    bolat, till = carded(market, BOLAT, 80_000), market.till()
    (paid,) = tapped(till, bolat, 50_000).paid
    row = good(till.device.view.payment(paid.id.hex()))
    assert (paid.tender, row.channel, row.status) == (DT_OFFLINE, OFFLINE, "received")


def test_the_till_tells_a_tap_from_a_code(market: Market) -> None:
    """The same tender, another channel: in the book, on the receipt, and after the till was opened again."""
    bolat, aigul, till = carded(market, BOLAT, 80_000), market.wallet(AIGUL, 80_000), market.till()
    market.line.away = True
    receipts = [tapped(till, bolat, 50_000), sold(till, aigul, 50_000)]
    assert [one.paid[0].channel for one in receipts] == [NFC, ""]
    till.close()
    till = market.opened_till()
    again = [good(till.receipt(one.name)) for one in receipts]
    assert [one.paid[0].channel for one in again] == [NFC, ""]
    ways = [slip_of(one, till.status()).tenders[0][0] for one in again]
    assert [label(f"receipt.tender-{way}") for way in ways] == [
        "Digital Tenge by tap, offline",
        "Digital Tenge, offline",
    ]


def test_a_row_without_a_channel_is_written_as_it_always_was() -> None:
    """A till's book from before taps is read; what has no channel takes no more room than then."""
    paid = Paid(DT_OFFLINE, 50_000, 1, b"i" * 16, "ref", "Bolat")
    written = PAID_ROW.to_value(paid)
    assert len(written) == 7 and PAID_ROW.from_value(written, "paid") == paid
    tapped_row = replace(paid, channel=NFC)
    assert PAID_ROW.from_value(PAID_ROW.to_value(tapped_row), "paid") == tapped_row
