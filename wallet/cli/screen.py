"""``tenge wallet open``: the wallet that fills the terminal. How it starts fast: ``wallet/cli/start.py``."""

from typing import Annotated

import typer

from device.cli.speaking import speaking
from faces.commands import screen_or_help
from wallet.cli.machine import fill_terminal
from wallet.cli.opening import configured
from wallet.cli.options import Name, PinFile

BareWallet = Annotated[str, typer.Option("--wallet", "-w", hidden=True)]


def open_screen(name: Name = "", pin_file: PinFile = None) -> None:
    """Open the wallet on the whole terminal. `tenge wallet` alone does the same.

    Example:  tenge wallet open --wallet aigul
    """
    with speaking(False):
        ended = fill_terminal(configured(name), pin_file)
    raise typer.Exit(ended)


def bare(context: typer.Context, name: BareWallet = "") -> None:
    """Your Digital Tenge on this device: hold it, pay with it, take it, with or without a network."""
    screen_or_help(context, open_screen, name)


def add_to(app: typer.Typer) -> None:
    """Put these commands into the group."""
    app.callback(invoke_without_command=True)(bare)
    app.command("open")(open_screen)
