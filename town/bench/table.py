"""The measurements as a table for a person."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from faces.theme import MARKS
from town.bench.measure import Measurement


def show(console: Console, found: Sequence[Measurement]) -> None:
    """Print the table: what, how much, what it must reach."""
    table = Table(
        title="measured on this machine, in this run", title_style="quiet", box=None, padding=(0, 2)
    )
    table.add_column("what")
    table.add_column("value", justify="right", style="money")
    table.add_column("must reach", justify="right")
    table.add_column("")
    for one in found:
        mark = "good" if one.holds else "bad"
        reach = f"{'≥' if one.least else '≤'} {one.reach:g} {one.unit.partition(' ')[0]}"
        table.add_row(one.name, f"{one.value:g}", Text(reach, style="quiet"), Text(MARKS[mark], style=mark))
    console.print(table)
