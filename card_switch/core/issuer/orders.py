"""What a card host has told its bank beside authorisations and waits to hear done: undos, cards, states, and
tries that it refused itself.

Each is a row until it is answered, and asked again after a restart; asking twice is safe.
"""

import heapq
from dataclasses import replace
from typing import Final

from card_switch.core.issuer.bank_words import UNDO
from card_switch.core.issuer.cards import Proof, Usage
from card_switch.core.node import AskBank, Command, Forget, Keep, Row
from tender.account import card_messages as bank_messages
from tender.account.card_messages import BankReply, Order
from tender.errors import Code

ORDERS: Final = "orders"
"""Table of rows; the key is the operation."""
TRIES_TOLD_A_DAY: Final = 5
"""So many tries in vain of one card its customer hears of in one day, of each kind of proof."""
REMADE: Final = "remade-"
"""How the order is named that tells the bank what is printed on a card that was made again."""
AGAIN_MS: Final = 60_000
AGAIN_MOST_MS: Final = 600_000
"""An undo that the bank would not do is asked for again after so long. Where the payee has the money only
somebody at the bank can end it, in days: it is asked for each time after twice as long, up to the second."""

_NOT_NOW: Final = frozenset({Code.STORE_BUSY.value, Code.PARTICIPANT_BLOCKED.value})


class BankOrders:
    """Orders that wait, and replies that the operators' desk has not yet fetched."""

    def __init__(self, bank: int) -> None:
        self._bank = bank
        self.waiting: dict[str, bytes] = {}
        self.replies: dict[str, bank_messages.CardLinked] = {}
        self._refused: dict[str, bank_messages.Undone] = {}
        self._again: list[tuple[int, str]] = []
        self._planned: set[str] = set()
        self._waits_ms: dict[str, int] = {}
        """After how long an undo of what the payee has was last asked for again."""

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

    def tell(self, usage: Usage, tried: bank_messages.Tried, proof: Proof) -> tuple[Usage, list[Command]]:
        """Let a card's customer hear that it was tried in vain, and count it; of what comes after many of one
        kind in one day nothing is said, so that whoever tries for ever fills nobody's list. The last that is
        told says so."""
        told = usage.told(proof) + 1
        if told > TRIES_TOLD_A_DAY:
            return usage, []
        if told == TRIES_TOLD_A_DAY:
            tried = replace(tried, code=Code.TRIES_UNTOLD.value)
        return usage.telling(proof), self.ask(tried)

    def answered(self, said: BankReply, now_ms: int) -> list[Command]:
        """The bank has done it. An undo that it would not do (the money is spent, the bank is blocked) is
        owed as before, and asked for again."""
        if said.operation not in self.waiting:
            return []
        if isinstance(said, bank_messages.Undone) and said.code:
            self._refused[said.operation] = said
            if said.operation not in self._planned and said.code != Code.PARTICIPANT_BLOCKED.value:
                self._planned.add(said.operation)
                heapq.heappush(self._again, (now_ms + self._wait_ms(said), said.operation))
            return []
        del self.waiting[said.operation]
        self._refused.pop(said.operation, None)
        self._waits_ms.pop(said.operation, None)
        if isinstance(said, bank_messages.CardLinked) and not said.operation.startswith(REMADE):
            self.replies[said.operation] = said
        return [Forget(ORDERS, said.operation)]

    def _wait_ms(self, said: bank_messages.Undone) -> int:
        if said.code != Code.PAID_IN_DT.value:
            return AGAIN_MS
        wait_ms = min(AGAIN_MOST_MS, 2 * self._waits_ms.get(said.operation, AGAIN_MS // 2))
        self._waits_ms[said.operation] = wait_ms
        return wait_ms

    def undone_only(self) -> dict[str, int]:
        """Operations whose undo the bank has refused so far, with what is undone of them there (tiyn)."""
        return {name.rpartition(UNDO)[0]: said.amount_tiyn for name, said in self._refused.items()}

    def undone_later(self) -> set[str]:
        """Those of them that the bank could not undo at the moment: it has not said how they end."""
        return {name.rpartition(UNDO)[0] for name, said in self._refused.items() if said.code in _NOT_NOW}

    def waits_to_undo(self, name: str) -> bool:
        """Whether the bank has not done an undo of this operation yet."""
        return any(one.startswith(f"{name}{UNDO}") for one in self.waiting)

    def bounded(self, name: str) -> int | None:
        """What the bank has undone of an operation of which credits gave the rest back (tiyn); None: it has
        not said that it is so."""
        told = (said for key, said in self._refused.items() if key.startswith(f"{name}{UNDO}"))
        return next((one.amount_tiyn for one in told if one.code == Code.REFUND_TOO_MUCH.value), None)

    def next_deadline(self) -> int | None:
        """When something that was refused is asked for again."""
        return self._again[0][0] if self._again else None

    def due(self, now_ms: int) -> list[Command]:
        """Ask again for what was refused."""
        commands: list[Command] = []
        while self._again and self._again[0][0] <= now_ms:
            _, operation = heapq.heappop(self._again)
            self._planned.discard(operation)
            if operation in self.waiting:
                commands.append(self.again(operation, self.waiting[operation]))
        return commands

    def all_again(self) -> list[Command]:
        """The bank may act again."""
        return [self.again(operation, order) for operation, order in self.waiting.items()]

    def restore(self, row: Row) -> list[Command]:
        """Ask again what was asked before a restart."""
        if row.table != ORDERS:
            return []
        self.waiting[row.key] = row.data
        return [self.again(row.key, row.data)]
