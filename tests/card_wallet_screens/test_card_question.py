"""A purchase by card that waits for a yes comes onto the wallet's screen by itself, and what was done with
cards stands in the history."""

import asyncio

import pytest
from textual.widgets import Static

from faces.language import use
from tender.account.card_messages import CASH
from tender.errors import Code
from tests.card_wallet_screens.holder import CONFIRM_S, Holder
from tests.wallet.village import PIN, Village
from tests.wallet_screens.street import VillageDoors, playing, pressed, settled, shown, told, typed
from town.cast import AIGUL
from wallet.tui.card_question import CardQuestion


def test_the_question_comes_by_itself_and_the_pin_is_the_yes(aigul: Holder) -> None:
    async def play() -> None:
        async with playing(VillageDoors(aigul.village, "aigul")) as (app, pilot):
            await app.card_watch.look()
            assert not isinstance(app.screen, CardQuestion)
            aigul.asks("visa-1")
            await app.card_watch.look()
            await settled(app, pilot)
            assert isinstance(app.screen, CardQuestion)
            page = shown(app)
            for words in (
                "Kiosk on Abay wants 3 779,00 ₸",
                "…1111, ALMATY",
                "2:00",
                "Nothing is charged before",
            ):
                assert words in page.replace("\u202f", " ").replace("\xa0", " "), page
            await typed(app, pilot, "0000")
            await pressed(app, pilot, "enter")
            assert isinstance(app.screen, CardQuestion), "a wrong PIN is no yes"
            assert aigul.dt_tenge() == 10_000
            aigul.village.clock.advance(30)
            app.screen.tick()
            assert "1:30" in str(app.screen.query_one("#left", Static).content)
            await typed(app, pilot, "4071")
            await pressed(app, pilot, "enter")
            assert not isinstance(app.screen, CardQuestion)
            assert "You said yes" in told(app)
            await pressed(app, pilot, "h")
            page = shown(app)
            assert "Kiosk on Abay" in page and "on line" in page, page
            await pressed(app, pilot, "enter")
            assert "purchase on line by card" in shown(app)
            await pressed(app, pilot, "escape")
            # Asked once: the same question does not come again.
            await app.card_watch.look()
            assert not isinstance(app.screen, CardQuestion)

    asyncio.run(play())
    assert (aigul.code("visa-1"), aigul.dt_tenge()) == ("", 6_221)


def test_a_no_and_a_time_that_is_over_charge_nothing(aigul: Holder) -> None:
    async def play() -> None:
        async with playing(VillageDoors(aigul.village, "aigul")) as (app, pilot):
            aigul.asks("visa-1")
            await app.card_watch.look()
            await settled(app, pilot)
            await pressed(app, pilot, "escape")
            assert "You said no" in told(app)
            aigul.asks("visa-2", 100)
            await app.card_watch.look()
            await settled(app, pilot)
            question = app.screen
            assert isinstance(question, CardQuestion)
            aigul.village.clock.advance(CONFIRM_S)
            question.tick()
            await settled(app, pilot)
            assert not isinstance(app.screen, CardQuestion)
            assert "The time for Kiosk on Abay is over" in told(app)

    asyncio.run(play())
    aigul.village.platform.tick()
    assert aigul.code("visa-1") == Code.PAYER_DECLINED
    assert aigul.code("visa-2") == Code.CONFIRMATION_MISSING
    assert aigul.dt_tenge() == 10_000


def test_a_question_waits_while_something_else_is_asked_and_while_the_bank_is_away(aigul: Holder) -> None:
    async def play() -> None:
        async with playing(VillageDoors(aigul.village, "aigul")) as (app, pilot):
            await app.card_watch.look()
            aigul.village.line.away = True
            aigul.asks("visa-1")
            await app.card_watch.look()
            await settled(app, pilot)
            assert not isinstance(app.screen, CardQuestion) and not told(app) and not app.offline_since
            aigul.village.line.away = False
            await pressed(app, pilot, "a", "c")  # an amount is being typed
            await app.card_watch.look()
            assert not isinstance(app.screen, CardQuestion)
            await pressed(app, pilot, "escape")
            await app.card_watch.look()
            await settled(app, pilot)
            assert isinstance(app.screen, CardQuestion)
            # The yes is lost on its way back: asked again, it is the same yes.
            aigul.village.line.lose_answers = 1
            await typed(app, pilot, "4071")
            await pressed(app, pilot, "enter")
            assert isinstance(app.screen, CardQuestion)
            await typed(app, pilot, "4071")
            await pressed(app, pilot, "enter")
            assert not isinstance(app.screen, CardQuestion)
            assert "You said yes" in told(app)

    asyncio.run(play())
    assert (aigul.code("visa-1"), aigul.dt_tenge()) == ("", 6_221)


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("en", ("card", "cash", "refused")),
        ("ru", ("карта", "выдача")),
        ("kk", ("карта", "нақты")),
    ],
)
def test_every_card_operation_stands_in_the_history(aigul: Holder, tag: str, words: tuple[str, ...]) -> None:
    aigul.host.authorise("visa-1", 100, card=aigul.card)
    aigul.host.authorise("visa-2", 200, card=aigul.card, kind=CASH)
    aigul.host.authorise("visa-3", 50_000, card=aigul.card)
    aigul.host.undo("visa-2")
    use(tag)

    async def play() -> None:
        async with playing(VillageDoors(aigul.village, "aigul"), (120, 24)) as (app, pilot):
            await app.card_watch.look()
            await settled(app, pilot)
            await pressed(app, pilot, "h")
            page = shown(app)
            assert all(word in page for word in words), page
            await pressed(app, pilot, "escape")
            aigul.host.authorise("visa-4", 77, card=aigul.card)
            await pressed(app, pilot, "y", "escape", "h")  # a sync brings what is new
            assert "−77,00" in shown(app)
            await pressed(app, pilot, "down", "enter")
            assert "50 000,00" in shown(app).replace("\u202f", " ")

    asyncio.run(play())


def test_the_watch_begins_with_the_app_and_asks_only_who_has_cards(village: Village) -> None:
    wallet = village.wallet(AIGUL)
    wallet.close()
    village.line.sent.clear()

    async def play() -> None:
        async with playing(VillageDoors(village, "aigul", pin=PIN)) as (app, _):
            for _ in range(3):
                await app.card_watch.look()

    asyncio.run(play())
    assert [one.rpartition("/")[2] for one in village.line.sent] == ["cards"]
