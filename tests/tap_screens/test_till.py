"""The till's reader: a phone held to it pays the sale, both screens saying the same; and what goes wrong."""

import asyncio

import pytest
from textual._context import active_app

from hardware.field import Field, InProcessReader
from tests.pos.market import Market
from tests.pos_screens.stage import MarketDoors, at_the_till, shown
from tests.wallet_conversation.street import seated
from town.cast import AIGUL
from wallet.tui.doors import Choices

NEAR = "near"


@pytest.mark.row("DT-Q-06")
def test_a_phone_pays_the_sale_by_tap(market: Market) -> None:
    market.wallet(AIGUL, 400_000).close()
    market.till().close()
    between = Field(NEAR)

    async def play() -> None:
        doors = MarketDoors(market, reader=NEAR, readers={NEAR: InProcessReader(between)})
        chosen = Choices(rules_seen=True, idle_s=0, reader=NEAR)
        async with at_the_till(doors) as (till, pilot), seated(market, "aigul", choices=chosen) as (aigul,):

            async def at_till(*keys: str) -> None:
                for key in keys:
                    active_app.set(till)
                    await pilot.press(key)
                    await pilot.pause(0.02)

            async def till_says(words: str) -> str:
                for _ in range(400):
                    active_app.set(till)
                    await pilot.pause(0.02)
                    if words in shown(till):
                        return shown(till)
                raise AssertionError(f"{words!r} never came:\n{shown(till)}")

            aigul.doors.fields[NEAR] = between
            await at_till(*"500", "space", *"Tea", "enter")
            await till_says("Tea")
            await at_till("enter")
            offered = await till_says("how is it paid?")
            assert "4  Digital Tenge by tap: card or phone" in offered
            await at_till("4")
            held = await till_says("[ 1 Hold ]")
            assert "500,00 ₸" in held and "Reader: in-process" not in held
            await aigul.press("p")
            await aigul.comes_to("Pay")
            await aigul.press("n")
            await aigul.comes_to("Agree")
            await aigul.press("y")
            await till_says("[ 3 Done ]")
            await aigul.says("[ 3 Done ]")
            await at_till("enter")
            paid = await till_says("Paid: 500,00 ₸")
            assert "Receipt" in paid or "RECEIPT" in paid
            assert till.till.takings.standing().held_tiyn == 50_000
            assert aigul.app.wallet.view.balance().spendable_tiyn == 350_000

    asyncio.run(play())
