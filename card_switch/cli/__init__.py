"""``tenge switch``: the card switch of the town, from outside."""

from card_switch.cli import card, closing, running, watching
from faces.commands import Spoken

app = Spoken(
    name="switch",
    help="The card switch: acquirers, two networks and issuers, in front of the banks of the town.",
    no_args_is_help=True,
)
app.add_typer(running.app)
app.add_typer(watching.app)
app.add_typer(closing.app)
app.add_typer(card.app, name="card")
