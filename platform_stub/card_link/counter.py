"""One bank's counter behind the link: whatever has arrived while it was busy is its next group, decided and
committed at once, and nobody is answered before that commit."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from logging import getLogger
from typing import Final, Protocol

from tender.account.card_messages import (
    BankReply,
    BankState,
    CardIssued,
    CardLink,
    CardLinked,
    CardState,
    CloseDay,
    DayClosed,
    Grouped,
    MerchantAsked,
    MerchantKnown,
    Order,
    Undone,
)
from tender.errors import Code, StoreError

GROUP_MOST: Final = 128
"""Orders in one commit at most: the first of them should not wait long."""
LOOK_UP_S: Final = 0.2
"""How often an idle counter looks for customers who are late and for a bank that was blocked."""


class Accounts(Protocol):
    """What stands behind the counter (``bank/cards.py``)."""

    blocked: Callable[[], bool]
    found_blocked: bool
    """What the last group was decided by."""
    answered: Callable[[Iterable[BankReply]], None]

    def work(self, orders: Sequence[Grouped]) -> list[BankReply | None]:
        """Decide in one transaction."""

    def card(self, order: CardIssued | CardState | CardLink) -> CardLinked:
        """A card's own life."""

    def merchant(self, order: MerchantAsked) -> MerchantKnown:
        """Whether a merchant is a client."""

    def let_wait_no_longer(self) -> None:
        """Refuse who did not confirm in time."""


Answer = Callable[[list[BankReply]], None]
"""Takes replies to where their orders came from; called from the counter's thread."""


class Counter:
    """Works from one thread; orders come from another."""

    def __init__(
        self, accounts: Accounts, close_day: Callable[[CloseDay], DayClosed], say: Callable[[BankReply], None]
    ) -> None:
        """``say``: to every card host of this bank, unasked."""
        self._accounts = accounts
        self._close_day = close_day
        self._say = say
        self._waiting: deque[tuple[Order, Answer]] = deque()
        self._changed = threading.Condition()
        self._later: list[tuple[Grouped, Answer]] = []
        """Undos of credits that are being given at this moment: they are decided again when that is over."""
        self._ended = False
        self._next_look_s = 0.0
        self.blocked = accounts.blocked()
        accounts.answered = self._late
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is being done."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join()

    def put(self, orders: Iterable[Order], answer: Answer) -> None:
        """Orders of one connection, in their turn."""
        with self._changed:
            self._waiting.extend((order, answer) for order in orders)
            self._changed.notify()

    @property
    def queue(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def _late(self, replies: Iterable[BankReply]) -> None:
        for reply in replies:
            self._say(reply)

    def _serve(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._ended, LOOK_UP_S)
                if self._ended:
                    return
                taken = [self._waiting.popleft() for _ in range(min(GROUP_MOST, len(self._waiting)))]
            try:
                self._look_up()
                self._take(taken)
            except StoreError:
                # Nothing of the group happened: the disk was busy or full. It is tried again.
                with self._changed:
                    self._waiting.extendleft(reversed(taken))
                threading.Event().wait(LOOK_UP_S)
            except Exception:
                getLogger(__name__).exception("orders of cards stay without an answer until they come again")

    def _look_up(self) -> None:
        """What nobody orders. A busy counter does not do it with each group: looking costs as much as some
        orders do, and each group asks by itself whether the bank is blocked."""
        now_s = time.monotonic()
        if now_s < self._next_look_s:
            return
        self._next_look_s = now_s + LOOK_UP_S
        self._found(self._accounts.blocked())
        self._accounts.let_wait_no_longer()
        again, self._later = self._later, []
        try:
            self._work(again)
        except StoreError:
            self._later += again
            raise

    def _found(self, blocked: bool) -> None:
        if blocked != self.blocked:
            self.blocked = blocked
            self._say(BankState("", blocked))

    def _take(self, taken: list[tuple[Order, Answer]]) -> None:
        """In their order; those that may share a commit do. What is done is gone from the list."""
        while taken:
            group = list(_front(taken))
            if group:
                self._work(group)
                del taken[: len(group)]
                continue
            order, answer = taken[0]
            reply = self._alone(order)
            del taken[0]
            if reply is not None:
                answer([reply])

    def _alone(self, order: Order) -> BankReply | None:
        """The answer to what is decided by itself; None when that goes wrong."""
        try:
            if isinstance(order, CloseDay):
                return self._close_day(order)
            if isinstance(order, MerchantAsked):
                return self._accounts.merchant(order)
            assert isinstance(order, CardIssued | CardState | CardLink)
            return self._accounts.card(order)
        except StoreError:
            raise
        except Exception:
            getLogger(__name__).exception("an order of a card stays without an answer")
            return None

    def _work(self, group: list[tuple[Grouped, Answer]]) -> None:
        if not group:
            return
        try:
            replies = self._accounts.work([order for order, _ in group])
        except StoreError:
            raise
        except Exception:
            if len(group) == 1:
                raise
            # One order that goes wrong keeps no other from its answer.
            for one in group:
                self._work_alone(one)
            return
        self._found(self._accounts.found_blocked)
        told: dict[Answer, list[BankReply]] = {}
        for (order, answer), reply in zip(group, replies, strict=True):
            if isinstance(reply, Undone) and reply.code == Code.STORE_BUSY:
                self._later.append((order, answer))
            elif reply is not None:
                told.setdefault(answer, []).append(reply)
        for answer, mine in told.items():
            answer(mine)

    def _work_alone(self, one: tuple[Grouped, Answer]) -> None:
        try:
            self._work([one])
        except StoreError:
            raise
        except Exception:
            getLogger(__name__).exception("an order of a card stays without an answer")


def _front(taken: list[tuple[Order, Answer]]) -> Iterator[tuple[Grouped, Answer]]:
    """Those at the front that may share a commit."""
    for order, answer in taken:
        if not isinstance(order, Grouped):
            return
        yield order, answer
