"""``tenge pos open``: the till that fills the terminal, its doors, and its paper as a command."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from device.cli.opening import devices, the_pin
from device.cli.options import PinFile
from device.cli.speaking import speaking
from device.cli.travel import write_file
from faces.commands import screen_or_help
from pos.cli.opening import configured, opened, say
from pos.cli.options import Name, OneTill, ReceiptName
from pos.config import TillConfig
from tender.errors import Code, DeviceError

if TYPE_CHECKING:
    from pos.service.till import Till
    from tender.crypto.sealing import Pin
    from tender.ports import CardReader, Printed, QrSource

COLUMNS_DEFAULT = 42
BareTill = Annotated[str, typer.Option("--till", "-t", hidden=True)]


class Printer:
    """The printer this machine names: TENGE_PRINTER (a device file, or any file), TENGE_PRINTER_COLUMNS (32,
    42 or 48), TENGE_PRINTER_PAGES (code pages it has, such as ``CP866,RK1048``)."""

    def __init__(self, where: str = "") -> None:
        self._where = where or os.environ.get("TENGE_PRINTER", "")

    @property
    def columns(self) -> int:
        """How wide its paper is."""
        told = os.environ.get("TENGE_PRINTER_COLUMNS", "")
        return int(told) if told in ("32", "42", "48") else COLUMNS_DEFAULT

    @property
    def pages(self) -> tuple[str, ...]:
        """The code pages it has."""
        from hardware.printer import CODECS, PAGES

        told = os.environ.get("TENGE_PRINTER_PAGES", "").upper().split(",")
        return tuple(one for one in told if one in CODECS) or PAGES

    def has_letters(self, text: str) -> bool:
        """Whether it can write this line."""
        from hardware.printer import has_letters

        return has_letters(text, self.pages)

    def print(self, lines: Sequence["Printed"]) -> str:
        """Print. Raises ``printer-unnamed``, ``printer-missing``, ``printer-unreachable``."""
        from hardware.printer import escpos_bytes, send

        if not self._where:
            raise DeviceError(Code.PRINTER_UNNAMED, "printer")
        send(escpos_bytes(lines, self.pages), Path(self._where))
        return self._where


class MachineDoors:
    """:class:`pos.tui.doors.TillDoors` over this machine's folders."""

    def __init__(self, config: TillConfig, pin_file: Path | None = None) -> None:
        self._config, self._pin_file, self._printer = config, pin_file, Printer()
        self._air = os.environ.get("TENGE_AIR", "")

    @property
    def name(self) -> str:
        """The till that was asked for."""
        return self._config.name

    @property
    def paper_columns(self) -> int:
        """As the printer's."""
        return self._printer.columns

    @property
    def reader(self) -> str:
        """As TENGE_READER names it."""
        return os.environ.get("TENGE_READER", "")

    def exists(self) -> bool:
        """Whether there is such a till."""
        return self._config.device.store.is_file()

    def create(self, pin: "Pin") -> "Till":
        """A new one."""
        from pos.compose import create_till

        return create_till(self._config, pin, *devices(self._config.device))

    def open(self, pin: "Pin") -> "Till":
        """The till, where it was left."""
        from pos.compose import open_till

        return open_till(self._config, pin, *devices(self._config.device))

    def given_pin(self) -> "Pin | None":
        """Of a file or of the environment."""
        given = self._pin_file is not None or os.environ.get("TENGE_PIN")
        return the_pin(self._pin_file) if given else None

    def open_source(self, word: str) -> "QrSource":
        """A camera, a picture, a folder, the clipboard."""
        from hardware.qr_camera import open_source

        return open_source(word)

    def open_reader(self, where: str) -> "CardReader":
        """A card in a file, a socket, a reader of the machine; as slow as TENGE_AIR says."""
        from hardware.airtime import MODELS, really_slow
        from hardware.readers import open_reader

        return really_slow(open_reader(where), self._air if self._air in MODELS else "")

    def swiped(self, where: str) -> bytes:
        """Of a card in a file."""
        from hardware.readers import swiped

        return swiped(where)

    def pace(self, what: str) -> tuple[int, float]:
        """By the same model; of a phone only its own progress tells."""
        from hardware.tap_pace import card_pace

        return card_pace(self._air) if what == "card" else (0, 0.0)

    def save(self, path: str, data: bytes) -> str:
        """Where the command was started."""
        write_file(Path(path), data)
        return path

    def has_letters(self, text: str) -> bool:
        """As the printer."""
        return self._printer.has_letters(text)

    def print(self, lines: Sequence["Printed"]) -> str:
        """On paper."""
        return self._printer.print(lines)


def open_screen(name: Name = "", pin_file: PinFile = None) -> None:
    """Open the till on the whole terminal. `tenge pos` alone does the same.

    Example:  tenge pos open --till till
    """
    with speaking(False):
        from faces.plain_text import as_given
        from pos.tui.app import TillApp

        config = configured(name)
        app = TillApp(MachineDoors(config, pin_file), environment=as_given())
        app.fault_folder = config.device.folder.parent.parent
        app.run()
    raise typer.Exit(app.return_code or 0)


def print_receipt(
    receipt_name: ReceiptName,
    printer: Annotated[str, typer.Option("--printer", help="A printer's device file (TENGE_PRINTER).")] = "",
    picture: Annotated[str, typer.Option("--png", help="A picture of it, in this file.")] = "",
    *,
    which: OneTill,
) -> None:
    """A receipt once more on paper (ESC/POS) or as a picture, marked as a copy.

    Example:  tenge pos print 3-0017 --printer /dev/usb/lp0
    """
    with opened(which) as (voice, till):
        from faces.receipt_picture import png, printed
        from pos.tui.papers import slip_rows_of

        found = voice.need(till.receipt(receipt_name))
        signed, cards = till.signed_receipt(found), till.cards.payments_of(found)
        rows = slip_rows_of(found, till.status(), signed=signed, copy=True, cards=cards)
        paper, places = Printer(printer), []
        if picture:
            write_file(Path(picture), png(rows, paper.columns))
            places.append(picture)
        if printer or not picture:
            places.append(paper.print(printed(rows, paper.columns, paper.has_letters)))
        for where in places:
            say(voice, "till.put-out", where=where)
        voice.tell(files=places)


def bare(context: typer.Context, name: BareTill = "") -> None:
    """A merchant's till: sell, be paid in Digital Tenge or cash, with or without a network."""
    screen_or_help(context, open_screen, name)


def add_to(app: typer.Typer) -> None:
    """Put these commands into the group."""
    app.callback(invoke_without_command=True)(bare)
    app.command("open")(open_screen)
    app.command("print")(print_receipt)
