"""Draws a story on a terminal, event by event."""

import time
from collections.abc import Callable
from typing import Any

from rich.console import Console, Group
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.status import Status
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from faces.amounts import amount_text, signed_text
from faces.theme import MARKS
from town.stories.charts import drawn
from town.stories.stage import Event

INDENT = (0, 0, 0, 2)
HANDS_A_ROW = 8


class Screen:
    """A listener for :class:`town.stories.stage.Stage`; ``pace_s`` waits after each event."""

    def __init__(self, console: Console, pace_s: float = 0.0) -> None:
        self._console = console
        self._pace_s = pace_s
        self._busy: Status | None = None
        self._drawers: dict[str, Callable[[Event], Any]] = {
            "story": self._story,
            "scene": self._scene,
            "say": self._say,
            "typed": self._typed,
            "balances": self._balances,
            "chain": self._chain,
            "fork": self._fork,
            "sheet": self._sheet,
            "cost": self._cost,
            "chart": lambda event: self._out(drawn(event)),
            "check": self._check,
            "end": self._end,
        }

    def __call__(self, event: Event) -> None:
        """Draw one event."""
        if self._busy is not None:
            self._busy.stop()
            self._busy = None
        if event["kind"] == "busy":
            self._busy = self._console.status(Text(event["text"], style="quiet"), spinner="dots")
            self._busy.start()
        drawer = self._drawers.get(event["kind"])
        if drawer is None:
            return
        drawer(event)
        if self._pace_s:
            time.sleep(self._pace_s)

    def _out(self, what: Any) -> None:
        self._console.print(Padding(what, INDENT))

    def _story(self, event: Event) -> None:
        title = Text(event["title"], style="title")
        body = Group(title, Text(event["about"]))
        self._console.print()
        self._console.print(Panel(body, border_style="money", padding=(1, 3)))

    def _scene(self, event: Event) -> None:
        self._console.print()
        head = Text.assemble((f" {event['number']} ", "reverse"), " ", (event["title"], "title"))
        self._console.print(Rule(head, align="left", style="quiet"))
        self._out(Text(event["why"], style="why"))

    def _say(self, event: Event) -> None:
        meaning = event["meaning"]
        style = meaning if meaning in ("good", "bad", "wait") else "quiet"
        line = Table.grid(padding=(0, 1))
        line.add_row(Text(MARKS[meaning], style=style), Text(event["text"]))
        self._out(line)

    def _typed(self, event: Event) -> None:
        where = "" if event["network"] else "  (no network)"
        line = Text.assemble(
            (f"{event['who']}", "person"), ("  $ ", "quiet"), (event["command"], "command"), (where, "quiet")
        )
        line.no_wrap = True
        line.overflow = "ellipsis"
        self._out(line)

    def _balances(self, event: Event) -> None:
        table = Table(
            title=event["title"], title_justify="left", title_style="quiet", box=None, padding=(0, 2)
        )
        table.add_column("")
        for head in ("before", "after", "change"):
            table.add_column(head, justify="right", header_style="quiet")
        for row in event["rows"]:
            change = row["after_tiyn"] - row["before_tiyn"]
            style = "good" if change > 0 else "wait" if change < 0 else "quiet"
            table.add_row(
                Text(row["name"], style="person"),
                amount_text(row["before_tiyn"]),
                Text(amount_text(row["after_tiyn"]), style="money"),
                Text(signed_text(change), style=style),
            )
        self._out(table)

    def _chain(self, event: Event) -> None:
        holders, sizes = event["holders"], event["bytes"]
        picture = Text()
        picture.append(f"{amount_text(event['amount_tiyn'])}\n", style="money")
        for place, holder in enumerate(holders):
            if place:
                picture.append(f" ─{place}→ ", style="quiet")
                if place % HANDS_A_ROW == 0:
                    picture.append("\n")
            picture.append(holder, style="person")
        if sizes:
            picture.append(
                f"\nThe token carries its own history: {sizes[0]} bytes when issued, {sizes[-1]} after "
                f"{len(sizes) - 1} hops.",
                style="quiet",
            )
        self._out(Panel(picture, border_style="quiet", expand=False))

    def _fork(self, event: Event) -> None:
        amount = amount_text(event["amount_tiyn"])
        tree = Tree(Text.assemble(("one piece of money, ", ""), (amount, "money")), guide_style="quiet")
        signer = tree.add(Text.assemble((event["signer"], "person"), " signed it twice with one key"))
        for branch in event["branches"]:
            mark = "good" if branch["good"] else "bad"
            signer.add(
                Text.assemble(
                    (f"{MARKS[mark]} ", mark), "to ", (branch["to"], "person"), ": ", (branch["end"], mark)
                )
            )
        self._out(Panel(tree, border_style="bad", expand=False, title=f"the fork, key {event['key'][:16]}…"))

    def _sheet(self, event: Event) -> None:
        table = Table(box=None, padding=(0, 2), show_header=False)
        table.add_column()
        table.add_column(justify="right")
        for row in event["rows"]:
            style = "title" if row["total"] else ""
            table.add_row(Text(row["name"], style=style), Text(amount_text(row["tiyn"]), style="money"))
        holds = event["holds"]
        verdict = Text(
            f"{MARKS['good' if holds else 'bad']} {event['verdict']}", style="good" if holds else "bad"
        )
        border = "good" if holds else "bad"
        self._out(
            Panel(Group(table, Text(), verdict), title=event["title"], border_style=border, expand=False)
        )

    def _cost(self, event: Event) -> None:
        self._out(
            Text(
                f"One payment cost: fee {amount_text(event['fee_tiyn'])}, {event['bytes']} bytes sent, "
                f"{event['cpu_ms']:.0f} ms of CPU (whole programs, start to end); "
                f"mean of {event['payments']} payments.",
                style="quiet",
            )
        )

    def _check(self, event: Event) -> None:
        mark = "good" if event["holds"] else "bad"
        line = Table.grid(padding=(0, 1))
        line.add_row(Text(MARKS[mark], style=mark), Text(event["text"], style=mark))
        self._out(line)

    def _end(self, event: Event) -> None:
        self._console.print()
        if event["failed"]:
            broken = f"{len(event['failed'])} of {event['checks']} checks do not hold."
            self._out(Text(f"{MARKS['bad']} {broken}", style="bad"))
            return
        self._out(
            Text(
                f"{MARKS['good']} All {event['checks']} checks hold. Every figure was read back.",
                style="good",
            )
        )
        self._out(
            Text.assemble(
                "Next: ",
                ("tenge demo --list", "command"),
                " for single stories, ",
                ("tenge up", "command"),
                " for a town of your own, docs/tour.md for the same by hand.",
            )
        )
