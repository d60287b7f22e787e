"""Somebody at the till's screen: presses keys, and waits for words."""

from textual._context import active_app
from textual.pilot import Pilot

from pos.tui.app import TillApp
from tests.patience import looks
from tests.pos_screens.stage import shown


class Seat:
    """Whoever stands behind the counter."""

    def __init__(self, app: TillApp, pilot: Pilot[int]) -> None:
        self.app, self.pilot = app, pilot

    async def press(self, *keys: str) -> None:
        """One after the other."""
        for key in keys:
            active_app.set(self.app)
            await self.pilot.press(key)
            await self.pilot.pause(0.02)

    async def says(self, *words: str) -> str:
        """Wait for these words, wherever they stand and whatever frames them; what is shown then."""
        for _ in looks():
            active_app.set(self.app)
            await self.pilot.pause(0.02)
            if all(one in " ".join(shown(self.app).replace("│", " ").split()) for one in words):
                return shown(self.app)
        raise AssertionError(f"{words!r} never came:\n{shown(self.app)}")
