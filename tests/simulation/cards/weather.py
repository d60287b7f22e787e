"""Virtual time, and links on which one message in a hundred has bad luck of each kind."""

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

USUAL_MS: Final = (2, 12)
DELAYED_MS: Final = (1_000, 40_000)
"""From what nobody notices to longer than anybody waits."""
REORDERED_MS: Final = (20, 600)
FAULTS: Final = ("dropped", "delayed", "doubled", "reordered")


@dataclass
class Sky:
    """What happens when; ``fault_share`` of all messages on each link meet one of the faults."""

    seed: str
    now_ms: int
    fault_share: float = 0.01
    count: Counter[str] = field(default_factory=Counter)
    _queue: list[tuple[int, int, Callable[[], None]]] = field(default_factory=list)
    _made: int = 0

    def after(self, wait_ms: int, do: Callable[[], None]) -> None:
        """So much later do this."""
        self._made += 1
        heapq.heappush(self._queue, (self.now_ms + wait_ms, self._made, do))

    def next_ms(self) -> int | None:
        """When something happens next."""
        return self._queue[0][0] if self._queue else None

    def do_due(self) -> None:
        """Everything whose time has come."""
        while self._queue and self._queue[0][0] <= self.now_ms:
            heapq.heappop(self._queue)[2]()

    def random(self, name: str) -> Random:
        """Luck of one part's own, so that leaving something out changes little elsewhere."""
        return Random(f"{self.seed}/{name}")


class Wire:
    """One direction of a link: what is sent arrives, mostly."""

    def __init__(self, sky: Sky, name: str, arrived: Callable[[bytes], None]) -> None:
        self._sky = sky
        self._random = sky.random(name)
        self._arrived = arrived
        self.open = True

    def send(self, data: bytes) -> None:
        """Give it to the link."""
        fault = self.fault()
        if fault == "dropped":
            return
        for _ in range(2 if fault == "doubled" else 1):
            self._sky.after(self.wait_ms(fault), lambda: self._arrive(data))

    def fault(self) -> str:
        """What happens to the next message; empty: nothing."""
        if self._random.random() >= self._sky.fault_share:
            return ""
        fault = self._random.choice(FAULTS)
        self._sky.count[fault] += 1
        return fault

    def wait_ms(self, fault: str) -> int:
        """How long a message takes that met this."""
        between = {"delayed": DELAYED_MS, "reordered": REORDERED_MS}.get(fault, USUAL_MS)
        return self._random.randint(*between)

    def _arrive(self, data: bytes) -> None:
        if self.open:
            self._arrived(data)
