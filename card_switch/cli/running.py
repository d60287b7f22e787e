"""Starting and stopping the switch process, what it is linked to, and what it hands out to terminals."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from card_switch.cli.asking import ask, running, switch_folder, town_folder
from card_switch.cli.secret_files import keep, need_folder
from card_switch.cli.status_table import show_status
from card_switch.cli.which_bank import banks_shown, need_bank
from card_switch.state_file import OPEN_IN_FOLDER, STATE_FILE, state_of
from device.cli.options import AsJson
from device.cli.speaking import EXIT_USAGE, EXIT_WORLD, speaking
from faces.commands import Spoken
from faces.language import label
from hardware.folder_claim import claimed
from tender.account.capabilities import Profile
from tender.account.identifiers import check_bin
from tender.account.participants import BANKS, HALYK, name_of, number_text
from tender.errors import StoreError

START_PATIENCE_S = 60.0
STOP_PATIENCE_S = 10.0
PORT_DIGITS = 5
BIN_DIGITS = 12
_END = re.compile(r"[a-z]+(-\d{3})?:[a-z]+(/\d{3})?=(listen|connect):\d{1,5}")
"""A link as its page names them, and where it ends instead."""
app = Spoken()

Ends = Annotated[
    list[str] | None,
    typer.Option(
        "--outside",
        help="A link that ends at a port instead, for a foreign network or issuer: "
        "`visa:issuer/601=listen:9001`, `acquirer-601:visa=connect:9002`.",
    ),
]
Ports = Annotated[
    list[str] | None,
    typer.Option("--port", help="BANK=PORT for its terminals; the same as last time if left out."),
]


def _ports_fit(words: list[str]) -> None:
    """Ends the command, before anything starts, at a port that no acquirer of ours can have."""
    for word in words:
        bank, _, port = word.partition("=")
        numbers = bank.isdecimal() and port.isdecimal() and len(port) <= PORT_DIGITS
        if not (numbers and int(bank) in BANKS and 0 < int(port) < 1 << 16):
            typer.echo(label("switch.port-wrong", word=word, banks=banks_shown()), err=True)
            raise typer.Exit(EXIT_USAGE)


def _ends_fit(words: list[str]) -> None:
    """Ends the command at what names no link, or no port."""
    for word in words:
        if not _END.fullmatch(word):
            typer.echo(label("switch.outside-wrong", word=word), err=True)
            raise typer.Exit(EXIT_USAGE)


_FLAGS = ("tied", "no-sign-on", "no-fallback")


def _arguments(town: Path, options: dict[str, Any]) -> list[str]:
    words = [sys.executable, "-m", "card_switch.serve", str(town / "switch"), "--town", str(town)]
    words += ["--profile", options["profile"], "--confirm-s", str(options["confirm_s"])]
    words += ["--days-ahead", str(options["days_ahead"])]
    words += ["--database", options["database"]] if options["database"] else []
    words += [word for port in options["ports"] for word in ("--port", port)]
    words += [word for end in options["outside"] for word in ("--outside", end)]
    return words + [f"--{flag}" for flag in _FLAGS if options[flag.replace("-", "_")]]


def started(town: Path, **options: Any) -> tuple[dict[str, Any] | None, bool]:
    """Start a switch for this town and wait until it says where it is; None when it ended instead. And
    whether another one, started at the same time, was quicker: then this is where that one is."""
    folder = town / "switch"
    with suppress(StoreError), claimed(folder):
        # Nobody is there, so what says where the last one was says nothing, whoever has its number by now.
        (folder / STATE_FILE).unlink(missing_ok=True)
    own = {name: value for name, value in os.environ.items() if name != "TENGE_PIN"}
    with (folder / "switch.log").open("ab") as log:
        process = subprocess.Popen(
            _arguments(town, options),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=own,
        )
    deadline = time.monotonic() + START_PATIENCE_S
    state = None
    while state is None and time.monotonic() < deadline and process.poll() in (None, OPEN_IN_FOLDER):
        state = state_of(folder)
        time.sleep(0.02)
    return state, state is not None and state["pid"] != process.pid


@app.command()
def up(
    port: Ports = None,
    outside: Ends = None,
    profile: Annotated[
        Profile | None,
        typer.Option(help="What issuers offer, as designed or as in the pilot of 2023; as the town's banks."),
    ] = None,
    confirm_s: Annotated[
        int, typer.Option(min=1, max=3600, help="Seconds a customer has to confirm a purchase on line.")
    ] = 120,
    no_sign_on: Annotated[
        bool, typer.Option("--no-sign-on", help="Terminals need not sign on before they ask.")
    ] = False,
    database: Annotated[
        str,
        typer.Option(
            help="A database for its rows, such as `postgresql+psycopg://user@/switch`; "
            "a file in its folder if left out."
        ),
    ] = "",
    no_fallback: Annotated[
        bool, typer.Option("--no-fallback", help="Issuers take no stripe where a chip could not be read.")
    ] = False,
    days_ahead: Annotated[int, typer.Option(hidden=True)] = 0,
    tied: Annotated[bool, typer.Option("--tied", hidden=True)] = False,
    as_json: AsJson = False,
) -> None:
    """Start the card switch of the town that is up: an acquirer for each bank, a Visa-style and a
    Mastercard-style network, an issuer for each bank with cards.

    Example:  tenge switch up
    """
    _ports_fit(port or [])
    _ends_fit(outside or [])
    with speaking(as_json) as voice:
        town = town_folder()
        state = state_of(switch_folder())
        already = state is not None
        if state is None:
            if not (town / "town.json").exists():
                typer.echo(label("switch.no-town"), err=True)
                raise typer.Exit(EXIT_WORLD)
            told = json.loads((town / "town.json").read_text())
            state, already = started(
                town,
                ports=port or [],
                outside=outside or [],
                profile=profile.value if profile else str(told.get("profile", Profile.FULL.value)),
                confirm_s=confirm_s,
                no_sign_on=no_sign_on,
                no_fallback=no_fallback,
                database=database,
                days_ahead=days_ahead,
                tied=tied,
            )
            if state is None:
                typer.echo(label("switch.not-started", file=str(switch_folder() / "switch.log")), err=True)
                raise typer.Exit(EXIT_WORLD)
        if already:
            voice.line(label("switch.up-already"))
        else:
            for bank, number in state["terminals"].items():
                where = f"127.0.0.1:{number}"
                voice.line(label("switch.up", bank=name_of(int(bank)), where=where))
        voice.tell(**{name: value for name, value in state.items() if name != "token"})


def stopped(folder: Path) -> bool:
    """Stop the switch of this folder and wait for its end; False when none ran."""
    state = state_of(folder)
    if state is None:
        return False
    os.kill(int(state["pid"]), signal.SIGTERM)
    deadline = time.monotonic() + STOP_PATIENCE_S
    while state_of(folder) is not None and time.monotonic() < deadline:
        time.sleep(0.02)
    return True


@app.command()
def down(as_json: AsJson = False) -> None:
    """Stop the switch. Its rows stay; the next `tenge switch up` goes on from them."""
    with speaking(as_json) as voice:
        stood = stopped(switch_folder())
        voice.line(label("switch.down" if stood else "switch.none-up"))
        voice.tell(down=stood)


@app.command()
def status(as_json: AsJson = False) -> None:
    """One row a host: links, what stands approved, questions remembered, reversals that are owed.

    Example:  tenge switch status
    """
    with speaking(as_json) as voice:
        told = voice.need(ask("status"))
        if not as_json:
            show_status(told)
        voice.tell(**told)


@app.command()
def terminal(
    merchant: Annotated[str, typer.Argument(help="The merchant's BIN, as DE 42 will carry it.")],
    file: Annotated[Path, typer.Option("--out", "-o", help="Where to write the settings and keys.")],
    bank: Annotated[int, typer.Option(help="Whose terminal it is.")] = HALYK,
    count: Annotated[int, typer.Option("--number", min=1, help="Which terminal of this acquirer.")] = 1,
    category: Annotated[int, typer.Option(help="Merchant category code.")] = 5411,
    accepts_dt: Annotated[bool, typer.Option("--accepts-dt", help="It takes Digital Tenge.")] = False,
    cash_machine: Annotated[bool, typer.Option("--cash-machine", help="It gives out cash.")] = False,
    as_json: AsJson = False,
) -> None:
    """What an acquirer hands out for a terminal: where to ask, its number, its PIN key, the schemes' public
    keys. The file is secret, for the PIN key is.

    Example:  tenge switch terminal 120440001234 --bank 563 --out terminal.json
    """
    with speaking(as_json) as voice:
        need_bank(voice, bank)
        need_folder(file, "terminal")
        if not cash_machine:
            voice.need(check_bin(merchant[:BIN_DIGITS]))
        told = voice.need(
            ask(
                "terminal",
                bank=bank,
                count=count,
                merchant=merchant,
                category=category,
                accepts_dt=accepts_dt,
                cash_machine=cash_machine,
            )
        )
        port = int(running()["terminals"][number_text(bank)])
        keep({"host": "127.0.0.1", "port": port, **told}, file, "terminal", over=True)
        voice.line(label("switch.terminal", terminal=told["terminal"], file=str(file)))
        voice.tell(terminal=told["terminal"], port=port, file=str(file))
