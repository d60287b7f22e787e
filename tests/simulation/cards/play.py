"""One world of card payments, from its seed: played, checked, and, when it fails, told as short as it gets.

``python -m tests.simulation.cards.play --seed 7 --operations 1000``
"""

import argparse
import shutil
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import Final

from tests.simulation.cards.oracle import check
from tests.simulation.cards.world import Act, World
from tests.simulation.play import WorldFailed, kind_of

OPERATIONS: Final = 250
WEIGHTS: Final = {
    "pay": 1000,
    "void": 50,
    "batch": 8,
    "day": 4,
    "till dies": 10,
    "switch dies": 10,
    "bank dies": 10,
}
"""How often, beside a thousand payments: processes die a hundredth as often as people pay, each of them."""
GAP_MS: Final = 1_500
SHORTER_TRIES = 60


def acts_of(seed: int, operations: int) -> list[Act]:
    """So many payments, and what happens between them."""
    random = Random(f"acts {seed}")
    names, weights = list(WEIGHTS), list(WEIGHTS.values())
    acts: list[Act] = []
    paid = 0
    while paid < operations:
        name = random.choices(names, weights)[0]
        paid += name == "pay"
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
            world.act(act)
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
    story = "\n".join(f"  {line}" for line in again.story)
    raise WorldFailed(
        f"card world {seed} failed: {last or error}\n"
        f"see it again: python -m tests.simulation.cards.play --seed {seed} --operations {operations}\n"
        f"the shortest way there ({len(least)} acts of {len(acts)}):\n{story}"
    ) from (last or error)


def main(arguments: Sequence[str] | None = None) -> int:
    """Play worlds until so many operations are done; 0 when all hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--operations", type=int, default=OPERATIONS, help="in one world")
    parser.add_argument("--worlds", type=int, default=1, help="one after the other, seeds counted up")
    chosen = parser.parse_args(arguments)
    home = Path(mkdtemp(prefix="tenge-cards-"))
    total: Counter[str] = Counter()
    began_s = time.process_time()
    try:
        for seed in range(chosen.seed, chosen.seed + chosen.worlds):
            total += run(home, seed, chosen.operations)
            if (seed - chosen.seed) % 10 == 9:
                print(f"{total['operations']} operations, everybody exact", flush=True)
    except WorldFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(home, ignore_errors=True)
    spent_s = time.process_time() - began_s
    print(f"{chosen.worlds} worlds hold, {total['operations'] / spent_s:.0f} operations a CPU-second")
    print(", ".join(f"{name} {count}" for name, count in sorted(total.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
