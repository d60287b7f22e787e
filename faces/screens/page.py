"""A screen with a title, a body and its keys at the foot, in the user's language."""

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from faces.language import label
from faces.screens.foot import Foot

Key = tuple[str, str, str]
"""A key, the action it runs, and the label of what it does; without a label it stands not at the foot."""


class KeyedScreen(Screen[None]):
    """``title_key`` is a label's key. Keys are the same in every language; what they do is said in the
    user's, so they are bound when the screen is made."""

    DEFAULT_CSS = """
    KeyedScreen { layout: vertical; }
    KeyedScreen > #title { height: 1; background: $panel; padding: 0 1; text-style: bold; }
    """
    title_key: ClassVar[str] = ""
    keys: ClassVar[tuple[Key, ...]] = ()

    def __init__(self) -> None:
        super().__init__()
        for key, action, words in self.foot():
            self._bindings.bind(key, action, label(words) if words else "", show=bool(words), priority=False)

    def compose(self) -> ComposeResult:
        """Title, body, foot."""
        yield Static(self.heading(), id="title", markup=False)
        yield from self.body()
        yield Foot(self._foot_words())

    def _foot_words(self) -> list[Key]:
        return [(key, action, label(words)) for key, action, words in self.foot() if words]

    def refoot(self) -> None:
        """Say the keys anew, in the language that was chosen meanwhile."""
        self.query_one(Foot).say(self._foot_words())

    def heading(self) -> str:
        """The title in the user's language."""
        return label(self.title_key)

    def foot(self) -> tuple[Key, ...]:
        """The keys shown at the foot, in their order."""
        return self.keys

    def retitle(self) -> None:
        """Say the title anew."""
        self.query_one("#title", Static).update(self.heading())

    def body(self) -> Iterable[Widget]:
        """What stands between title and foot."""
        return ()
