"""``tenge platform``: the operators of the National Bank, the banks and the Certification Centre.

Every command opens the platform's stores itself, so it works beside a running server and without one.
"""

import typer

from platform_stub.cli import accounts, card_differences, desk, operators

app = typer.Typer(
    help="The National Bank, the banks and the centres.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
)
app.add_typer(operators.app)
app.add_typer(desk.app)
app.add_typer(accounts.app, name="account")
app.add_typer(card_differences.app, name="card")
