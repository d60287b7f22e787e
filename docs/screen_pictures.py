"""Writes the pictures of the screens from a real run: ``python -m docs.screen_pictures``.

Real wallets and a real till on real sealed files play one payment; each picture is what stood on a screen,
and what one side read of the other it read from pixels. Needs ``rsvg-convert``.
"""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from threading import Event

from PIL import Image
from textual.app import App

from docs.picture_files import FOLDER, without_remote_fonts
from tender.ports import CardReader
from tender.purse.commands import Ins
from tests.pos.market import Market
from tests.pos_screens.stage import MarketDoors, at_the_till, typed, until
from tests.taps.pocket import carded
from tests.wallet.village import hand_over
from tests.wallet_conversation.street import Seat, seated
from town.cast import AIGUL, BOLAT, DANA

SMALL = (80, 24)
COLOURS = 32
SCALE = 0.55
FRAME_MS = 900
MOVING_MS = 150
HOME, PAY, CODE, TILL, TAP, PAYMENT = (
    FOLDER / name
    for name in (
        "wallet_home.svg",
        "wallet_pay.svg",
        "wallet_code.png",
        "till_payment.png",
        "till_tap.svg",
        "payment_by_screen.gif",
    )
)
ALL = (HOME, PAY, CODE, TILL, TAP, PAYMENT)


def svg_of(app: App[int], title: str) -> str:
    """The screen as SVG, in the reader's own fonts."""
    return without_remote_fonts(app.export_screenshot(title=title))


def drawn(app: App[int], title: str) -> Image.Image:
    """The screen as pixels."""
    # Blanks at the beginning of a run count, too.
    svg = svg_of(app, title).replace("<text ", '<text xml:space="preserve" ')
    done = subprocess.run(["rsvg-convert"], input=svg.encode(), capture_output=True, check=True, timeout=60)
    return Image.open(BytesIO(done.stdout)).convert("RGB")


def few_colours(picture: Image.Image) -> Image.Image:
    """The same in a palette; of each colour that is there, however little, something stays."""
    return picture.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)


def save_small(picture: Image.Image, file: Path) -> None:
    """A PNG of few colours: a screen has no more."""
    few_colours(picture).save(file, "PNG", optimize=True)


class Film:
    """Both screens side by side, moment by moment."""

    def __init__(self, left: Seat, right: Seat) -> None:
        self._left, self._right = left, right
        self._frames: list[Image.Image] = []
        self._lasting: list[int] = []

    def take(self, lasting_ms: int = FRAME_MS) -> None:
        """What both show now."""
        pictures = [drawn(one.app, one.doors.name.capitalize()) for one in (self._left, self._right)]
        width, height = (int(side * SCALE) for side in pictures[0].size)
        both = Image.new("RGB", (2 * width, height))
        for place, one in enumerate(pictures):
            both.paste(one.resize((width, height), Image.Resampling.LANCZOS), (place * width, 0))
        self._frames.append(few_colours(both))
        self._lasting.append(lasting_ms)

    async def until(self, shows: Seat, sees: Seat, holds: Callable[[], object]) -> None:
        """Film while one side reads the other's code."""
        for _ in range(3):
            self.take(MOVING_MS)
            await shows.pilot.pause(0.1)
        await shows.show_to(sees, holds)
        self.take()

    def save(self, file: Path) -> None:
        """One animated picture."""
        first, *rest = self._frames
        first.save(
            file, "GIF", save_all=True, append_images=rest, duration=self._lasting, loop=0, optimize=True
        )


def market(folder: Path) -> Market:
    """Everybody's wallets, with some payments behind them, and a till."""
    found = Market(folder)
    aigul, dana, bolat = found.wallet(AIGUL, 200_000), found.wallet(DANA, shown=True), found.wallet(BOLAT)
    for payee, amount_tiyn, purpose in ((dana, 25_000, "books"), (bolat, 12_550, "taxi"), (dana, 8_000, "")):
        hand_over(aigul, payee, amount_tiyn, purpose)
    hand_over(bolat, aigul, 5_000, "change")
    for wallet in (aigul, dana, bolat):
        wallet.close()
    found.till().close()
    found.line.away = True
    return found


