"""The cards of one issuer in memory, and the rows that say the same."""

from typing import Final

from card_switch.core.issuer.cards import (
    CARD_RECORD,
    CARDS,
    USAGE,
    USAGES,
    CardRecord,
    Usage,
)
from card_switch.core.node import Command, Forget, Keep, Row
from tender.account.card_messages import CardLinked

_NEVER_USED: Final = 0
NEW: Final = "card-"
"""How the order for a new card is named; its link id in hexadecimal follows."""


class Cardholders:
    """Cards by link id and by number; what moves about each beside it."""

    def __init__(self) -> None:
        self.cards: dict[bytes, CardRecord] = {}
        self._usages: dict[bytes, Usage] = {}
        self._numbers: dict[str, bytes] = {}

    def by_number(self, digits: str) -> CardRecord | None:
        """The card of this number."""
        return self.cards.get(self._numbers.get(digits, b""))

    def usage(self, link: bytes) -> Usage:
        """What was done with it."""
        return self._usages.get(link) or Usage(link, _NEVER_USED)

    def put(self, card: CardRecord) -> Keep:
        """A new card, or what an operator changed about one."""
        self.cards[card.link] = card
        self._numbers[card.number] = card.link
        return Keep(CARDS, card.link.hex(), CARD_RECORD.encode(card))

    def linked(self, said: CardLinked) -> list[Command]:
        """What the bank said to a new card: one that it would not link to anybody is no card."""
        link = bytes.fromhex(said.operation.removeprefix(NEW)) if said.operation.startswith(NEW) else b""
        card = self.cards.pop(link, None) if said.code else None
        if card is None:
            return []
        del self._numbers[card.number]
        return [Forget(CARDS, link.hex())]

    def used(self, usage: Usage) -> list[Command]:
        """Remember it, where anything changed."""
        if self.usage(usage.link) == usage:
            return []
        self._usages[usage.link] = usage
        return [Keep(USAGES, usage.link.hex(), USAGE.encode(usage))]

    def restore(self, row: Row) -> bool:
        """Take a row back; whether it was one of these."""
        if row.table == CARDS:
            self.put(CARD_RECORD.decode(row.data, "row"))
        elif row.table == USAGES:
            usage = USAGE.decode(row.data, "row")
            self._usages[usage.link] = usage
        else:
            return False
        return True
