"""One question, answered with one key: nothing is done before it."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from faces.language import label


class Confirm(ModalScreen[bool]):
    """``await app.push_screen_wait(Confirm(text))`` → True for yes. Escape is no; ``no`` has the focus when
    ``careful``."""

    DEFAULT_CSS = """
    Confirm { align: center middle; }
    Confirm > Vertical { width: 64; max-width: 96%; height: auto; max-height: 90%; border: round $primary;
        background: $surface; padding: 1 2; }
    Confirm Static { height: auto; }
    Confirm Horizontal { height: auto; align-horizontal: right; margin-top: 1; }
    Confirm Button { margin-left: 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "no", show=False),
        Binding("y", "yes", show=False),
    ]

    def __init__(self, text: str, *, yes: str = "", no: str = "", careful: bool = False) -> None:
        super().__init__()
        self._text, self._careful = text, careful
        self._yes, self._no = yes or label("answer.yes"), no or label("answer.no")

    def compose(self) -> ComposeResult:
        """The question and its two answers."""
        with Vertical():
            yield Static(self._text, markup=False)
            with Horizontal():
                yield Button(self._no, id="no")
                yield Button(self._yes, id="yes", variant="primary")

    def on_mount(self) -> None:
        """The answer that Enter gives."""
        self.query_one("#no" if self._careful else "#yes", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """By mouse, or Enter on a button."""
        self.dismiss(event.button.id == "yes")

    def action_yes(self) -> None:
        """Yes."""
        self.dismiss(True)

    def action_no(self) -> None:
        """No."""
        self.dismiss(False)