async def home(seat: Seat) -> str:
    """The first screen, after all of it has come."""
    await seat.says("Newest payments")
    await seat.says("change")
    await seat.pilot.pause()
    return svg_of(seat.app, "tenge wallet")


async def payment(found: Market) -> None:
    """Dana asks, Aigul pays, the receipt goes back."""
    async with seated(found, "aigul", "dana", size=SMALL) as (aigul, dana):
        HOME.write_text(await home(aigul), encoding="utf-8")
        film = Film(dana, aigul)
        film.take()
        await dana.press("r")
        await dana.comes_to("Ask")
        await dana.types("500")
        film.take()
        await dana.press("enter")
        await dana.types("lunch")
        await dana.press("enter")
        await dana.comes_to("Handing")
        await aigul.press("p")
        await aigul.comes_to("Pay")
        await film.until(dana, aigul, lambda: aigul.is_at("Decide"))
        PAY.write_text(svg_of(aigul.app, "tenge wallet"), encoding="utf-8")
        await aigul.press("y")
        await aigul.comes_to("Handing")
        await aigul.pilot.pause(0.3)
        save_small(drawn(aigul.app, "tenge wallet"), CODE)
        await film.until(aigul, dana, lambda: "Step 3 of 3" in dana.said("title"))
        await film.until(dana, aigul, lambda: aigul.is_at("Ended"))
        await aigul.pilot.pause(0.3)
        film.take(2 * FRAME_MS)
        film.save(PAYMENT)


async def sale(found: Market) -> None:
    """A till that waits for its customer."""
    async with at_the_till(MarketDoors(found), SMALL) as (app, pilot):
        await typed(app, pilot, "2*500 Tea", "enter", "enter", "1")
        await pilot.pause(0.5)
        save_small(drawn(app, "tenge pos"), TILL)


class Pausing:
    """A reader that waits for the photographer before a card is asked to sign."""

    def __init__(self, reader: CardReader) -> None:
        self._reader = reader
        self.signing, self.taken = Event(), Event()

    @property
    def name(self) -> str:
        """The reader's."""
        return self._reader.name

    def connect(self, timeout_s: float) -> bytes:
        """As the reader."""
        return self._reader.connect(timeout_s)

    def transmit(self, command: bytes) -> bytes:
        """As the reader, after the picture."""
        if command[1] == Ins.SIGN_LINKS:
            self.signing.set()
            self.taken.wait()
        return self._reader.transmit(command)

    def disconnect(self) -> None:
        """As the reader."""
        self._reader.disconnect()

    def gone(self, timeout_s: float) -> bool:
        """As the reader."""
        return self._reader.gone(timeout_s)


async def tapped(folder: Path) -> None:
    """A card alone pays at a till, in the moment in which it signs."""
    found = Market(folder)
    reader = Pausing(carded(found, AIGUL, 500_000).reader)
    found.till().close()
    doors = MarketDoors(found, reader="ours", readers={"ours": reader})
    async with at_the_till(doors, SMALL) as (app, pilot):
        try:
            await typed(app, pilot, "2*500 Tea", "enter")
            await pilot.press("enter")
            await until(app, pilot, "how is it paid?")
            await pilot.press("4")
            while not reader.signing.is_set():
                await pilot.pause(0.05)
            await pilot.pause(0.3)
            TAP.write_text(svg_of(app, "tenge pos"), encoding="utf-8")
        finally:
            reader.taken.set()


def draw_all() -> None:
    """Play it, and write every picture."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        found = market(Path(folder))
        asyncio.run(payment(found))
        asyncio.run(sale(found))
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(tapped(Path(folder)))


if __name__ == "__main__":
    draw_all()
    for picture in ALL:
        sys.stdout.write(f"{picture.name} {picture.stat().st_size}\n")
