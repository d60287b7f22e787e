"""What was done with a card, or tried in vain, is said by itself and stands in full on a page of its own; a
purchase that waits is announced over whatever else is asked, and takes nothing that was typed."""

import asyncio

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from faces.language import label, use
from tender.account.card_messages import ACTIVE, CREDITS, RETURN, SPENDING, VIRTUAL, CardIssued
from tender.account.card_notice_messages import BALANCE
from tender.errors import Code
from tests.card_wallet_screens.holder import CONFIRM_S, Holder
from tests.wallet_screens.street import VillageDoors, playing, pressed, settled, shown, told, typed
from town.cast import AIGUL
from wallet.tui.app import WalletApp
from wallet.tui.card_question import CardQuestion
from wallet.tui.card_watch import NEWS_EVERY
from wallet.tui.doors import Choices


def plain(text: str) -> str:
    """With ordinary spaces."""
    return text.replace("\u202f", " ").replace("\xa0", " ")


async def looks(app: WalletApp, pilot: Pilot[int], times: int = 1) -> None:
    """Time passes."""
    for _ in range(times):
        await app.card_watch.look()
    await settled(app, pilot)


@pytest.mark.row("DT-C-18")
@pytest.mark.parametrize(
    ("tag", "said", "page"),
    [
        ("en", "refused: wrong PIN, or none. If it was not you, stop the card: open", "nothing charged"),
        ("ru", "отказано: PIN неверный или его не было. Если это были не вы", "ничего не списано"),
        ("kk", "қабылданбады: PIN қате немесе болмады. Егер бұл сіз болмасаңыз", "болмады"),
    ],
)
def test_a_wrong_pin_in_somebodys_hands_is_said_at_once(
    aigul: Holder, tag: str, said: str, page: str
) -> None:
    use(tag)

    async def play() -> None:
        async with playing(VillageDoors(aigul.village, "aigul")) as (app, pilot):
            await looks(app, pilot)
            assert not told(app)
            aigul.tried("304120000000001", Code.PIN_WRONG)
            await looks(app, pilot, NEWS_EVERY)
            news = plain(told(app))
            assert news[0].isupper() and "tenge wallet" not in news, "no command is typed beside a screen"
            assert said in news and "Kiosk on Abay" in news and "…1111" in news and "3 779,00" in news
            # Once; and it is the newest line of the home screen, which opens it in full.
            app.clear_notifications()
            await looks(app, pilot, NEWS_EVERY)
            assert not told(app)
            await pressed(app, pilot, "h", "enter")
            assert page in plain(shown(app)) and "632514000417" in shown(app), shown(app)

    asyncio.run(play())
    assert aigul.dt_tenge() == 10_000


def test_the_page_of_a_purchase_says_what_people_ask_for_first(aigul: Holder) -> None:
    aigul.buys("304120000000001", 2_000)
    aigul.host.undo("304120000000001", 500)
    aigul.host.credit("304120000000002", "304120000000001", 300, card=aigul.card, kind=RETURN)

    async def play() -> None:
        async with playing(VillageDoors(aigul.village, "aigul")) as (app, pilot):
            await looks(app, pilot)
            assert not told(app), "what is in the history already is no news"
            await pressed(app, pilot, "h", "down", "enter")
            lines = [line.strip() for line in plain(shown(app)).splitlines() if line.strip()]
            head = lines.index("For the bank")
            assert [" ".join(line.split()) for line in lines[1:head]] == [
                "Amount −2 000,00 ₸",
                "Where Kiosk on Abay, ALMATY",
                "What purchase by card",
                "When 15.01.2027 13:00",
                "Card …1111",
                "Status done",
                "Since then 500,00 ₸ taken back, 300,00 ₸ given back, 1 200,00 ₸ left",
                "Money 1 500,00 ₸: your Digital Tenge → tenge of the shop",
                "Approval code 274913",
                "RRN 632514000417",
            ]
            technical = " ".join(lines[head:])
            for words in ("120440001234", "T0000001", "5814", "Kazpost", "304120000000001"):
                assert words in technical, technical
            # The card is stopped from here, after one more yes.
            await pressed(app, pilot, "s", "n")
            assert not stopped(aigul, "look-1")
            await pressed(app, pilot, "s", "y")
            assert stopped(aigul, "look-2") and "Card …1111 is stopped" in told(app)

    asyncio.run(play())


