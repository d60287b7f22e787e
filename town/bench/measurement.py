"""One measured number, and how ratios are taken: two halves in the same run, alternating, by CPU time."""

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Final

PAIRS: Final = 9
"""How often a ratio is taken; its median counts."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One number, its unit, what it must reach (``least``: at least, else at most), and whether it does.

    ``reach`` None: told and not judged, as milliseconds are.
    """

    name: str
    value: float
    unit: str
    reach: float | None
    holds: bool
    least: bool

    def as_dict(self) -> dict[str, object]:
        """For ``--json``: name, value, unit, reach, holds."""
        told = asdict(self)
        del told["least"]
        return told


def at_least(name: str, value: float, unit: str, reach: float) -> Measurement:
    """A number that should be large."""
    return Measurement(name, round(value, 3), unit, reach, value >= reach, True)


def at_most(name: str, value: float, unit: str, reach: float) -> Measurement:
    """A number that should be small."""
    return Measurement(name, round(value, 2), unit, reach, value <= reach, False)


def told(name: str, value: float, unit: str) -> Measurement:
    """A number that depends on the machine: told beside the others, and judged by nobody."""
    return Measurement(name, round(value, 2), unit, None, True, False)


def cpu_s(work: Callable[[], object], rounds: int = 1) -> float:
    """CPU seconds of this process for so many rounds of work."""
    started = time.process_time()
    for _ in range(rounds):
        work()
    return time.process_time() - started


def interleaved(first: Callable[[], float], second: Callable[[], float], pairs: int = PAIRS) -> float:
    """The median of first ÷ second. The order alternates, so that a machine that speeds up or slows down
    favours neither half."""
    ratios: list[float] = []
    for place in range(pairs):
        if place % 2:
            above, below = first(), second()
        else:
            below, above = second(), first()
        ratios.append(above / below)
    return statistics.median(ratios)


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least this share of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(len(ordered) * share * 100) // 100) - 1)]
