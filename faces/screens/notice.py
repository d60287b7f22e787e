"""Something to read and close: the safety rules, a long answer."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from faces.language import label


class Notice(ModalScreen[None]):
    """A title and a text in a window of their own; Enter or Escape closes it."""

    DEFAULT_CSS = """
    Notice { align: center middle; }
    Notice > Vertical { width: 76; max-width: 96%; height: auto; max-height: 96%; border: round $primary;
        background: $surface; padding: 0 2; }
    Notice VerticalScroll { height: auto; max-height: 16; }
    Notice Static { height: auto; }
    Notice .title { color: $primary; margin-bottom: 1; }
    Notice Button { margin-top: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter", "close", show=False)]

    def __init__(self, title: str, text: str, *, close: str = "") -> None:
        super().__init__()
        self._title, self._text, self._close_words = title, text, close or label("answer.close")

    def compose(self) -> ComposeResult:
        """Title, text, one button."""
        with Vertical():
            yield Static(self._title, classes="title", markup=False)
            with VerticalScroll():
                yield Static(self._text, markup=False)
            yield Button(self._close_words, id="close", variant="primary")

    def on_mount(self) -> None:
        """The button has the focus."""
        self.query_one(Button).focus()

    def on_button_pressed(self) -> None:
        """Read."""
        self.dismiss(None)

    def action_close(self) -> None:
        """Read."""
        self.dismiss(None)
