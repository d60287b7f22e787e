"""The user's own town: ``tenge up`` says what to type next, ``tenge audit`` looks at its books."""

import json
import shutil
import socket
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from card_switch.cli.asking import FOLDER_NAME
from card_switch.cli.running import stopped
from faces.amounts import amount_text
from faces.language import label
from faces.words import as_json as refusal_json
from tender.account.participants import BANKS
from tender.errors import StoreError
from town.balance_sheet import as_event, read_balance_sheet
from town.cast import AIGUL, MARKET, person
from town.processes import CommandFailed
from town.stories.screen import Screen
from town.stories.stage import Stage
from town.town import Town, home_folder, standing_state


def raise_town(
    console: Console, *, port: int, crowd: int, fresh: bool, verifiers: int = 0, profile: str = "full"
) -> int:
    """Start the user's town unless it is up, and say what to type next; 3 when it does not start.

    ``fresh`` throws an earlier town's stores away first; wallets stay, but their money is of no worth there.
    """
    state = standing_state()
    if fresh and state is None:
        # A switch that is still up would go on writing into a folder that is gone.
        stopped(home_folder() / FOLDER_NAME)
        shutil.rmtree(home_folder(), ignore_errors=True)
    if state is None and _taken(port):
        console.print(
            f"[bad]✗[/] Another program on this laptop uses port {port}, perhaps another town. "
            f"[command]tenge up --port {port + 1}[/] takes another port."
        )
        return 3
    if state is None:
        town = Town(home_folder(), crowd=crowd, port=port, verifiers=verifiers, profile=profile)
        try:
            with console.status("the National Bank and five banks open …"):
                state = town.start().state
        except CommandFailed as error:
            console.print(Text(str(error), style="quiet"))
            console.print(
                f"[bad]✗[/] The town did not start. If another version wrote its stores in {home_folder()}, "
                "[command]tenge up --fresh[/] begins a new one."
            )
            return 3
        console.print("[good]✓[/] The town is up.")
    else:
        console.print("[good]✓[/] The town is up already.")
    _what_to_type(console, state)
    # Last, because a screen has twenty-four lines and the codes are wanted first.
    _who_lives_here(console, state["codes"])
    console.print("[quiet]Above: a first payment, line by line.[/] [command]tenge up[/] says it all again.")
    return 0


def _taken(port: int) -> bool:
    """Whether somebody answers on this port of loopback already; port 0 is any free one."""
    with socket.socket() as line:
        return port != 0 and line.connect_ex(("127.0.0.1", port)) == 0


def _who_lives_here(console: Console, codes: dict[str, str]) -> None:
    table = Table(box=None, padding=(0, 1), header_style="quiet")
    for head in ("who", "bank", "", "phone", "tenge", "activation code"):
        table.add_column(head, justify="right" if head in ("", "tenge") else "left", no_wrap=True)
    for name, code in codes.items():
        someone = person(name)
        cash = amount_text(someone.cash_tiyn, sign="")
        bank = (BANKS[someone.bank], str(someone.bank))
        table.add_row(Text(someone.shown, style="person"), *bank, someone.phone, cash, code)
    console.print(table)


SCREENS = (
    "tenge wallet -w aigul",
    "tenge wallet -w dana",
    "tenge pos",
)
"""What fills a terminal and leads a newcomer by itself: for whoever has just arrived."""


CARDS = (
    f"tenge switch up && tenge switch card issue {AIGUL.phone} --bank {AIGUL.bank}",
    f"tenge switch terminal {MARKET.number} --bank {MARKET.bank} --out terminal.json",
)
"""How cards begin: a card for the first wallet, and a terminal of a merchant whose bank issues cards."""


def first_payment(state: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Everything to type for a first payment by hand: (what it does, the lines), ready to be pasted."""
    codes = state["codes"]
    joining = [
        (
            f"{person(name).shown}'s wallet, and her account at {BANKS[person(name).bank]}:",
            [
                f"tenge wallet create -w {name}",
                f"tenge wallet enrol -w {name} --bank {person(name).bank} --code {codes[name]} --shown",
                f"tenge wallet open-account -w {name}",
            ],
        )
        for name in ("aigul", "dana")
    ]
    return [
        (
            "Once in this terminal, with one PIN for both wallets:",
            [*_path(), "export TENGE_PIN=123456", *_gateway(state)],
        ),
        *joining,
        (
            "Money onto Aigul's device:",
            ["tenge wallet convert 2000 -w aigul", "tenge wallet load 2000 -w aigul"],
        ),
        (
            "And from here on no network is needed:",
            [
                "tenge wallet request 500 -w dana --purpose lunch -o request.tenge",
                "tenge wallet pay request.tenge -w aigul -o payment.tenge",
                "tenge wallet receive payment.tenge -w dana -o receipt.tenge",
                "tenge wallet receipt receipt.tenge -w aigul",
                "tenge wallet balance -w dana",
            ],
        ),
        ('How bank cards begin (the rest stands in README, "Pay with a card"):', list(CARDS)),
        ("Back on the network:", ["tenge wallet deposit --all -w dana", "tenge audit", "tenge down"]),
    ]


def _gateway(state: dict[str, Any]) -> list[str]:
    """Where this town is, when it is not where everybody looks."""
    url = str(state["url"])
    return [] if url.endswith(":8125") else [f"export TENGE_GATEWAY={url}"]


def _path() -> list[str]:
    """How the shell finds ``tenge``, if it does not yet."""
    if shutil.which("tenge") is not None:
        return []
    return [f'export PATH="{Path(sys.executable).parent}:$PATH"']


def _what_to_type(console: Console, state: dict[str, Any]) -> None:
    console.print("\nOn screens, each in a terminal of its own (the codes stand below):")
    for line in (*_path(), *_gateway(state), *SCREENS):
        console.print(Text(f"    {line}", style="command"), soft_wrap=True)
    console.print("\nThe same by commands: a first payment by hand, line by line:")
    for does, lines in first_payment(state):
        console.print(Text(f"\n  {does}"))
        for line in lines:
            # Whole lines, however narrow the terminal is: they are there to be copied.
            console.print(Text(f"    {line}", style="command"), soft_wrap=True)
    console.print()


def show_audit(console: Console, folder: Path | None, *, as_json: bool) -> int:
    """Print the balance sheet; 0 it holds, 1 it does not, 3 there are no stores."""
    place = folder or home_folder()
    try:
        sheet = read_balance_sheet(place / "platform" if (place / "platform").is_dir() else place)
    except StoreError as error:
        if as_json:
            print(json.dumps(refusal_json(error)))
        else:
            console.print(Text(label("audit.no-town"), style="bad"))
        return 3
    if as_json:
        print(json.dumps(as_event(sheet)))
    else:
        Stage(Screen(console)).sheet(as_event(sheet, label))
    return 0 if sheet.holds else 1
