"""How wrong tries of a secret code slow down: a PIN of a secure element, a cashier's code.

Nothing is ever wiped: a child with a phone must not destroy money. Three tries are free; then each wrong one
doubles the wait, up to a day. The try is counted *before* it is checked, so that cutting the power in
between gains nothing.
"""

from dataclasses import dataclass
from typing import Final

from tender.errors import Code, DeviceError
from tender.schema import Record, Uint

TRIES_FREE: Final = 3
WAIT_FIRST_S: Final = 30
WAIT_MOST_S: Final = 86_400


def wait_s(wrong: int) -> int:
    """Seconds to wait after so many wrong tries in a row."""
    if wrong < TRIES_FREE:
        return 0
    return min(WAIT_FIRST_S << min(wrong - TRIES_FREE, 20), WAIT_MOST_S)


@dataclass(frozen=True, slots=True)
class Tries:
    """Wrong tries in a row, and when the last one was (seconds since 1970)."""

    wrong: int = 0
    last: int = 0

    def check(self, now: int) -> None:
        """Raises :class:`DeviceError` ``pin-wait`` while the wait lasts."""
        # A clock turned back must not open the lock, and must not close it for years either.
        since_s = max(0, now - self.last)
        left_s = wait_s(self.wrong) - since_s
        if left_s > 0:
            raise DeviceError(Code.PIN_WAIT, "pin", wait_s=left_s)

    def another(self, now: int) -> "Tries":
        """One more try that may turn out wrong."""
        return Tries(self.wrong + 1, now)


TRIES: Final = Record(Tries, ("wrong", Uint(2**31)), ("last", Uint(2**40)))
