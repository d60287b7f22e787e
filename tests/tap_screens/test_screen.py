"""The screen of a tap, played event by event: what it shows, when Esc leaves, what comes after the end."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from faces import language
from faces.screens.tap_look import Done, Found, Pulled, Refused, Stay, TapEvent, Torn, Waiting, Working
from tender.errors import Code, Refusal
from tests.tap_screens.played import PlayedTap, Script, TapApp, shows, text_of

Compare = Callable[..., bool]
AMOUNT_TIYN = 237_900


def test_hold_do_not_remove_done() -> None:
    async def play() -> None:
        script = Script()
        app = TapApp(PlayedTap(script, amount_tiyn=AMOUNT_TIYN))
        async with app.run_test(size=(80, 24)) as pilot:
            script.happens(Waiting("file:my.card"))
            await shows(app, pilot, "[ 1 Hold ]", "Reader: file:my.card", "2 379,00 ₸", "Esc Leave")
            script.happens(Found("card"), Working(300, 1200, 6.0))
            await shows(app, pilot, "[ 2 Do not remove ]", "About 6 s in all", "Nothing is signed yet")
            script.happens(Stay())
            await shows(app, pilot, "Esc does nothing", without="Esc Leave")
            await pilot.press("escape", "enter")
            script.happens(Done())
            await shows(app, pilot, "[ 3 Done ]", "You may take it away.")
            assert app.played.ended is None
            await pilot.press("enter")
            assert app.played.ended == Done() and script.begun == 1

    asyncio.run(play())


def test_esc_leaves_while_nothing_is_signed() -> None:
    async def play() -> None:
        script = Script()
        app = TapApp(PlayedTap(script))
        async with app.run_test(size=(80, 24)) as pilot:
            script.happens(Found("phone"))
            await shows(app, pilot, "A phone is there.")
            await pilot.press("escape")
            for _ in range(100):
                await pilot.pause(0.01)
            assert app.played.ended == Pulled("nothing")

    asyncio.run(play())


def test_esc_pressed_too_late_leaves_nothing_half_done() -> None:
    """The tap's own word counts: it was signed in the same moment, so it ends as done."""

    async def play() -> None:
        script = Script(when_left=(Stay(), Done()))
        app = TapApp(PlayedTap(script))
        async with app.run_test(size=(80, 24)) as pilot:
            script.happens(Found("card"))
            await shows(app, pilot, "A card is there.")
            await pilot.press("escape")
            await shows(app, pilot, "[ 3 Done ]")
            assert app.played.ended is None, "what was done is read before the screen goes"

    asyncio.run(play())


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (Pulled("nothing"), "Nothing was signed and nothing was paid"),
        (Pulled("maybe"), "nothing is paid twice"),
        (Pulled("signed"), "nobody else can have it"),
        (Pulled("received"), "The money is here"),
        (Refused(Refusal(Code.CARD_SWAPPED)), "This is another card than the one that began"),
    ],
)
def test_taken_away_says_what_is_certain_and_can_go_on(end: TapEvent, words: str) -> None:
    async def play() -> None:
        script = Script()
        app = TapApp(PlayedTap(script))
        async with app.run_test(size=(80, 24)) as pilot:
            script.happens(Found("card"), Stay(), end)
            await shows(app, pilot, words, "Again", "Esc Leave")
            await pilot.press("enter")
            script.happens(Waiting("file:my.card"))
            await shows(app, pilot, "[ 1 Hold ]", "Hold the same card or phone there again")
            assert script.begun == 2
            script.happens(Found("card"), Done(again=True))
            await shows(app, pilot, "nothing moved twice")

    asyncio.run(play())


