"""What the operators of the National Bank, the banks and the Certification Centre type day by day."""

import json
from pathlib import Path
from typing import Annotated

import typer

from faces.amounts import amount_text
from platform_stub.cli.opening import (
    Amount,
    AsJson,
    BankNumber,
    Folder,
    check_bank,
    done,
    folder_of,
    opened,
    table,
    tiyn_of,
)
from tender.account.participants import BANKS, name_of
from tender.errors import Refusal

app = typer.Typer()


@app.command()
def serve(
    folder: Folder = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 8125,
    every_s: Annotated[float, typer.Option(help="How often unfinished work is taken up.")] = 5.0,
    verifiers: Annotated[int, typer.Option(min=0, max=64, help="Processes that only check signatures.")] = 0,
    card_port: Annotated[int, typer.Option(help="Port of the card link, for issuers' hosts.")] = 8126,
) -> None:
    """Serve the gateway, and the card link, on loopback.

    Example:  tenge platform serve --port 8125
    """
    import uvicorn

    from platform_stub.card_link.opening import open_card_link
    from platform_stub.http.app import make_app
    from platform_stub.keeping_up import kept_up

    with opened(folder, verifiers) as platform:
        platform.tick()
        card_link = open_card_link(platform, folder_of(folder) / "card_link", card_port)
        typer.echo(f"The platform listens on http://127.0.0.1:{port} (root key {platform.root_key.hex()}).")
        with kept_up(platform, every_s):
            uvicorn.run(make_app(platform.gateway), host="127.0.0.1", port=port, log_level="warning")
        card_link.stop()


@app.command()
def participants(folder: Folder = None, as_json: AsJson = False) -> None:
    """Who takes part, and what each bank has.

    Example:  tenge platform participants
    """
    from platform_stub.overview import banks

    with opened(folder) as platform:
        found = banks(platform)
        blocked = {line.number: platform.gateway.blocked(line.number) for line in found}
    if as_json:
        rows = [
            {
                "number": line.number,
                "name": line.name,
                "correspondent_tiyn": line.correspondent_tiyn,
                "inventory_tiyn": line.inventory_tiyn,
                "accounts_tiyn": line.accounts_tiyn,
                "clients": line.clients,
                "blocked": blocked[line.number],
            }
            for line in found
        ]
        typer.echo(json.dumps(rows, indent=2))
        return
    lines = [
        [
            f"{line.number}",
            line.name + (" (blocked)" if blocked[line.number] else ""),
            amount_text(line.correspondent_tiyn),
            amount_text(line.inventory_tiyn),
            amount_text(line.accounts_tiyn),
            str(line.clients),
        ]
        for line in found
    ]
    table(
        "Banks",
        ["number", "bank", "correspondent account", "DT inventory", "DT of clients", "clients"],
        lines,
    )


@app.command("balance")
def balance(folder: Folder = None, as_json: AsJson = False) -> None:
    """The equation, as the platform's own books see it.

    Example:  tenge platform balance
    """
    from platform_stub.overview import equation

    with opened(folder) as platform:
        sheet = equation(platform)
    told = {
        "liability_tiyn": sheet.liability_tiyn,
        "accounts_tiyn": sheet.accounts_tiyn,
        "devices_tiyn": sheet.devices_tiyn,
        "in_transit_tiyn": sheet.in_transit_tiyn,
        "holds": sheet.holds,
    }
    shown = "\n".join(
        [
            f"DT liability account   {amount_text(sheet.liability_tiyn)}",
            f"  on accounts          {amount_text(sheet.accounts_tiyn)}",
            f"  on devices           {amount_text(sheet.devices_tiyn)}",
            f"  in transit           {amount_text(sheet.in_transit_tiyn)}",
            "equal to the tiyn" if sheet.holds else "NOT EQUAL",
        ]
    )
    done(sheet, shown, told, as_json)
    raise typer.Exit(0 if sheet.holds else 1)


@app.command()
def root(folder: Folder = None) -> None:
    """Print the root key, the one thing a device must be born with.

    Example:  tenge platform root > root.key
    """
    with opened(folder) as platform:
        typer.echo(platform.root_key.hex())


@app.command()
def requests(folder: Folder = None, as_json: AsJson = False) -> None:
    """What banks have asked the National Bank for.

    Example:  tenge platform requests
    """
    with opened(folder) as platform:
        found = platform.nbk.requests()
    if as_json:
        rows = [
            {
                "request": one.number,
                "bank": one.bank,
                "kind": one.kind,
                "amount_tiyn": one.amount_tiyn,
                "state": one.state,
            }
            for one in found
        ]
        typer.echo(json.dumps(rows))
        return
    lines = [
        [str(one.number), name_of(one.bank), one.kind, amount_text(one.amount_tiyn), one.state]
        for one in found
    ]
    table("Requests", ["number", "bank", "kind", "amount", "state"], lines)


@app.command()
def approve(request: int, folder: Folder = None, as_json: AsJson = False) -> None:
    """Approve a request, as the National Bank.

    Example:  tenge platform approve 7
    """
    with opened(folder) as platform:
        outcome = platform.nbk.approve(request)
    state = "" if isinstance(outcome, Refusal) else outcome.state
    done(outcome, f"Request {request}: {state}.", {"request": request, "state": state}, as_json)


