"""One message as a code, with a line that says for whom; Enter or Escape ends it."""

from collections.abc import Iterable
from typing import ClassVar

from textual.widget import Widget
from textual.widgets import Static

from faces.language import label
from faces.qr_widget import QrCode
from pos.tui.app import TillScreen


class ShowCode(TillScreen):
    """Shown as often as the customer needs: the same bytes change nothing the second time."""

    DEFAULT_CSS = "ShowCode #for { height: auto; text-align: center; color: $wait; width: 1fr; }"
    keys: ClassVar = (("escape,enter", "back", "answer.back"),)

    def __init__(self, message: bytes, words: str) -> None:
        super().__init__()
        self._message, self._words = message, words

    def body(self) -> Iterable[Widget]:
        """The code and what it is."""
        yield Static(label(self._words), id="for", markup=False)
        yield QrCode(id="code")

    def on_mount(self) -> None:
        """Show it."""
        code = self.query_one(QrCode)
        code.show(self._message)
        code.focus()
