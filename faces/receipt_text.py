"""A receipt in columns: paper of 58 mm takes 32 characters, of 80 mm 42 or 48."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from faces.receipt_slip import Code, Row, Rule, Words

WIDTHS: Final = (32, 42, 48)
"""Columns of the papers that are sold."""

_PLAIN: Final[dict[int, str]] = {0x202F: " ", 0xA0: " ", 0x2212: "-"}
"""Narrow and firm spaces, and the minus sign, which would not stand in columns everywhere."""

_ON_PAPER: Final[dict[int, str]] = {ord("₸"): "KZT", ord("×"): "x", **dict.fromkeys(map(ord, "«»“”„"), '"')}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of paper, at most as wide as it; or, with ``code``, the code that stands here."""

    text: str
    bold: bool = False
    code: bytes = b""


def lines(rows: Iterable[Row], width: int, *, paper: bool = False) -> tuple[Line, ...]:
    """The rows set in ``width`` columns. Nothing is cut off: what is too long goes on in the next line.

    ``paper``: signs that no printer's code page has are written with letters it has (₸ as KZT).
    """
    letters = _PLAIN | _ON_PAPER if paper else _PLAIN
    return tuple(line for row in rows for line in _set(row, width, letters))


def as_text(rows: Iterable[Row], width: int = 42) -> str:
    """The receipt as plain text; where a code stands, its caption alone."""
    return "\n".join(line.text.rstrip() for line in lines(rows, width) if not line.code) + "\n"


def _set(row: Row, width: int, letters: dict[int, str]) -> Iterator[Line]:
    match row:
        case Rule():
            yield Line("-" * width)
        case Code(data, caption):
            yield Line("", code=data)
            yield from (Line(piece.center(width).rstrip()) for piece in _wrapped(caption, width))
        case Words(left, right, middle, bold):
            left, right = left.translate(letters), right.translate(letters)
            if middle:
                yield from (Line(piece.center(width).rstrip(), bold) for piece in _wrapped(left, width))
            elif right:
                yield from _both_ends(left, right, width, bold)
            else:
                yield from (Line(piece, bold) for piece in _wrapped(left, width))


def _both_ends(left: str, right: str, width: int, bold: bool) -> Iterator[Line]:
    """Side by side where there is room; else the right part stands alone in the lines after."""
    if len(left) + 1 + len(right) <= width:
        yield Line(left + right.rjust(width - len(left)), bold)
        return
    yield from (Line(piece, bold) for piece in _wrapped(left, width))
    yield from (Line(piece.rjust(width), bold) for piece in _wrapped(right, width))


def _wrapped(text: str, width: int) -> Iterator[str]:
    indent = text[: len(text) - len(text.lstrip())]
    line = indent
    for word in text.split():
        if len(line) > len(indent) and len(line) + 1 + len(word) > width:
            yield line
            line = indent
        line += (" " if len(line) > len(indent) else "") + word
        while len(line) > width:
            yield line[:width]
            line = indent + line[width:]
    yield line
