"""A few fields in a window of their own: an amount, a name and a number, a PIN twice."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from faces.language import label
from faces.screens.fields import AmountField, PinField
from faces.screens.foot import Foot
from faces.words import sentence
from tender.crypto.sealing import Pin
from tender.errors import Refusal

TEXT_MOST = 140
Answers = Mapping[str, "str | int | Pin"]
"""What was typed, by field: text, an amount in tiyn, or a PIN."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name, what stands above it, and ``kind`` ``text``, ``amount``, ``count`` or ``pin``. An
    ``optional`` one may stay empty: an amount left out is 0; a count is an amount that may be 0, and left out
    it stands not among the answers."""

    name: str
    words: str
    kind: str = "text"
    value: str = ""
    optional: bool = False


class Ask(ModalScreen[Answers | None]):
    """``await app.push_screen_wait(Ask(title, *fields))`` → answers, or None for Escape. Enter goes from
    field to field and takes the last one for an end; an amount that is none is said at once."""

    DEFAULT_CSS = """
    Ask { align: center middle; }
    Ask > Vertical { width: 66; max-width: 96%; height: auto; max-height: 96%; border: round $primary;
        background: $surface; padding: 0 2; }
    Ask Static { height: auto; }
    Ask .title { margin-bottom: 1; }
    Ask Input { margin-bottom: 0; }
    Ask #said { color: $wait; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "no", show=False)]

    def __init__(self, title: str, *fields: Field) -> None:
        super().__init__()
        self._title, self._fields = title, fields

    def compose(self) -> ComposeResult:
        """Each field under its words."""
        with Vertical():
            yield Static(self._title, classes="title", markup=False)
            for one in self._fields:
                yield Static(one.words, classes="quiet", markup=False)
                yield _widget(one)
            yield Static(id="said", markup=False)
            yield Foot((("escape", "no", label("answer.back")),))

    def on_mount(self) -> None:
        """The first field has the keys."""
        self.query(Input).first().focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """To the next field, or done."""
        event.stop()
        names = [one.name for one in self._fields]
        place = names.index(event.input.id or "")
        if place + 1 < len(names):
            self.query_one(f"#{names[place + 1]}", Input).focus()
            return
        self._finish()

    def _finish(self) -> None:
        answers: dict[str, str | int | Pin] = {}
        for one in self._fields:
            field = self.query_one(f"#{one.name}", Input)
            if not field.value.strip() and not one.optional:
                field.focus()
                return
            if isinstance(field, AmountField):
                typed = field.value.strip()
                if one.kind == "count" and not typed:
                    continue
                nothing = not typed.strip("0., ") if one.kind == "count" else not typed
                amount_tiyn = 0 if nothing else field.amount_tiyn()
                if isinstance(amount_tiyn, Refusal):
                    self.query_one("#said", Static).update(sentence(amount_tiyn))
                    field.focus()
                    return
                answers[one.name] = amount_tiyn
            elif not isinstance(field, PinField):
                answers[one.name] = field.value.strip()
        # A PIN is taken last: a field that is sent back must not lose it.
        answers |= {one.id or "": one.take() for one in self.query(PinField)}
        self.dismiss(answers)

    def action_no(self) -> None:
        """Nothing is done."""
        self.dismiss(None)


def _widget(one: Field) -> Input:
    if one.kind in ("amount", "count"):
        return AmountField(id=one.name, value=one.value)
    if one.kind == "pin":
        return PinField(id=one.name)
    return Input(one.value, id=one.name, max_length=TEXT_MOST, select_on_focus=False)
