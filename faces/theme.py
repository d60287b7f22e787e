"""Colours with a meaning: every screen asks for ``good`` or ``money``, never for green or gold.

Colour only ever repeats what a word or a sign already says, so nothing is lost on a monochrome terminal.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.console import Console

STYLES: Final[Mapping[str, str]] = {
    "good": "green",  # it worked, it holds
    "bad": "bold red",  # refused, fraud, it does not hold
    "wait": "yellow",  # not finished, but not lost
    "money": "bold cyan",  # an amount
    "person": "bold",  # somebody of the cast
    "bank": "blue",  # an institution
    "why": "italic",  # the one sentence that says why it matters
    "quiet": "bright_black",  # detail for the curious
    "title": "bold",  # the head of a scene
    "command": "cyan",  # something to type
}

MARKS: Final[Mapping[str, str]] = {"good": "✓", "bad": "✗", "wait": "…", "note": "·", "arrow": "→"}
"""Signs that carry the meaning of the colour without it."""


def console(*, stderr: bool = False, plain: bool = False) -> "Console":
    """A Rich console in this theme; ``plain`` switches colour off (NO_COLOR is obeyed anyway).

    Rich is imported here and not above: a command that prints one line must start fast.
    """
    from rich.console import Console
    from rich.theme import Theme

    return Console(
        theme=Theme(dict(STYLES)),
        stderr=stderr,
        no_color=True if plain else None,
        highlight=False,
        soft_wrap=False,
    )
