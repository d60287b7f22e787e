"""The measurements for a person: what is being measured now, and the table at the end."""

from collections.abc import Sequence
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from faces.theme import MARKS, console
from town.bench.measurement import Measurement
from town.bench.parts import Part


class Progress:
    """A bar on standard error, part by part; nothing of it is in the way of ``--json``."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = list(parts)
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("", total=len(self._parts))

    def __enter__(self) -> "Progress":
        self._bar.start()
        self._name(0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def done(self, part: Part, found: list[Measurement]) -> list[Measurement]:
        """One part is measured; hands its numbers on."""
        place = self._parts.index(part) + 1
        self._bar.update(self._task, completed=place)
        self._name(place)
        return found

    def _name(self, place: int) -> None:
        words = self._parts[place].words if place < len(self._parts) else "done"
        self._bar.update(self._task, description=words)


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
        unit = one.unit.partition(" ")[0]
        if one.reach is None:
            table.add_row(one.name, f"{one.value:g} {unit}", "", "")
            continue
        mark = "good" if one.holds else "bad"
        reach = f"{'≥' if one.least else '≤'} {one.reach:g} {unit}"
        table.add_row(one.name, f"{one.value:g}", Text(reach, style="quiet"), Text(MARKS[mark], style=mark))
    console.print(table)
