"""What a bank's staff types about a client's account."""

from typing import Annotated, Any

import typer

from faces.amounts import amount_text
from platform_stub.cli.opening import (
    Amount,
    AsJson,
    BankNumber,
    Folder,
    bytes_of,
    check_bank,
    done,
    opened,
    tiyn_of,
)
from tender.errors import Refusal

app = typer.Typer(help="A client's Digital Tenge account: hold, release, block, close.", no_args_is_help=True)
Client = Annotated[str, typer.Argument(help="IIN, BIN or phone.")]


def _with(outcome: Any, as_json: bool) -> None:
    if isinstance(outcome, Refusal):
        done(outcome, "", {}, as_json)
    balances = outcome.balances
    told = {
        "dt_tiyn": balances.dt_tiyn,
        "held_tiyn": balances.held_tiyn,
        "blocked": outcome.blocked,
        "reference": outcome.reference.hex(),
    }
    state = "blocked" if outcome.blocked else "open"
    shown = f"{state}: {amount_text(balances.dt_tiyn)}, of which held {amount_text(balances.held_tiyn)}"
    done(outcome, f"{shown} {told['reference']}".strip(), told, as_json)


def _act(folder: Any, bank: int, client: str, as_json: bool, act: str, *values: Any) -> None:
    check_bank(bank)
    with opened(folder) as platform:
        found = platform.banks[bank].client(client)
        if not isinstance(found, Refusal):
            found = getattr(platform.banks[bank].accounts, act)(found.number, *values)
    _with(found, as_json)


@app.command()
def show(bank: BankNumber, client: Client, folder: Folder = None, as_json: AsJson = False) -> None:
    """How an account stands.

    Example:  tenge platform account show 949 910514450126
    """
    _act(folder, bank, client, as_json, "standing")


@app.command()
def hold(
    bank: BankNumber, client: Client, amount: Amount, folder: Folder = None, as_json: AsJson = False
) -> None:
    """Hold a part of an account; the reference that is printed releases it.

    Example:  tenge platform account hold 949 910514450126 500
    """
    _act(folder, bank, client, as_json, "hold", tiyn_of(amount))


@app.command()
def release(
    bank: BankNumber,
    reference: Annotated[str, typer.Argument(help="What `hold` printed.")],
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Lift a hold.

    Example:  tenge platform account release 949 6f1c…
    """
    check_bank(bank)
    with opened(folder) as platform:
        outcome = platform.banks[bank].accounts.release(bytes_of(reference))
    done(outcome, "released", {"released": reference}, as_json)


@app.command()
def block(bank: BankNumber, client: Client, folder: Folder = None, as_json: AsJson = False) -> None:
    """Let nothing leave an account; what comes in still comes in.

    Example:  tenge platform account block 949 910514450126
    """
    _act(folder, bank, client, as_json, "block")


@app.command()
def unblock(bank: BankNumber, client: Client, folder: Folder = None, as_json: AsJson = False) -> None:
    """Let an account go on.

    Example:  tenge platform account unblock 949 910514450126
    """
    _act(folder, bank, client, as_json, "block", False)


@app.command()
def close(bank: BankNumber, client: Client, folder: Folder = None, as_json: AsJson = False) -> None:
    """Close an account in which nothing is, and its cards with it.

    Example:  tenge platform account close 949 910514450126
    """
    check_bank(bank)
    with opened(folder) as platform:
        found = platform.banks[bank].client(client)
        if not isinstance(found, Refusal):
            found = platform.banks[bank].accounts.close(found.number)
    done(found, "closed", {"closed": client}, as_json)
