"""Life-cycle ids: what everything that follows an authorisation finds it by.

A network gives them, and an acquirer for what stays inside its bank, where no network is asked.
"""

from collections.abc import Iterable
from typing import Final

from tender.card.iso8583.dialects import Dialect
from tender.card.iso8583.moments import day_of

DAY_MS: Final = 86_400_000
IN_A_MS: Final = 10
ON_US: Final = 9_000_000_000
"""Added to the numbers a bank gives itself, so that they never meet those of the scheme."""
_LONG: Final = 15


class LifeCycles:
    """Gives ids that never come again: the tenth of a millisecond of the day, or one more than the last
    where several fall into the same."""

    def __init__(self, dialect: Dialect, beyond: int = 0) -> None:
        """``beyond``: added to every number."""
        self._dialect = dialect
        self._beyond = beyond
        self._day = ""
        self._last = -1
        self._latest_ms = 0

    def next(self, now_ms: int) -> str:
        """A new id. A clock that goes back gives nothing twice: its latest time counts on."""
        self._latest_ms = now_ms = max(now_ms, self._latest_ms)
        day = day_of(now_ms)
        if day != self._day:
            self._day, self._last = day, -1
        self._last = max(self._last + 1, now_ms % DAY_MS * IN_A_MS)
        return self._dialect.new_life_cycle_id(self._beyond + self._last, day)

    def used(self, ids: Iterable[str], now_ms: int) -> None:
        """These were given before a restart: go on behind those of today."""
        self._day = day_of(now_ms)
        for one in ids:
            # Fifteen digits are 3, day, number; thirteen number, day (`Dialect.new_life_cycle_id`).
            day, number = (one[1:5], one[5:]) if len(one) == _LONG else (one[-4:], one[:-4])
            if day == self._day and number.isdecimal() and int(number) >= self._beyond:
                self._last = max(self._last, int(number) - self._beyond)