def test_while_it_is_waited_for_again_it_says_what_is_certain() -> None:
    async def play() -> None:
        script = Script()
        app = TapApp(PlayedTap(script))
        async with app.run_test(size=(80, 24)) as pilot:
            script.happens(Found("phone"), Stay(), Torn("signed"), Waiting("Sim"))
            await shows(app, pilot, "[ 1 Hold ]", "nobody else can have it", "Reader: Sim", "Esc Leave")
            script.happens(Found("phone"), Stay(), Done())
            await shows(app, pilot, "[ 3 Done ]")

    asyncio.run(play())


def test_a_reader_is_named_once_and_another_one_after_it_failed() -> None:
    async def play() -> None:
        script = Script()
        app = TapApp(PlayedTap(script))
        app.played.where = ""
        async with app.run_test(size=(80, 24)) as pilot:
            await shows(app, pilot, "Which reader?")
            await pilot.press(*"left", "enter")
            script.happens(Refused(Refusal(Code.READER_MISSING, "reader", (("reader", "left"),))))
            await shows(app, pilot, "There is no card reader here by the name left.")
            assert app.played.where == "left"
            await pilot.press("o")
            await shows(app, pilot, "Which reader?")
            await pilot.press(*"right", "enter")
            script.happens(Waiting("right"))
            await shows(app, pilot, "Reader: right")
            assert app.played.named == ["left", "right"] and script.begun == 2

    asyncio.run(play())


@pytest.mark.parametrize("tongue", language.TAGS)
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_every_word_fits_in_every_language(tongue: str, size: tuple[int, int]) -> None:
    """Nothing is cut off: each sentence stands on the screen from its first word to its last."""
    long = [Pulled("nothing"), Pulled("maybe"), Pulled("signed"), Pulled("received")]

    async def play() -> None:
        script = Script()
        app = TapApp(PlayedTap(script, amount_tiyn=AMOUNT_TIYN), tongue=tongue)
        async with app.run_test(size=size) as pilot:
            for end in long:
                script.happens(Found("card"), Working(900, 1200, 6.0), Stay())
                await shows(app, pilot, language.label("tap.bound")[:20])
                assert language.label("tap.bound") in " ".join(text_of(app).split())
                script.happens(end)
                words = language.label(f"tap.pulled-{end.certain}")
                await shows(app, pilot, words[:20])
                assert words in " ".join(text_of(app).split())
                await pilot.press("enter")

    asyncio.run(play())


def _until(*events: TapEvent, words: str) -> Callable[[Pilot[Any]], Any]:
    async def before(pilot: Pilot[Any]) -> None:
        assert isinstance(pilot.app, TapApp)
        pilot.app.played.script.happens(*events)
        await shows(pilot.app, pilot, words)

    return before


def test_hold_as_a_picture(snap_compare: Compare) -> None:
    app = TapApp(PlayedTap(Script(), amount_tiyn=AMOUNT_TIYN))
    assert snap_compare(app, terminal_size=(80, 24), run_before=_until(Waiting("Sim"), words="Sim"))


def test_do_not_remove_as_a_picture_without_colour(
    snap_compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = TapApp(PlayedTap(Script(), amount_tiyn=AMOUNT_TIYN))
    before = _until(Found("card"), Working(300, 1200, 6.0), Stay(), words="Esc does nothing")
    assert snap_compare(app, terminal_size=(80, 24), run_before=before)


def test_done_as_a_picture_on_a_light_ground(snap_compare: Compare) -> None:
    app = TapApp(PlayedTap(Script(), amount_tiyn=AMOUNT_TIYN), look="light")
    assert snap_compare(
        app, terminal_size=(120, 40), run_before=_until(Found("card"), Done(), words="3 Done ]")
    )


def test_taken_away_as_a_picture_in_kazakh(snap_compare: Compare) -> None:
    app = TapApp(PlayedTap(Script(), amount_tiyn=AMOUNT_TIYN), tongue="kk")
    before = _until(Found("card"), Stay(), Pulled("maybe"), words=language.label("tap.step-pulled"))
    assert snap_compare(app, terminal_size=(80, 24), run_before=before)
