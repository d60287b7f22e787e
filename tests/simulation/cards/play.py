"""One world of card payments, from its seed: played, checked, and, when it fails, told as short as it gets.

``python -m tests.simulation.cards.play --seed 7 --operations 1000``
"""

import argparse
import gc
import multiprocessing
import shutil
import sys
import time
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty
from random import Random
from tempfile import mkdtemp
from typing import Final
from unittest.mock import patch

from tender.crypto import keys
from tests.simulation.cards import acts as cards_acts
from tests.simulation.cards.acts import WEIGHTS, Act
from tests.simulation.cards.oracle import check
from tests.simulation.cards.world import World
from tests.simulation.play import WorldFailed, how_it_failed, kind_of

OPERATIONS: Final = 250
GAP_MS: Final = 1_500
SHORTER_TRIES = 60
News = tuple[int, Counter[str] | str, float]
"""Seed of a world, its counts or what was wrong with it, CPU seconds of its process so far."""


def acts_of(seed: int, operations: int) -> list[Act]:
    """So many operations, and what happens between them."""
    random = Random(f"acts {seed}")
    names, weights = list(WEIGHTS), list(WEIGHTS.values())
    acts: list[Act] = []
    paid = 0
    while paid < operations:
        name = random.choices(names, weights)[0]
        paid += name in cards_acts.OPERATIONS
        numbers = (random.randrange(1 << 20) for _ in range(3))
        # Now and then many at once, now and then nobody for a while.
        gap_ms = (
            int(random.expovariate(1 / GAP_MS)) if random.random() < 0.8 else random.choice((0, 1, 30_000))
        )
        acts.append(Act(name, gap_ms, *numbers))
    return acts


def played(
    home: Path, seed: int, acts: Sequence[Act], fault_share: float = 0.01
) -> tuple[World, Exception | None]:
    """Play, settle and check; the world and what was wrong with it."""
    folder = home / f"cards-{seed}"
    shutil.rmtree(folder, ignore_errors=True)
    world = World(folder, seed, fault_share)
    try:
        for act in acts:
            cards_acts.do(world, act)
        check(world, world.settle())
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told with its seed
        return world, error
    finally:
        world.close()
        shutil.rmtree(folder, ignore_errors=True)
    return world, None


def shorter(home: Path, seed: int, acts: Sequence[Act], same: str) -> list[Act]:
    """Fewer acts that fail in the same way."""
    best, part, tries = list(acts), max(1, len(acts) // 2), SHORTER_TRIES
    while tries and part:
        place = 0
        while place < len(best) and tries:
            tries -= 1
            fewer = best[:place] + best[place + part :]
            error = played(home, seed, fewer)[1]
            if error is not None and kind_of(error) == same:
                best = fewer
            else:
                place += part
        part //= 2
    return best


def run(home: Path, seed: int, operations: int = OPERATIONS) -> Counter[str]:
    """The counts of a world that holds, or :class:`WorldFailed` with its seed, command and story."""
    acts = acts_of(seed, operations)
    world, error = played(home, seed, acts)
    if error is None:
        return world.count
    least = shorter(home, seed, acts, kind_of(error))
    again, last = played(home, seed, least)
    command = f"python -m tests.simulation.cards.play --seed {seed} --operations {operations}"
    raise how_it_failed(f"card world {seed}", command, last or error, again.story, (len(least), len(acts)))


def work(first: int, stride: int, operations: int, until: int, go_on: bool, told: "Queue[News]") -> None:
    """One process: worlds until ``until`` operations were begun in them, or one does not hold."""
    home = Path(mkdtemp(prefix="tenge-cards-"))
    # All devices and banks of a world share this process: what one of them has verified is not computed again
    # for the next. A good signature stays good, and bad ones raise and are never remembered.
    remembered = lru_cache(maxsize=1 << 14)(keys.verify_open)
    gc.set_threshold(200_000, 20, 50)
    seed, done = first, 0
    try:
        with patch.object(keys, "verify_open", remembered):
            while done < until:
                try:
                    counted = run(home, seed, operations)
                    done += counted["operations"]
                    told.put((seed, counted, time.process_time()))
                except WorldFailed as failed:
                    told.put((seed, str(failed), time.process_time()))
                    if not go_on:
                        return
                seed += stride
    finally:
        shutil.rmtree(home, ignore_errors=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Play worlds until so many operations are done; 0 when all hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--operations", type=int, default=OPERATIONS, help="acts of people in one world")
    parser.add_argument("--worlds", type=int, default=1, help="worlds × operations are begun at least")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--go-on", action="store_true", help="after a world that does not hold, too")
    chosen = parser.parse_args(arguments)
    context = multiprocessing.get_context("spawn")
    told: Queue[News] = context.Queue()
    until = -(-chosen.operations * chosen.worlds // chosen.processes)
    workers = [
        context.Process(
            target=work,
            args=(chosen.seed + place, chosen.processes, chosen.operations, until, chosen.go_on, told),
            daemon=True,
        )
        for place in range(chosen.processes)
    ]
    for worker in workers:
        worker.start()
    began = time.monotonic()
    total: Counter[str] = Counter()
    worlds, spent_s, failed = 0, {0: 0.0}, ""
    while (chosen.go_on or not failed) and (any(worker.is_alive() for worker in workers) or not told.empty()):
        try:
            seed, news, cpu_s = told.get(timeout=1)
        except Empty:
            continue
        if isinstance(news, str):
            failed = news
            print(news, file=sys.stderr, flush=True)
            continue
        total += news
        worlds += 1
        spent_s[seed % chosen.processes] = cpu_s
        if worlds % 10 == 0:
            print(f"{worlds} worlds, {total['operations']} operations, everybody exact", flush=True)
    for worker in workers:
        if failed and not chosen.go_on:
            worker.kill()
        worker.join()
    if not failed and any(worker.exitcode for worker in workers):
        failed = "a process died"
        print(failed, file=sys.stderr)
    cpu_s = sum(spent_s.values()) or 1.0
    print(f"seeds from {chosen.seed}: {worlds} worlds hold, {total['operations']} operations")
    print(f"{time.monotonic() - began:.0f} s, {total['operations'] / cpu_s:.0f} operations a CPU-second")
    print(", ".join(f"{name} {count}" for name, count in sorted(total.items())))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
