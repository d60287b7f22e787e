"""What goes wrong between two screens: each is said calmly, nothing is lost, and there is a way on."""

import asyncio

import pytest
from textual.widgets import Input, Static
from textual.worker import Worker

from device.service.wallet import Wallet
from faces.qr_drawing import picture
from faces.qr_reel import reel
from faces.screens.watcher import Watcher
from hardware.qr_camera import Camera
from tender.cash.armour import to_text
from tender.cash.messages import Kind
from tender.errors import Code, Refusal
from tests.wallet.village import Village, good
from tests.wallet_conversation.street import Seat, seated
from town.cast import AIGUL, DANA
from wallet.tui.conversation import Stage, answers, ask, go_on, hear, say_yes
from wallet.tui.handing import Handing


def two(village: Village, load_tiyn: int = 200_000) -> None:
    """Aigul with money, Dana without; then nobody has a network."""
    for wallet in (village.wallet(AIGUL, load_tiyn), village.wallet(DANA)):
        wallet.close()
    village.line.away = True


def put_before(seat: Seat, name: str, data: bytes) -> None:
    """A picture with the code of this message where the screen looks."""
    found = reel(data, 40)
    assert found is not None
    file = seat.eye / name
    picture(found.code(0)).save(file.with_suffix(".part"), "PNG")
    file.with_suffix(".part").rename(file)


async def asks(seat: Seat, amount: str) -> Handing:
    """A request on the screen."""
    await seat.press("r")
    await seat.types(amount)
    await seat.press("enter", "enter")
    await seat.comes_to("Handing")
    assert isinstance(seat.app.screen, Handing)
    return seat.app.screen


async def asks_whom(payee: Seat, payer: Seat, amount: str) -> None:
    """A request, seen by the payer, who is asked now."""
    await asks(payee, amount)
    await payer.press("p")
    await payee.show_to(payer, lambda: payer.is_at("Decide"))


def test_more_than_one_has_is_said_and_nothing_is_asked(village: Village) -> None:
    two(village)

    async def play() -> None:
        async with seated(village, "aigul", "dana") as (aigul, dana):
            await asks(dana, "2000,01")
            await aigul.press("p")
            await aigul.comes_to("Pay")
            await dana.show_to(aigul, lambda: "2 000,00 ₸" in aigul.said("said"))
            assert type(aigul.app.screen).__name__ == "Pay", "still scanning"

    asyncio.run(play())


def test_a_wrong_pin_signs_nothing_and_the_right_one_does(village: Village) -> None:
    """Above the sum that goes without PIN the PIN is the yes."""
    two(village, 2_000_000)

    async def play() -> None:
        async with seated(village, "aigul", "dana") as (aigul, dana):
            await asks(dana, "15000")
            await aigul.press("p")
            await dana.show_to(aigul, lambda: aigul.is_at("Decide"))
            element = aigul.app.wallet.desk.element
            before = element.counter
            await aigul.types("1111")
            await aigul.press("enter")
            await aigul.until(lambda: "PIN" in aigul.said("said"))
            assert element.counter == before, "nothing was signed"
            assert "1111" not in aigul.text()
            await aigul.types("4071")
            await aigul.press("enter")
            await aigul.comes_to("Handing")
            assert element.counter > before

    asyncio.run(play())


def test_a_window_closed_between_payment_and_receipt_is_gone_on_with(village: Village) -> None:
    """Aigul paid and closed her window; the home screen offers to go on, and the receipt comes."""
    two(village)
    request: list[bytes] = []

    async def closes() -> None:
        async with seated(village, "aigul", "dana") as (aigul, dana):
            await asks_whom(dana, aigul, "500")
            await aigul.press("y")
            await aigul.comes_to("Handing")
            request.append(aigul.app.screen.stage.shows)  # type: ignore[attr-defined]
            await aigul.press("escape")
            await aigul.comes_to("Confirm")
            assert "signed away" in aigul.text()
            await aigul.press("y")
            await aigul.comes_to("Home")

    async def goes_on() -> None:
        async with seated(village, "aigul", "dana") as (aigul, dana):
            for seat, step in ((aigul, "Step 2 of 3"), (dana, "Step 1 of 3")):
                await seat.says("g: go on")
                await seat.press("g")
                await seat.comes_to("Handing")
                assert step in seat.text()
            assert aigul.app.screen.stage.shows == request[0], "the same bytes"  # type: ignore[attr-defined]
            await aigul.show_to(dana, lambda: "Step 3 of 3" in dana.said("title"))
            await dana.show_to(aigul, lambda: aigul.is_at("Ended"))

    asyncio.run(closes())
    asyncio.run(goes_on())
    with village.reopen(None, "aigul") as aigul:
        assert aigul.view.history(1)[0].status == "paid"


