"""The user's own town: ``tenge up`` says what to type next, ``tenge audit`` looks at its books."""

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from faces.amounts import amount_text
from faces.words import as_json as refusal_json
from tender.account.participants import BANKS
from tender.errors import StoreError
from town.balance_sheet import as_event, read_balance_sheet
from town.cast import person
from town.processes import CommandFailed
from town.stories.screen import Screen
from town.stories.stage import Stage
from town.town import Town, home_folder, standing_state


def raise_town(console: Console, *, port: int, crowd: int) -> int:
    """Start the user's town unless it is up, and say what to type next; 3 when it does not start."""
    state = standing_state()
    if state is None:
        town = Town(home_folder(), crowd=crowd, port=port)
        try:
            with console.status("the National Bank and five banks open …"):
                state = town.start().state
        except CommandFailed as error:
            console.print(Text(str(error), style="bad"))
            return 3
        console.print("[good]✓[/] The town is up.")
    else:
        console.print("[good]✓[/] The town is up already.")
    _who_lives_here(console, state["codes"])
    _what_to_type(console, state)
    return 0


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


def _what_to_type(console: Console, state: dict[str, object]) -> None:
    codes = state["codes"]
    assert isinstance(codes, dict)
    url = str(state["url"])
    lines = [
        "export TENGE_PIN=123456" + ("" if url.endswith(":8125") else f" TENGE_GATEWAY={url}"),
        "tenge wallet create --wallet aigul",
        f"tenge wallet enrol --wallet aigul --bank {person('aigul').bank} --code {codes['aigul']}",
        "tenge wallet open-account --wallet aigul",
        "tenge wallet convert 2000 --wallet aigul",
        "tenge wallet load 2000 --wallet aigul",
        "tenge wallet balance --wallet aigul",
    ]
    console.print("\nTo get Aigul's money onto a device, type:")
    for line in lines:
        console.print(Text(f"  {line}", style="command"))
    console.print(
        "\nThen the same for dana (bank 949, her own code), and pay her with no network:\n"
        "[command]  tenge wallet request 500 --wallet dana --out request.tenge[/]\n"
        "[command]  tenge wallet pay request.tenge --wallet aigul --out payment.tenge[/]\n"
        "[command]  tenge wallet receive payment.tenge --wallet dana --out receipt.tenge[/]\n"
        "[command]  tenge wallet receive receipt.tenge --wallet aigul[/]\n"
        "\n[command]tenge audit[/] shows the books, [command]tenge down[/] ends the town."
    )


def show_audit(console: Console, folder: Path | None, *, as_json: bool) -> int:
    """Print the balance sheet; 0 it holds, 1 it does not, 3 there are no stores."""
    place = folder or home_folder()
    try:
        sheet = read_balance_sheet(place / "platform" if (place / "platform").is_dir() else place)
    except StoreError as error:
        if as_json:
            print(json.dumps(refusal_json(error)))
        else:
            console.print(Text("There is no town here. Start one with `tenge up`.", style="bad"))
        return 3
    if as_json:
        print(json.dumps(as_event(sheet)))
    else:
        Stage(Screen(console)).sheet(as_event(sheet))
    return 0 if sheet.holds else 1
