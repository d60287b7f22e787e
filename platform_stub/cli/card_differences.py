"""What a bank's staff decides about card operations that nothing settles: never without a reason."""

from typing import Annotated, Final

import typer

from faces.amounts import amount_text, moment_text
from faces.words import sentence
from platform_stub.cli.opening import AsJson, BankNumber, Folder, check_bank, done, opened, table
from tender.errors import Code, Refusal

app = typer.Typer(
    help="Card operations that nothing settles: list them, decide about one.", no_args_is_help=True
)
ACCOUNTS: Final = {"loss": "loss:cards", "receivable": "receivable:card-undos"}


@app.command()
def undos(bank: BankNumber, folder: Folder = None, as_json: AsJson = False) -> None:
    """Operations whose taking back this bank had to refuse: the money is spent, or is the payee's. Each is
    asked for again every minute, and differs in every day's report, until somebody decides.

    Example:  tenge platform card undos 949
    """
    check_bank(bank)
    with opened(folder) as platform:
        waiting = platform.banks[bank].cards.open_undos()
    told = [
        {"operation": one.operation, "amount_tiyn": one.amount_tiyn, "code": one.code, "since": one.since}
        for one in waiting
    ]
    if as_json or not waiting:
        done(None, "No taking back waits for a decision.", {"undos": told}, as_json)
        return
    heads = ["operation", "since", "why", "amount"]
    rows = [
        [
            one.operation,
            moment_text(one.since),
            sentence(Refusal(Code(one.code))),
            amount_text(one.amount_tiyn),
        ]
        for one in waiting
    ]
    table("Taking back, refused", heads, rows, left=3)
    typer.echo("Next: tenge platform card bear BANK OPERATION --on loss --reason WHY --officer WHO")


@app.command()
def bear(
    bank: BankNumber,
    operation: Annotated[str, typer.Argument(help="As `undos` tells it.")],
    on: Annotated[str, typer.Option(help="`loss`, or `receivable` from whoever has the money.")],
    reason: Annotated[str, typer.Option(help="Why; stands in the day's report.")],
    officer: Annotated[str, typer.Option(help="Who decides; stands beside the decision for good.")],
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """End one of them at the bank's own cost. A client whose refund was taken back too late keeps it; a payer
    whose Digital Tenge the shop has gets as many from the bank. There is no way back.

    Example:  tenge platform card bear 949 VISA1 --on loss --reason "spent before" --officer Zarina
    """
    check_bank(bank)
    if on not in ACCOUNTS:
        raise typer.BadParameter(f"{on!r} is none; choose " + " or ".join(ACCOUNTS), param_hint="--on")
    with opened(folder) as platform:
        found = platform.banks[bank].cards.bear(operation, ACCOUNTS[on], reason, officer)
    if isinstance(found, Refusal) and found.code is Code.ORDER_UNKNOWN and not as_json:
        typer.echo(
            f"No taking back of {operation} waits for a decision. See: tenge platform card undos {bank}",
            err=True,
        )
        raise typer.Exit(1)
    if isinstance(found, Refusal):
        done(found, "", {}, as_json)
    told = {"operation": operation, "borne_tiyn": found.borne_tiyn, "account": found.account}
    done(
        found, f"{amount_text(found.borne_tiyn)} of {operation} are borne by {found.account}.", told, as_json
    )
