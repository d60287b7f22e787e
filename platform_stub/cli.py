"""``tenge platform``: the operators of the National Bank, the banks and the Certification Centre.

Every command opens the platform's stores itself, so it works beside a running server and without one.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from faces.amounts import amount_text
from faces.words import as_json, explain
from tender.account.participants import BANKS, name_of
from tender.errors import Refusal, TenderError
from tender.money import parse_tenge

app = typer.Typer(
    help="The National Bank, the banks and the centres.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
)

Folder = Annotated[
    Path | None,
    typer.Option(help="Where the stores lie; TENGE_PLATFORM, else the town's own.", envvar="TENGE_PLATFORM"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
BankNumber = Annotated[int, typer.Argument(help="A bank's number: 949 Altyn, 948 Eurasian, 563 Kazpost …")]
Amount = Annotated[str, typer.Argument(help="In tenge, such as 1 000 000 or 250,50.")]


def _folder(given: Path | None) -> Path:
    if given is not None:
        return given
    home = Path(os.environ.get("TENGE_HOME") or Path.home() / ".local" / "share" / "tenge")
    beside = home / "platform"
    return beside if beside.exists() else home / "town" / "platform"


@contextmanager
def _platform(folder: Path | None) -> Iterator[Any]:
    from hardware.clock import SystemClock
    from hardware.entropy import SystemEntropy
    from platform_stub.compose import build_platform
    from platform_stub.config import PlatformConfig

    try:
        platform = build_platform(_folder(folder), PlatformConfig(), SystemClock(), SystemEntropy())
        try:
            yield platform
        finally:
            platform.close()
    except TenderError as error:
        typer.echo(explain(error), err=True)
        raise typer.Exit(3) from error


def _done(outcome: Any, shown: str, told: dict[str, Any], as_json_: bool) -> None:
    """Print an outcome; a refusal ends with exit code 1."""
    if isinstance(outcome, Refusal):
        typer.echo(json.dumps(as_json(outcome)) if as_json_ else explain(outcome), err=not as_json_)
        raise typer.Exit(1)
    typer.echo(json.dumps(told) if as_json_ else shown)


def _tiyn(amount: str) -> int:
    parsed = parse_tenge(amount)
    if isinstance(parsed, Refusal):
        typer.echo(explain(parsed), err=True)
        raise typer.Exit(2)
    return parsed


def _table(title: str, heads: list[str], lines: list[list[str]]) -> None:
    from rich.table import Table

    from faces.theme import console

    table = Table(title=title, title_style="title", title_justify="left")
    for place, head in enumerate(heads):
        table.add_column(head, justify="left" if place < 2 else "right")
    for line in lines:
        table.add_row(*line)
    console().print(table)


@app.command()
def serve(
    folder: Folder = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 8125,
    every_s: Annotated[float, typer.Option(help="How often unfinished work is taken up.")] = 5.0,
) -> None:
    """Serve the gateway on loopback.  Example:  tenge platform serve --port 8125"""
    import threading

    import uvicorn

    from platform_stub.http.app import make_app

    with _platform(folder) as platform:
        platform.tick()
        ended = threading.Event()

        def keep_up() -> None:
            while not ended.wait(every_s):
                platform.refresh()
                platform.tick()

        threading.Thread(target=keep_up, daemon=True).start()
        typer.echo(f"The platform listens on http://127.0.0.1:{port} (root key {platform.root_key.hex()}).")
        uvicorn.run(make_app(platform.gateway), host="127.0.0.1", port=port, log_level="warning")
        ended.set()


@app.command()
def participants(folder: Folder = None, as_json: AsJson = False) -> None:
    """Who takes part, and what each bank has.  Example:  tenge platform participants"""
    from platform_stub.overview import banks

    with _platform(folder) as platform:
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
    _table(
        "Banks",
        ["number", "bank", "correspondent account", "DT inventory", "DT of clients", "clients"],
        lines,
    )


@app.command("balance")
def balance(folder: Folder = None, as_json: AsJson = False) -> None:
    """The equation as the platform's own books see it.  Example:  tenge platform balance"""
    from platform_stub.overview import equation

    with _platform(folder) as platform:
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
    _done(sheet, shown, told, as_json)
    raise typer.Exit(0 if sheet.holds else 1)


@app.command()
def root(folder: Folder = None) -> None:
    """Print the root key, the one thing a device must be born with."""
    with _platform(folder) as platform:
        typer.echo(platform.root_key.hex())


@app.command()
def requests(folder: Folder = None, as_json: AsJson = False) -> None:
    """What banks have asked the National Bank for.  Example:  tenge platform requests"""
    with _platform(folder) as platform:
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
    _table("Requests", ["number", "bank", "kind", "amount", "state"], lines)


@app.command()
def approve(request: int, folder: Folder = None, as_json: AsJson = False) -> None:
    """Approve a request, as the National Bank.  Example:  tenge platform approve 7"""
    with _platform(folder) as platform:
        outcome = platform.nbk.approve(request)
    state = "" if isinstance(outcome, Refusal) else outcome.state
    _done(outcome, f"Request {request}: {state}.", {"request": request, "state": state}, as_json)