def test_a_question_of_a_card_that_is_new_names_it(aigul: Holder) -> None:
    async def play() -> None:
        async with playing(VillageDoors(aigul.village, "aigul")) as (app, pilot):
            await looks(app, pilot)
            aigul.card = bytes(range(16))
            ends = "411111******2222"
            aigul.host.ask(
                CardIssued("issue another", aigul.card, AIGUL.number, ends, VIRTUAL, ACTIVE, "3012")
            )
            aigul.asks("visa-new")
            await looks(app, pilot)
            assert isinstance(app.screen, CardQuestion) and "By your card …2222" in plain(shown(app))

    asyncio.run(play())


def stopped(aigul: Holder, operation: str) -> bool:
    """Whether her card is, in the books of her bank."""
    return aigul.host.authorise(operation, 0, card=aigul.card).code == Code.CARD_STOPPED


def test_a_purchase_that_waits_is_announced_and_takes_nothing_that_is_typed(aigul: Holder) -> None:
    async def play() -> None:
        async with playing(VillageDoors(aigul.village, "aigul")) as (app, pilot):
            await looks(app, pilot)
            await pressed(app, pilot, "a", "c")
            await typed(app, pilot, "12")
            aigul.asks("visa-1")
            await app.card_watch.look()
            await pilot.pause()
            first = plain(shown(app)).splitlines()[0]
            assert first == " Kiosk on Abay waits for your yes: 3 779,00 ₸, 2:00 left. F9: answer"
            aigul.village.clock.advance(30)
            await typed(app, pilot, "34")
            app.card_watch.show()
            await pilot.pause()
            assert "1:30 left" in shown(app)
            # Its key brings the question over it; the answer given, what was typed is where it was.
            await pilot.press("f9")
            await pilot.pause()
            question = app.screen
            assert isinstance(question, CardQuestion) and "waits for your yes" not in shown(app)
            question.action_no()
            while app.screen is question:
                await pilot.pause(0.01)
            assert app.screen.query_one(Input).value == "1234"
            assert "waits for your yes" not in shown(app)
            aigul.asks("visa-2")
            await app.card_watch.look()
            await pilot.pause()
            assert "waits for your yes" in shown(app)
            # Left with Escape, the dialogue makes room: the question comes by itself.
            await pressed(app, pilot, "escape")
            app.card_watch.show()
            await settled(app, pilot)
            assert isinstance(app.screen, CardQuestion)

    asyncio.run(play())
    assert aigul.code("visa-1") == Code.PAYER_DECLINED


def test_a_search_half_typed_goes_on_and_the_rules_of_the_first_run_hide_nothing(aigul: Holder) -> None:
    doors = VillageDoors(aigul.village, "aigul", chosen=Choices(rules_seen=False, idle_s=0))

    async def play() -> None:
        async with playing(doors) as (app, pilot):
            aigul.asks("visa-1")
            await looks(app, pilot)
            assert "waits for your yes" in shown(app) and not isinstance(app.screen, CardQuestion)
            await pressed(app, pilot, "escape")
            app.card_watch.show()
            await settled(app, pilot)
            assert isinstance(app.screen, CardQuestion), "the rules are read: now it is asked"
            await pressed(app, pilot, "escape", "h")
            await typed(app, pilot, "kio")
            aigul.asks("visa-2")
            await looks(app, pilot)
            assert "waits for your yes" in shown(app)
            await typed(app, pilot, "sk")
            assert app.screen.query_one(Input).value == "kiosk"
            await pressed(app, pilot, *["backspace"] * 5)
            app.card_watch.show()
            await settled(app, pilot)
            assert isinstance(app.screen, CardQuestion)
            aigul.village.clock.advance(CONFIRM_S)
            app.screen.tick()
            await settled(app, pilot)
            app.card_watch.show()
            assert "waits for your yes" not in shown(app), "its time is over"

    asyncio.run(play())


@pytest.mark.parametrize("tag", ["en", "ru", "kk"])
def test_every_kind_of_operation_has_its_words_in_the_history(tag: str) -> None:
    use(tag)
    for kind in (*SPENDING, *CREDITS, BALANCE):
        for key in (f"channel.card-{kind}", f"bankcards.short-{kind}"):
            assert label(key) != key, key
        assert len(label(f"bankcards.short-{kind}")) <= 7, "there is no room for more on 80 columns"
