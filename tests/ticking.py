"""Clocks that only go forward, for screens whose questions want to be read first."""

from dataclasses import dataclass
from itertools import count

from faces.screens.reading import Ticks


def patient() -> Ticks:
    """Every look at it is ten seconds later: whoever presses a key has read what the screen asks."""
    leaps = count(step=10)
    return lambda: float(next(leaps))


@dataclass
class Stood:
    """A clock that stands where the test put it, in seconds."""

    at_s: float = 0.0

    def __call__(self) -> float:
        """Now."""
        return self.at_s
