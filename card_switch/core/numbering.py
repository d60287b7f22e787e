"""Life-cycle ids: what everything that follows an authorisation finds it by.

A network gives them, and an acquirer for what stays inside its bank, where no network is asked. An id has the
day (``MMDD``), and before the number the last digit of the year: it comes again after ten years. So a bank
that remembers operations for years never takes this year's purchase for that of the same day a year ago.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from tender.card.iso8583.dialects import Dialect
from tender.card.iso8583.moments import day_of

DAY_MS: Final = 86_400_000
A_YEAR: Final = 10**8
"""Numbers of one day: more than it has milliseconds."""
ON_US: Final = 9_000_000_000
"""Added to the numbers a bank gives itself, so that they never meet those of the scheme."""
_LONG: Final = 15


class LifeCycles:
    """Gives ids that do not come again for ten years: the millisecond of the day, or one more than the last
    where several fall into the same."""

    def __init__(self, dialect: Dialect, beyond: int = 0) -> None:
        """``beyond``: added to every number."""
        self._dialect = dialect
        self._beyond = beyond
        self._day = ""
        self._year = 0
        self._last = -1
        self._latest_ms = 0

    def next(self, now_ms: int) -> str:
        """A new id. A clock that goes back gives nothing twice: its latest time counts on."""
        self._latest_ms = now_ms = max(now_ms, self._latest_ms)
        today = day_of(now_ms), _year_digit(now_ms)
        if today != (self._day, self._year):
            (self._day, self._year), self._last = today, -1
        self._last = max(self._last + 1, now_ms % DAY_MS)
        return self._dialect.new_life_cycle_id(self._beyond + self._year * A_YEAR + self._last, self._day)

    def used(self, ids: Iterable[str], now_ms: int) -> None:
        """These were given before a restart: go on behind those of today."""
        self._day, self._year = day_of(now_ms), _year_digit(now_ms)
        for one in ids:
            # Fifteen digits are 3, day, number; thirteen number, day (`Dialect.new_life_cycle_id`).
            day, number = (one[1:5], one[5:]) if len(one) == _LONG else (one[-4:], one[:-4])
            if day != self._day or not number.isdecimal() or int(number) < self._beyond:
                continue
            year, last = divmod(int(number) - self._beyond, A_YEAR)
            if year == self._year:
                self._last = max(self._last, last)


def _year_digit(now_ms: int) -> int:
    """The last digit of the year, UTC."""
    return datetime.fromtimestamp(now_ms // 1000, UTC).year % 10
