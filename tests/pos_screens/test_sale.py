"""Sales at the till's screen, by real tills and real wallets; codes are read from the screen's pixels."""

import asyncio

import pytest

from pos.tui.entry import Entry, read_entry
from tender.errors import Code, Refusal
from tests.pos.market import Market
from tests.pos_screens.stage import (
    SMALL,
    TYPICAL,
    MarketDoors,
    at_the_till,
    fetched_receipt,
    paid_by_code,
    pressed,
    shown,
    typed,
    until,
)
from tests.wallet.village import good
from town.cast import AIGUL, BOLAT, DANA, MERCHANT


@pytest.mark.row("DT-L-06")
def test_three_customers_without_a_network_pay_by_code(market: Market) -> None:
    payers = [market.wallet(one, 200_000) for one in (AIGUL, BOLAT, DANA)]
    market.till().close()
    market.line.away = True
    sent = len(market.line.sent)

    async def day() -> None:
        async with at_the_till(MarketDoors(market), SMALL) as (app, pilot):
            for number, payer in enumerate(payers, 1):
                await typed(app, pilot, "2*500 Tea", "enter", "enter", "1")
                await paid_by_code(app, pilot, payer)
                assert f"1-{number:04d}" in shown(app)
                await fetched_receipt(app, pilot, payer)
                await pressed(app, pilot, "enter")
            assert "3 000,00" in shown(app).splitlines()[0]
            assert len(market.line.sent) == sent, "not one call of the network"
            market.line.away = False
            for payer in payers:
                good(payer.settling.sync())
            await pressed(app, pilot, "f4", "d")
            words = shown(app)
            assert "3 000,00 ₸ are credited" in words
            assert "Settled" in words and "Offline: 0,00" in words.splitlines()[0]

    asyncio.run(day())
    till = market.opened_till()
    assert till.takings_standing().settled_tiyn == 300_000
    assert [one.view.balance().spendable_tiyn for one in payers] == [100_000] * 3


TYPED = {
    "a price": ("500", Entry("", 50_000, 1)),
    "tiyn": ("1250,50", Entry("", 125_050, 1)),
    "several": ("2*500", Entry("", 50_000, 2)),
    "a name behind": ("3 x 500 green tea", Entry("green tea", 50_000, 3)),
    "a name before": ("Чай 500", Entry("Чай", 50_000, 1)),
    "as the command takes it": ("Tea=500", Entry("Tea", 50_000, 1)),
    "the sign of the keypad": ("2×500", Entry("", 50_000, 2)),
    "a name alone": ("Tea", Refusal(Code.AMOUNT_UNREADABLE, "entry")),
    "nothing": ("2*", Refusal(Code.AMOUNT_UNREADABLE, "entry")),
    "three decimals": ("1,234 Tea", Refusal(Code.AMOUNT_UNREADABLE, "entry")),
    "a foreign price": ("$5", Refusal(Code.AMOUNT_UNREADABLE, "entry")),
    "too much": ("99999999999999 yacht", Refusal(Code.AMOUNT_OUT_OF_RANGE, "entry")),
}


@pytest.mark.parametrize(("text", "meant"), TYPED.values(), ids=TYPED)
def test_what_a_cashier_types(text: str, meant: Entry | Refusal) -> None:
    assert read_entry(text) == meant


def test_a_newcomer_makes_a_till_joins_a_bank_and_sells(market: Market) -> None:
    client = market.client(MERCHANT)
    code = market.platform.banks[MERCHANT.bank].clients.activation_code(client.number)

    async def first_day() -> None:
        async with at_the_till(MarketDoors(market, pin=None), TYPICAL) as (app, pilot):
            assert "A new till" in shown(app)
            await typed(app, pilot, "4071", "enter")
            await typed(app, pilot, "4072", "enter")
            assert "not the same" in shown(app)
            await typed(app, pilot, "4071", "enter")
            await typed(app, pilot, "4071", "enter")
            await until(app, pilot, "bank")
            await typed(app, pilot, str(MERCHANT.bank), "enter")
            await typed(app, pilot, code, "enter")
            await until(app, pilot, "Open an account")
            assert code not in shown(app)
            await pressed(app, pilot, "enter")
            await until(app, pilot, "first cashier")
            await typed(app, pilot, "Gulnur", "enter")
            await typed(app, pilot, "2222", "enter")
            await typed(app, pilot, "5000", "enter")
            await typed(app, pilot, "500 Tea", "enter", "enter", "3")
            await typed(app, pilot, "", "backspace", "backspace", "backspace", "backspace")
            await pressed(app, pilot, *["backspace"] * 4)
            await typed(app, pilot, "1000", "enter")
            assert "Give back: 500,00" in shown(app)
            await pressed(app, pilot, "enter", "f3")
            assert "Must be in the drawer" in shown(app) and "5 500,00" in shown(app)

    asyncio.run(first_day())


def test_a_cashier_with_a_wrong_code_does_not_sell(market: Market) -> None:
    till = market.till()
    till.sign_off()
    till.close()

    async def tried() -> None:
        async with at_the_till(MarketDoors(market)) as (app, pilot):
            await typed(app, pilot, "9999", "enter")
            assert "Who sells?" in shown(app)
            assert "9999" not in shown(app)
            await typed(app, pilot, "1111", "enter")
            await until(app, pilot, "Basket")

    asyncio.run(tried())
