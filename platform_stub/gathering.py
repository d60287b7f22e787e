"""Many ask at the same time, and whoever is first does the work for all who ask by then.

One transaction, one movement or one round of deliveries then serves them all; each gets an answer of its own,
and nobody gets it before the work is done. With one asker this is a plain call.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class _Asker(Generic[T, R]):
    __slots__ = ("answers", "done", "item", "trouble")

    def __init__(self, item: T) -> None:
        self.item = item
        self.done = False
        self.answers: list[R] = []
        """One, once it is done without trouble."""
        self.trouble: Exception | None = None


class Gathering(Generic[T, R]):
    """Work that is done for several askers at once."""

    def __init__(
        self,
        work: Callable[[list[T]], list[R]],
        most: int,
        size: Callable[[T], int] = lambda _item: 1,
        linger_s: float = 0.0,
        more_come: Callable[[], bool] = lambda: False,
    ) -> None:
        """``work`` answers a list of items, in order, all or none; it never runs twice at a time. At most
        ``most`` together, counted by ``size``. While ``more_come``, the first waits up to ``linger_s``."""
        self._work = work
        self._most = most
        self._size = size
        self._linger_s = linger_s
        self._more_come = more_come
        self._changed = threading.Condition()
        self._waiting: deque[_Asker[T, R]] = deque()
        self._busy = False

    def ask(self, item: T) -> R:
        """The answer to one item; raises what the work raised."""
        mine: _Asker[T, R] = _Asker(item)
        with self._changed:
            self._waiting.append(mine)
            self._changed.notify_all()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: mine.done or not self._busy)
                if mine.done:
                    break
                self._busy = True
                if self._linger_s and self._more_come():
                    self._changed.wait_for(self._enough, self._linger_s)
                taken = self._take()
            self._do(taken)
        if mine.trouble is not None:
            raise mine.trouble
        return mine.answers[0]

    @property
    def waiting(self) -> int:
        """How many have asked and are not being served yet."""
        return len(self._waiting)

    def _enough(self) -> bool:
        return sum(self._size(one.item) for one in self._waiting) >= self._most or not self._more_come()

    def _take(self) -> list[_Asker[T, R]]:
        taken: list[_Asker[T, R]] = []
        total = 0
        while self._waiting:
            total += self._size(self._waiting[0].item)
            if taken and total > self._most:
                break
            taken.append(self._waiting.popleft())
        return taken

    def _do(self, taken: list[_Asker[T, R]]) -> None:
        answers: list[R] = []
        trouble: Exception | None = None
        try:
            answers = self._work([one.item for one in taken])
        except Exception as error:  # noqa: BLE001 - each who asked gets it
            trouble = error
        finally:
            with self._changed:
                self._busy = False
                for place, one in enumerate(taken):
                    one.done = True
                    one.trouble = trouble
                    one.answers = answers[place : place + 1]
                self._changed.notify_all()
