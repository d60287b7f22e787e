"""A keypad for the mouse or a touch screen: it types into the line above it."""

from collections.abc import Iterable
from typing import Final

from textual.containers import Grid
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button

ERASE: Final = "⌫"
ENTER: Final = "↵"
KEYS: Final = ("7", "8", "9", ERASE, "4", "5", "6", "×", "1", "2", "3", ",", "0", "00", ENTER)

_NAMES: Final = {ERASE: "erase", ENTER: "enter", "×": "times", ",": "comma"}


class Keypad(Grid):
    """Posts :class:`Pressed` with the sign of the key. It never takes the focus from the line."""

    DEFAULT_CSS = """
    Keypad { grid-size: 4 4; grid-gutter: 0 1; height: 1fr; min-height: 4; max-height: 16; }
    Keypad Button { width: 100%; height: 100%; min-width: 3; min-height: 1; max-height: 3; border: none;
        content-align: center middle; background: $surface; }
    Keypad Button:hover { background: $panel; }
    Keypad #key-enter { column-span: 2; background: $primary; color: $background; text-style: bold; }
    """

    class Pressed(Message):
        """A key, by the sign on it."""

        def __init__(self, sign: str) -> None:
            super().__init__()
            self.sign = sign

    def compose(self) -> Iterable[Widget]:
        """The keys in their places."""
        for sign in KEYS:
            key = Button(sign, id=f"key-{_NAMES.get(sign, sign)}", compact=True)
            key.can_focus = False
            yield key

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Say which."""
        event.stop()
        self.post_message(self.Pressed(str(event.button.label)))
