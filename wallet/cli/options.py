"""Options every command of the wallet shares, spelled once."""

from typing import Annotated

import typer

from device.cli.options import (
    Amount,
    AsJson,
    Out,
    Outlet,
    PinFile,
    Png,
    Purpose,
    Qr,
    Scan,
    ScanFor,
    Socket,
    Yes,
)

__all__ = [
    "Amount",
    "AsJson",
    "Name",
    "Out",
    "Outlet",
    "PinFile",
    "Png",
    "Purpose",
    "Qr",
    "Scan",
    "ScanFor",
    "Socket",
    "Yes",
]

Name = Annotated[str, typer.Option("--wallet", "-w", help="Which wallet (TENGE_WALLET).")]
