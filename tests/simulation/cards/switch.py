"""The switch in virtual time: the real hosts of one process, a wire for each link between two of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Final

from card_switch.compose import Hosts, build_hosts
from card_switch.config import LISTEN, Outside, SwitchConfig
from card_switch.core.node import Command, Row
from card_switch.service.desk import Answer, Later
from card_switch.service.returning import ReturnDesk
from card_switch.service.switchboard import Departures, RowName
from card_switch.service.wiring import TerminalPort, joints, link_of
from tender.account.participants import BANKS
from tender.card.iso8583.link import LinkTimers
from tender.errors import Code, StoreError
from tests.issuer.world import hsm
from tests.simulation.cards.bank_node import BankNode
from tests.simulation.cards.line import Line
from tests.simulation.cards.weather import Sky, Wire

RESTART_MS: Final = (200, 9_000)
TIMERS: Final = LinkTimers(echo_idle_ms=1_800_000)


class Rows:
    """The switch's disk, host by host; it can be told to fail."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[tuple[str, str], bytes]] = {}
        self.full = False

    def write(self, changes: Mapping[RowName, bytes | None]) -> None:
        """As ``RowStore``."""
        if self.full:
            raise StoreError(Code.STORE_FULL, "switch")
        for (host, table, key), data in changes.items():
            rows = self._rows.setdefault(host, {})
            if data is None:
                rows.pop((table, key), None)
            else:
                rows[table, key] = data

    def rows_of(self, host: str, table: str = "", beginning: str = "") -> Iterable[Row]:
        """As ``RowStore``."""
        return [
            Row(kind, key, data)
            for (kind, key), data in sorted(self._rows.get(host, {}).items())
            if not table or (kind == table and key.startswith(beginning))
        ]


class Switch:
    """Its rows outlive every crash."""

    def __init__(self, sky: Sky, banks: Mapping[int, BankNode]) -> None:
        self.sky = sky
        self.banks = banks
        self.rows = Rows()
        self.alive = False
        self._random: Random = sky.random("switch")
        self._generation = 0
        self._wires: dict[int, Callable[[bytes], None]] = {}
        self._lines: dict[int, Line] = {}
        outside = {
            end: Outside(LISTEN, 0) for one in joints(SwitchConfig()) for end in (one.asking, one.answering)
        }
        self.config = replace(SwitchConfig(), outside=outside)
        self.confirm_s = self.config.timing.confirm_s
        for number, node in banks.items():
            node.replied = self._replies_of(number)
        self.start()

    def start(self) -> None:
        """Begin where the rows end."""
        self.hosts: Hosts = build_hosts(self.config, hsm(), self.rows, self.sky.now_ms)
        self._returns = ReturnDesk(self.hosts.board, self.hosts.recalling)
        self.alive = self._touched = True
        self._due_ms: int | None = None
        self._generation += 1
        self._wires.clear()
        self._lines.clear()
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
            if board is self.hosts.board and self.alive:
                self._touched = True
                board.arrived(to, data, self.sky.now_ms)

        return Wire(self.sky, f"{name} {self._generation}", arrived)

    def _replies_of(self, bank: int) -> Callable[[str, bytes], None]:
        def replied(operation: str, reply: bytes) -> None:
            if self.alive:
                self._touched = True
                self.hosts.board.bank_said(bank, operation, reply, self.sky.now_ms)

        return replied

    def connect_to(self, bank: int) -> Callable[[Line], Callable[[bytes], None]]:
        """How terminals of this bank come here."""
        return lambda line: self._connect(bank, line)

    def _connect(self, bank: int, line: Line) -> Callable[[bytes], None]:
        if not self.alive:
            self.sky.after(1, line.broken)
            return lambda _data: None
        board = self.hosts.board
        self._touched = True
        channel = board.opened(*self._ports[bank].port.opened(), self.sky.now_ms)
        there = self._wire(f"to {line.name} {channel}", channel)
        back = Wire(self.sky, f"from {line.name} {channel} {self._generation}", line.came)
        self._wires[channel] = back.send
        self._lines[channel] = line

        def send(data: bytes) -> None:
            if data:
                there.send(data)
                return
            there.open = back.open = False
            if board is self.hosts.board and self.alive:
                self._wires.pop(channel, None)
                self._lines.pop(channel, None)
                self._touched = True
                board.closed(channel, self.sky.now_ms)

        return send

    def turn(self) -> None:
        """One turn, if anything has happened or is due; what leaves is on its way."""
        due = self._due_ms is not None and self._due_ms <= self.sky.now_ms
        if not self.alive or not (self._touched or due):
            return
        self._touched = False
        try:
            leaving = self.hosts.board.turn(self.sky.now_ms)
        except StoreError:
            self.sky.count["switch died before the commit"] += 1
            self._dies()
            return
        self._leave(leaving)
        self._due_ms = self.hosts.board.next_deadline()

    def next_deadline(self) -> int | None:
        """When the next turn is due though nothing arrives."""
        if not self.alive:
            return None
        return self.sky.now_ms if self._touched else self._due_ms

    def follow(self, host: str, commands: Sequence[Command]) -> None:
        """Something that somebody beside the hosts wants done."""
        self._touched = True
        self.hosts.board.follow(host, commands, self.sky.now_ms)

    def give_back(self, bank: int, reference: str, amount_tiyn: int) -> Answer | Later:
        """What the operators' desk says to a return."""
        self._touched = True
        given = {"bank": bank, "reference": reference, "amount_tiyn": amount_tiyn}
        return self._returns.give_back(given, self.sky.now_ms)

    def _leave(self, leaving: Departures) -> None:
        for channel, data in leaving.data.items():
            if channel in self._wires:
                self._wires[channel](data)
        for channel in leaving.closing:
            self.sky.count["connections closed"] += 1
            self._wires.pop(channel, None)
            line = self._lines.pop(channel, None)
            if line is not None:
                line.broken()
        for order in leaving.orders:
            self.banks[order.bank].ask(order.operation, order.order)

    def dies(self, before: bool) -> None:
        """kill -9: before the next commit, or after this one and before anything leaves."""
        if not self.alive:
            return
        if before:
            self.rows.full = True
            return
        self.hosts.board.turn(self.sky.now_ms)
        self.sky.count["switch died after the commit"] += 1
        self._dies()

    def _dies(self) -> None:
        self.alive = False
        self.rows.full = False
        for node in self.banks.values():
            node.switch_died()
        lines = tuple(self._lines.values())
        self._lines.clear()
        for line in lines:
            line.broken()
        self.sky.after(self._random.randint(*RESTART_MS), self.start)
