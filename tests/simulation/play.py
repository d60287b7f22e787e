"""Acts as data: made from a seed, played, and, when a world fails, played again with fewer of them.

``python -m tests.simulation.play --seed 7 --steps 400`` plays one world and prints its story when it fails.
"""

import argparse
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from tempfile import mkdtemp

from tests.simulation import bank_acts, hand_acts
from tests.simulation.oracle import Books, evening
from tests.simulation.world import Act, World

STEPS = 400
EVENINGS = 3
"""A world has so many days; each ends with everything handed in."""

RULES: dict[str, tuple[int, Callable[[World, int, int, int], None]]] = {
    # name: (how often in a hundred or so, what it does)
    "pay": (40, hand_acts.pay),
    "resume": (10, hand_acts.resume),
    "cancel": (3, hand_acts.cancel),
    "again": (8, hand_acts.again),
    "turn_clock": (2, hand_acts.turn_clock),
    "mute": (1, hand_acts.mute),
    "back_up": (2, hand_acts.back_up),
    "put_back": (2, hand_acts.put_back),
    "clone": (1, hand_acts.clone),
    "forge": (4, hand_acts.forge),
    "load": (6, bank_acts.load),
    "sync": (7, bank_acts.sync),
    "deposit": (5, bank_acts.deposit),
    "lie": (2, bank_acts.lie),
    "repeat": (3, bank_acts.repeat),
    "transfer": (3, bank_acts.transfer),
    "convert": (2, bank_acts.convert),
    "lose": (1, bank_acts.lose),
    "wait": (3, bank_acts.wait),
}
NUMBERS = 1 << 14


class WorldFailed(Exception):
    """A world in which something did not hold; says how to see it again."""


def acts_of(seed: int, steps: int, evenings: int = EVENINGS, orders: int = 1, offline: int = 1) -> list[Act]:
    """The acts of a world, from its seed alone; in the last evening ``orders`` other orders are compared.

    ``offline``: how many times as often as usual people do what needs no network.
    """
    random = Random(seed)
    names = list(RULES)
    weights = [
        weight * (offline if rule.__module__ == hand_acts.__name__ else 1) for weight, rule in RULES.values()
    ]
    first = [Act("load", who, random.randrange(NUMBERS), random.randrange(NUMBERS)) for who in range(5)]
    rest = [
        Act(name, random.randrange(NUMBERS), random.randrange(NUMBERS), random.randrange(NUMBERS))
        for name in random.choices(names, weights, k=max(0, steps - len(first)))
    ]
    ends = {len(rest) * (place + 1) // evenings for place in range(evenings)}
    made = list(first)
    for place, act in enumerate(rest, 1):
        made.append(act)
        if place in ends:
            made.append(Act("evening", orders if place == len(rest) else 0, 0, 0))
    return made


def play(world: World, acts: Sequence[Act]) -> None:
    """Do them all; raises whatever does not hold."""
    books = Books(world)
    try:
        for act in acts:
            do(world, act)
            books.check()
    finally:
        books.close()


def do(world: World, act: Act) -> None:
    """One act."""
    world.count["steps"] += 1
    if act.name == "evening":
        evening(world, orders=act.a)
    else:
        RULES[act.name][1](world, act.a, act.b, act.c)


def played(home: Path, seed: int, acts: Sequence[Act]) -> tuple[World, BaseException | None]:
    """A world after these acts, and what did not hold; its disks are gone."""
    folder = Path(mkdtemp(dir=home))
    world = World(folder / "world", seed)
    try:
        play(world, acts)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is shown with the story
        return world, error
    finally:
        world.close()
        shutil.rmtree(folder, ignore_errors=True)
    return world, None


def shorter(home: Path, seed: int, acts: Sequence[Act], same: str, tries: int = 150) -> list[Act]:
    """Fewer acts that fail in the same way: ever smaller parts are left out (delta debugging)."""
    best = list(acts)
    part = max(1, len(best) // 2)
    while tries > 0:
        place, cut = 0, False
        while place < len(best) and tries > 0:
            fewer = best[:place] + best[place + part :]
            tries -= 1
            _, error = played(home, seed, fewer)
            if error is not None and kind_of(error) == same:
                best, cut = fewer, True
            else:
                place += part
        if part == 1 and not cut:
            break
        part = max(1, part // 2)
    return best


def kind_of(error: BaseException) -> str:
    """Two failures are the same when they say the same before the first colon."""
    return f"{type(error).__name__} {str(error).partition(':')[0].split(' in ')[0]}"[:60]


def run(home: Path, seed: int, steps: int = STEPS) -> Counter[str]:
    """Play the world of a seed; its counts, or :class:`WorldFailed` with a story a person can read."""
    acts = acts_of(seed, steps)
    world, error = played(home, seed, acts)
    if error is None:
        return world.count
    done = acts[: world.count["steps"]]
    least = shorter(home, seed, done, kind_of(error))
    again, last = played(home, seed, least)
    command = f"python -m tests.simulation.play --seed {seed} --steps {steps}"
    raise how_it_failed(f"world {seed}", command, last or error, again.story, (len(least), len(done)))


def how_it_failed(
    what: str, command: str, error: BaseException, story: Sequence[str], acts: tuple[int, int]
) -> WorldFailed:
    """A failure that a person can read and see again; ``acts``: how many of how many it takes."""
    lines = "\n".join(f"  {line}" for line in story)
    told = WorldFailed(
        f"{what} failed: {error}\nsee it again: {command}\n"
        f"the shortest way there ({acts[0]} acts of {acts[1]}):\n{lines}"
    )
    told.__cause__ = error
    return told


def main(arguments: Sequence[str] | None = None) -> int:
    """Play one world and say what happened in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--story", action="store_true", help="tell the story although nothing failed")
    chosen = parser.parse_args(arguments)
    home = Path(mkdtemp(prefix="tenge-play-"))
    try:
        if chosen.story:
            world, error = played(home, chosen.seed, acts_of(chosen.seed, chosen.steps))
            print("\n".join(world.story))
            print(error or f"it holds: {dict(world.count)}")
            return error is not None
        counted = run(home, chosen.seed, chosen.steps)
    except WorldFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print(f"world {chosen.seed} holds: {dict(counted)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
