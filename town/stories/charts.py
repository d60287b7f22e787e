"""Charts of a story as text: columns for what happens day after day, bars for shares and sizes."""

from collections.abc import Sequence
from typing import Final

from rich.console import Group
from rich.table import Table
from rich.text import Text

from town.stories.stage import Event

HEIGHT: Final = 8
BAR: Final = 36
EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
LEFT_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"


def drawn(event: Event) -> Group:
    """The chart of a ``chart`` event."""
    values = [row["value"] for row in event["rows"]]
    title = Text(event["title"], style="quiet")
    if event["columns"]:
        return Group(title, columns(values, [row["name"] for row in event["rows"]]))
    return Group(title, bars(event["rows"]))


def columns(values: Sequence[int], names: Sequence[str]) -> Text:
    """A column for each value, two characters wide; every fifth one's name below."""
    most = max([*values, 1])
    heights = [value * HEIGHT * 8 // most for value in values]
    picture = Text()
    for row in reversed(range(HEIGHT)):
        scale = str(most) if row == HEIGHT - 1 else "0" if row == 0 else ""
        line = "".join(EIGHTHS[min(max(height - row * 8, 0), 8)] + " " for height in heights)
        picture.append(f"{scale:>5} ", style="quiet")
        picture.append(line.rstrip() + "\n", style="money")
    below = "".join(f"{name:<10}" for name in names[::5])
    return picture.append(f"{'':6}{below}".rstrip(), style="quiet")


def bars(rows: Sequence[Event]) -> Table:
    """A bar for each row: its name, its length, its value in words."""
    most = max([*(row["value"] for row in rows), 1])
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right")
    for row in rows:
        whole, part = divmod(row["value"] * BAR * 8 // most, 8)
        bar = "█" * whole + (LEFT_EIGHTHS[part] if part else "")
        table.add_row(Text(row["name"]), Text(bar, style="money"), Text(row["shown"], style="quiet"))
    return table
