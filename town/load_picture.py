"""The picture of a load while it runs: how far it is, and how long answers take, drawn anew as they come."""

from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Final, Self

from rich.console import Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from card_switch.tcp.loading import Loaded
from faces.amounts import amount_text
from faces.language import label
from faces.theme import console
from town.stories.charts import bars

STEPS: Final = 10
PERCENTS: Final = (50, 95, 99)
FRAMES_A_SECOND: Final = 4
GOOD, BAD = "good", "bad"


class Picture:
    """A bar for what is under way, and below it the latencies so far. ``shown`` False: nothing is drawn."""

    def __init__(self, *, shown: bool) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console(),
        )
        self._shown = shown
        self._live = Live(
            self._progress, console=console(), transient=True, refresh_per_second=FRAMES_A_SECOND
        )
        self._task = self._progress.add_task("", total=None)

    def __enter__(self) -> Self:
        if self._shown:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Wipe it away."""
        self._live.stop()

    def step(self, what: str, count: int) -> None:
        """Something else is under way."""
        self._progress.reset(self._task, description=what, total=count, completed=0)

    def one_more(self) -> None:
        """One of the count is done."""
        self._progress.advance(self._task)

    def answered(self, loaded: Loaded) -> None:
        """So far."""
        self._progress.update(self._task, completed=len(loaded.taken_ms))
        told = measured(loaded)
        self._live.update(Group(self._progress, Text(_within(told)), bars(told["histogram"])))


def histogram(taken_ms: Sequence[float]) -> list[dict[str, Any]]:
    """How many answers took how long: up to ten equal steps from nothing to the slowest."""
    if not taken_ms:
        return []
    step = max(1, int(max(taken_ms)) // STEPS + 1)
    counts = Counter(int(one) // step for one in taken_ms)
    return [
        {
            "name": f"{place * step}-{(place + 1) * step} ms",
            "value": counts[place],
            "shown": str(counts[place]),
        }
        for place in range(max(counts) + 1)
    ]


def measured(loaded: Loaded) -> dict[str, Any]:
    """Answers, seconds, a second, milliseconds by percent, codes."""
    within = {f"p{percent}_ms": round(loaded.within_ms(percent), 1) for percent in PERCENTS}
    return {
        "answers": len(loaded.taken_ms),
        "seconds": round(loaded.seconds, 3),
        "answers_a_second": round(loaded.rate, 1),
        **within,
        "slowest_ms": round(max(loaded.taken_ms, default=0.0), 1),
        "codes": dict(loaded.codes),
        "histogram": histogram(loaded.taken_ms),
    }


def _within(told: dict[str, Any]) -> str:
    half, most, nearly_all = (str(told[f"p{percent}_ms"]) for percent in PERCENTS)
    slowest = str(told["slowest_ms"])
    return label("load.within", half=half, most=most, nearly_all=nearly_all, slowest=slowest)


def result(told: dict[str, Any]) -> None:
    """What came of it, as people read it."""
    out = console()
    out.print(bars(told["histogram"]))
    if told["called_off"]:
        out.print(label("load.called-off", asked=told["asked"], most=told["most"]))
    facts = {name: str(told[name]) for name in ("answers", "seconds", "answers_a_second")}
    out.print(label(f"load.done-{told['switch']}", **facts))
    out.print(_within(told))
    declined = {code: count for code, count in told["codes"].items() if code != "00"}
    if declined:
        named = ", ".join(f"{code} × {count}" for code, count in declined.items())
        out.print(label("load.declined", codes=named), style=BAD)
    elif told["codes"]:
        out.print(label("load.approved", amount_tiyn=amount_text(told["approved_tiyn"])), style=GOOD)
    day = told["day"]
    amounts = {name: amount_text(day[f"{name}_tiyn"]) for name in ("acquired", "issued")}
    if told["day_agrees"]:
        out.print(label("load.day-agrees", count=day["operations"], **amounts), style=GOOD)
    else:
        approved = {"approved": told["codes"].get("00", 0), "sum": amount_text(told["approved_tiyn"])}
        out.print(label("load.day-differs", count=day["operations"], **amounts, **approved), style=BAD)
    for one in told["batches_differ"]:
        theirs = "–" if one["switch_tiyn"] is None else amount_text(one["switch_tiyn"])
        sums = {"till": amount_text(one["till_tiyn"]), "switch": theirs}
        out.print(label("load.batch-differs", terminal=one["terminal"], code=one["code"], **sums), style=BAD)
    holds = told["books_hold"]
    out.print(label("load.books-hold" if holds else "load.books-do-not"), style=GOOD if holds else BAD)
    if told["left_behind"]:
        out.print(label("load.left-behind"), style="quiet")
