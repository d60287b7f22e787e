"""Options of every command that holds a device, spelled once, and where messages go."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

PinFile = Annotated[
    Path | None, typer.Option(help="A file that holds the PIN; TENGE_PIN works too. Asked for if neither.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Amount = Annotated[str, typer.Argument(help="Tenge, such as 500 or 1250,50.")]
Purpose = Annotated[str, typer.Option(help="What it is for; the other side sees it.")]
Out = Annotated[
    str, typer.Option("--out", "-o", help="File for the message, or '-' for text on the standard output.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Socket = Annotated[Path | None, typer.Option(help="A Unix socket instead of files.")]
Qr = Annotated[bool, typer.Option("--qr", help="Draw the message as a QR code in the terminal.")]
Png = Annotated[str, typer.Option("--png", help="Save the message as a picture of a QR code.")]
Scan = Annotated[
    str,
    typer.Option(
        "--scan", help="Read it from codes: camera, clipboard, a picture, a video, or a folder to watch."
    ),
]
ScanFor = Annotated[int, typer.Option("--scan-s", help="How many seconds to look for codes.")]


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where a message goes: a file (``-`` or nothing: text on the standard output), a code in the terminal,
    a picture of a code. A code takes the place of the text, a file does not take the place of a code."""

    file: Out = ""
    qr: Qr = False
    png: Png = ""


@dataclass(frozen=True, slots=True)
class Scanning:
    """Codes that a message is read from, and for how long."""

    scan: Scan = ""
    scan_s: ScanFor = 120


Tap = Annotated[
    str, typer.Option("--tap", help="By tap, at this reader; `unix:PATH` is a field between two programs.")
]
AsCard = Annotated[
    bool, typer.Option("--as-card", help="This device answers as a card, and the other one is the reader.")
]


@dataclass(frozen=True, slots=True)
class Field:
    """The field of a reader, and which end of it this device is."""

    tap: Tap = ""
    as_card: AsCard = False
