"""What is special about one kind of host that passes requests on, and the codes (DE 39) of all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from card_switch.core.node import Command, Row
from card_switch.core.numbering import LifeCycles
from card_switch.core.rows import Conversation, text_of
from tender.card.in_dt import DATA_ELEMENT as IN_DT
from tender.card.in_dt import paid_in_dt, says_in_dt
from tender.card.iso8583.message import Message

APPROVALS: Final = frozenset({"00", "10", "85", "87"})
PARTIAL: Final = frozenset({"10", "87"})
"""Approvals of less than was asked: DE 4 of the answer says how much."""
DONE: Final = "00"
FORMAT_ERROR: Final = "30"
NO_ISSUER: Final = "15"
NOT_FOUND: Final = "25"
NO_ANSWER: Final = "91"
DUPLICATE: Final = "94"
INVALID: Final = "12"
NO_MONEY: Final = frozenset({"30", "31"})
"""Inquiries: nothing to take back."""


def believed(request: Message, answer: Message) -> Message:
    """The answer as far as it can be true: nobody has paid Digital Tenge to a till that offered no account.
    Whoever was told so would settle it in neither money."""
    said = text_of(answer, IN_DT)
    false = says_in_dt(said) and not paid_in_dt(text_of(request, IN_DT), said)
    return answer.without(IN_DT) if false else answer


@dataclass(frozen=True, slots=True)
class Onward:
    """Where a request goes, what is sent there, and how long to wait."""

    link: str
    message: Message
    patience_ms: int
    life_cycle: str = ""


def in_tenge(onward: Onward) -> Onward:
    """Without the account that the till offers for Digital Tenge: of a host outside nobody here can know
    whether it has given them there, and what it says yes to is settled in tenge. So it is not asked for
    them, and its word that it gave them is no word (:func:`believed`)."""
    asks = says_in_dt(text_of(onward.message, IN_DT))
    return replace(onward, message=onward.message.without(IN_DT)) if asks else onward


class Rules(Protocol):
    """What is special about one kind of host."""

    numbers: LifeCycles

    def restore(self, row: Row) -> None:
        """A row of a table of its own."""

    def completed(self, link: str, message: Message, now_ms: int) -> Message:
        """The message with what this host adds before it looks at it (its own number, a missing time)."""

    def onward(self, link: str, message: Message, now_ms: int) -> Onward | str:
        """Where it goes, or the code (DE 39) it is declined with. ``message`` is complete."""

    def life_cycle(self, conversation: Conversation, message: Message) -> str:
        """The scheme's id in an answer; empty: none yet."""

    def backward(self, conversation: Conversation, answer: Message) -> Message:
        """What goes back to whoever asked."""

    def reversal(self, conversation: Conversation, message: Message) -> Message:
        """What is sent onwards for a reversal that came from the near side."""

    def identified(self, conversation: Conversation, message: Message) -> Message:
        """A reversal for the far side with the life-cycle id, where it is known."""

    def other(self, link: str, message: Message, now_ms: int) -> Sequence[Command] | None:
        """Messages of kinds that are not passed on (notices, totals); None: not known here either."""
