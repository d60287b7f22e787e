"""QR codes as modules, as character cells and as pictures: what every screen and command draws them with.

A code is drawn black on white whatever the theme, and whole or not at all. ``qrcode`` draws our frames, which
are bytes; ``segno`` the payment code, whose text needs an ECI header.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from PIL.Image import Image

Modules: TypeAlias = list[bytearray]
"""A square code without its white edge: one row of 0 (light) and 1 (dark) after the other."""

LEVELS: Final = ("L", "M")
"""Error correction: L for moving codes, whose other frames repair more than it could; M for one alone."""

VERSIONS: Final = range(1, 41)
QUIET_ON_SCREEN: Final = 2
"""Modules of white edge on a screen, where readers do with less; pictures have the four of the standard."""
QUIET_AT_LEAST: Final = 1
"""Of a code that has the whole screen and would not fit it otherwise."""
QUIET_IN_PICTURES: Final = 4
PIXELS_PER_MODULE: Final = 8

_LEVEL_NUMBERS: Final = {"L": 1, "M": 0}
_BYTES_MODE: Final = 4
_FIXED_MASK: Final = 2


def side(version: int) -> int:
    """How many modules wide and high a code of this version (1 .. 40) is."""
    return 17 + 4 * version


def capacity_bytes(version: int, level: str = "L") -> int:
    """How many bytes a code of this version holds."""
    from qrcode.util import BIT_LIMIT_TABLE

    bits: int = BIT_LIMIT_TABLE[_LEVEL_NUMBERS[level]][version]
    return (bits - 4 - (8 if version < 10 else 16)) // 8


def version_for(count: int, level: str = "L") -> int | None:
    """The smallest version that holds so many bytes; None when no code does."""
    return next((version for version in VERSIONS if capacity_bytes(version, level) >= count), None)


def modules(data: bytes, *, level: str = "L", version: int | None = None, mask: int | None = None) -> Modules:
    """A code of these bytes, of the smallest version that holds them or of this one.

    ``mask`` (0 .. 7) spares the search for the best one: for moving codes. Raises ValueError when they do not
    fit.
    """
    from qrcode import QRCode
    from qrcode.util import QRData

    wanted = version if version is not None else version_for(len(data), level)
    if wanted is None or len(data) > capacity_bytes(wanted, level):
        raise ValueError(f"{len(data)} bytes do not fit this code")
    code: QRCode = QRCode(wanted, _LEVEL_NUMBERS[level], border=0, mask_pattern=mask)
    code.add_data(QRData(data, mode=_BYTES_MODE), optimize=0)
    code.make(fit=False)
    return [bytearray(map(bool, row)) for row in code.modules]


def moving(frame: bytes, version: int) -> Modules:
    """One frame of a moving code: all of one version, the mask not searched for."""
    return modules(frame, version=version, mask=_FIXED_MASK)


def text_modules(text: str, level: str = "M") -> Modules:
    """A code of a text for foreign readers, level M; beyond Latin letters it says that it is UTF-8.

    Level L is for a screen that is too small for M: a screen has neither dirt nor creases to repair.
    """
    import segno

    plain = text.isascii()
    code = segno.make_qr(
        text,
        error=level.lower(),
        boost_error=False,
        mode="byte",  # EMVCo allows no other, though capitals would fit a denser one
        encoding="iso-8859-1" if plain else "utf-8",
        eci=not plain,
    )
    return [bytearray(row) for row in code.matrix]


def edged(code: Modules, quiet: int) -> Modules:
    """The code with ``quiet`` light modules on each side."""
    width = len(code) + 2 * quiet
    empty = [bytearray(width) for _ in range(quiet)]
    return [*empty, *(bytearray(quiet) + row + bytearray(quiet) for row in code), *map(bytearray, empty)]


# --- character cells


def cells_for(version: int, *, half: bool = True, quiet: int = QUIET_ON_SCREEN) -> tuple[int, int]:
    """Columns and rows of a drawn code: with half blocks a cell is one module wide and two high, else two
    cells are one module."""
    width = side(version) + 2 * quiet
    return (width, -(-width // 2)) if half else (2 * width, width)


def largest_version(
    columns: int, rows: int, *, half: bool = True, quiet: int = QUIET_ON_SCREEN
) -> int | None:
    """The largest version that is drawn whole in so many cells; None when not even the smallest is."""
    found = None
    for version in VERSIONS:
        wide, high = cells_for(version, half=half, quiet=quiet)
        if wide <= columns and high <= rows:
            found = version
    return found


def pairs(code: Modules) -> list[list[tuple[int, int]]]:
    """For each row of half-block cells its (upper, lower) modules; an odd last row has light below it."""
    rows = [*code, bytearray(len(code[0]))] if len(code) % 2 else code
    return [list(zip(rows[at], rows[at + 1], strict=True)) for at in range(0, len(rows), 2)]


_HALF: Final = {
    pair: f"\x1b[38;5;{upper};48;5;{lower}m" + (" " if upper == lower else "▀")
    for pair, (upper, lower) in {
        (0, 0): (15, 15),
        (0, 1): (15, 16),
        (1, 0): (16, 15),
        (1, 1): (16, 16),
    }.items()
}
_COLOURS: Final = ("\x1b[48;5;15m  ", "\x1b[48;5;16m  ")
_REVERSE: Final = ("\x1b[7m  ", "\x1b[27m  ")
_HASHES: Final = ("  ", "##")
_RESET: Final = "\x1b[0m"


def for_terminal(code: Modules, *, utf8: bool, colours: bool, escapes: bool = True) -> str:
    """The code for a terminal without a screen library, one line a row of cells.

    With colours and UTF-8 as half blocks, both colours said (white, and the black that no theme repaints);
    without UTF-8 as two blanks a module; without colours as blanks in reverse video, dark terminals being
    most; without escape sequences (``TERM=dumb``, a pipe) as ``##`` for a dark module.
    """
    whole = edged(code, QUIET_ON_SCREEN)
    if utf8 and colours and escapes:
        return "".join("".join(map(_HALF.__getitem__, row)) + _RESET + "\n" for row in pairs(whole))
    cells = (_COLOURS if colours else _REVERSE) if escapes else _HASHES
    end = (_RESET if escapes else "") + "\n"
    return "".join("".join(cells[one] for one in row) + end for row in whole)


# --- pictures


def picture(code: Modules, *, scale: int = PIXELS_PER_MODULE, quiet: int = QUIET_IN_PICTURES) -> "Image":
    """The code as a picture of one bit a pixel."""
    from PIL import Image

    whole = edged(code, quiet)
    flat = bytes(0 if one else 255 for row in whole for one in row)
    small = Image.frombytes("L", (len(whole), len(whole)), flat).convert("1")
    return small.resize((len(whole) * scale,) * 2, Image.Resampling.NEAREST)


def png(codes: Sequence[Modules], *, frame_ms: int = 125) -> bytes:
    """A PNG of one code, or an animated one of several of the same size, ``frame_ms`` each, for ever."""
    first, *rest = [picture(code) for code in codes]
    out = BytesIO()
    if rest:
        first.save(out, "PNG", save_all=True, append_images=rest, duration=frame_ms, loop=0)
    else:
        first.save(out, "PNG", optimize=True)
    return out.getvalue()
