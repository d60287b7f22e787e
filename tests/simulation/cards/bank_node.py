"""A bank's node behind its link: the real decisions over its real rows; the line and the process may die."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from platform_stub.bank.bank import Bank
from tender.account.card_frames import Unanswered
from tender.account.card_messages import (
    Authorise,
    BankReply,
    BankState,
    CardIssued,
    CardLink,
    CardState,
    CloseDay,
    Undone,
    decode_order,
    encode_reply,
)
from tender.errors import Code, StoreError
from tests.simulation.cards.weather import Sky, Wire

ALONE = CardIssued | CardState | CardLink | CloseDay
"""What shares no commit."""
AGAIN_MS = 200
DOWN_MS = (300, 8_000)
LOOK_MS = 200
"""How soon after its time a customer is given up (``platform_stub/card_link``)."""


class BankNode:
    """What ``BankLine`` and ``Counter`` are to a real bank: orders in, replies out, groups in one commit."""

    def __init__(self, sky: Sky, number: int, bank: Bank) -> None:
        self._sky = sky
        self._bank = bank
        self.replied: Callable[[str, bytes], None] = lambda _operation, _reply: None
        """Takes what the bank says, at the switch."""
        self.blocked = False
        bank.cards.answered = self._late
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
        self._answer(BankState("", self.blocked))
        for order in self._unanswered.again():
            self._say(order)

    # --- the bank's end

    def dies(self, when: str) -> None:
        """kill -9 at the next group: ``before`` its commit or ``after`` it, before anybody is answered;
        empty: not at all."""
        self._dies = when

    def _work(self) -> None:
        taken, self._arrived = [decode_order(one) for one in self._arrived], []
        group: list[Any] = [one for one in taken if not isinstance(one, ALONE)]
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
                self._answer(reply)
            elif isinstance(order, Authorise):
                self._sky.after(order.confirm_s * 1000 + LOOK_MS, self._bank.cards.let_wait_no_longer)
        for day in taken:
            if isinstance(day, CloseDay):
                self._answer(self._bank.card_days.close(day))
            elif isinstance(day, CardState):
                self._answer(self._bank.cards.card(day))

    def look_up(self, blocked: bool) -> None:
        """The platform has blocked this bank, or has let it go on."""
        self.blocked = blocked
        self._answer(BankState("", blocked))
        self._bank.cards.let_wait_no_longer()

    def _late(self, replies: Iterable[BankReply]) -> None:
        for reply in replies:
            self._answer(reply)

    def _answer(self, reply: BankReply) -> None:
        connection, data = self._connection, encode_reply(reply)

        def arrive() -> None:
            if connection != self._connection:
                return
            if not reply.operation or self._unanswered.answered(reply.operation):
                self.replied(reply.operation, data)

        if connection:
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
