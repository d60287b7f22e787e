"""What the door says: why it stays shut, and after wrong PINs for how many seconds more, counted down."""

from dataclasses import replace
from time import monotonic
from typing import ClassVar

from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from faces.words import sentence
from tender.errors import Code, Refusal


class Said(Static):
    """A line under a field. Refused with a wait (``pin-wait``) it counts, then posts :class:`Over`.

    The seconds are the terminal's own and only shown: the element keeps the time that counts.
    """

    TICK_S: ClassVar[float] = 1.0

    class Over(Message):
        """The wait is over; another PIN may be tried."""

    def __init__(self, text: str, *, id: str | None = None) -> None:
        super().__init__(text, id=id, markup=False)
        self._refusal = Refusal(Code.PIN_WAIT)
        self._until = 0.0
        self._timer: Timer | None = None

    def say(self, text: str) -> None:
        """A plain text; whatever was counted is counted no more."""
        self._stop()
        self.update(text)

    def refuse(self, refusal: Refusal) -> bool:
        """Say why not; True when it must be waited for."""
        self._stop()
        left_s = dict(refusal.facts).get("wait_s", 0) if refusal.code is Code.PIN_WAIT else 0
        if not isinstance(left_s, int) or left_s <= 0:
            self.update(sentence(refusal))
            return False
        self._refusal, self._until = refusal, self.now() + left_s
        self._timer = self.set_interval(self.TICK_S, self._count)
        self._count()
        return True

    def now(self) -> float:
        """Seconds of a clock that only goes forward."""
        return monotonic()

    def _count(self) -> None:
        left_s = -int((self.now() - self._until) // 1)
        if left_s > 0:
            self.update(sentence(replace(self._refusal, facts=(("wait_s", left_s),))))
        else:
            self._stop()
            self.post_message(self.Over())

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
