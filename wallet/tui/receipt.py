"""The end of a payment: what happened, and that it is over."""

from typing import Final

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Button, Static

from faces.amounts import amount_text
from faces.language import label
from faces.screens.foot import LiveFoot
from faces.words import sentence
from faces.words import status as status_word
from wallet.tui.app import WalletScreen
from wallet.tui.conversation import Stage

_TITLES: Final = {
    "paid": "end.paid",
    "settled": "end.paid",
    "recorded": "end.paid",
    "received": "end.received",
    "returned": "end.returned",
}
_CERTAIN: Final = {"paid": "end.receipt-here", "received": "hand.received", "returned": "end.came-back"}


class Ended(WalletScreen):
    """One sentence, one amount, one key."""

    DEFAULT_CSS = """
    Ended { align: center middle; }
    Ended > Vertical { width: 64; max-width: 96%; height: auto; border: round $good; padding: 1 2; }
    Ended Static { height: auto; }
    Ended #amount { color: $money; text-style: bold; margin: 1 0; }
    Ended #number { color: $quiet; margin-top: 1; }
    Ended Button { margin-top: 1; }
    """

    def __init__(self, stage: Stage, certain: str = "") -> None:
        super().__init__()
        self.stage = stage
        self._certain = certain or (label(_CERTAIN[stage.status]) if stage.status in _CERTAIN else "")
        self._bindings.bind("escape", "app.back", label("key.done"), show=True)

    def compose(self) -> ComposeResult:
        """What, how much, with whom, and its number."""
        stage = self.stage
        title = _TITLES.get(stage.status)
        words = label(title) if title else label("end.other", status=status_word(stage.status))
        side = "hand.to" if title == "end.paid" else "hand.from"
        with Vertical():
            yield Static(f"{'✓ ' if title else ''}{words}", classes="title good", markup=False)
            yield Static(amount_text(stage.amount_tiyn), id="amount", markup=False)
            if stage.party:
                yield Static(label(side, party=stage.party), markup=False)
            if stage.purpose:
                yield Static(label("pay.for", purpose=stage.purpose), markup=False)
            if self._certain:
                yield Static(self._certain, markup=False)
            if stage.refusal is not None:
                yield Static(sentence(stage.refusal), classes="wait", markup=False)
            number = stage.payment.hex()[:8]
            yield Static(label("end.payment", payment=number), id="number", markup=False)
            yield Button(label("key.done"), id="done", variant="primary")
        yield LiveFoot()

    def on_mount(self) -> None:
        """Enter is done."""
        self.query_one(Button).focus()

    def on_button_pressed(self) -> None:
        """Home."""
        self.wallets.pop_screen()
