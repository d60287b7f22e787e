"""Sales at the till's screen, by real tills and real wallets; codes are read from the screen's pixels."""

import asyncio
from pathlib import Path

import pytest

from pos.tui.entry import Entry, read_entry
from tender.errors import Code, Refusal
from tests.pos.market import Market
from tests.pos_screens.stage import (
    SMALL,
    MarketDoors,
    at_the_till,
    fetched_receipt,
    paid_by_code,
    pressed,
    shown,
    typed,
)
from tests.wallet.village import good
from town.cast import AIGUL, BOLAT, DANA


@pytest.mark.row("DT-L-06")
def test_three_customers_without_a_network_pay_by_code_and_all_of_it_settles(
    market: Market, tmp_path: Path
) -> None:
    payers = [market.wallet(one, 200_000) for one in (AIGUL, BOLAT, DANA)]
    market.till().close()
    market.line.away = True
    sent = len(market.line.sent)

    async def day() -> None:
        async with at_the_till(MarketDoors(market), SMALL) as (app, pilot):
            for number, payer in enumerate(payers, 1):
                await typed(app, pilot, "2*500 Tea", "enter", "enter", "1")
                await paid_by_code(app, pilot, payer, tmp_path)
                assert f"1/{number}" in shown(app)
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
