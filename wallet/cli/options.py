"""Options every command shares, spelled once."""

from pathlib import Path
from typing import Annotated

import typer

Name = Annotated[str, typer.Option("--wallet", "-w", help="Which wallet (TENGE_WALLET).")]
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
