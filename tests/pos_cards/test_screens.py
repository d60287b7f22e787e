"""The card tender on the till's screens, 80 by 24: every step in words, a PIN that is never shown."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from faces import language
from hardware.field import Field, InProcessReader
from tests.pos.market import Market
from tests.pos_cards.acquirer import StandInAcquirer, declines
from tests.pos_cards.shop import PIN, a_card, set_up
from tests.pos_cards.striped import STRIPE, striped_card
from tests.pos_screens.seat import Seat
from tests.pos_screens.stage import MarketDoors, at_the_till
from tests.qr.pixels import screen_png

NEAR = "near"
PICTURES = os.environ.get("CARD_PICTURES", "")
"""A folder for pictures of what is shown, for whoever wants to look."""


class CardSeat(Seat):
    """One that takes cards."""

    def picture(self, name: str) -> None:
        """Of what is shown now."""
        if PICTURES:
            (Path(PICTURES) / f"{name}.png").write_bytes(screen_png(self.app))

    async def sells_by_card(self) -> None:
        """3 779 tenge of tea."""
        await self.press(*"3779", "space", *"Tea", "enter")
        await self.says("Tea", "3 779,00")
        await self.press("enter")
        await self.says("3 Cash", "4 Bank card")
        self.picture("choose")
        await self.press("4")


@asynccontextmanager
async def behind_the_counter(
    market: Market, acquirer: StandInAcquirer, field: Field, slot: Callable[[str], bytes] | None = None
) -> AsyncIterator[CardSeat]:
    """A till whose reader is this field; ``slot``: what its slot for stripes reads."""
    language.use("en")
    till = market.till()
    set_up(till, acquirer.port)
    till.close()
    doors = MarketDoors(market, reader=NEAR, readers={NEAR: InProcessReader(field)}, slot=slot)
    async with at_the_till(doors) as (app, pilot):
        yield CardSeat(app, pilot)


def test_from_inserting_to_the_receipt(market: Market, acquirer: StandInAcquirer) -> None:
    field = Field(NEAR)

    async def play() -> None:
        async with behind_the_counter(market, acquirer, field) as seat:
            await seat.sells_by_card()
            await seat.says("[1 Insert]", "Insert the card.", "3 779,00")
            seat.picture("insert")
            field.insert(a_card())
            await seat.says("PIN, please: 3 779,00")
            await seat.press(*PIN)
            asks = await seat.says("PIN, please")
            assert PIN not in asks and "••••" in asks.replace(" ", "")
            seat.picture("pin")
            await seat.press("enter")
            await seat.says("Approved", "Remove the card.", "******", "A1B2C3")
            seat.picture("approved")
            await seat.press("enter")
            await seat.says("Paid: 3 779,00", "Bank card")
            seat.picture("receipt")

    asyncio.run(play())
    assert len(acquirer.said("0100")) == 1 and acquirer.said("0100")[0].pin_block is not None


def test_a_declined_card_and_then_cash(market: Market, acquirer: StandInAcquirer) -> None:
    """DT-Q-14's other half: whoever was declined may still choose."""
    acquirer.script = declines("51")
    field = Field(NEAR, a_card())

    async def play() -> None:
        async with behind_the_counter(market, acquirer, field) as seat:
            await seat.sells_by_card()
            await seat.says("PIN, please")
            await seat.press(*PIN, "enter")
            await seat.says("Declined", "Remove the card.")
            seat.picture("declined")
            await seat.press("a")
            await seat.says("Tea")
            await seat.press("enter")
            await seat.says("3 Cash")
            await seat.press("3")
            await seat.says("Cash")
            await seat.press("enter")
            await seat.says("Paid: 3 779,00")

    asyncio.run(play())
    assert not acquirer.stands_tiyn


def test_a_chip_that_cannot_be_read_is_swiped(market: Market, acquirer: StandInAcquirer) -> None:
    pulled = threading.Event()

    def slot(where: str) -> bytes:
        assert where == NEAR and pulled.wait(20)
        return STRIPE.to_bytes()

    async def play() -> None:
        async with behind_the_counter(
            market, acquirer, Field(NEAR, striped_card("chip-broken")), slot
        ) as seat:
            await seat.sells_by_card()
            await seat.says("The chip cannot be read: swipe the card", "3 779,00")
            seat.picture("swipe")
            pulled.set()
            await seat.says("PIN, please")
            await seat.press(*PIN, "enter")
            await seat.says("Approved", "Remove the card.")
            seat.picture("swiped")

    asyncio.run(play())
    assert acquirer.said("0100")[0].text(22) == "801"


@pytest.mark.parametrize("flaw", ["", "chip-broken"])
def test_back_at_the_pin_pays_nothing(market: Market, acquirer: StandInAcquirer, flaw: str) -> None:
    card = striped_card(flaw) if flaw else a_card()

    async def play() -> None:
        async with behind_the_counter(
            market, acquirer, Field(NEAR, card), lambda _: STRIPE.to_bytes()
        ) as seat:
            await seat.sells_by_card()
            await seat.says("PIN, please", "Esc Back")
            await seat.press("escape")
            await seat.says("Not done", "The payer said no. Nothing was paid.", "Remove the card.")
            await seat.press("a")
            await seat.says("Tea", "3 779,00")

    asyncio.run(play())
    assert not acquirer.said("0100") and not acquirer.stands_tiyn


def test_who_goes_on_without_a_pin_is_asked_once(market: Market, acquirer: StandInAcquirer) -> None:
    async def play() -> None:
        async with behind_the_counter(market, acquirer, Field(NEAR, a_card())) as seat:
            await seat.sells_by_card()
            await seat.says("PIN, please", "Enter without digits: no PIN.")
            await seat.press("enter")
            await seat.says("Approved", "Remove the card.")

    asyncio.run(play())
    (request,) = acquirer.said("0100")
    assert request.pin_block is None


def test_nobody_inserts_a_card_and_the_cashier_leaves(market: Market, acquirer: StandInAcquirer) -> None:
    async def play() -> None:
        async with behind_the_counter(market, acquirer, Field(NEAR)) as seat:
            await seat.sells_by_card()
            await seat.says("Insert the card.")
            await seat.press("escape")
            await seat.says("Tea", "3 779,00")

    asyncio.run(play())
    assert not acquirer.heard


def test_a_refund_to_the_card_from_the_receipts(market: Market, acquirer: StandInAcquirer) -> None:
    field = Field(NEAR, a_card())

    async def play() -> None:
        async with behind_the_counter(market, acquirer, field) as seat:
            await seat.sells_by_card()
            await seat.says("PIN, please")
            await seat.press(*PIN, "enter")
            await seat.says("Approved", "Remove the card.")
            await seat.press("enter")
            await seat.says("Paid: 3 779,00")
            await seat.press("enter")
            await seat.says("F2 Receipts")
            await seat.press("f2")
            await seat.says("Receipts", "1-0001")
            await seat.press("r")
            await seat.says("Cash from the drawer", "To the card that paid")
            await seat.press("2")
            await seat.says("Refund to the card", "go back to card", "Remove the card.")
            seat.picture("refund")
            await seat.press("enter")
            await seat.says("1-0002", "refund")

    asyncio.run(play())
    assert [one.processing_code for one in acquirer.said("0100")] == ["000000", "200000"]
