"""What `tenge switch status` shows: one row a host, coloured by what it means."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from faces.amounts import amount_text
from faces.language import label
from tender.account.participants import name_of

TERMINAL: Final = "terminal/"
UP: Final = "up"


def _named(host: str) -> str:
    """``acquirer-601`` with the bank's name, for people who do not know numbers."""
    kind, _, bank = host.partition("-")
    return f"{host} {name_of(int(bank))}" if bank.isdecimal() else kind


def links_of(host: str, links: Sequence[Mapping[str, str]]) -> tuple[str, bool]:
    """How many links of a host are up, and whether all that should be are: terminals come and go."""
    mine = [one for one in links if one["host"] == host]
    fixed = [one for one in mine if not one["link"].startswith(TERMINAL)]
    up = sum(one["state"] == UP for one in fixed)
    said = label("switch.status-links-all", up=up, count=len(fixed))
    terminals = sum(one["state"] == UP for one in mine) - up
    if terminals:
        said += ", " + label("switch.status-terminals", count=terminals)
    return said, up == len(fixed)


def show_status(told: Mapping[str, Any]) -> None:
    """Print it."""
    from rich.table import Table
    from rich.text import Text

    from faces.theme import console

    def coloured(words: str, good: bool) -> Text:
        return Text(words, style="good" if good else "bad")

    def number(count: int) -> Text:
        return Text(str(count), style="" if count else "quiet")

    table = Table(box=None, padding=(0, 1), header_style="quiet")
    table.add_column(label("switch.status-host"), no_wrap=True)
    table.add_column(label("switch.status-links"))
    for head in ("stands", "questions", "owed"):
        table.add_column(label(f"switch.status-{head}"), justify="right")
    relays = {one["host"]: one for one in told["hosts"]}
    for host in dict.fromkeys([*relays, *(one["host"] for one in told["links"])]):
        row = relays.get(host)
        cells = [Text(""), Text(""), Text("")]
        if row is not None:
            stands = Text(amount_text(row["stands_tiyn"]), style="money" if row["stands_tiyn"] else "quiet")
            owed = Text(str(row["owed"]), style="bad" if row["owed"] else "quiet")
            cells = [stands, number(sum(row["states"].values())), owed]
        table.add_row(_named(host), coloured(*links_of(host, told["links"])), *cells)
    for one in told["banks"]:
        name = label("switch.status-node-up" if one["up"] else "switch.status-node-away")
        waiting = Text(label("switch.status-waiting", count=one["waiting"])) if one["waiting"] else Text("")
        shown = f"{label('switch.status-node')} {name_of(one['bank'])}"
        table.add_row(shown, coloured(name, one["up"]), Text(""), waiting, Text(""))
    screen = console()
    screen.print(table)
    for one in told["links"]:
        if one["state"] != UP and not one["link"].startswith(TERMINAL):
            facts = {"host": one["host"], "link": one["link"], "state": one["state"]}
            screen.print(coloured(label("switch.link-down", **facts), False))
