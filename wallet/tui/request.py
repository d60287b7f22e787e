"""Asking for money: how much, what for; then the request code is shown."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Button, Input, Static

from faces.amounts import amount_text
from faces.language import label
from faces.screens.fields import AmountField
from faces.screens.foot import LiveFoot
from faces.words import sentence
from tender.errors import Refusal
from wallet.tui.app import WalletScreen
from wallet.tui.conversation import ask

PURPOSE_MOST = 140


class Ask(WalletScreen):
    """Two fields and a button."""

    DEFAULT_CSS = """
    Ask { align: center middle; }
    Ask > Vertical { width: 64; max-width: 96%; height: auto; border: round $primary; padding: 1 2; }
    Ask Static { height: auto; }
    Ask #said { color: $wait; margin-top: 1; }
    Ask Button { margin-top: 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._bindings.bind("escape", "app.back", label("key.back"), show=True)

    def compose(self) -> ComposeResult:
        """How much, what for."""
        with Vertical():
            yield Static(label("ask.title"), classes="title", markup=False)
            yield Static(label("ask.amount"), markup=False)
            yield AmountField(id="amount")
            yield Static(label("ask.purpose"), markup=False)
            yield Input(placeholder=label("ask.purpose-hint"), max_length=PURPOSE_MOST, id="purpose")
            yield Button(label("ask.show"), id="show", variant="primary")
            yield Static(id="said", markup=False)
        yield LiveFoot()

    def on_mount(self) -> None:
        """Ready to type."""
        self.query_one(AmountField).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on to the next field, then shows the code."""
        event.stop()
        if event.input.id == "amount":
            told = self.query_one(AmountField).amount_tiyn()
            self._say(sentence(told) if isinstance(told, Refusal) else amount_text(told))
            if not isinstance(told, Refusal):
                self.query_one("#purpose").focus()
        else:
            self._ask()

    def on_button_pressed(self) -> None:
        """By mouse."""
        self._ask()

    def _ask(self) -> None:
        amount = self.query_one(AmountField).amount_tiyn()
        if isinstance(amount, Refusal):
            self._say(sentence(amount))
            self.query_one(AmountField).focus()
            return
        self.query_one(Button).disabled = True
        self.run_worker(self._make(amount, self.query_one("#purpose", Input).value.strip()), exclusive=True)

    async def _make(self, amount_tiyn: int, purpose: str) -> None:
        told = await self.wallets.outcome(lambda: ask(self.wallet, amount_tiyn, purpose))
        if isinstance(told, Refusal):
            self._say(sentence(told))
            self.query_one(Button).disabled = False
            return
        from wallet.tui.handing import screen_for

        self.wallets.switch_screen(screen_for(told))

    def _say(self, text: str) -> None:
        self.query_one("#said", Static).update(text)
