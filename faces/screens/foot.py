"""The keys at the foot of a screen: all of them, on as many lines as they need; a click does the same."""

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.markup import escape
from textual.screen import Screen
from textual.widget import Widget

Key = tuple[str, str, str]
"""A key as it is called (``escape``, ``f2``, ``p``), the action it runs, and the word for what it does."""

_SHOWN = {
    "escape": "Esc",
    "space": "␣",
    "enter": "⏎",
    "plus": "+",
    "minus": "-",
    "question_mark": "?",
    "slash": "/",
}


class Foot(Widget):
    """One line where they fit, more where a language has longer words."""

    DEFAULT_CSS = """
    Foot { dock: bottom; height: auto; max-height: 4; background: $panel; padding: 0 1;
        link-style: none; link-color: $foreground; }
    """

    def __init__(self, keys: Sequence[Key]) -> None:
        super().__init__()
        self._keys = keys

    def say(self, keys: Sequence[Key]) -> None:
        """Other keys, or the same in another language."""
        self._keys = keys
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as they need."""
        return len(self._lines(width))

    def render(self) -> Content:
        """Key by key."""
        return Content("\n").join(Content("  ").join(line) for line in self._lines(self.size.width))

    def _lines(self, width: int) -> list[list[Content]]:
        lines: list[list[Content]] = [[]]
        used = 0
        for key, action, words in self._keys:
            shown = _SHOWN.get(key, key.upper() if key.startswith("f") and key[1:].isdecimal() else key)
            needs = len(shown) + 1 + len(words)
            if lines[-1] and used + 2 + needs > width:
                lines.append([])
                used = 0
            used += needs + (2 if lines[-1] else 0)
            place = action if "." in action.partition("(")[0] else f"screen.{action}"
            lines[-1].append(
                Content.from_markup(f"[@click={place}][$primary bold]{escape(shown)}[/] {escape(words)}[/]")
            )
        return lines


class LiveFoot(Foot):
    """The keys that are bound and may be used just now, where these come and go with a step of the work."""

    def __init__(self) -> None:
        super().__init__(())

    def on_mount(self) -> None:
        """Follow the screen."""
        self.screen.bindings_updated_signal.subscribe(self, self._follow)
        self._follow(self.screen)

    def _follow(self, screen: Screen[object]) -> None:
        if self.is_attached and screen is self.app.screen:
            # One that a widget inside the screen answers to is found by its key, not by its action.
            self.say(
                [
                    (bound.binding.key, f"app.simulate_key('{bound.binding.key}')", bound.binding.description)
                    for bound in screen.active_bindings.values()
                    if bound.binding.show and bound.enabled
                ]
            )
