"""What a tap has come to, as whoever holds the card must see it: hold it there, do not remove it, done.

Whoever runs a tap tells what happens, as one of these values; nothing of money is decided here. Pure: seconds
are told, never read. Which seconds are to be expected says the model of the air (``hardware/airtime.py``).
"""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from tender.errors import Refusal

LATE_BY_S: Final = 1.0
"""So much beyond what was expected is still no delay worth a word."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing is in the field. ``reader`` is what the reader is called."""

    reader: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Something came: ``what`` is ``card`` or ``phone``."""

    what: str


@dataclass(frozen=True, slots=True)
class Working:
    """So many of so many bytes went over the air; the whole of it is expected to take so many seconds, 0 when
    nobody can say."""

    done_bytes: int
    total_bytes: int
    expected_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Stay:
    """From now on something is, or may be, signed: nobody leaves and nothing is taken away."""


@dataclass(frozen=True, slots=True)
class Torn:
    """The field went dead and is waited for again. ``certain`` as in :class:`Pulled`."""

    certain: str


@dataclass(frozen=True, slots=True)
class Pulled:
    """The field went dead, and that is the end of it. ``certain`` is the name of what is certain all the same
    (``nothing``, ``maybe``, ``signed``, ``received``); what to do stands in the same sentence."""

    certain: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It was not done, and why."""

    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Done:
    """It is done; whatever was held there may be taken away. ``again``: it was done before already."""

    again: bool = False


TapEvent = Waiting | Found | Working | Stay | Torn | Pulled | Refused | Done
TapEnd = Pulled | Refused | Done


class Step(Enum):
    """Where a tap stands; each has a sign of its own (``tap_sign.py``) and a word of its own."""

    HOLD = "hold"
    STAY = "stay"
    DONE = "done"
    PULLED = "pulled"
    REFUSED = "refused"


WAY: Final = (Step.HOLD, Step.STAY, Step.DONE)
"""The way of a tap that goes well."""


@dataclass(frozen=True, slots=True)
class TapLook:
    """All that is shown. ``since_s`` is when it was found, by the clock of the events; ``again``: it was
    there before and was taken away; ``certain``: what is certain since then; ``end`` the last word."""

    step: Step = Step.HOLD
    reader: str = ""
    what: str = ""
    done_bytes: int = 0
    total_bytes: int = 0
    expected_s: float = 0.0
    since_s: float = 0.0
    signed: bool = False
    again: bool = False
    certain: str = ""
    end: TapEnd | None = None

    def after(self, event: TapEvent, at_s: float) -> "TapLook":
        """The look after this."""
        match event:
            case Waiting(reader):
                return TapLook(reader=reader or self.reader, again=self.again, certain=self.certain)
            case Torn(certain):
                return TapLook(reader=self.reader, again=True, certain=certain)
            case Found(what):
                return replace(self, what=what, step=Step.STAY, since_s=at_s)
            case Working(done_bytes, total_bytes, expected_s):
                since_s = self.since_s if self.step is Step.STAY else at_s
                return replace(
                    self,
                    step=Step.STAY,
                    since_s=since_s,
                    done_bytes=max(done_bytes, self.done_bytes),
                    total_bytes=max(total_bytes, done_bytes, self.total_bytes),
                    expected_s=expected_s or self.expected_s,
                )
            case Stay():
                return replace(self, step=Step.STAY, signed=True)
            case Pulled():
                return replace(self, step=Step.PULLED, end=event)
            case Refused():
                return replace(self, step=Step.REFUSED, end=event)
            case Done():
                whole = max(self.total_bytes, self.done_bytes)
                return replace(self, step=Step.DONE, end=event, done_bytes=whole, total_bytes=whole)

    @property
    def done(self) -> bool:
        """Whether it went well."""
        return self.step is Step.DONE

    @property
    def may_leave(self) -> bool:
        """Whether leaving loses nothing: before anything is signed, and after the end."""
        return self.end is not None or not self.signed

    @property
    def part(self) -> float:
        """How much went over the air: 0 to 1."""
        return self.done_bytes / self.total_bytes if self.total_bytes else 0.0

    def left_s(self, now_s: float) -> int | None:
        """Whole seconds still to be expected, rounded up; None when nobody can say, or when what was expected
        is over. Behind its time it says what the rest takes, not what was hoped."""
        if self.step is not Step.STAY or not self.expected_s or self.late(now_s):
            return None
        by_clock_s = self.expected_s - (now_s - self.since_s)
        by_bytes_s = self.expected_s * (1.0 - self.part) if self.total_bytes else 0.0
        return max(1, -int(-max(by_clock_s, by_bytes_s) // 1))

    def late(self, now_s: float) -> bool:
        """Whether it takes longer than was expected."""
        gone_s = now_s - self.since_s
        return self.step is Step.STAY and 0.0 < self.expected_s < gone_s - LATE_BY_S