@app.command()
def reject(request: int, folder: Folder = None, as_json: AsJson = False) -> None:
    """Reject a request, as the National Bank.  Example:  tenge platform reject 7"""
    with _platform(folder) as platform:
        outcome = platform.nbk.reject(request)
    state = "" if isinstance(outcome, Refusal) else outcome.state
    _done(outcome, f"Request {request}: {state}.", {"request": request, "state": state}, as_json)


@app.command("ask-issue")
def ask_issue(bank: BankNumber, amount: Amount, folder: Folder = None, as_json: AsJson = False) -> None:
    """As a bank, ask for Digital Tenge.  Example:  tenge platform ask-issue 949 1000000"""
    _ask(bank, amount, "request_issue", folder, as_json)


@app.command("ask-redeem")
def ask_redeem(bank: BankNumber, amount: Amount, folder: Folder = None, as_json: AsJson = False) -> None:
    """As a bank, hand Digital Tenge back.  Example:  tenge platform ask-redeem 949 500000"""
    _ask(bank, amount, "request_redeem", folder, as_json)


def _ask(bank: int, amount: str, what: str, folder: Path | None, as_json_: bool) -> None:
    amount_tiyn = _tiyn(amount)
    with _platform(folder) as platform:
        _known(bank)
        reference = platform.nbk.desk.entropy.draw(32)
        outcome = getattr(platform.banks[bank].money, what)(amount_tiyn, reference)
    told = {} if isinstance(outcome, Refusal) else {"request": outcome.request, "state": outcome.state}
    _done(outcome, f"Request {told.get('request')}: {told.get('state')}.", told, as_json_)


def _known(bank: int) -> None:
    if bank not in BANKS:
        typer.echo(f"There is no bank {bank}. There are: {', '.join(map(str, BANKS))}.", err=True)
        raise typer.Exit(2)


@app.command()
def code(bank: BankNumber, client: str, folder: Folder = None, as_json: AsJson = False) -> None:
    """An activation code for a client's new device, by IIN, BIN or phone."""
    with _platform(folder) as platform:
        _known(bank)
        found = platform.banks[bank].client(client)
        made = (
            "" if isinstance(found, Refusal) else platform.banks[bank].clients.activation_code(found.number)
        )
    _done(found, made, {"code": made}, as_json)


@app.command()
def history(bank: BankNumber, folder: Folder = None, as_json: AsJson = False) -> None:
    """Every transaction a bank's node took part in, in order.  Example:  tenge platform history 949"""
    with _platform(folder) as platform:
        _known(bank)
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
    _table(f"Node of {BANKS[bank]}", ["no", "transaction", "purpose", "amount", "status"], lines)


@app.command("explain")
def explain_(identifier: str, folder: Folder = None, as_json: AsJson = False) -> None:
    """Follow an id (hex of a transaction, output or account) through every participant's evidence."""
    from platform_stub.overview import explain as follow

    try:
        needle = bytes.fromhex(identifier)
    except ValueError as error:
        raise typer.BadParameter("not hexadecimal") from error
    with _platform(folder) as platform:
        steps = follow(platform, needle)
    if as_json:
        typer.echo(
            json.dumps(
                [
                    {
                        "where": one.where,
                        "way": one.way,
                        "peer": one.peer,
                        "kind": one.kind,
                        "answer": one.answer,
                    }
                    for one in steps
                ]
            )
        )
        return
    lines = [
        [one.where, one.kind, "from" if one.way == "in" else "to", one.peer, one.answer] for one in steps
    ]
    _table("Evidence", ["at", "order", "", "peer", "answer"], lines)


@app.command()
def behind(
    bank: BankNumber,
    key: str,
    case: Annotated[str, typer.Option(help="The case reference; without one nothing is told.")] = "",
    officer: Annotated[list[str] | None, typer.Option(help="Who asks; once for each officer.")] = None,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """As a bank's compliance officer: who stands behind a pseudonym key (hex)? Only for a case."""
    try:
        wanted = bytes.fromhex(key)
    except ValueError as error:
        raise typer.BadParameter("not hexadecimal") from error
    with _platform(folder) as platform:
        _known(bank)
        found = platform.banks[bank].clients.behind(wanted, case, tuple(officer or ()))
    told = {} if isinstance(found, Refusal) else {"client": found.number, "name": found.name}
    _done(found, str(told.get("name", "")), told, as_json)


@app.command()
def block(
    bank: BankNumber,
    off: Annotated[bool, typer.Option("--off", help="Let it again.")] = False,
    folder: Folder = None,
) -> None:
    """Stop a participant's orders at the gateway.  Example:  tenge platform block 601"""
    with _platform(folder) as platform:
        platform.gateway.block(bank, not off)
    typer.echo(f"{name_of(bank)} is {'not ' if off else ''}blocked.")


@app.command("correct-time")
def correct_time(folder: Folder = None) -> None:
    """Take back dates the Certification Centre signed while its clock was wrong, and sign its lists anew."""
    with _platform(folder) as platform:
        correction = platform.certification.correct_time()
        platform.refresh()
    typer.echo(f"Correction {correction.number} is signed; devices take it in at their next sync.")


@app.command()
def withdraw(bank: BankNumber, folder: Folder = None) -> None:
    """Withdraw a participant's certificate, as the Certification Centre."""
    with _platform(folder) as platform:
        platform.withdraw(bank)
    typer.echo(f"The certificate of {name_of(bank)} is withdrawn.")
