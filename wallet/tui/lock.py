"""The door: a PIN opens the wallet, at the start and after nobody was there for a while."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from faces.language import label
from faces.screens.fields import PinField
from faces.screens.waiting import Said
from tender.crypto.sealing import Pin
from tender.errors import Refusal
from wallet.tui.app import WalletScreen


class Unlock(WalletScreen):
    """Asks for the PIN. ``locked``: the wallet was open before, and what was on the screen comes back;
    ``card_gone``: because its card was taken from that reader."""

    DEFAULT_CSS = """
    Unlock { align: center middle; }
    Unlock > Vertical { width: 60; max-width: 96%; height: auto; border: round $primary; padding: 1 2; }
    Unlock Static { height: auto; margin-bottom: 1; }
    Unlock #said { margin: 1 0 0 0; color: $wait; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "app.quit", show=False)]

    def __init__(self, *, locked: bool = False, card_gone: str = "") -> None:
        super().__init__()
        self._locked, self._card_gone = locked, card_gone

    def compose(self) -> ComposeResult:
        """Whose wallet, one field, and room for what went wrong."""
        with Vertical():
            yield Static(
                label("unlock.locked" if self._locked else "unlock.title", name=self.wallets.doors.name),
                classes="title",
                markup=False,
            )
            yield Static(id="card", markup=False)
            yield PinField(id="pin", placeholder=label("field.pin"))
            yield Said(label("unlock.hint"), id="said")

    def on_mount(self) -> None:
        """Ready to type; what is to be put where is said."""
        self.query_one(PinField).focus()
        self._say_card("unlock.card-gone", self._card_gone)
        if not self._card_gone:
            self.run_worker(self._look_for_card(), group="card")
        shut = self.wallets.shut.get(self.wallets.doors.name)
        if shut is not None:
            self._refuse(shut)

    async def _look_for_card(self) -> None:
        self._say_card("unlock.card", await self.wallets.card(self.wallets.doors.name))

    def _say_card(self, words: str, card: str) -> None:
        line = self.query_one("#card", Static)
        line.display = bool(card)
        line.update(label(words, card=card) if card else "")

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Try it."""
        event.stop()
        field, said = self.query_one(PinField), self.query_one(Said)
        if not event.value:
            return
        pin = field.take()
        field.disabled = True
        said.say(label("unlock.opening"))
        self.run_worker(self._try(pin), exclusive=True)

    async def _try(self, pin: Pin) -> None:
        refused = await self.wallets.unlock(pin)
        if refused is None:
            if self._locked:
                self.wallets.pop_screen()
                self.wallets.look_again()
            else:
                self.wallets.enter()
            return
        self._refuse(refused)

    def _refuse(self, refusal: Refusal) -> None:
        """Say why not; while a wait lasts nothing can be typed, for no PIN would be looked at."""
        if self.query_one(Said).refuse(refusal):
            self.query_one(PinField).disabled = True
        else:
            self._ready()

    def _ready(self) -> None:
        field = self.query_one(PinField)
        field.disabled = False
        field.focus()

    def on_said_over(self) -> None:
        """The wait is over."""
        self.query_one(Said).say(label("unlock.hint"))
        self._ready()
