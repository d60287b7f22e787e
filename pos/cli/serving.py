"""``tenge pos serve``: the till's screen in a browser of the same computer."""

from typing import Annotated

import typer

from device.cli.serving import Host, Outside, serve_screen
from device.cli.speaking import speaking
from pos.cli.opening import configured
from pos.cli.options import Name

SCREEN_PORT = 8128


def serve(
    host: Host = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port on this computer.")] = SCREEN_PORT,
    outside: Outside = False,
    name: Name = "",
) -> None:
    """The whole till in a browser of this computer, each visit with its own PIN.

    Example:  tenge pos serve --till till
    """
    with speaking(False):
        called = configured(name).name
        serve_screen(("pos", "open", "--till", called), f"tenge pos {called}", host, port, outside=outside)


def add_to(app: typer.Typer) -> None:
    """Put this command into the group."""
    app.command()(serve)
