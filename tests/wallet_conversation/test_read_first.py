"""A question that comes by itself: it is read before it is answered, and takes no screen from who types."""

import asyncio

from tests.ticking import Stood
from tests.wallet.village import Village
from tests.wallet_conversation.street import seated
from tests.wallet_conversation.test_bad_moments import asks, two
from wallet.tui.pay import Decide


def test_keys_meant_for_another_screen_sign_nothing(village: Village) -> None:
    """Who was typing when the question came has said nothing; Enter is no yes even later."""
    two(village)
    clock = Stood(100.0)

    async def play() -> None:
        async with seated(village, "aigul", "dana", ticks=clock) as (aigul, dana):
            await asks(dana, "500")
            await aigul.press("p")
            await dana.show_to(aigul, lambda: aigul.is_at("Decide"))
            question = aigul.app.screen
            assert isinstance(question, Decide)
            await aigul.until(lambda: question.front_since_s == 100.0)
            element = aigul.app.wallet.desk.element
            before = element.counter
            clock.at_s += 0.9
            await aigul.press("y", "enter", "n", "escape")
            assert aigul.is_at("Decide"), "no key in the first second"
            assert element.counter == before
            assert aigul.app.focused is not None and aigul.app.focused.id == "no"
            clock.at_s += 0.2
            await aigul.press("y")
            await aigul.comes_to("Handing")

    asyncio.run(play())
    with village.reopen(None, "aigul") as aigul:
        assert aigul.view.balance().spendable_tiyn == 150_000


def test_a_request_that_comes_while_one_types_is_announced(village: Village) -> None:
    """The path stays as typed; Enter leads to the question, and there it is a no."""
    two(village)

    async def play() -> None:
        async with seated(village, "aigul", "dana") as (aigul, dana):
            request = (await asks(dana, "500")).stage.shows
            await aigul.press("p", "f")
            await aigul.types("y")
            screen = aigul.app.screen
            screen.take(request)  # type: ignore[attr-defined]  # the camera had it when the key was pressed
            await aigul.says("A request has come")
            assert aigul.is_at("Pay") and aigul.value("path") == "y"
            await aigul.press("enter")
            await aigul.comes_to("Decide")
            await aigul.press("enter")
            await aigul.comes_to("Handing")
            assert "nothing was paid" in aigul.said("certain")

    asyncio.run(play())
    with village.reopen(None, "aigul") as aigul:
        assert aigul.view.balance().spendable_tiyn == 200_000
