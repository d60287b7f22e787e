"""A bank's node behind its link: the real decisions over its real rows; the line and the process may die."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from platform_stub.bank.bank import Bank
from tender.account.card_frames import Unanswered
from tender.account.card_messages import (
    Authorise,
    Balance,
    BankReply,
    CloseDay,
    Credit,
    Undo,
    Undone,
    decode_order,
    encode_reply,
)
from tender.errors import Code, StoreError
from tests.simulation.cards.weather import Sky, Wire

GROUPED = Authorise | Undo | Credit | Balance
AGAIN_MS = 200
DOWN_MS = (300, 8_000)


class BankNode:
    """What ``BankLine`` and ``Counter`` are to a real bank: orders in, replies out, groups in one commit."""

    def __init__(self, sky: Sky, number: int, bank: Bank, replied: Callable[[str, bytes], None]) -> None:
        self._sky = sky
        self._bank = bank
        self._replied = replied
        self._random = sky.random(f"bank {number}")
        self._wire = Wire(sky, f"line {number}", lambda _data: None)
        self._unanswered = Unanswered()
        self._connection = 1
        """Which connection this is; 0 while there is none."""
        self._last = 1
        self._arrived: list[bytes] = []
        self._dies = ""

    # --- the switch's end

    def ask(self, operation: str, order: bytes) -> None:
        """An order: said again on each connection until it is answered."""
        if self._unanswered.asked(operation, order) and self._connection:
            self._say(order)

    def switch_died(self) -> None:
        """What it had asked is forgotten with it; its rows make it ask again."""
        self._unanswered = Unanswered()
        self._cut()

    def _say(self, order: bytes) -> None:
        connection = self._connection

        def arrive() -> None:
            if connection == self._connection:
                if not self._arrived:
                    self._sky.after(0, self._work)
                self._arrived.append(order)

        self._passes(arrive)

    def _passes(self, arrive: Callable[[], None]) -> None:
        """Over the line. What is lost on it cuts it: there are no holes in a stream."""
        fault = self._wire.fault()
        if fault == "dropped":
            self._cut()
            return
        for _ in range(2 if fault == "doubled" else 1):
            self._sky.after(self._wire.wait_ms(fault), arrive)

    def _cut(self) -> None:
        if self._connection:
            self._connection = 0
            self._arrived.clear()
            self._sky.count["bank lines cut"] += 1
            self._sky.after(self._random.randint(*DOWN_MS), self._connect)

    def _connect(self) -> None:
        self._last += 1
        self._connection = self._last
        for order in self._unanswered.again():
            self._say(order)

    # --- the bank's end

    def dies(self, when: str) -> None:
        """kill -9 at the next group: ``before`` its commit or ``after`` it, before anybody is answered."""
        self._dies = when

    def _work(self) -> None:
        taken, self._arrived = [decode_order(one) for one in self._arrived], []
        group = [one for one in taken if isinstance(one, GROUPED)]
        when, self._dies = (self._dies, "") if group else ("", self._dies)
        replies: list[BankReply | None] = []
        try:
            with _disk_fails(self._bank.cards) if when == "before" else patch.object(self, "_dies", ""):
                replies += self._bank.cards.work(group) if group else []
        except StoreError:
            self._sky.count["banks died before the commit"] += 1
            self._cut()
            return
        if when == "after":
            self._sky.count["banks died after the commit"] += 1
            self._cut()
            return
        for order, reply in zip(group, replies, strict=True):
            if isinstance(reply, Undone) and reply.code == Code.STORE_BUSY:
                self._sky.after(AGAIN_MS, self._cut)
            elif reply is not None:
                self._answer(order.operation, reply)
        for day in taken:
            if isinstance(day, CloseDay):
                self._answer(day.operation, self._bank.card_days.close(day))

    def _answer(self, operation: str, reply: BankReply) -> None:
        connection, data = self._connection, encode_reply(reply)

        def arrive() -> None:
            if connection == self._connection and self._unanswered.answered(operation):
                self._replied(operation, data)

        self._passes(arrive)


@contextmanager
def _disk_fails(cards: Any) -> Iterator[None]:
    """The process ends after it has written everything and before the commit."""
    write = cards._write

    def written_and_gone(*given: Any) -> None:
        write(*given)
        raise StoreError(Code.STORE_FULL, "bank")

    with patch.object(cards, "_write", written_and_gone):
        yield
