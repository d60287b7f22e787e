"""Fields for what people type: an amount, a PIN, a place to read from."""

from typing import Final

from textual.events import Paste
from textual.message import Message
from textual.widgets import Input

from faces.language import label
from tender.cash.armour import is_text
from tender.crypto.sealing import Pin
from tender.errors import Refusal
from tender.money import parse_tenge

PIN_MOST: int = 64
AMOUNT_MOST: int = 24
MASK: Final = "***"


class AmountField(Input):
    """Tenge as people write them. It lets no other signs in; what they come to is :meth:`amount_tiyn`."""

    def __init__(self, *, id: str | None = None, value: str = "") -> None:
        super().__init__(
            value,
            placeholder=label("field.amount-hint"),
            restrict=r"[0-9\s.,\u202f\u00a0]*",
            max_length=AMOUNT_MOST,
            id=id,
            select_on_focus=bool(value),  # what is suggested gives way to what is typed
        )

    def amount_tiyn(self) -> int | Refusal:
        """The amount in tiyn, or why it is none."""
        return parse_tenge(self.value)


class PinField(Input):
    """A PIN: shown as dots, taken once, and in no log and no repr. What it posts says only whether it is
    empty."""

    def __init__(self, *, id: str | None = None, placeholder: str = "") -> None:
        super().__init__(
            placeholder=placeholder,
            password=True,
            max_length=PIN_MOST,
            id=id,
            select_on_focus=False,
        )

    def take(self) -> Pin:
        """What was typed; the field is empty afterwards."""
        pin = Pin(self.value.strip())
        self.value = ""
        return pin

    def post_message(self, message: Message) -> bool:
        """Whoever logs or shows messages sees no PIN in those of this field."""
        if isinstance(message, Input.Changed | Input.Submitted | Input.Blurred):
            message.value = MASK if message.value else ""
        return super().post_message(message)

    def __repr__(self) -> str:
        return f"PinField(id={self.id!r})"


class PlaceField(Input):
    """A path. A message that is pasted here as text has many lines, of which a field keeps one: it goes on to
    the screen instead."""

    def __init__(self, *, id: str, placeholder: str) -> None:
        super().__init__(placeholder=placeholder, id=id, select_on_focus=False)

    def on_paste(self, event: Paste) -> None:
        """Only a path stays here."""
        if is_text(event.text.encode()):
            event.prevent_default()
