"""The card operations of the pilot's month, made of a seed alone: 1 714 in 25 days, 3 779 DT on average.

Known are the sums. How they lie over days, hours, people and shops is invented: fewer on Sundays, most
checks small and a few large, some people pay every day and some once. Amounts in tiyn, whole tenge as prices
are (DT-F-04).
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import exp
from statistics import NormalDist
from typing import Final

from hardware.entropy import SeededEntropy
from tender.account.participants import BANKS
from tender.ports import Entropy

OPERATIONS: Final = 1_714
DAYS: Final = 25
MEAN_TENGE: Final = 3_779
USERS: Final = 50
TENGE: Final = 100
_LEAST_TENGE: Final = 150
_SPREAD: Final = 0.8
"""Of the logarithm of a check."""
_HABITS: Final = 0.6
"""Of the logarithm of how often somebody pays."""
_WEEK: Final = (1.0, 0.95, 1.0, 1.05, 1.2, 1.1, 0.7)
"""How busy each day of a week is, from Monday."""
_OPEN_S, _CLOSE_S = 8 * 3_600, 22 * 3_600


@dataclass(frozen=True, slots=True)
class Operation:
    """One payment: ``day`` from 0, ``second`` of that day; ``user`` pays ``amount_tiyn`` in a shop of
    ``bank``."""

    day: int
    second: int
    user: int
    bank: int
    amount_tiyn: int


def month(seed: str) -> tuple[Operation, ...]:
    """The whole month in the order in which it happens; the same seed is the same month."""
    luck = Luck(SeededEntropy(f"month {seed}"))
    days = luck.choices([_WEEK[day % 7] for day in range(DAYS)], OPERATIONS)
    shops = luck.choices([1.0] * len(BANKS), OPERATIONS)
    made = [
        Operation(day, luck.between(_OPEN_S, _CLOSE_S), user, tuple(BANKS)[shop], amount_tiyn)
        for day, user, shop, amount_tiyn in zip(days, _users(luck), shops, _amounts(luck), strict=True)
    ]
    return tuple(sorted(made, key=lambda one: (one.day, one.second, one.user)))


def by_day(operations: Sequence[Operation]) -> list[int]:
    """How many on each day."""
    return [sum(one.day == day for one in operations) for day in range(DAYS)]


class Luck:
    """Draws that follow from a source of bytes."""

    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy

    def share(self) -> float:
        """Between 0 and 1, neither of them."""
        return (int.from_bytes(self._entropy.draw(6), "big") + 0.5) / (1 << 48)

    def between(self, least: int, end: int) -> int:
        """A whole number from ``least``, below ``end``."""
        return least + int(self.share() * (end - least))

    def one_of(self, these: Sequence[int]) -> int:
        """Any of them."""
        return these[self.between(0, len(these))]

    def lognormal(self, spread: float) -> float:
        """Around 1; ``spread``: of its logarithm."""
        return exp(NormalDist().inv_cdf(self.share()) * spread)

    def choices(self, weights: Sequence[float], count: int) -> list[int]:
        """So many places, each as often as its weight says."""
        ends = list(accumulate(weights))
        return [bisect_right(ends, self.share() * ends[-1]) for _ in range(count)]


def _users(luck: Luck) -> list[int]:
    """Everybody once; the rest as often as their habits are. In any order."""
    habits = [luck.lognormal(_HABITS) for _ in range(USERS)]
    users = [*range(USERS), *luck.choices(habits, OPERATIONS - USERS)]
    return [user for _, user in sorted((luck.share(), user) for user in users)]


def _amounts(luck: Luck) -> list[int]:
    """Checks whose sum is exactly the average times the count."""
    whole = OPERATIONS * MEAN_TENGE
    drawn = [luck.lognormal(_SPREAD) for _ in range(OPERATIONS)]
    drawn_in_all = sum(drawn)
    tenge = [max(_LEAST_TENGE, round(one * whole / drawn_in_all)) for one in drawn]
    tenge[tenge.index(max(tenge))] += whole - sum(tenge)
    return [one * TENGE for one in tenge]
