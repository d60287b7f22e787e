"""A PIN out of a file that a card refused: it is not offered again before somebody says so."""

from dataclasses import dataclass
from typing import Final

from pos.core.card_tender import CardPayment
from tender.errors import Code, Refusal

MARK_BYTES: Final = 32
PIN_CODES: Final = frozenset({Code.PIN_WRONG, Code.CARD_PIN_SPENT})
"""Refusals that say it was the PIN."""


@dataclass(frozen=True, slots=True)
class RefusedPin:
    """``mark``: a digest of where the card was, and of the file's name, size and time: never of the PIN, so a
    file that was written anew is another one."""

    mark: bytes


@dataclass(frozen=True, slots=True)
class PinEnded:
    """A payment that ended at its PIN, before anybody was asked. ``code``: of the refusal that was said;
    ``left``: tries that the card has left, None where it has not said it."""

    batch: int
    number: int
    code: str
    left: int | None = None

    @property
    def refusal(self) -> Refusal:
        """What was said of it."""
        return Refusal(Code(self.code), "pin", () if self.left is None else (("left", self.left),))


def pin_ended(payment: CardPayment, refusal: Refusal) -> tuple[PinEnded, ...]:
    """The row beside a payment that this refusal ended at its PIN; none for any other."""
    if refusal.field != "pin":
        return ()
    left = dict(refusal.facts).get("left")
    return (
        PinEnded(payment.batch, payment.number, refusal.code.value, left if isinstance(left, int) else None),
    )
