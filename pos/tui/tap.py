"""A card or a phone held to the till's reader pays the question that is open."""

from typing import ClassVar

from faces.screens.tap import TapHost, TapScreen
from faces.screens.tap_look import Done, TapEnd
from faces.screens.tap_watch import WAIT_S, Pace, WatchedReader, end_of
from pos.service.values import Asked
from pos.tui.app import TillScreen
from tender.errors import DeviceError, LinkError, Refusal


class Tap(TapScreen, TillScreen):
    """Beside the code: leaving goes back to it, and the question stays open."""

    title_key: ClassVar[str] = "tap.title-take"

    def __init__(self, asked: Asked, where: str = "") -> None:
        super().__init__(where, amount_tiyn=asked.amount_tiyn)

    def tap(self, host: TapHost) -> TapEnd | Refusal:
        """Whatever is held there: a purse card pays by itself, a phone answers as a card."""
        reader = WatchedReader(self.tills.doors.open_reader(self.where), host, self._pace)
        try:
            told = self.till.taps.at(reader, timeout_s=WAIT_S, ask_pin=host.ask_pin, pulled=reader.torn)
        except (DeviceError, LinkError) as error:
            told = error.refusal
        finally:
            reader.disconnect()
        if isinstance(told, Refusal):
            return end_of(told, bound=reader.bound)
        if told.messages:
            self.tills.for_payer = told.messages[-1]
        return Done(again=told.again)

    def _pace(self, what: str) -> Pace:
        return Pace(*self.tills.doors.pace(what))

    def remember(self, where: str) -> None:
        """Until the till is closed."""
        self.tills.reader = where

    def finished(self, end: TapEnd) -> None:
        """Paid: to the receipt; else back to the code."""
        if isinstance(end, Done):
            self.tills.move_on()
        else:
            self.app.pop_screen()
