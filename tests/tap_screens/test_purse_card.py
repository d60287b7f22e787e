"""A purse card alone at a wallet's reader: it pays what the screen asks for, and is paid from the screen."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from tender.purse.commands import Ins
from tests.pos.market import Market
from tests.tap_screens.test_wallets import NEAR, asks
from tests.taps.pocket import LOST_ANSWER, LOST_COMMAND, Pocket, Tearing, carded
from tests.wallet_conversation.street import Seat, seated
from town.cast import BOLAT, DANA
from wallet.tui.doors import Choices

CARD_PIN = "2580"


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A card that was taken away does not come back by itself."""
    monkeypatch.setattr("hardware.card_element.AGAIN_S", 0.0)


@asynccontextmanager
async def at_the_reader(market: Market, card: Pocket, loaded_tiyn: int = 0) -> AsyncIterator[Seat]:
    """Dana at her screen, Bolat's card on her reader."""
    market.wallet(DANA, loaded_tiyn, shown=True).close()
    market.line.away = True
    async with seated(market, "dana", choices=Choices(rules_seen=True, idle_s=0, reader=NEAR)) as (dana,):
        dana.doors.fields[NEAR] = card.field
        yield dana


async def pays_onto_it(dana: Seat, amount: str) -> None:
    """Dana types how much the card is to get."""
    await dana.press("p")
    await dana.comes_to("Pay")
    await dana.press("k")
    await dana.says("How much is the card to get?")
    await dana.types(amount)
    await dana.press("enter")
    await dana.comes_to("Agree")
    await dana.press("y")


def spendable(dana: Seat) -> int:
    """In Dana's wallet."""
    return dana.app.wallet.view.balance().spendable_tiyn


def comes_back(dana: Seat, torn: Tearing) -> Callable[[], bool]:
    """Put the card back once the screen has said that it was taken away."""

    def said() -> bool:
        if torn.is_gone and "again" in dana.text():
            torn.put_back()
        return "[ 3 Done ]" in dana.text()

    return said


def test_a_card_pays_what_the_screen_asks_for_with_its_pin_above_its_limit(market: Market) -> None:
    card = carded(market, BOLAT, 2_000_000)

    async def play() -> None:
        async with at_the_reader(market, card) as dana:
            await asks(dana, "15000", waits=False)
            await dana.says("The card wants its PIN")
            await dana.types(CARD_PIN)
            assert CARD_PIN not in dana.text()
            await dana.press("enter")
            await dana.says("[ 3 Done ]")
            await dana.press("enter")
            await dana.comes_to("Ended")
            assert "Received" in dana.text()
            assert spendable(dana) == 1_500_000

    asyncio.run(play())
    assert card.money_tiyn == 500_000


def test_taken_away_after_it_signed_it_pays_once(market: Market) -> None:
    card = carded(market, BOLAT, 100_000)
    torn = Tearing(card, LOST_ANSWER, Ins.SIGN_LINKS)

    async def play() -> None:
        async with at_the_reader(market, card) as dana:
            await asks(dana, "500", waits=False)
            await dana.until(comes_back(dana, torn))
            assert torn.fired
            assert spendable(dana) == 50_000

    asyncio.run(play())
    assert card.money_tiyn == 50_000


def test_paid_onto_a_card_that_was_taken_away_before_it_had_the_money(market: Market) -> None:
    card = carded(market, BOLAT)
    torn = Tearing(card, LOST_COMMAND, Ins.PUT_TOKEN)

    async def play() -> None:
        async with at_the_reader(market, card, 100_000) as dana:
            await pays_onto_it(dana, "300")
            await dana.until(comes_back(dana, torn))
            assert torn.fired
            await dana.press("enter")
            await dana.comes_to("Ended")
            assert spendable(dana) == 70_000

    asyncio.run(play())
    assert card.money_tiyn == 30_000
