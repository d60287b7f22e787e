"""Options every command of the till shares, spelled once."""

from dataclasses import dataclass
from typing import Annotated

import typer

from device.cli.options import AsJson, PinFile

Name = Annotated[str, typer.Option("--till", "-t", help="Which till (TENGE_TILL).")]
Tender = Annotated[
    str, typer.Option("--tender", help="How it is paid: dt-offline, dt-online, dt-converted or cash.")
]
Code = Annotated[str, typer.Option("--code", help="The cashier's code; asked for if left out.")]
ReceiptName = Annotated[str, typer.Argument(help="The receipt, such as 3-0017.")]
Phone = Annotated[str, typer.Option("--to", help="The customer's phone, for money that goes back online.")]


@dataclass(frozen=True, slots=True)
class OneTill:
    """Which till, how it is opened, and how the command speaks."""

    name: Name = ""
    pin_file: PinFile = None
    as_json: AsJson = False
