"""Banks that answer at once and write nothing, behind the real link (``python -m`` this module, a folder).

What the switch costs without them is what the bench of cards divides by.
"""

import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from hardware.entropy import SystemEntropy
from platform_stub.bank.cards import CardOrder
from platform_stub.card_link.keys import link_keys
from platform_stub.card_link.server import CardLinkServer
from tender.account.card_messages import (
    Authorise,
    Authorised,
    BankReply,
    CardLinked,
    CloseDay,
    DayClosed,
    Grouped,
    MerchantAsked,
    MerchantKnown,
    Undone,
)
from tender.account.participants import BANKS


class QuickBank:
    """Yes to everything."""

    def __init__(self) -> None:
        self.blocked = lambda: False
        self.found_blocked = False
        self.answered = lambda _replies: None

    def work(self, orders: Sequence[Grouped]) -> list[BankReply | None]:
        """Yes."""
        return [
            Authorised(one.operation, "", 1_000_000_00)
            if isinstance(one, Authorise)
            else Undone(one.operation, "", 0)
            for one in orders
        ]

    def card(self, order: CardOrder) -> CardLinked:
        """Yes."""
        return CardLinked(order.operation, "", bytes(32), "active")

    def merchant(self, order: MerchantAsked) -> MerchantKnown:
        """Yes."""
        return MerchantKnown(order.operation, "", "")

    def let_wait_no_longer(self) -> None:
        """Nobody waits."""


def close_day(order: CloseDay) -> DayClosed:
    """Yes."""
    return DayClosed(order.operation, "", 0, ())


def main(folder: Path) -> None:
    """Serve until our input ends; each line on it is answered with the CPU seconds used."""
    entropy = SystemEntropy()
    keys = link_keys(folder / "platform" / "card_link", BANKS, entropy)
    server = CardLinkServer(
        {bank: QuickBank() for bank in BANKS}, dict.fromkeys(BANKS, close_day), keys, entropy
    )
    server.start(socket.create_server(("127.0.0.1", 0)))
    print(server.port, flush=True)
    for _ in sys.stdin:
        print(time.process_time(), flush=True)
    server.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
