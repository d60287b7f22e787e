"""``tenge wallet open``: the wallet that fills the terminal. How it starts fast: ``wallet/cli/start.py``."""

import sys

import typer

from device.cli.speaking import speaking
from wallet.cli.machine import fill_terminal
from wallet.cli.opening import configured
from wallet.cli.options import Name, PinFile


def open_screen(name: Name = "", pin_file: PinFile = None) -> None:
    """Open the wallet on the whole terminal. `tenge wallet` alone does the same.

    Example:  tenge wallet open --wallet aigul
    """
    with speaking(False):
        ended = fill_terminal(configured(name), pin_file)
    raise typer.Exit(ended)


def bare(context: typer.Context) -> None:
    """Your Digital Tenge on this device: hold it, pay with it, take it, with or without a network."""
    if context.invoked_subcommand is not None:
        return
    if sys.stdin.isatty() and sys.stdout.isatty():
        open_screen()
    typer.echo(context.get_help())


def add_to(app: typer.Typer) -> None:
    """Put these commands into the group."""
    app.callback(invoke_without_command=True)(bare)
    app.command("open")(open_screen)