def test_a_locked_screen_looks_nowhere_and_goes_on_where_it_was(village: Village) -> None:
    two(village)

    async def play() -> None:
        async with seated(village, "aigul") as (aigul,):
            await aigul.press("s")
            await aigul.comes_to("Scan")
            watcher = aigul.app.screen.query_one(Watcher)
            assert watcher.source == str(aigul.eye)
            await aigul.press("ctrl+o")
            await aigul.comes_to("Unlock")
            assert watcher.source == ""
            picture(reel_of_text("https://kaspi.kz/pay/abc")).save(aigul.eye / "kaspi.png", "PNG")
            await aigul.until(lambda: not any(one.group == "watch" for one in running(aigul)))
            assert not str(aigul.app.screen_stack[-2].query_one("#said", Static).render())
            await aigul.types("4071")
            await aigul.press("enter")
            await aigul.comes_to("Scan")
            assert watcher.source == str(aigul.eye)
            await aigul.until(lambda: "Kaspi" in aigul.said("said"))

    asyncio.run(play())


def running(seat: Seat) -> list[Worker[object]]:
    """Work of this screen that has not ended."""
    return [one for one in seat.app.workers if not one.is_finished]


def test_no_camera_foreign_codes_and_broken_pastes_are_said_calmly(village: Village) -> None:
    two(village)

    async def play() -> None:
        async with seated(village, "aigul") as (aigul,):
            aigul.doors.sources["camera"] = Camera(97)
            await aigul.press("s")
            await aigul.comes_to("Scan")
            await aigul.press("c")
            await aigul.until(lambda: "No camera" in aigul.said("said"))
            await aigul.press("f")
            field = aigul.app.screen.query_one("#path", Input)
            field.value = str(aigul.eye)
            await aigul.press("enter")
            foreign = picture(reel_of_text("https://kaspi.kz/pay/abc"))
            foreign.save(aigul.eye / "kaspi.png", "PNG")
            await aigul.until(lambda: "Kaspi" in aigul.said("said"))
            aigul.app.screen.query_one("#camera").focus()
            await aigul.press("v")
            await aigul.until(lambda: aigul.app.screen.query_one("#text").display)
            aigul.app.screen.query_one("#text").load_text("TENGE1:abc")  # type: ignore[attr-defined]
            await aigul.until(lambda: "TENGE1:" in aigul.said("said"))

    asyncio.run(play())


def reel_of_text(text: str) -> list[bytearray]:
    """A code that another application would show."""
    from faces.qr_drawing import text_modules

    return text_modules(text)


def test_another_payments_codes_change_nothing(village: Village) -> None:
    """Mixed frames of two payments, an old step, garbage: only the answer is heard."""
    aigul, dana = village.wallet(AIGUL, 200_000), village.wallet(DANA)
    first, second = good(ask(dana, 10_000, "")), good(ask(dana, 20_000, ""))
    paid = [good(say_yes(aigul, good(hear(aigul, one.shows)))) for one in (first, second)]
    assert answers(first, paid[0].shows) is True
    assert answers(first, paid[1].shows) is None
    assert answers(paid[0], first.shows) is False, "its own request, still in sight of the camera"
    receipt = good(hear(dana, paid[0].shows, first))
    assert (receipt.kind, receipt.status) == (Kind.RECEIPT, "received")
    assert good(hear(aigul, receipt.shows, paid[0])).status == "paid"
    assert good(hear(aigul, first.shows)).again, "an old request asks for nothing again"
    assert aigul.view.balance().spendable_tiyn == 200_000 - 30_000


@pytest.mark.parametrize("name", ["00000000", "zz"])
def test_going_on_with_nothing_is_refused(village: Village, name: str) -> None:
    wallet: Wallet = village.wallet(DANA)
    assert go_on(wallet, name) == Refusal(Code.PAYMENT_UNKNOWN, "payment")


def test_a_resize_in_mid_animation_and_a_small_window_lose_nothing(village: Village) -> None:
    """A payment code that moves is split anew for the room there is; below the least size nothing is cut."""
    two(village)

    async def play() -> None:
        async with seated(village, "aigul", "dana") as (aigul, dana):
            await asks_whom(dana, aigul, "500")
            await aigul.press("y")
            await aigul.comes_to("Handing")
            for size in ((60, 15), (100, 45), (80, 24)):
                await aigul.pilot.resize_terminal(*size)
                await aigul.pilot.pause()
                small = type(aigul.app.screen).__name__ == "TooSmall"
                assert small == (size == (60, 15))
            await aigul.show_to(dana, lambda: "Step 3 of 3" in dana.said("title"))

    asyncio.run(play())


def test_a_paste_pays_as_well_as_a_picture(village: Village) -> None:
    two(village)

    async def play() -> None:
        async with seated(village, "aigul", "dana") as (aigul, dana):
            stage: Stage = (await asks(dana, "12,34")).stage
            await aigul.press("s")
            await aigul.comes_to("Scan")
            await aigul.press("v")
            aigul.app.screen.query_one("#text").load_text(to_text(stage.shows))  # type: ignore[attr-defined]
            await aigul.comes_to("Decide")
            assert "12,34 ₸" in aigul.text()

    asyncio.run(play())
