"""A question that appears by itself is read before it is answered: what was pressed too early is dropped."""

from collections.abc import Callable
from math import inf
from time import monotonic
from typing import Final

from textual import events

READ_FIRST_S: Final = 1.0
"""So long a question takes no key and no click: nobody reads whom and how much any faster."""

Ticks = Callable[[], float]
"""A clock that only goes forward, in seconds; :func:`time.monotonic` outside tests."""


class ReadFirst:
    """A screen mixed with this answers to nothing in the first second after it came to the front, and to
    nothing that was pressed before. :class:`faces.screens.base.TengeApp` asks it first."""

    front_since_s: float = inf
    """When it came to the front, by the app's ticks."""

    def too_early(self, event: events.Event, ticks: Ticks) -> bool:
        """Whether this was pressed before the question could be read. A key that waited in a queue counts
        from when it was pressed."""
        if not isinstance(event, events.Key | events.MouseDown | events.Paste):
            return False
        if isinstance(event, events.Key) and event.key == "ctrl+q":
            return False  # leaving agrees to nothing
        pressed_s = ticks() - (monotonic() - event.time)
        return pressed_s < self.front_since_s + READ_FIRST_S
