"""Two people at two screens: what one screen shows is saved as a picture where the other one looks."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual._context import active_app
from textual.pilot import Pilot
from textual.widgets import Input, Static

from faces.qr_widget import QrCode
from faces.screens.reading import Ticks
from hardware.qr_camera import open_source
from tests.patience import looks
from tests.qr.pixels import screen_picture
from tests.ticking import patient
from tests.wallet.village import Village
from tests.wallet_screens.street import SMALL, VillageDoors
from wallet.tui.app import WalletApp
from wallet.tui.doors import Choices

if TYPE_CHECKING:
    from tender.ports import QrSource

STEP_S = 0.025


@dataclass
class EyedDoors(VillageDoors):
    """A village's doors whose sources are the machine's: pictures and folders."""

    def open_source(self, word: str) -> "QrSource":
        """A picture, a folder; and no camera, whatever this machine has."""
        if word.partition(":")[0] in ("camera", "clipboard"):
            return self.sources[word]
        return open_source(word)


@dataclass
class Seat:
    """Somebody at a screen. ``eye``: the folder this screen watches."""

    app: WalletApp
    pilot: Pilot[int]
    doors: EyedDoors
    eye: Path
    pictures: int = 0

    async def press(self, *keys: str) -> None:
        """Keys, one after the other, each with what follows from it."""
        for key in keys:
            active_app.set(self.app)
            await self.pilot.press(key)
            await self.pilot.pause()

    async def types(self, text: str) -> None:
        """Text into the field that has the focus."""
        await self.press(*("full_stop" if one == "." else "space" if one == " " else one for one in text))

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait for the screen, not for the clock: fails when it never comes."""
        for _ in looks():
            if holds():
                return
            active_app.set(self.app)
            await self.pilot.pause()
            await asyncio.sleep(STEP_S)
        raise AssertionError(f"it never came; {self.app.screen_stack} says:\n{self.text()}")

    async def says(self, words: str) -> None:
        """Wait for these words."""
        await self.until(lambda: words in self.text())

    async def comes_to(self, name: str) -> None:
        """Wait for the screen of this class."""
        await self.until(lambda: self.is_at(name))
        await self.pilot.pause()

    def is_at(self, name: str) -> bool:
        """Whether a screen of this class is in front."""
        return type(self.app.screen).__name__ == name

    def text(self) -> str:
        """Everything the front screen says, as plain text."""
        return screen_text(self.app)

    def said(self, name: str) -> str:
        """What one text on the screen says."""
        return plain(str(self.app.screen.query_one(f"#{name}", Static).render()))

    def value(self, name: str) -> str:
        """What stands in a field."""
        return self.app.screen.query_one(f"#{name}", Input).value

    async def show_to(self, other: "Seat", holds: Callable[[], object]) -> None:
        """Save the picture of this screen again and again where the other one looks, until it has seen it.
        Nothing but pixels goes from here to there."""
        seen: set[int] = set()
        code = self.app.screen.query_one(QrCode)
        for _ in looks():
            if holds():
                return
            active_app.set(self.app)
            await self.pilot.pause()
            if code.is_attached and code.frames and code.frame_number not in seen:
                seen.add(code.frame_number)
                self.photograph(other.eye)
            await asyncio.sleep(STEP_S)
        raise AssertionError(f"it was never seen; the other screen says:\n{other.text()}")

    def photograph(self, folder: Path) -> Path:
        """The whole screen as one picture."""
        self.pictures += 1
        file = folder / f"{self.doors.name}-{self.pictures:04d}.png"
        part = file.with_suffix(".part")
        screen_picture(self.app).save(part, "PNG")
        part.rename(file)
        return file


def screen_text(app: WalletApp) -> str:
    """The letters on the screen."""
    lines = app.screen._compositor.render_strips()
    return plain("\n".join(line.text.rstrip() for line in lines))


def plain(text: str) -> str:
    """With ordinary spaces."""
    return text.replace("\u202f", " ").replace("\u00a0", " ")


@asynccontextmanager
async def seated(
    village: Village,
    *names: str,
    size: tuple[int, int] = SMALL,
    choices: Choices | None = None,
    ticks: Ticks | None = None,
) -> AsyncIterator[tuple[Seat, ...]]:
    """Each of them before a screen of their own, watching a folder of their own."""
    async with AsyncExitStack() as stack:
        seats = []
        for name in names:
            eye = village.folder / f"eye-{name}"
            eye.mkdir(exist_ok=True)
            chosen = choices or Choices(rules_seen=True, idle_s=0, source=str(eye))
            doors = EyedDoors(village, name, chosen=chosen)
            app = WalletApp(doors, ticks=ticks or patient())
            pilot = await stack.enter_async_context(app.run_test(size=size))
            seat = Seat(app, pilot, doors, eye)
            await seat.comes_to("Home")
            seats.append(seat)
        yield tuple(seats)
