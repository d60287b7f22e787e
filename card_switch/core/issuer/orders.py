"""What a card host has told its bank beside authorisations and waits to hear done: undos, cards, states.

Each is a row until it is answered, and asked again after a restart; asking twice is safe.
"""

from typing import Final

from card_switch.core.node import AskBank, Command, Forget, Keep, Row
from tender.account import card_messages as bank_messages
from tender.account.card_messages import BankReply, Order
from tender.errors import Code

ORDERS: Final = "orders"
"""Table of rows; the key is the operation."""


class BankOrders:
    """Orders that wait, and replies that the operators' desk has not yet fetched."""

    def __init__(self, bank: int) -> None:
        self._bank = bank
        self.waiting: dict[str, bytes] = {}
        self.replies: dict[str, bank_messages.CardLinked] = {}

    def again(self, operation: str, order: bytes) -> AskBank:
        """Ask (again)."""
        return AskBank(self._bank, operation, order)

    def ask(self, order: Order) -> list[Command]:
        """Ask, and remember that it was asked; once."""
        octets = bank_messages.encode_order(order)
        if self.waiting.get(order.operation) == octets:
            return []
        self.waiting[order.operation] = octets
        return [Keep(ORDERS, order.operation, octets), self.again(order.operation, octets)]

    def answered(self, said: BankReply) -> list[Command]:
        """The bank has done it or said no for good. A bank that is blocked is asked again when it is not."""
        if said.operation not in self.waiting or _later(said):
            return []
        del self.waiting[said.operation]
        if isinstance(said, bank_messages.CardLinked):
            self.replies[said.operation] = said
        return [Forget(ORDERS, said.operation)]

    def all_again(self) -> list[Command]:
        """The bank may act again."""
        return [self.again(operation, order) for operation, order in self.waiting.items()]

    def restore(self, row: Row) -> list[Command]:
        """Ask again what was asked before a restart."""
        if row.table != ORDERS:
            return []
        self.waiting[row.key] = row.data
        return [self.again(row.key, row.data)]


def _later(said: BankReply) -> bool:
    return isinstance(said, bank_messages.Undone) and said.code == Code.PARTICIPANT_BLOCKED.value
