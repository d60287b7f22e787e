"""The two themes of the screens, and what is left of them on a terminal without colour or without UTF-8.

The colours are those of Okabe and Ito, which people with any colour vision tell apart; and a colour
only repeats what a word or a sign already says (``faces/theme.py``).
"""

from typing import Final

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import Theme

DARK: Final = "tenge-dark"
LIGHT: Final = "tenge-light"

_MEANINGS_DARK: Final = {
    "good": "#2fc598",
    "bad": "#ff8a4c",
    "wait": "#f0c24a",
    "money": "#7cc8f5",
    "bank": "#7fa8ff",
    "quiet": "#a2a9b4",
}
_MEANINGS_LIGHT: Final = {
    "good": "#00664a",
    "bad": "#a33c00",
    "wait": "#7a5200",
    "money": "#00527f",
    "bank": "#003f8f",
    "quiet": "#565d66",
}
"""Each at least 4.5 : 1 against its ground."""

PURPOSES_DARK: Final = ("#7cc8f5", "#f0c24a", "#d99bc4", "#2fc598", "#ff8a4c", "#7fa8ff")
PURPOSES_LIGHT: Final = ("#00527f", "#7a5200", "#8a3f6f", "#00664a", "#a33c00", "#003f8f")
PURPOSE_SIGNS: Final = ("■", "▲", "●", "◆", "▼", "★")
"""One sign for each colour: the first is money for everything, the others are purposes in their order."""

THEMES: Final = (
    Theme(
        name=DARK,
        primary="#7cc8f5",
        secondary="#7fa8ff",
        accent="#f0c24a",
        warning="#f0c24a",
        error="#ff8a4c",
        success="#2fc598",
        foreground="#e6e9ee",
        background="#14171c",
        surface="#1c2027",
        panel="#262c36",
        dark=True,
        variables={
            **_MEANINGS_DARK,
            "cursor": "#2d4358",
            "input-selection-background": "#7cc8f5 35%",
        },
    ),
    Theme(
        name=LIGHT,
        primary="#00527f",
        secondary="#003f8f",
        accent="#7a5200",
        warning="#7a5200",
        error="#a33c00",
        success="#00664a",
        foreground="#16191d",
        background="#ffffff",
        surface="#f3f5f8",
        panel="#e3e8ee",
        dark=False,
        variables={
            **_MEANINGS_LIGHT,
            "cursor": "#cfe3f4",
            "input-selection-background": "#00527f 25%",
        },
    ),
)


def purpose_look(place: int, *, dark: bool) -> tuple[str, str]:
    """(sign, colour) of the purpose at this place; 0 is money for everything."""
    colours = PURPOSES_DARK if dark else PURPOSES_LIGHT
    return PURPOSE_SIGNS[place % len(PURPOSE_SIGNS)], colours[place % len(colours)]


_SAME_WIDTH: Final = {
    "₸": "T",
    "\u202f": " ",
    "\u00a0": " ",
    "−": "-",
    "–": "-",
    "—": "-",
    "…": ".",
    "·": ".",
    "•": "*",
    "✓": "+",
    "✗": "x",
    "→": ">",
    "←": "<",
    "↑": "^",
    "↓": "v",
    "■": "#",
    "▲": "^",
    "●": "o",
    "◆": "*",
    "▼": "v",
    "★": "*",
    "“": '"',
    "”": '"',
    "«": '"',
    "»": '"',
    "’": "'",
    "×": "x",
    "≤": "<",
    "≥": ">",
    **dict.fromkeys("─━═╌╍┄┅┈┉▁▔▂", "-"),
    **dict.fromkeys("│┃║▏▎▍▌▐▕▊▋", "|"),
    **dict.fromkeys("█▇▆▅▄▃▀▓", "#"),
    **dict.fromkeys("▒░", "."),  # what is not full must look so
    **dict(zip("абвгдежзийклмнопрстуфхцчшщъыьэюяё", "abvgdejziyklmnoprstufhccss'y'eu9e", strict=True)),
    **dict(zip("әғқңөұүһі", "agknouuhi", strict=True)),
}
"""One character for one character, so that nothing moves."""


def plain_text(text: str) -> str:
    """The text in ASCII, character for character: for a terminal that shows no other."""
    return text if text.isascii() else "".join(one if one.isascii() else _plain(one) for one in text)


def _plain(one: str) -> str:
    found = _SAME_WIDTH.get(one)
    if found is not None:
        return found
    lower = _SAME_WIDTH.get(one.lower())
    if lower is not None:
        return lower.upper()
    return "+" if "\u2500" <= one <= "\u259f" else "?"


class Ascii(LineFilter):
    """Everything the screen shows, in ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same line, character for character."""
        return [Segment(plain_text(text), style, control) for text, style, control in segments]
