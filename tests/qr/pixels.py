"""What a screen shows, as pixels: tests read codes from these and never from the payload."""

import io
import re
import subprocess
from functools import cache
from typing import Any

from PIL import Image
from textual.app import App
from textual.strip import Strip

from hardware.qr_reader import read_codes
from tests.parts import part

CELL = (8, 16)
"""Pixels of a character cell, twice as high as wide, as in a terminal."""


def cells_to_picture(strips: list[Strip]) -> Image.Image:
    """Rows of cells as a terminal draws them, as far as colours and half blocks go; letters are left out."""
    columns = max(strip.cell_length for strip in strips)
    halves = bytearray()
    for strip in strips:
        upper, lower = bytearray(), bytearray()
        for text, style, _ in strip:
            ground = _grey(style.bgcolor if style else None, 40)
            ink = _grey(style.color if style else None, 215)
            upper += bytes(ink if letter == "▀" else ground for letter in text)
            lower += bytes([ground]) * len(text)
        halves += upper.ljust(columns, b"\x28") + lower.ljust(columns, b"\x28")
    wide, high = CELL
    picture = Image.frombytes("L", (columns, 2 * len(strips)), bytes(halves))
    return picture.resize((columns * wide, len(strips) * high), Image.Resampling.NEAREST)


@cache
def _grey(colour: Any, otherwise: int) -> int:
    if colour is None or colour.is_default:
        return otherwise
    red, green, blue = colour.get_truecolor()
    return int(0.299 * red + 0.587 * green + 0.114 * blue)


def screen_picture(app: App[Any]) -> Image.Image:
    """The cells of the whole screen, as the compositor has them: covered and cut where the screen is."""
    return cells_to_picture(app.screen._compositor.render_strips())


def screen_png(app: App[Any]) -> bytes:
    """The screen as a picture made outside of us: Textual's own screenshot, drawn by rsvg-convert."""
    program = part("rsvg-convert", "librsvg2-bin")
    svg = re.sub(r"@font-face\s*{[^}]*}", "", app.export_screenshot())
    return subprocess.run([program], input=svg.encode(), capture_output=True, check=True, timeout=60).stdout


def letters_to_picture(drawn: str) -> Image.Image:
    """A code drawn as ``##`` and blanks, each pair as one module: black on a white page."""
    lines = drawn.splitlines()
    page = Image.new("L", (max(map(len, lines)) // 2 + 8, len(lines) + 8), 255)
    for row, line in enumerate(lines):
        for column in range(len(line) // 2):
            if line[2 * column] == "#":
                page.putpixel((column + 4, row + 4), 0)
    return page.resize((page.width * 6, page.height * 6), Image.Resampling.NEAREST)


def codes_in(picture: Image.Image | bytes) -> list[bytes]:
    """Every code in a picture."""
    shown = Image.open(io.BytesIO(picture)) if isinstance(picture, bytes) else picture
    grey = shown.convert("RGB").convert("L")
    return read_codes(grey.tobytes(), *grey.size)
