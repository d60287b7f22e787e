"""``tenge switch`` as the town knows it: the switch's own commands, and the load that needs a whole town."""

from typing import Annotated

import typer

from card_switch.cli import app

EACH_MOST = 90
"""A card may be used a hundred times a day."""


@app.command()
def load(
    connections: Annotated[
        int, typer.Option(min=1, max=64, help="Terminals at once, each with a card of its own.")
    ] = 8,
    each: Annotated[int, typer.Option(min=1, max=EACH_MOST, help="Purchases of each card.")] = 24,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Load a switch and its banks with card purchases, and see how long answers take.

    It starts a town and a switch of its own and throws them away. The exit code is 1 when a purchase was
    declined or the books do not hold.

    Example:  tenge switch load --connections 32
    """
    from town.card_load import run

    raise typer.Exit(run(connections, each, as_json=as_json))
