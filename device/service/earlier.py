"""What a tap finished of an earlier one, told apart from what was asked for now.

A torn payment goes on by itself when the same two sides meet again. If it was of another amount, whoever asks
now may take it for what they asked for, or ask for it once more: so it is told, and the new amount waits for
a yes of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from device.service.money import Requested
from tender.cash.messages import open_request
from tender.errors import Code, Refusal

SAME_TAP_S: Final = 120
"""Whoever was told that a tap was torn, when the payee had the money already, tries again within this time;
later the same amount is another payment, and the old one no news."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A payment that was begun in an earlier tap, ``begun_at`` seconds UTC by the payee's clock, and is
    finished now: 16-byte id, tiyn."""

    payment: bytes
    amount_tiyn: int
    begun_at: int


class Earlier(Protocol):
    """Who is told of it, and says whether the new amount is wanted on top of it."""

    def finished(self, one: Finished) -> None:
        """Told at once, whatever becomes of the rest."""

    def goes_on(self) -> bool:
        """Asked once, after something was told and before anything new is signed."""


class NobodyAsked:
    """Nobody is there to say yes: one payment in one tap."""

    def finished(self, one: Finished) -> None:
        """Nobody hears it."""

    def goes_on(self) -> bool:
        """Without a yes nothing new is signed."""
        return False


NOBODY: Final[Earlier] = NobodyAsked()


def only(before: Sequence[Finished]) -> Refusal:
    """That these were finished, and that there was no yes for more: ``earlier-finished`` at ``amount``."""
    return Refusal(
        Code.EARLIER_FINISHED, "amount", (("amount_tiyn", sum(one.amount_tiyn for one in before)),)
    )


def finished(asked: Requested) -> Finished:
    """That request's payment."""
    return Finished(asked.payment, asked.amount_tiyn, open_request(asked.message).request.time)
