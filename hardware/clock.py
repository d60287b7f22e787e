"""The clock: the one place where the project learns what time it is."""

import time


class SystemClock:
    """This computer's clock."""

    def now(self) -> int:
        """Whole seconds since 1970 (UTC)."""
        return int(time.time())

    def now_ms(self) -> int:
        """Milliseconds since 1970 (UTC), for links and their patience."""
        return time.time_ns() // 1_000_000


class SetClock:
    """A clock that stands where it was set, for stories, tests and `tenge ... --at`."""

    def __init__(self, now: int) -> None:
        self._now = now

    def now(self) -> int:
        """Where it was set to."""
        return self._now

    def set(self, now: int) -> None:
        """Set it; backwards too, as people do."""
        self._now = now

    def advance(self, seconds: int) -> None:
        """Let time pass."""
        self._now += seconds
