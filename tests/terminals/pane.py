"""What a terminal shows, as pixels: the cells of ``tmux capture-pane -e`` in their colours, drawn as squares.

Half blocks are drawn as they look; letters are left out, for codes are read from here and not words.
"""

import re
from collections.abc import Iterator
from typing import Final

from PIL import Image

Colour = tuple[int, int, int]
Cell = tuple[str, Colour, Colour]
"""A letter, its ink, its ground."""

WIDE: Final = 6
"""Pixels of a cell's width; it is twice as high."""
INK: Final[Colour] = (220, 220, 220)
GROUND: Final[Colour] = (0, 0, 0)

_PIECE: Final = re.compile(r"\x1b\[([0-9;:]*)m|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][AB012]|([^\x1b])")
_LEVELS: Final = (0, 95, 135, 175, 215, 255)
_SIXTEEN: Final[tuple[Colour, ...]] = (
    *((0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205)),
    *((229, 229, 229), (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255)),
    *((255, 0, 255), (0, 255, 255), (255, 255, 255)),
)


class Pen:
    """The colours that the next letter gets."""

    def __init__(self) -> None:
        self.ink, self.ground, self.reverse = INK, GROUND, False

    @property
    def pair(self) -> tuple[Colour, Colour]:
        """Ink and ground."""
        return (self.ground, self.ink) if self.reverse else (self.ink, self.ground)

    def obey(self, sequence: str) -> None:
        """One SGR sequence: resets, the sixteen colours, the 256, and true colour."""
        codes = iter([int(one or 0) for one in re.split("[;:]", sequence)])
        for code in codes:
            if code == 0:
                self.__init__()  # type: ignore[misc]
            elif code in (7, 27):
                self.reverse = code == 7
            elif code in (38, 48):
                self._put(_named(codes), ink=code == 38)
            elif code in (39, 49):
                self._put(INK if code == 39 else GROUND, ink=code == 39)
            elif 30 <= code <= 37 or 90 <= code <= 97:
                self._put(_SIXTEEN[code % 10 + (8 if code >= 90 else 0)], ink=True)
            elif 40 <= code <= 47 or 100 <= code <= 107:
                self._put(_SIXTEEN[code % 10 + (8 if code >= 100 else 0)], ink=False)

    def _put(self, colour: Colour, *, ink: bool) -> None:
        if ink:
            self.ink = colour
        else:
            self.ground = colour


def _named(codes: Iterator[int]) -> Colour:
    if next(codes) == 2:
        return next(codes), next(codes), next(codes)
    place = next(codes)
    if place < 16:
        return _SIXTEEN[place]
    if place >= 232:
        return (8 + 10 * (place - 232),) * 3
    place -= 16
    return _LEVELS[place // 36], _LEVELS[place // 6 % 6], _LEVELS[place % 6]


def cells(captured: str) -> list[list[Cell]]:
    """The cells of each line, as ``capture-pane -e -p`` prints them."""
    pen, rows = Pen(), []
    for line in captured.split("\n"):
        row: list[Cell] = []
        for piece in _PIECE.finditer(line):
            if piece[1] is not None:
                pen.obey(piece[1])
            elif piece[2] is not None:
                row.append((piece[2], *pen.pair))
        rows.append(row)
    return rows


def picture(captured: str, columns: int) -> Image.Image:
    """The whole pane as a picture of so many columns."""
    rows = cells(captured)
    drawn = Image.new("RGB", (WIDE * columns, 2 * WIDE * len(rows)), GROUND)
    for y, row in enumerate(rows):
        for x, (letter, ink, ground) in enumerate(row[:columns]):
            left, top = x * WIDE, 2 * y * WIDE
            upper = ink if letter in "▀█" else ground
            lower = ink if letter in "▄█" else ground
            drawn.paste(upper, (left, top, left + WIDE, top + WIDE))
            drawn.paste(lower, (left, top + WIDE, left + WIDE, top + 2 * WIDE))
    return drawn
