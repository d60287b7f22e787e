"""``make soak``: random worlds for as long as you like, then every cut, planted faults and fuzzing.

``make soak ARGS='--minutes 10 --seed 7'``; ``ARGS=--quick`` only looks, and ``CARD_WORLDS=20`` plays 10 000
card operations in the place of 100 000. Each world has a seed of its own, counted up from the one printed;
a world that fails ends the soak with its story and the command that shows it again.
"""

import argparse
import importlib.util
import multiprocessing
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty
from tempfile import mkdtemp
from unittest.mock import patch

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from tender.crypto import keys
from tests.simulation.play import WorldFailed, run

STEPS_A_WORLD = 1000
CARD_OPERATIONS = 500
CARD_WORLDS = int(os.environ.get("CARD_WORLDS", "200"))
"""In virtual time: tills, switch and banks; ``make soak CARD_WORLDS=20`` for fewer."""
QUICK_MINUTES = 0.5
QUICK_WORLDS = 4
KILLS = os.environ.get("TENGE_CARD_KILLS", "20000")
QUICK_KILLS = "600"
SHOWN = (
    "steps",
    "paid",
    "unfinished",
    "resumed",
    "tears",
    "power cuts",
    "messages again",
    "wires cut",
    "second links",
    "clones",
    "lying claims",
    "thefts refused",
    "backups restored",
    "clocks turned",
    "phones lost",
    "days",
    "too late",
    "forks proved",
    "items uploaded",
    "uploads again",
    "evenings",
    "orders compared",
)
"""What the last table says of the worlds, in this order."""

News = tuple[int, Counter[str] | str]
"""(seed, what was counted in its world; or why it failed)."""


@dataclass(frozen=True)
class Part:
    """One part of a soak, for the table: what it was, how it ended, how long it took."""

    name: str
    outcome: str
    good: bool
    time_s: float


def work(first: int, stride: int, until: float, told: "Queue[News]") -> None:
    """Play one world after another until the time is over; the first is always finished."""
    home = Path(mkdtemp(prefix="tenge-soak-"))
    seed = first
    # All devices of a world share this process: what one of them has verified is not computed again for the
    # next. A good signature stays good, and bad ones raise and are never remembered.
    remembered = lru_cache(maxsize=1 << 16)(keys.verify_open)
    try:
        with patch.object(keys, "verify_open", remembered):
            while seed == first or time.monotonic() < until:
                try:
                    told.put((seed, run(home, seed, STEPS_A_WORLD)))
                except WorldFailed as failed:
                    told.put((seed, str(failed)))
                    return
                seed += stride
    finally:
        shutil.rmtree(home, ignore_errors=True)


def worlds(minutes: float, seed: int, processes: int, console: Console) -> tuple[Part, Counter[str]]:
    """Random worlds in several processes."""
    began = time.monotonic()
    until = began + 60 * minutes
    context = multiprocessing.get_context("spawn")
    told: Queue[News] = context.Queue()
    workers = [
        context.Process(target=work, args=(seed + place, processes, until, told), daemon=True)
        for place in range(processes)
    ]
    for worker in workers:
        worker.start()
    total, played, failed = Counter[str](), 0, ""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("worlds", total=60 * minutes)
        while not failed and (any(worker.is_alive() for worker in workers) or not told.empty()):
            try:
                at, news = told.get(timeout=1)
            except Empty:
                news = Counter[str]()
            if isinstance(news, str):
                failed = news
                continue
            if news:
                total += news
                played += 1
            spent = time.monotonic() - began
            what = f"{played} worlds, {total['steps']} steps, {total['steps'] / spent:.0f} a second"
            progress.update(task, completed=min(spent, 60 * minutes), description=what)
    for worker in workers:
        if failed:
            worker.kill()
        worker.join()
    broken = [worker.exitcode for worker in workers if worker.exitcode and not failed]
    if failed:
        console.print(failed, markup=False)
    good = not failed and not broken
    outcome = f"{played} worlds hold" if good else f"world {at} failed" if failed else "a process died"
    return Part("random worlds", outcome, good, time.monotonic() - began), total


