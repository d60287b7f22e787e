"""What a bank's staff decides about card operations that nothing settles: never without a reason."""

from typing import Annotated, Final

import typer

from faces.amounts import amount_text, moment_text
from faces.commands import Spoken
from faces.language import label
from faces.words import sentence
from platform_stub.cli.opening import AsJson, BankNumber, Folder, check_bank, done, opened, table
from tender.errors import Code, Refusal

app = Spoken(help="Card operations that nothing settles: list them, decide about one.", no_args_is_help=True)
ACCOUNTS: Final = {"loss": "loss:cards", "receivable": "receivable:card-undos"}


@app.command()
def undos(bank: BankNumber, folder: Folder = None, as_json: AsJson = False) -> None:
    """Operations whose taking back this bank had to refuse: the money is spent, or is the payee's. Each is
    asked for again and again, and differs in every day's report, until somebody decides.

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
        done(None, label("platform.undos-none"), {"undos": told}, as_json)
        return
    words = ("platform.undos-operation", "platform.undos-since", "platform.undos-why", "head.amount")
    heads = [label(key) for key in words]
    rows = [
        [
            one.operation,
            moment_text(one.since),
            sentence(Refusal(Code(one.code))),
            amount_text(one.amount_tiyn),
        ]
        for one in waiting
    ]
    table(label("platform.undos"), heads, rows, left=3)
    typer.echo(label("platform.undos-next"))


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
        raise typer.BadParameter(label("platform.bear-on", on=on), param_hint="--on")
    with opened(folder) as platform:
        found = platform.banks[bank].cards.bear(operation, ACCOUNTS[on], reason, officer)
    if isinstance(found, Refusal) and found.code is Code.ORDER_UNKNOWN and not as_json:
        typer.echo(label("platform.bear-unknown", operation=operation, bank=bank), err=True)
        raise typer.Exit(1)
    if isinstance(found, Refusal):
        done(found, "", {}, as_json)
    told = {"operation": operation, "borne_tiyn": found.borne_tiyn, "account": found.account}
    said = label("platform.borne", amount_tiyn=found.borne_tiyn, operation=operation, account=found.account)
    done(found, said, told, as_json)
