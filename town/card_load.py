"""``tenge switch load``: real chips buy as fast as they are answered, in a town of their own.

Cards, terminals and requests are made beforehand; what is timed is the way from a terminal's request through
acquirer, network, issuer and bank and back, everything durable.
"""

import json
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, Final

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from card_switch.tcp.loading import Lane, Loaded, load
from faces.theme import console
from hardware.clock import SystemClock
from town.bench.card_payers import ACQUIRER
from town.bench.cards import AMOUNT_TIYN, Half, real_half
from town.stories.charts import bars
from town.town import fresh_town

CROWD: Final = 10
STEPS: Final = 10
LOOK_S: Final = 0.1
PERCENTS: Final = (50, 90, 99)


def run(connections: int, each: int, *, as_json: bool) -> int:
    """Load, show or print what came of it; the exit code."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console(),
        disable=as_json,
        transient=True,
    ) as progress:
        making = progress.add_task("a town, a switch, its cards", total=connections)
        with fresh_town(crowd=CROWD) as town, real_half(town, connections) as half:
            progress.update(making, completed=connections)
            loaded = _loaded(progress, half, each)
            holds = town.balance_sheet().holds
    if as_json:
        typer.echo(json.dumps({**told(loaded), "books_hold": holds}, indent=2))
    else:
        _show(loaded, holds)
    return 0 if holds and set(loaded.codes) == {"00"} else 1


def _loaded(progress: Progress, half: Half, each: int) -> Loaded:
    requests = progress.add_task("requests with cryptograms", total=len(half.payers))
    lanes = []
    for payer in half.payers:
        lanes.append(Lane([payer.ask_for(AMOUNT_TIYN) for _ in range(each)], payer.seals))
        progress.advance(requests)
    answers = progress.add_task("answers", total=each * len(lanes))
    loaded = Loaded()
    with ThreadPoolExecutor(max_workers=1) as beside:
        port = int(half.state["terminals"][str(ACQUIRER)])
        done = beside.submit(load, port, lanes, SystemClock().now_ms(), loaded)
        while wait([done], LOOK_S).not_done:
            progress.update(answers, completed=len(loaded.taken_ms))
        progress.update(answers, completed=len(loaded.taken_ms))
        return done.result()


def told(loaded: Loaded) -> dict[str, Any]:
    """What came of it, for programs: answers, seconds, a second, milliseconds by percent, codes."""
    within = {f"p{percent}_ms": round(loaded.within_ms(percent), 1) for percent in PERCENTS}
    return {
        "answers": len(loaded.taken_ms),
        "seconds": round(loaded.seconds, 3),
        "answers_a_second": round(loaded.rate, 1),
        **within,
        "slowest_ms": round(max(loaded.taken_ms, default=0.0), 1),
        "codes": dict(Counter(loaded.codes)),
    }


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


def _show(loaded: Loaded, holds: bool) -> None:
    out, facts = console(), told(loaded)
    out.print(bars(histogram(loaded.taken_ms)))
    parts = [f"{percent} % within {facts[f'p{percent}_ms']} ms" for percent in PERCENTS]
    out.print(f"{facts['answers']} answers in {facts['seconds']} s, {facts['answers_a_second']} a second.")
    out.print(f"{', '.join(parts)}; the slowest {facts['slowest_ms']} ms")
    declined = {code: count for code, count in facts["codes"].items() if code != "00"}
    out.print(f"Declined: {declined}" if declined else "✓ all approved", style="bad" if declined else "good")
    out.print("✓ the books hold" if holds else "✗ the books do not hold", style="good" if holds else "bad")
