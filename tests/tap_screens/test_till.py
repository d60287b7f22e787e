"""The till's reader: a phone held to it pays the sale, both screens saying the same; and what goes wrong."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from hardware.field import Field, InProcessReader
from tender.ports import CardReader
from tender.purse.commands import Ins
from tests.pos.market import Market
from tests.pos_screens.seat import Seat
from tests.pos_screens.stage import MarketDoors, at_the_till, shown
from tests.taps.pocket import LOST_ANSWER, Tearing, carded
from tests.wallet_conversation.street import seated
from town.cast import AIGUL
from wallet.tui.doors import Choices

NEAR = "near"


class TapSeat(Seat):
    """One with a reader on the counter."""

    async def sells_tea_by_tap(self) -> None:
        """500 tenge of tea, by tap."""
        await self.press(*"500", "space", *"Tea", "enter")
        await self.says("Tea 500,00")
        await self.press("enter")
        await self.says("4 Digital Tenge by tap: card or phone")
        await self.press("4")


@asynccontextmanager
async def behind_the_counter(market: Market, reader: CardReader) -> AsyncIterator[TapSeat]:
    """A till with this reader."""
    market.till().close()
    async with at_the_till(MarketDoors(market, reader=NEAR, readers={NEAR: reader})) as (app, pilot):
        yield TapSeat(app, pilot)


@pytest.mark.row("DT-Q-06")
def test_a_phone_pays_the_sale_by_tap(market: Market) -> None:
    """Tapped once: no card inserted, no number keyed in."""
    market.wallet(AIGUL, 400_000).close()
    between = Field(NEAR)
    chosen = Choices(rules_seen=True, idle_s=0, reader=NEAR)

    async def play() -> None:
        async with (
            behind_the_counter(market, InProcessReader(between)) as till,
            seated(market, "aigul", choices=chosen) as (aigul,),
        ):
            aigul.doors.fields[NEAR] = between
            await till.sells_tea_by_tap()
            await till.says("[ 1 Hold ]", "500,00 ₸", "Reader: near")
            await aigul.press("p")
            await aigul.comes_to("Pay")
            await aigul.press("n")
            await aigul.comes_to("Agree")
            await aigul.press("y")
            await till.says("[ 3 Done ]")
            await aigul.says("[ 3 Done ]")
            await till.press("enter")
            await till.says("Paid: 500,00 ₸", "Receipt")
            assert till.app.till.takings.standing().held_tiyn == 50_000
            assert aigul.app.wallet.view.balance().spendable_tiyn == 350_000

    asyncio.run(play())


def test_a_card_alone_pays_and_taken_away_too_early_it_pays_once(market: Market) -> None:
    """Its answer to the signing is lost: the screen says who knows, and the same card finishes it."""
    pocket = carded(market, AIGUL, 500_000)
    torn = Tearing(pocket, LOST_ANSWER, Ins.SIGN_LINKS)

    async def play() -> None:
        async with behind_the_counter(market, pocket.reader) as till:
            await till.sells_tea_by_tap()
            await till.says("nothing is paid twice", "[ 1 Hold ]")
            torn.put_back()
            await till.says("[ 3 Done ]", "You may take it away.")
            await till.press("enter")
            await till.says("Paid: 500,00 ₸")
            assert till.app.till.takings.standing().held_tiyn == 50_000

    asyncio.run(play())
    assert pocket.money_tiyn == 450_000


def test_without_a_card_esc_leads_back_to_the_code(market: Market) -> None:
    async def play() -> None:
        async with behind_the_counter(market, InProcessReader(Field(NEAR))) as till:
            await till.sells_tea_by_tap()
            await till.says("[ 1 Hold ]")
            await till.press("escape")
            await till.says("The customer scans this code", "n Tap")
            await till.press("n")
            await till.says("[ 1 Hold ]")
            assert till.app.till.takings.standing().held_tiyn == 0

    asyncio.run(play())


def test_above_the_cards_limit_its_holder_types_the_pin(market: Market) -> None:
    """A wrong one is said with the tries that are left; the PIN stands nowhere on the screen."""
    pocket = carded(market, AIGUL, 2_000_000)

    async def play() -> None:
        async with behind_the_counter(market, pocket.reader) as till:
            await till.press(*"15000", "space", *"TV", "enter")
            await till.says("TV 15 000,00")
            await till.press("enter")
            await till.says("4 Digital Tenge by tap: card or phone")
            await till.press("4")
            await till.says("The card wants its PIN")
            await till.press(*"9999", "enter")
            await till.says("PIN is wrong")
            await till.press("enter")
            await till.says("The card wants its PIN")
            await till.press(*"2580", "enter")
            await till.says("[ 3 Done ]")
            assert "2580" not in shown(till.app)

    asyncio.run(play())
    assert pocket.money_tiyn == 500_000
