"""A receipt as a picture: a PNG to keep or send, and the dots of what a printer has no letters for.

A character stands in a cell of 12 by 24 dots, the fixed-width font that every ESC/POS printer has, so a line
that is drawn lies under a line that is printed without a step.
"""

from collections.abc import Callable, Iterable
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Final

from faces.qr_drawing import QUIET_IN_PICTURES, edged, modules, picture
from faces.receipt_slip import Row
from faces.receipt_text import lines
from tender.errors import Code, DeviceError
from tender.ports import Printed

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

CELL_DOTS: Final = (12, 24)
"""A character's width and height."""

FONTS: Final = (
    "DejaVuSansMono.ttf",
    "NotoSansMono-Regular.ttf",
    "LiberationMono-Regular.ttf",
    "FreeMono.ttf",
)
"""Fixed-width fonts with Kazakh letters, looked for by name where the system keeps its fonts."""

_FONT_SIZE: Final = 20
_MARGIN_DOTS: Final = 24


def png(rows: Iterable[Row], width: int = 42) -> bytes:
    """The receipt as a PNG, black on white. Raises ``font-missing``."""
    from PIL import Image

    strips = [
        _code(line.code, width) if line.code else _drawn(line.text, width, bold=line.bold)
        for line in lines(rows, width)
    ]
    paper = Image.new(
        "L", (width * CELL_DOTS[0] + 2 * _MARGIN_DOTS, sum(s.height for s in strips) + 2 * _MARGIN_DOTS), 255
    )
    top = _MARGIN_DOTS
    for strip in strips:
        paper.paste(strip, (_MARGIN_DOTS, top))
        top += strip.height
    out = BytesIO()
    paper.save(out, "PNG", optimize=True)
    return out.getvalue()


def printed(rows: Iterable[Row], width: int, has_letters: Callable[[str], bool]) -> tuple[Printed, ...]:
    """The receipt for a printer: text where it has every letter (``has_letters``), dots where it has not.

    Signs that no printer has are written with letters. Raises ``font-missing`` when dots are needed.
    """
    return tuple(
        Printed(line.text, line.bold)
        if not line.code and has_letters(line.text)
        else _dots(_code(line.code, width) if line.code else _drawn(line.text, width, bold=line.bold))
        for line in lines(rows, width, paper=True)
    )


@cache
def _font() -> "FreeTypeFont":
    from importlib.util import find_spec
    from pathlib import Path

    from PIL import ImageFont

    places = list(FONTS)
    beside = find_spec("barcode")  # comes with the extra [printer] and brings such a font
    if beside is not None and beside.origin:
        places.append(str(Path(beside.origin).parent / "fonts" / FONTS[0]))
    for place in places:
        try:
            return ImageFont.truetype(place, _FONT_SIZE)
        except OSError:
            continue
    raise DeviceError(Code.FONT_MISSING, "font")


def _drawn(text: str, width: int, *, bold: bool) -> "Image":
    """One line of text; bold is the same letter twice, one dot apart."""
    from PIL import Image, ImageDraw

    strip = Image.new("L", (width * CELL_DOTS[0], CELL_DOTS[1]), 255)
    pen = ImageDraw.Draw(strip)
    for at, letter in enumerate(text):
        if letter != " ":
            for shift in range(1 + bold):
                pen.text((at * CELL_DOTS[0] + shift, 0), letter, 0, _font())
    return strip


def _code(data: bytes, width: int) -> "Image":
    """The code in the middle of the paper, as large as fits; whole in any case (a paper of 32 columns takes
    any version at two dots a module)."""
    from PIL import Image

    drawn = modules(data, level="M")
    room = width * CELL_DOTS[0]
    scale = max(1, min(8, room // len(edged(drawn, QUIET_IN_PICTURES))))
    code = picture(drawn, scale=scale)
    strip = Image.new("L", (room, code.height), 255)
    strip.paste(code, ((room - code.width) // 2, 0))
    return strip


def _dots(strip: "Image") -> Printed:
    """One bit a dot, 1 is black."""
    from PIL import ImageOps

    black = ImageOps.invert(strip).point(lambda grey: 255 if grey > 127 else 0).convert("1")
    return Printed("", dots_wide=strip.width, dots=black.tobytes())
