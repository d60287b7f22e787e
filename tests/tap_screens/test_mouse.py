"""Whoever has a mouse or a touch screen needs no key: the main buttons of both screens."""

import asyncio

from textual.pilot import Pilot

from pos.tui.app import TillApp
from tests.pos.market import Market
from tests.pos_screens.stage import MarketDoors, at_the_till, typed, until
from tests.pos_screens.stage import shown as till_shown
from tests.wallet.village import good
from tests.wallet_screens.street import VillageDoors, playing, settled, shown
from town.cast import AIGUL, DANA
from wallet.tui.app import WalletApp
from wallet.tui.conversation import hear
from wallet.tui.pay import Decide


async def click_word(app: WalletApp | TillApp, pilot: Pilot[int], word: str) -> None:
    """Click where this word stands on the screen."""
    rows = app.screen._compositor.render_strips()
    for y, row in enumerate(rows):
        x = "".join(segment.text for segment in row).find(word)
        if x >= 0:
            await pilot.click(offset=(x + 1, y))
            return
    raise AssertionError(f"{word!r} stands nowhere")


def test_the_wallets_keys_and_answers_can_be_clicked(market: Market) -> None:
    market.wallet(AIGUL, 100_000).close()
    dana = market.wallet(DANA, shown=True)
    request = good(dana.money.request(50_000, "tea")).message

    async def play() -> None:
        async with playing(VillageDoors(market, "aigul")) as (app, pilot):
            for word, name in (("p Pay", "Pay"), ("r Request", "Ask")):
                await click_word(app, pilot, word)
                await settled(app, pilot)
                assert type(app.screen).__name__ == name
                await click_word(app, pilot, "Esc Back")
                await settled(app, pilot)
            stage = await app.desk(hear, app.wallet, request)
            await app.push_screen(Decide(good(stage)))
            await settled(app, pilot)
            await pilot.click("#yes")
            await settled(app, pilot)
            assert "Pay" not in type(app.screen).__name__ and "500,00" in shown(app)
            assert app.wallet.view.balance().spendable_tiyn == 50_000

    asyncio.run(play())
    dana.close()


def test_the_tills_buttons_and_answers_can_be_clicked(market: Market) -> None:
    market.till().close()

    async def play() -> None:
        async with at_the_till(MarketDoors(market), (100, 45)) as (app, pilot):
            for key in ("5", "0", "00", "enter"):
                await pilot.click(f"#key-{key}")
            await until(app, pilot, "5 000,00")
            await pilot.click("#pay")
            await until(app, pilot, "how is it paid?")
            await click_word(app, pilot, "Digital Tenge by tap")
            await until(app, pilot, "Which reader?")
            await click_word(app, pilot, "Esc Back")
            await until(app, pilot, "The customer scans this code")
            await click_word(app, pilot, "n Tap")
            await until(app, pilot, "Which reader?")
            await typed(app, pilot, "nowhere", "enter")
            await until(app, pilot, "There is no card reader here")
            await click_word(app, pilot, "Esc Leave")
            await until(app, pilot, "The customer scans this code")
            assert "Esc Take back" in till_shown(app)

    asyncio.run(play())
