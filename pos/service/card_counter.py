"""Everything a till does with payment cards, in one place; the kernel is loaded when the first card comes."""

from functools import cached_property
from typing import TYPE_CHECKING

from pos.core.card_tender import CardPayment
from pos.core.model import Receipt
from pos.core.tenders import CARD
from pos.service.card_desk import CardDesk
from pos.service.giving_back import GivingBacks
from pos.service.taking import Takings
from pos.service.tapping import Taps

if TYPE_CHECKING:
    from pos.service.card_giving import CardGivings
    from pos.service.card_machine import CashMachine
    from pos.service.card_taking import Cards
    from pos.service.card_takings import CardTakingsBook


class CardCounter:
    """The card's part of the counter."""

    def __init__(self, terminal: CardDesk, takings: Takings, taps: Taps, backs: GivingBacks) -> None:
        self.terminal = terminal
        self._takings = takings
        self._taps = taps
        self._backs = backs

    @cached_property
    def taking(self) -> "Cards":
        """Cards that pay."""
        from pos.service.card_taking import Cards

        return Cards(self.terminal, self._takings, self._taps)

    @cached_property
    def giving(self) -> "CardGivings":
        """Money back onto cards."""
        from pos.service.card_giving import CardGivings

        return CardGivings(self.taking, self._backs)

    @cached_property
    def machine(self) -> "CashMachine":
        """Notes for cards."""
        from pos.service.card_machine import CashMachine

        return CashMachine(self.taking)

    @cached_property
    def takings(self) -> "CardTakingsBook":
        """What the bank has credited for them."""
        from pos.service.card_takings import CardTakingsBook

        return CardTakingsBook(self.terminal)

    def payments_of(self, receipt: Receipt) -> tuple[CardPayment, ...]:
        """What this till remembers of the cards in a receipt."""
        found = (self.terminal.paid_by(one.reference) for one in receipt.paid if one.tender == CARD)
        return tuple(one for one in found if one is not None)

    def corrections(self) -> tuple[Receipt, ...]:
        """Receipts that had to be written just now, because a void with a receipt was refused after all: the
        customer is to be told. None the next time."""
        return self._backs.corrections()
