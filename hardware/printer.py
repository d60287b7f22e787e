"""A receipt printer: lines in, ESC/POS bytes out, and the way to the paper.

The letters a printer has stand in code pages. A line is sent in the first of its pages that has them all; a
line that fits none comes as dots. ``python-escpos`` is an extra; without it ``printer-missing`` says so.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tender.errors import Code, DeviceError
from tender.ports import Printed

PAGES: Final = ("CP866",)
"""What a printer sold here has at the least: Latin and Russian letters."""

KAZAKH_PAGES: Final = ("CP866", "RK1048")
"""With the page of the Kazakh standard beside it."""

CODECS: Final = {"CP866": "cp866", "CP1251": "cp1251", "RK1048": "kz1048"}
_DOTS_ROWS_MOST: Final = 2_000
"""Rows of one picture command: a printer's memory is small."""


def has_letters(text: str, pages: tuple[str, ...] = PAGES) -> bool:
    """Whether a printer with these code pages can write this line."""
    return _page_of(text, pages) is not None


def escpos_bytes(lines: Iterable[Printed], pages: tuple[str, ...] = PAGES, *, drawer: bool = False) -> bytes:
    """The receipt as a printer takes it, ending with a cut; ``drawer`` opens the cash drawer first.

    Raises :class:`DeviceError` ``printer-missing`` when the extra is not installed.
    """
    try:
        from escpos.printer import Dummy
    except ImportError as error:
        raise DeviceError(Code.PRINTER_MISSING, "printer", extra="printer") from error
    printer = Dummy()
    printer.hw("INIT")
    if drawer:
        printer.cashdraw(2)
    numbers = printer.profile.get_code_pages()
    for line in lines:
        if line.dots:
            _dots(printer, line)
            continue
        page = _page_of(line.text, pages)
        if page is None:
            raise ValueError(f"no letters for this line in {', '.join(pages)}")
        printer.set(bold=line.bold)
        printer._raw(b"\x1bt" + bytes((int(numbers[page]),)) + line.text.encode(CODECS[page]) + b"\n")
    printer.cut()
    return bytes(printer.output)


def send(data: bytes, where: Path) -> None:
    """Hand the bytes to a printer's device file, or keep them in a file.

    Raises :class:`DeviceError` ``printer-unreachable``.
    """
    try:
        with where.open("wb") as paper:
            paper.write(data)
    except OSError as error:
        raise DeviceError(Code.PRINTER_UNREACHABLE, "printer", place=str(where)) from error


def _page_of(text: str, pages: tuple[str, ...]) -> str | None:
    for page in pages:
        try:
            text.encode(CODECS[page])
        except UnicodeEncodeError:
            continue
        return page
    return None


def _dots(printer: object, line: Printed) -> None:
    """GS v 0: a picture row by row, whole bytes."""
    row = -(-line.dots_wide // 8)
    for at in range(0, len(line.dots), row * _DOTS_ROWS_MOST):
        piece = line.dots[at : at + row * _DOTS_ROWS_MOST]
        size = row.to_bytes(2, "little") + (len(piece) // row).to_bytes(2, "little")
        printer._raw(b"\x1dv0\0" + size + piece)  # type: ignore[attr-defined]
