"""What a card payment is told with: what happens on the way, who answers for the people, what came of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Protocol

from pos.core.card_tender import CardPayment
from pos.service.online import Taken
from tender.crypto.sealing import Pin
from tender.errors import DeviceError, Refusal


@unique
class CardStep(StrEnum):
    """Where a card payment stands, for whoever stands there."""

    INSERT = "insert"
    STAY = "stay"
    """The card is read: do not remove it."""
    PIN = "pin"
    ONLINE = "online"
    """The bank is asked."""
    REMOVE = "remove"
    """The card has said its last word."""
    SWIPE = "swipe"
    """The chip cannot be read: the stripe is wanted."""


class CardHands(Protocol):
    """The people at the terminal, as the face before them brings them in; called in the till's thread."""

    def tell(self, step: CardStep) -> None:
        """It stands there now."""

    def ask_pin(self, tries_left: int | None, was_wrong: bool) -> Pin | None:
        """The customer's PIN; None when none is typed. ``tries_left`` is told for one the card checks;
        ``was_wrong``: the one before was not it. Raises :class:`PinCalledOff` to end the payment."""

    def choose(self, names: Sequence[str]) -> int | None:
        """Which of several applications on the card; None: none of them."""


class PinCalledOff(DeviceError):
    """The people end it at the PIN, where no other way to prove oneself will do: nobody is asked."""


Swipe = Callable[[], bytes]
"""Pulls the card through the slot for stripes: track 2 in the form of tag 57, empty when nothing was read."""


@dataclass(frozen=True, slots=True)
class CardTold:
    """What came of it. ``taken``: what it brought the sale, None when it brought nothing (then ``refusal``
    says why, unless it was no purchase). ``free_tiyn``: of a balance inquiry. ``reversal_waits``: it is taken
    back, and the acquirer has not said so yet."""

    payment: CardPayment
    taken: Taken | None = None
    refusal: Refusal | None = None
    free_tiyn: int | None = None

    @property
    def reversal_waits(self) -> bool:
        """Whether nobody has answered its reversal."""
        return self.payment.waits