@app.command()
def reject(request: int, folder: Folder = None, as_json: AsJson = False) -> None:
    """Reject a request, as the National Bank.

    Example:  tenge platform reject 7
    """
    with opened(folder) as platform:
        outcome = platform.nbk.reject(request)
    state = "" if isinstance(outcome, Refusal) else outcome.state
    done(outcome, f"Request {request}: {state}.", {"request": request, "state": state}, as_json)


@app.command("ask-issue")
def ask_issue(bank: BankNumber, amount: Amount, folder: Folder = None, as_json: AsJson = False) -> None:
    """As a bank, ask for Digital Tenge.

    Example:  tenge platform ask-issue 949 1000000
    """
    _ask(bank, amount, "request_issue", folder, as_json)


@app.command("ask-redeem")
def ask_redeem(bank: BankNumber, amount: Amount, folder: Folder = None, as_json: AsJson = False) -> None:
    """As a bank, hand Digital Tenge back.

    Example:  tenge platform ask-redeem 949 500000
    """
    _ask(bank, amount, "request_redeem", folder, as_json)


def _ask(bank: int, amount: str, what: str, folder: Path | None, as_json_: bool) -> None:
    amount_tiyn = tiyn_of(amount)
    with opened(folder) as platform:
        check_bank(bank)
        reference = platform.nbk.desk.entropy.draw(32)
        outcome = getattr(platform.banks[bank].money, what)(amount_tiyn, reference)
    told = {} if isinstance(outcome, Refusal) else {"request": outcome.request, "state": outcome.state}
    done(outcome, f"Request {told.get('request')}: {told.get('state')}.", told, as_json_)


@app.command()
def code(bank: BankNumber, client: str, folder: Folder = None, as_json: AsJson = False) -> None:
    """An activation code for a client's new device, by IIN, BIN or phone.

    Example:  tenge platform code 949 +77012345601
    """
    with opened(folder) as platform:
        check_bank(bank)
        found = platform.banks[bank].client(client)
        made = (
            "" if isinstance(found, Refusal) else platform.banks[bank].clients.activation_code(found.number)
        )
    done(found, made, {"code": made}, as_json)


@app.command()
def history(bank: BankNumber, folder: Folder = None, as_json: AsJson = False) -> None:
    """Every transaction a bank's node took part in, in order.

    Example:  tenge platform history 949
    """
    with opened(folder) as platform:
        check_bank(bank)
        with platform.banks[bank].desk.store.reading() as rows:
            found = rows.history()
    if as_json:
        told = [
            {
                "seq": one.seq,
                "id": one.txid.hex(),
                "time": one.time,
                "purpose": one.purpose,
                "amount_tiyn": one.amount_tiyn,
                "status": one.status,
            }
            for one in found
        ]
        typer.echo(json.dumps(told))
        return
    lines = [
        [str(one.seq), one.txid.hex()[:16], one.purpose, amount_text(one.amount_tiyn), one.status]
        for one in found
    ]
    table(f"Node of {BANKS[bank]}", ["no", "transaction", "purpose", "amount", "status"], lines, left=3)


@app.command()
def behind(
    bank: BankNumber,
    key: str,
    case: Annotated[str, typer.Option(help="The case reference; without one nothing is told.")] = "",
    officer: Annotated[list[str] | None, typer.Option(help="Who asks; once for each officer.")] = None,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """As a bank's officer: who stands behind a pseudonym key? Only for a case.

    Example:  tenge platform behind 949 KEY --case AML-1 --officer Zarina
    """
    try:
        wanted = bytes.fromhex(key)
    except ValueError as error:
        raise typer.BadParameter("not hexadecimal") from error
    with opened(folder) as platform:
        check_bank(bank)
        found = platform.banks[bank].clients.behind(wanted, case, tuple(officer or ()))
    told = {} if isinstance(found, Refusal) else {"client": found.number, "name": found.name}
    done(found, str(told.get("name", "")), told, as_json)


@app.command()
def block(
    bank: BankNumber,
    off: Annotated[bool, typer.Option("--off", help="Let it again.")] = False,
    folder: Folder = None,
) -> None:
    """Stop a participant's orders at the gateway.

    Example:  tenge platform block 601
    """
    with opened(folder) as platform:
        platform.gateway.block(bank, not off)
    typer.echo(f"{name_of(bank)} is {'not ' if off else ''}blocked.")


@app.command("correct-time")
def correct_time(folder: Folder = None) -> None:
    """Take back dates signed while the Certification Centre's clock was wrong."""
    with opened(folder) as platform:
        correction = platform.certification.correct_time()
        platform.refresh()
    typer.echo(f"Correction {correction.number} is signed; devices take it in at their next sync.")


@app.command()
def withdraw(bank: BankNumber, folder: Folder = None) -> None:
    """Withdraw a participant's certificate, as the Certification Centre.

    Example:  tenge platform withdraw 601
    """
    with opened(folder) as platform:
        platform.withdraw(bank)
    typer.echo(f"The certificate of {name_of(bank)} is withdrawn.")
