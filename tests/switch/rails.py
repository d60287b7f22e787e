"""The real chain in one process: sockets, switch, link, a town's banks; chips and keys of issuers' tests."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from card_switch.compose import Hosts, build_hosts
from card_switch.config import SwitchConfig
from card_switch.core.keys import terminal_mac_zone
from card_switch.core.relay import Relay
from card_switch.gateway.bank_line import BankLine
from card_switch.service.closing import closing_questions
from card_switch.service.desk import SwitchDesk
from card_switch.service.wiring import TerminalPort
from card_switch.store.rows import SwitchStore
from card_switch.tcp.running import Loop
from hardware.disks import open_disk, sqlite_url
from hardware.message_mac import terminal_seals
from pos.gateway.acquirer import AcquirerLink
from tender.account.card_messages import (
    ACTIVE,
    REAL,
    Authorised,
    CardIssued,
    CardLinked,
    decode_reply,
)
from tender.account.participants import BANKS
from tender.card.iso8583.message import Message
from tests.bank_cards.host import Host, link
from tests.issuer.world import HeldCard, World, hsm
from tests.patience import PATIENCE_S
from tests.platform_stub.people import MERCHANT, Person, Town

TERMINAL = "T0000001"
"""What a held card's messages are said to come from."""


@dataclass
class Rails:
    """A switch in a thread of its own over a town's banks."""

    town: Town
    folder: Path
    links: dict[int, Host]
    config: SwitchConfig = field(default_factory=SwitchConfig)

    def __post_init__(self) -> None:
        self.store = SwitchStore(open_disk(sqlite_url(self.folder / "switch.db"), "switch", durable=False))
        self.hosts: Hosts = build_hosts(self.config, hsm(), self.store, self.now_ms())
        self.desk = SwitchDesk(closing_questions(self.hosts.board, self.hosts.end_of_day, self.hosts.batches))
        self.ports: dict[int, int] = {}
        self.holding = False
        """Whether what banks say to authorisations stays on its way."""
        self.held: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(PATIENCE_S)

    def now_ms(self) -> int:
        """The town's time."""
        return self.town.clock.now() * 1000

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        self._stopped = asyncio.Event()
        self.loop = Loop(self.hosts.board, self.now_ms)
        lines = {bank: self._line(bank) for bank in BANKS}
        self.loop.lines = lines
        tasks = [asyncio.create_task(line.run()) for line in lines.values()]
        for bank in BANKS:
            self.ports[bank] = await self.loop.listen(
                TerminalPort(bank, self.config, self.now_ms(), hsm()).port
            )
        tasks.append(asyncio.create_task(self.loop.run()))
        self._ready.set()
        await self._stopped.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.loop.close()

    def _line(self, bank: int) -> BankLine:
        host = self.links[bank]

        def said(operation: str, reply: bytes) -> None:
            if isinstance(decode_reply(reply), Authorised) and self.holding:
                self.held.append(operation)
            else:
                self.loop.bank_replied(bank, operation, reply)

        return BankLine(bank, lambda: ("127.0.0.1", host.port), host.key, self.town.entropy, said)

    def in_loop(self, work: Callable[[], Any]) -> Any:
        """Do this between two turns."""
        done: Future[Any] = Future()

        def run() -> None:
            done.set_result(work())
            self.loop.wake()

        self._loop.call_soon_threadsafe(run)
        return done.result(PATIENCE_S)

    def close_day(self) -> dict[str, Any]:
        """Close the day; the report."""
        later = self.in_loop(lambda: self.desk.ask("close-day", {}, self.now_ms()))
        assert callable(later)
        told = None
        while told is None:
            told = self.in_loop(later)
        return dict(told)

    def passed(self, scheme: str) -> int:
        """How many requests this network has passed on."""
        network = self.hosts.board.nodes[scheme]
        assert isinstance(network, Relay)
        return len(network.conversations)

    def card(self, person: Person, number: int = 1) -> HeldCard:
        """A card of this person's, at the issuer's host and linked to the account at the bank."""
        made = World(person.bank)
        made.now_ms = self.now_ms()
        held = made.card(number)
        record = held.record
        order = CardIssued(
            f"issue {person.name} {number}",
            record.link,
            person.identifier,
            str(held.pan),
            REAL,
            ACTIVE,
            record.expiry,
        )
        linked = self.links[person.bank].ask(order)
        assert isinstance(linked, CardLinked) and not linked.code, linked
        issuer = self.hosts.issuers[person.bank]
        put = [issuer.holders.put(held.record)]
        self.in_loop(lambda: self.hosts.board.follow(issuer.name, put, self.now_ms()))
        return held

    def terminal(
        self, bank: int, merchant: str = MERCHANT.identifier, cash_machine: bool = False
    ) -> AcquirerLink:
        """The line to this bank's acquirer of a till, or a cash machine, that has its papers."""
        key = hsm().terminal_mac_key(terminal_mac_zone(bank, TERMINAL, merchant, cash_machine))
        seals = terminal_seals(key, TERMINAL, merchant)
        return AcquirerLink("127.0.0.1", self.ports[bank], self.town.clock.now, seals)

    def stop(self) -> None:
        """Hang up."""
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(PATIENCE_S)
        self._loop.close()
        self.store.close()


@contextmanager
def rails(town: Town, folder: Path, config: SwitchConfig | None = None) -> Iterator[Rails]:
    """The whole chain."""
    with link(town, folder) as links:
        made = Rails(town, folder, links, config or SwitchConfig())
        try:
            yield made
        finally:
            made.stop()


def at_till(message: Message, merchant: str) -> Message:
    """The request as a till says it: without what only networks add, with this merchant's number."""
    return message.without(32, 37, 62).having({42: f"{merchant:<15}"})
