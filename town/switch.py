"""``tenge switch`` as the town knows it: the switch's own commands, and the load that needs a whole town."""

from typing import Annotated

import typer

from card_switch.cli import app

EACH_MOST = 90
"""A card may be used a hundred times a day."""
CONNECTIONS_MOST = 64
SECONDS_MOST = 600


@app.command()
def load(
    connections: Annotated[
        int, typer.Option(min=1, max=CONNECTIONS_MOST, help="Terminals at once, each with a card of its own.")
    ] = 8,
    each: Annotated[int, typer.Option(min=1, max=EACH_MOST, help="Purchases of each card at most.")] = 24,
    operations: Annotated[
        int,
        typer.Option(
            min=0, max=CONNECTIONS_MOST * EACH_MOST, help="About so many purchases in all, instead of --each."
        ),
    ] = 0,
    seconds: Annotated[
        float,
        typer.Option(min=0, max=SECONDS_MOST, help="Ask nothing more after so long; 0: until all is said."),
    ] = 0,
    own: Annotated[
        bool, typer.Option("--own", help="In a town and a switch of its own, also when one runs.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Load a switch and its banks with card purchases, and see how long answers take.

    The running switch is loaded over its terminals' port, by test clients of the town with cards and
    terminals made for it; the cards are closed at the end. Where none runs, and with --own, it starts a town
    and a switch and throws them away. The exit code is 1 when a purchase was declined, the day does not have
    what was approved, or the books do not hold.

    Example:  tenge switch load --connections 32
    """
    from town.card_load import Wish, run

    if operations:
        each = min(EACH_MOST, -(-operations // connections))
    wish = Wish(connections, each, seconds or None)
    raise typer.Exit(run(wish, own=own, as_json=as_json))
