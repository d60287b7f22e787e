"""One of a few: by its digit, by arrows and Enter, or by mouse."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from faces.language import label
from faces.screens.foot import Foot


@dataclass(frozen=True, slots=True)
class Way:
    """One choice: its name, its words, and why it cannot be chosen now (or nothing)."""

    name: str
    words: str
    why: str = ""


class Choose(ModalScreen[str | None]):
    """``await app.push_screen_wait(Choose(title, ways))`` → the name of the way, or None for Escape."""

    DEFAULT_CSS = """
    Choose { align: center middle; }
    Choose > Vertical { width: 64; max-width: 96%; height: auto; max-height: 96%; border: round $primary;
        background: $surface; padding: 1 2; }
    Choose Static { height: auto; margin-bottom: 1; }
    Choose OptionList { height: auto; max-height: 14; border: none; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "no", show=False)]

    def __init__(self, title: str, ways: Sequence[Way]) -> None:
        super().__init__()
        self._title, self._ways = title, tuple(ways)

    def compose(self) -> ComposeResult:
        """Each with its digit."""
        with Vertical():
            yield Static(self._title, classes="title", markup=False)
            yield OptionList(
                *(
                    Option(
                        f"{place}  {way.words}{f': {way.why}' if way.why else ''}",
                        way.name,
                        disabled=bool(way.why),
                    )
                    for place, way in enumerate(self._ways, 1)
                ),
                markup=False,
            )
            yield Foot((("escape", "no", label("answer.back")),))

    def on_mount(self) -> None:
        """The list has the keys."""
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Chosen."""
        event.stop()
        self.dismiss(event.option.id)

    def on_key(self, event: events.Key) -> None:
        """A digit chooses at once."""
        if event.character and event.character.isdecimal() and event.character.isascii():
            place = int(event.character) - 1
            if 0 <= place < len(self._ways) and not self._ways[place].why:
                event.stop()
                self.dismiss(self._ways[place].name)

    def action_no(self) -> None:
        """None of them."""
        self.dismiss(None)
