"""A tap that a test plays: what happens on the air is told event by event, and nothing is ever waited for."""

from dataclasses import dataclass, field
from queue import Empty, Queue

from textual.pilot import Pilot

from faces.screens.base import TengeApp
from faces.screens.tap import TapHost, TapScreen
from faces.screens.tap_look import Done, Pulled, Refused, TapEnd, TapEvent
from tender.errors import Refusal
from tests.patience import looks
from tests.ticking import Stood


@dataclass
class Script:
    """What happens, in its order; the tap's thread takes one event after the other from it. ``when_left``:
    what still happens after somebody asked to leave."""

    events: "Queue[TapEvent]" = field(default_factory=Queue)
    when_left: tuple[TapEvent, ...] = (Pulled("nothing"),)
    begun: int = 0

    def happens(self, *events: TapEvent) -> None:
        """Next."""
        for one in events:
            self.events.put(one)

    def play(self, host: TapHost) -> TapEnd:
        """The tap: until an event is an end, or somebody wants to leave."""
        self.begun += 1
        while True:
            if host.stopped() and self.events.empty():
                self.happens(*self.when_left)
            try:
                event = self.events.get(timeout=0.02)
            except Empty:
                continue
            if isinstance(event, Pulled | Refused | Done):
                return event
            host.tell(event)


class PlayedTap(TapScreen):
    """A screen whose tap is played; ``ended`` is what it went on from."""

    def __init__(self, script: Script, *, amount_tiyn: int = 0) -> None:
        self.script = script
        self.ended: TapEnd | None = None
        self.named: list[str] = []
        super().__init__("played", amount_tiyn=amount_tiyn)

    def heading(self) -> str:
        """No title of its own."""
        return "Tap"

    def tap(self, host: TapHost) -> TapEnd | Refusal:
        """As the script says."""
        return self.script.play(host)

    def remember(self, where: str) -> None:
        """In their order."""
        self.named.append(where)

    def finished(self, end: TapEnd) -> None:
        """Remember it."""
        self.ended = end


class TapApp(TengeApp):
    """Nothing but the screen of a tap, with a clock that stands."""

    def __init__(self, screen: PlayedTap, *, look: str = "dark", tongue: str = "") -> None:
        self.clock = Stood(100.0)
        super().__init__(ticks=self.clock, look=look, tongue=tongue)
        self.played = screen

    async def on_mount(self) -> None:
        """At once."""
        await self.push_screen(self.played)

    async def on_unmount(self) -> None:
        """Nothing stays open."""
        self.desk.close()


def text_of(app: TengeApp) -> str:
    """Everything the screen shows, narrow spaces as blanks."""
    rows = app.screen._compositor.render_strips()
    text = "\n".join("".join(segment.text for segment in row).rstrip() for row in rows)
    return text.replace("\u202f", " ").replace("\u00a0", " ")


async def shows(app: TengeApp, pilot: Pilot[int], *words: str, without: str = "") -> None:
    """Wait for a screen with all these words on it, and without that one."""
    for _ in looks():
        await pilot.pause(0.01)
        text = text_of(app)
        if all(one in text for one in words) and (not without or without not in text):
            return
    raise AssertionError(f"{words!r} never came:\n{text_of(app)}")
