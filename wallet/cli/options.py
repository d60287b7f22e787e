"""Options every command of the wallet shares, spelled once."""

from dataclasses import dataclass
from typing import Annotated

import typer

from device.cli.options import (
    Amount,
    AsJson,
    Field,
    Out,
    Outlet,
    PinFile,
    Png,
    Purpose,
    Qr,
    Scan,
    ScanFor,
    Scanning,
    Socket,
    Yes,
)

__all__ = [
    "Amount",
    "AsJson",
    "Field",
    "Name",
    "OneWallet",
    "Out",
    "Outlet",
    "PinFile",
    "Png",
    "Purpose",
    "Qr",
    "Scan",
    "ScanFor",
    "Scanning",
    "Socket",
    "Yes",
]

Name = Annotated[str, typer.Option("--wallet", "-w", help="Which wallet (TENGE_WALLET).")]


@dataclass(frozen=True, slots=True)
class OneWallet:
    """Which wallet, how it is opened, and how the command speaks."""

    name: Name = ""
    pin_file: PinFile = None
    as_json: AsJson = False