def command(name: str, arguments: Sequence[str], console: Console, **more: str) -> Part:
    """Another part, as its own command; its words go straight to the screen."""
    console.rule(name)
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-m", *arguments], env={**os.environ, **more}, check=False)
    outcome = "holds" if not done.returncode else f"failed: python -m {' '.join(arguments)}"
    return Part(name, outcome, not done.returncode, time.monotonic() - began)


def cards(seed: int, processes: int, console: Console, worlds: int, kills: str) -> list[Part]:
    """Card payments in virtual time, then over real sockets."""
    place = "tests.simulation.cards"
    every = ("--seed", str(seed), "--operations", str(CARD_OPERATIONS), "--worlds", str(worlds))
    number = f"{CARD_OPERATIONS * worlds:,}".replace(",", " ")
    play = (f"{place}.play", *every, "--processes", str(processes))
    killed = ("pytest", "tests/simulation/cards/test_kills.py", "-q")
    return [
        command(f"{number} card operations", play, console),
        command(f"{kills} card operations, kill -9", killed, console, TENGE_CARD_KILLS=kills),
    ]


def others(minutes: float, seed: int, console: Console) -> list[Part]:
    """Every cut and every kill, then faults planted in the checks, then the fuzzer if it is installed."""
    parts = [
        command(name, ("pytest", *places, "-q"), console, TENGE_CUTS="all")
        for name, places in (
            ("every cut, every kill", ("tests/tears",)),
            ("every tear of a card", ("tests/purse", "tests/taps", "tests/nfc")),
        )
    ]
    stories = ("pytest", "tests/stories/test_stories.py", "-q")
    parts.append(command("each story in a town of its own", stories, console, TENGE_STORIES="each"))
    faults = ("tests.mutation.run", "--sample", "60", "--seed", str(seed))
    if importlib.util.find_spec("mutmut"):
        parts.append(command("planted faults", faults, console))
    else:
        console.print(
            "planted faults: left out, mutmut is not installed (pip install -e '.[mutation]')", markup=False
        )
    verifiers = ("pytest", "tests/oracle", "-q")
    parts.append(command("two verifiers", verifiers, console, TENGE_ORACLE_EXAMPLES="5000"))
    if importlib.util.find_spec("atheris"):
        seconds = str(max(1, int(minutes)))
        parts.append(command("fuzzing", ("tests.fuzz.fuzz", "--seconds", seconds), console))
    else:
        console.print("fuzzing: left out, atheris is not installed (pip install -e '.[fuzz]')", markup=False)
    return parts


def summary(parts: Sequence[Part], counted: Counter[str], seed: int) -> Table:
    """The last table."""
    table = Table("what", "how much", title=f"soak, seed {seed}")
    for name in SHOWN:
        table.add_row(name, f"{counted[name]:,}".replace(",", " "))
    for part in parts:
        table.add_section()
        table.add_row(part.name, f"{part.outcome}, {part.time_s / 60:.1f} minutes")
    return table


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak; 0 when everything holds."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="how long random worlds are played")
    parser.add_argument("--seed", type=int, default=None, help="the first world (default: new each day)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--only-worlds", action="store_true", help="no cuts, faults and fuzzing afterwards")
    parser.add_argument("--quick", action="store_true", help="a look: half a minute, 2 000 card operations")
    chosen = parser.parse_args(arguments)
    seed = int(time.time()) // 86_400 * 100_000 if chosen.seed is None else chosen.seed
    console = Console()
    minutes = QUICK_MINUTES if chosen.quick else chosen.minutes
    console.print(f"soak: seed {seed}, {minutes:g} minutes of worlds on {chosen.processes} processes")
    first, counted = worlds(minutes, seed, chosen.processes, console)
    parts = [first]
    if first.good and not chosen.only_worlds:
        amount = (QUICK_WORLDS, QUICK_KILLS) if chosen.quick else (CARD_WORLDS, KILLS)
        parts += cards(seed, chosen.processes, console, *amount)
    if first.good and not chosen.only_worlds and not chosen.quick:
        parts += others(minutes, seed, console)
    console.print(summary(parts, counted, seed))
    return 0 if all(part.good for part in parts) else 1


if __name__ == "__main__":
    sys.exit(main())
