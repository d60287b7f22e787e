"""``tenge switch``: the card switch of the town, from outside."""

from importlib import import_module
from importlib.util import find_spec

from card_switch.cli import closing, running, watching
from faces.commands import Spoken

app = Spoken(
    name="switch",
    help="The card switch: acquirers, two networks and issuers, in front of the banks of the town.",
    no_args_is_help=True,
)
app.add_typer(running.app)
app.add_typer(watching.app)
app.add_typer(closing.app)
if find_spec("card_switch.cli.card"):
    app.add_typer(import_module("card_switch.cli.card").app, name="card")
