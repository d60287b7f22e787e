"""A town of tills, one switch and five banks in virtual time; every link between two hosts may fail."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Final

from card_switch.compose import Hosts, build_hosts
from card_switch.config import LISTEN, Outside, SwitchConfig
from card_switch.core.day_records import Day
from card_switch.core.end_of_day import NAME
from card_switch.service.switchboard import Departures
from card_switch.service.wiring import TerminalPort, joints, link_of
from pos.core.card_tender import CASH_OUT, PURCHASE, REFUND
from tender.account.card_messages import ACTIVE, REAL, CardIssued
from tender.account.identifiers import control_digit
from tender.account.participants import ALTYN, BANKS, CENTERCREDIT, EURASIAN, HALYK
from tender.card.iso8583.link import LinkTimers
from tender.errors import Refusal, StoreError
from tests.issuer.world import HeldCard, hsm
from tests.issuer.world import World as Issuing
from tests.platform_stub.people import TENGE, Person, open_town
from tests.simulation.cards.bank_node import BankNode
from tests.simulation.cards.till import Till
from tests.simulation.cards.weather import Sky, Wire
from tests.switch.stand_ins import Rows


def _numbered(eleven: str) -> str:
    """With a check digit; the number before it may move on until there is one."""
    while (digit := control_digit(eleven)) is None:
        eleven = f"{int(eleven) + 1:011}"
    return f"{eleven}{digit}"


CLIENTS: Final = tuple(
    Person(f"client of {bank}", bank, _numbered(f"91051445{bank:03}"), f"+7701234{bank:04}")
    for bank in (ALTYN, EURASIAN, HALYK, CENTERCREDIT)
)
SHOPS: Final = tuple(
    Person(f"shop of {bank}", bank, _numbered(f"12044000{bank:03}"), f"+7702234{bank:04}", 5814)
    for bank in BANKS
)
RICH_TENGE: Final = 400_000
POOR: Final = EURASIAN
POOR_TENGE: Final = 20_000
"""One client's money ends, so that some are declined by their bank."""
TICK_MS: Final = 600_000
RESTART_MS: Final = (200, 9_000)
TIMERS: Final = LinkTimers(echo_idle_ms=1_800_000)
KINDS: Final = (PURCHASE,) * 8 + (CASH_OUT, REFUND)


@dataclass(frozen=True)
class Act:
    """Something that begins ``gap_ms`` after the act before it; what the numbers mean is the act's."""

    name: str
    gap_ms: int
    who: int
    what: int
    how: int


