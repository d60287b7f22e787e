"""One question about money, answered once: read it, perhaps type the PIN, say yes or no."""

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from faces.language import label
from faces.screens.fields import PinField
from faces.screens.foot import LiveFoot
from faces.screens.reading import READ_FIRST_S, ReadFirst
from faces.words import sentence
from tender.errors import Refusal
from wallet.tui.app import WalletScreen


class Question(ReadFirst, WalletScreen):
    """A frame with what is asked and two answers. ``needs_pin``: the PIN is the yes, a wrong one nothing.

    It may come by itself, from a camera that looks: so it takes no key in its first second, and Enter alone
    is no yes.
    """

    stays_awake = True
    certain_key: ClassVar[str] = "pay.nothing-signed"
    pin_key: ClassVar[str] = "pay.pin"
    doing_key: ClassVar[str] = "pay.signing"
    DEFAULT_CSS = """
    Question { align: center middle; }
    Question > VerticalScroll { width: 66; max-width: 96%; height: auto; max-height: 100%;
        border: round $primary; padding: 0 2; }
    Question Static { height: auto; }
    Question #asked { color: $money; text-style: bold; margin-bottom: 1; }
    Question #whom { text-style: bold; }
    Question #facts { margin: 1 0; }
    Question #certain { color: $quiet; }
    Question Horizontal { height: 3; align-horizontal: right; }
    Question Button { margin-left: 2; }
    Question #said { color: $wait; }
    """

    def __init__(self, *, needs_pin: bool) -> None:
        super().__init__()
        self.needs_pin = needs_pin
        self._busy = False
        self._bindings.bind("escape,n", "no", label("pay.no"), show=True)
        if not needs_pin:
            self._bindings.bind("y", "yes", label("pay.yes"), show=True)

    def asked(self) -> Iterable[Widget]:
        """What is asked; for a subclass."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """The question and its two answers."""
        with VerticalScroll(can_focus=False):
            yield from self.asked()
            yield Static(label(self.certain_key), id="certain", markup=False)
            if self.needs_pin:
                yield PinField(id="pin", placeholder=label(self.pin_key))
            with Horizontal():
                yield Button(label("pay.no"), id="no")
                yield Button(label("pay.yes"), id="yes", variant="primary")
            yield Static(id="said", markup=False)
        yield LiveFoot()

    def on_mount(self) -> None:
        """The first thing to type; where there is none, the no."""
        fields = self.query(Input)
        (fields.first() if fields else self.query_one("#no")).focus()

    def on_screen_resume(self) -> None:
        """From now on it can be read; soon it can be answered."""
        self.front_since_s = self.wallets.ticks()
        self.refresh_bindings()
        self.set_timer(READ_FIRST_S, self.refresh_bindings)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The foot offers no yes before it would be taken."""
        return action != "yes" or self.wallets.ticks() >= self.front_since_s + READ_FIRST_S

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """By mouse, or Enter on a button."""
        if event.button.id == "yes":
            self.action_yes()
        else:
            self.action_no()

    def on_input_submitted(self) -> None:
        """Enter in the last field is the yes; before it, the next field."""
        if self.focused is self.query(Input).last():
            self.action_yes()
        else:
            self.focus_next()

    def action_yes(self) -> None:
        """Once, however often the key is pressed."""
        if not self._busy:
            self._busy = True
            self.run_worker(self._yes())

    async def _yes(self) -> None:
        if self.needs_pin:
            field = self.query_one(PinField)
            pin = field.take()
            refused = await self.wallets.outcome(lambda: self.wallet.life.check_pin(pin))
            if isinstance(refused, Refusal):
                self.refused(refused)
                field.focus()
                return
        self.say(label(self.doing_key))
        await self.said_yes()

    async def said_yes(self) -> None:
        """Do it; for a subclass."""
        raise NotImplementedError

    def action_no(self) -> None:
        """Nothing is done."""
        if not self._busy:
            self._busy = True
            self.run_worker(self._no())

    async def _no(self) -> None:
        self.wallets.tell(label("pay.declined"))
        self.wallets.pop_screen()

    def refused(self, refusal: Refusal) -> None:
        """It was not done, and why; it can be asked again."""
        self._busy = False
        self.say(sentence(refusal))

    def say(self, text: str) -> None:
        """Below the answers."""
        self.query_one("#said", Static).update(text)
