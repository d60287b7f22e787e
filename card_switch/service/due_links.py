"""Links by the time they have something to do: a turn looks at those whose time has come, not at all of them.

Nearly every deadline of a link only moves away, with each message that comes. So where it was once is kept,
and looked at again when that time is near.
"""

import heapq
from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar


class _Link(Protocol):
    def next_deadline(self) -> int | None:
        """In milliseconds; None: nothing waits."""


class HasLink(Protocol):
    """An end of a link."""

    @property
    def link(self) -> _Link:
        """The link."""


E = TypeVar("E", bound=HasLink)


class DueLinks(Generic[E]):
    """Ends of links, of each the time at which it is looked at next."""

    def __init__(self) -> None:
        self._times: list[tuple[int, int]] = []
        self._planned: dict[E, tuple[int, int]] = {}
        """Each end's own one of those times; all others are of nobody any more."""
        self._ends: dict[int, E] = {}
        """By the second number of a time, so that nothing else keeps one that is gone."""
        self._count = 0

    def note(self, end: E) -> None:
        """Its deadline may be another by now."""
        due_ms, planned = end.link.next_deadline(), self._planned.get(end)
        if planned is not None and due_ms is not None and due_ms >= planned[0]:
            return
        self._forget(end)
        if due_ms is not None:
            self._count += 1
            self._planned[end] = due_ms, self._count
            self._ends[self._count] = end
            heapq.heappush(self._times, (due_ms, self._count))

    def next_ms(self) -> int | None:
        """When the first of them is due; None: none ever is."""
        while self._times:
            planned_ms, number = self._times[0]
            end = self._ends.get(number)
            if end is not None and end.link.next_deadline() == planned_ms:
                return planned_ms
            heapq.heappop(self._times)
            if end is not None:
                self._forget(end)
                self.note(end)
        return None

    def over(self, now_ms: int) -> Iterator[E]:
        """Those whose time has come, each once; to be noted again."""
        while (due_ms := self.next_ms()) is not None and due_ms <= now_ms:
            end = self._ends[heapq.heappop(self._times)[1]]
            self._forget(end)
            yield end

    def _forget(self, end: E) -> None:
        planned = self._planned.pop(end, None)
        if planned is not None:
            del self._ends[planned[1]]