class World:
    """Everybody; the switch's rows, the banks' stores and the tills' payments outlive every crash."""

    def __init__(self, home: Path, seed: int, fault_share: float = 0.01) -> None:
        self.home = home
        self.town = open_town(home)
        self.sky = Sky(str(seed), self.town.clock.now() * 1000, fault_share)
        self.count: Counter[str] = self.sky.count
        self.story: list[str] = []
        self.rows = Rows()
        timing = SwitchConfig().timing
        outside = {
            end: Outside(LISTEN, 0) for one in joints(SwitchConfig()) for end in (one.asking, one.answering)
        }
        self.config = replace(SwitchConfig(timing=timing), outside=outside)
        self.random: Random = self.sky.random("world")
        self.start_tiyn: dict[int, int] = {}
        for person in CLIENTS:
            tenge = POOR_TENGE if person.bank == POOR else RICH_TENGE
            self.town.stock(person.bank, 2 * tenge)
            self.town.rich_phone(person, tenge)
            self.start_tiyn[person.bank] = tenge * TENGE
        for shop in SHOPS:
            self.town.phone(shop)
        self.banks = {
            number: BankNode(self.sky, number, bank, self._replies_of(number))
            for number, bank in self.town.platform.banks.items()
        }
        self._wires: dict[int, Callable[[bytes], None]] = {}
        self._owners: dict[int, Till] = {}
        self._alive = False
        self._generation = 0
        self._start_switch()
        self.cards = [self._card(person, number) for person in CLIENTS for number in (1, 2, 3)]
        self.tills = [
            Till(self.sky, f"{shop.bank}0000{n}", shop.bank, shop, self._connect)
            for shop in SHOPS
            for n in (1, 2)
        ]
        self.sky.after(TICK_MS, self._tick)
        self.pass_time(30_000)

    # --- the switch

    def _start_switch(self) -> None:
        self.hosts: Hosts = build_hosts(self.config, hsm(), self.rows, self.sky.now_ms)
        self._alive = True
        self._generation += 1
        self._wires.clear()
        self._owners.clear()
        now_ms = self.sky.now_ms
        self._ports = {bank: TerminalPort(bank, self.config, now_ms) for bank in BANKS}
        board = self.hosts.board
        for joint in joints(self.config):
            asking = board.opened(*joint.asking, link_of(joint, True, TIMERS), now_ms)
            answering = board.opened(*joint.answering, link_of(joint, False, TIMERS), now_ms)
            self._wires[asking] = self._wire("/".join(joint.asking), answering).send
            self._wires[answering] = self._wire("/".join(joint.answering), asking).send

    def _wire(self, name: str, to: int) -> Wire:
        board = self.hosts.board

        def arrived(data: bytes) -> None:
            if board is self.hosts.board and self._alive:
                board.arrived(to, data, self.sky.now_ms)

        return Wire(self.sky, f"{name} {self._generation}", arrived)

    def _replies_of(self, bank: int) -> Callable[[str, bytes], None]:
        def replied(operation: str, reply: bytes) -> None:
            if self._alive:
                self.hosts.board.bank_said(bank, operation, reply, self.sky.now_ms)

        return replied

    def _connect(self, till: Till) -> Callable[[bytes], None]:
        """A till's connection; an empty word hangs up."""
        if not self._alive:
            self.sky.after(1, till.broken)
            return lambda _data: None
        board = self.hosts.board
        port = self._ports[int(till.settings.acquirer)].port
        channel = board.opened(*port.opened(), self.sky.now_ms)
        there = self._wire(f"to {till.name} {channel}", channel)
        back = Wire(self.sky, f"from {till.name} {channel}", till.came)
        self._wires[channel] = back.send
        self._owners[channel] = till

        def send(data: bytes) -> None:
            if data:
                there.send(data)
                return
            there.open = back.open = False
            if board is self.hosts.board and self._alive:
                self._wires.pop(channel, None)
                self._owners.pop(channel, None)
                board.closed(channel, self.sky.now_ms)

        return send

    def turn(self) -> None:
        """One turn of the switch; what leaves is on its way."""
        if not self._alive:
            return
        try:
            leaving = self.hosts.board.turn(self.sky.now_ms)
        except StoreError:
            self.count["switch died before the commit"] += 1
            self._switch_dies()
            return
        self._leave(leaving)

    def _leave(self, leaving: Departures) -> None:
        for channel, data in leaving.data.items():
            if channel in self._wires:
                self._wires[channel](data)
        for channel in leaving.closing:
            self.count["connections closed"] += 1
            self._wires.pop(channel, None)
            till = self._owners.pop(channel, None)
            if till is not None:
                till.broken()
        for order in leaving.orders:
            self.banks[order.bank].ask(order.operation, order.order)

    def _switch_dies(self) -> None:
        self._alive = False
        self.rows.full = False
        for node in self.banks.values():
            node.switch_died()
        for till in tuple(self._owners.values()):
            till.broken()
        self.sky.after(self.random.randint(*RESTART_MS), self._start_switch)

    # --- cards and time

    def _card(self, person: Person, number: int) -> HeldCard:
        issuing = Issuing(person.bank)
        issuing.now_ms = self.sky.now_ms
        held = issuing.card(number)
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
        assert not self.town.platform.banks[person.bank].cards.card(order).code
        issuer = self.hosts.issuers[person.bank]
        self.hosts.board.follow(issuer.name, [issuer.holders.put(record)], self.sky.now_ms)
        return held

    def _tick(self) -> None:
        self.town.platform.tick()
        self.sky.after(TICK_MS, self._tick)

    def pass_time(self, wait_ms: int) -> None:
        """Let everything happen that happens by then."""
        until_ms = self.sky.now_ms + wait_ms
        while True:
            times = [self.sky.next_ms(), self.hosts.board.next_deadline() if self._alive else None]
            next_ms = min(one for one in times if one is not None)
            if next_ms > until_ms:
                break
            self.sky.now_ms = max(next_ms, self.sky.now_ms)
            self.town.clock.set(self.sky.now_ms // 1000)
            self.sky.do_due()
            self.turn()
        self.sky.now_ms = until_ms
        self.town.clock.set(until_ms // 1000)

    # --- acts

    def act(self, act: Act) -> None:
        """Wait, then do it."""
        self.pass_time(act.gap_ms)
        self.count["acts"] += 1
        till = self.tills[act.who % len(self.tills)]
        if act.name == "pay":
            self._pay(till, act)
        elif act.name == "void":
            found = till.open_approved()
            if found:
                till.void(found[act.what % len(found)].number)
        elif act.name == "batch":
            till.close_batch()
        elif act.name == "day":
            self.close_day()
        elif act.name == "till dies":
            till.crash()
        elif act.name == "switch dies" and self._alive:
            self._kill_switch(act.how % 2 == 0)
        elif act.name == "bank dies":
            self.banks[CLIENTS[act.what % len(CLIENTS)].bank].dies("before" if act.how % 2 else "after")
        self.story.append(f"{self.sky.now_ms / 1000:.3f} {act.name} {till.name} {act.what} {act.how}")
        self.turn()

    def _pay(self, till: Till, act: Act) -> None:
        held = self.cards[act.what % len(self.cards)]
        kind = KINDS[act.how % len(KINDS)]
        amount_tiyn = 1_00 + (act.how * 7_919) % 2_000_00
        twist = {0: "pulled", 1: "card says no"}.get(act.how // 16 % 25, "")
        original = 0
        if kind == REFUND:
            found = [one for one in till.open_approved() if one.seen.pan == str(held.pan)]
            if not found:
                kind = PURCHASE
            else:
                one = found[act.what % len(found)]
                original, amount_tiyn = one.number, one.amount_tiyn
        self.count["operations"] += 1
        till.pay(kind, held, amount_tiyn, twist, original)

    def _kill_switch(self, before: bool) -> None:
        if before:
            self.rows.full = True
            return
        self.hosts.board.turn(self.sky.now_ms)
        self.count["switch died after the commit"] += 1
        self._switch_dies()

    # --- the end

    def close_day(self) -> None:
        """Close the day as it stands; nothing while an earlier one waits for a bank."""
        if not self._alive:
            return
        closed = self.hosts.end_of_day.close(self.sky.now_ms)
        if not isinstance(closed, Refusal):
            self.count["days closed"] += 1
            self.hosts.board.follow(NAME, closed[1], self.sky.now_ms)

    def settle(self) -> Day:
        """The sun comes out: everything owed is said, batches and the day are closed."""
        self.sky.fault_share = 0.0
        self.rows.full = False
        for _ in range(100):
            self.pass_time(60_000)
            busy = any(till.waits for till in self.tills)
            if not busy and all(day.complete for day in self.hosts.end_of_day.days.values()):
                break
            for till in self.tills:
                till.go_on()
        for till in self.tills:
            till.close_batch()
        self.pass_time(600_000)
        assert not any(till.waits for till in self.tills), "a till waits for ever"
        self.close_day()
        self.pass_time(600_000)
        for bank in self.town.platform.banks.values():
            bank.card_moves.tick(all_of_it=True)
        self.town.clock.set(self.sky.now_ms // 1000 + 100_000)
        for _ in range(3):
            self.town.platform.tick()
        day = max(self.hosts.end_of_day.days.values(), key=lambda one: one.number)
        assert day.complete, "a bank does not close its day"
        return day

    def close(self) -> None:
        """Give the stores back."""
        self.town.platform.close()
