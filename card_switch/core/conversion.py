"""One conversion as the issuer's host sees it: Digital Tenge of an account become tenge, once, or not at all.

The bank's node does it in one step (``tender/account/card_messages.py``); what stands here is what the host
does at each event, whatever the order they come in. :data:`TABLE` is the whole of it, and the page on the
switch draws it. An event that is not in the table changes nothing and asks for nothing.

Idempotency: the operation's name at the bank is the life-cycle id. ``converted`` is the only state whose
answer is an approval, and each way out of it asks the bank to undo.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from types import MappingProxyType
from typing import Final


@unique
class State(StrEnum):
    """Where a conversion stands."""

    ASKED = "asked"
    """The bank was asked; nobody knows yet."""
    CONVERTED = "converted"
    REFUSED = "refused"
    """By a check of the host's own, or by the bank."""
    UNDOING = "undoing"
    """It must not be: the bank was told to undo it, whether or not it has done it."""
    UNDONE = "undone"
    BARRED = "barred"
    """Its reversal came first; the bank was never asked and never will be."""


@unique
class Event(StrEnum):
    """What may happen to it."""

    REQUESTED = "requested"
    DONE = "done"
    """The bank says: converted."""
    NOT_DONE = "not done"
    """The bank says no."""
    TIME_OUT = "time-out"
    """The bank did not answer in time."""
    BLOCKED = "blocked"
    """The platform blocked the bank (DT-M-07)."""
    REVERSED = "reversed"
    REVERSED_IN_PART = "reversed in part"
    """Less than the whole amount stands. A part of what nobody has approved is the whole of it."""
    UNDO_DONE = "undo done"
    """The bank says: undone."""


@unique
class Act(StrEnum):
    """What the host does then, in this order."""

    ASK = "ask the bank"
    APPROVE = "answer: approved"
    DECLINE = "answer: declined"
    CLOSE = "remember it as declined"
    """Nobody waits for the answer any more; a repeated request gets it."""
    UNDO = "ask the bank to undo"
    ACKNOWLEDGE = "acknowledge the reversal"
    NOT_FOUND = "acknowledge: nothing to reverse"
    REFUSE_LATE = "answer: reversed before it came"


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of it, and what is done."""

    state: State
    acts: tuple[Act, ...] = ()


_S, _E, _A = State, Event, Act
TABLE: Final[Mapping[tuple[State | None, Event], Step]] = MappingProxyType(
    {
        (None, _E.REQUESTED): Step(_S.ASKED, (_A.ASK,)),
        (None, _E.REVERSED): Step(_S.BARRED, (_A.NOT_FOUND,)),
        (_S.ASKED, _E.DONE): Step(_S.CONVERTED, (_A.APPROVE,)),
        (_S.ASKED, _E.NOT_DONE): Step(_S.REFUSED, (_A.DECLINE,)),
        (_S.ASKED, _E.TIME_OUT): Step(_S.UNDOING, (_A.DECLINE, _A.UNDO)),
        (_S.ASKED, _E.BLOCKED): Step(_S.UNDOING, (_A.DECLINE, _A.UNDO)),
        (_S.ASKED, _E.REVERSED): Step(_S.UNDOING, (_A.CLOSE, _A.ACKNOWLEDGE, _A.UNDO)),
        (_S.CONVERTED, _E.REVERSED): Step(_S.UNDOING, (_A.ACKNOWLEDGE, _A.UNDO)),
        (_S.CONVERTED, _E.REVERSED_IN_PART): Step(_S.CONVERTED, (_A.ACKNOWLEDGE, _A.UNDO)),
        (_S.UNDOING, _E.UNDO_DONE): Step(_S.UNDONE),
        (_S.UNDOING, _E.REVERSED): Step(_S.UNDOING, (_A.ACKNOWLEDGE,)),
        (_S.UNDONE, _E.REVERSED): Step(_S.UNDONE, (_A.ACKNOWLEDGE,)),
        (_S.REFUSED, _E.REVERSED): Step(_S.REFUSED, (_A.ACKNOWLEDGE,)),
        (_S.BARRED, _E.REQUESTED): Step(_S.BARRED, (_A.REFUSE_LATE,)),
        (_S.BARRED, _E.REVERSED): Step(_S.BARRED, (_A.NOT_FOUND,)),
    }
)
"""(state, event) → what follows; ``None``: nothing is known of it."""


def step(state: State | None, event: Event) -> Step | None:
    """What follows; None: nothing does, such as for a bank's word said twice or too late."""
    return TABLE.get((state, event))
