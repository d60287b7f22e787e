"""The shell around the hosts, without I/O: bytes in, one turn, rows, bytes out.

Whoever holds the sockets (``card_switch/tcp``) or the virtual time (a simulation) hands in all that has
arrived and calls :meth:`Switchboard.turn`. A turn steps every host that has something to hear, over as many
hops as it takes, writes all rows in ONE transaction and only then gives out what is to be sent. So whatever
left has its facts on the disk, one write serves many messages, and a crash loses a whole turn or nothing.

Between hosts of this process a link is a pipe of bytes: each hop writes and reads its dialect for real. Any
link may end at a channel to the outside instead (a TCP port): a foreign terminal, network or issuer.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from card_switch.core.node import AskBank, Command, Forget, Keep, Node, Row, Send
from card_switch.events import Decided, Event, Passed
from card_switch.service.due_links import DueLinks
from tender.account.participants import number_text
from tender.card.iso8583.link import Link
from tender.card.iso8583.link_events import Changed, Heard, LinkState, Managed, Said, Unread
from tender.card.iso8583.message import Message
from tender.errors import LocalProtocolError, RemoteProtocolError

RowName = tuple[str, str, str]
"""Host, kind of row, key."""


class RowStore(Protocol):
    """``card_switch/store``, or a dictionary in a simulation."""

    def write(self, changes: Mapping[RowName, bytes | None]) -> None:
        """All of them, durably, or none: None removes a row."""

    def rows_of(self, host: str, table: str = "", beginning: str = "") -> Iterable[Row]:
        """Every row of a host; with ``table`` only those there whose key begins so."""


@dataclass(eq=False, slots=True)
class End:
    """One host's end of a link. ``far``: what the other side is called; ``peer``: the other end, when it is a
    host of this process; ``channel``: the connection to the outside, when there is one."""

    host: str
    name: str
    link: Link
    far: str
    peer: "End | None" = None
    channel: int = 0


@dataclass(slots=True)
class Departures:
    """What a turn gives out, rows being durable: bytes by channel, orders for banks, channels to close."""

    data: dict[int, bytes] = field(default_factory=dict)
    orders: list[AskBank] = field(default_factory=list)
    closing: list[int] = field(default_factory=list)


class Switchboard:
    """The hosts of one process and what runs between them."""

    def __init__(self, nodes: Iterable[Node], store: RowStore) -> None:
        self.nodes: dict[str, Node] = {node.name: node for node in nodes}
        self._store = store
        self._ends: dict[tuple[str, str], End] = {}
        self._channels: dict[int, End] = {}
        self._last_channel = 0
        self._due: DueLinks[End] = DueLinks()
        self._touched: dict[End, None] = {}
        """Ends whose link may have something to take out, in the order they were touched."""
        self._changes: dict[RowName, bytes | None] = {}
        self._orders: list[AskBank] = []
        self._asked: dict[tuple[int, str], str] = {}
        """Bank and operation → the host that asked."""
        self._closing: list[int] = []
        self._watchers: list[Callable[[Event], None]] = []
        self.before_hearing: Callable[[str, str, Message, int], None] = lambda *heard: None
        """Called with host, link, message and time before a host hears (``recalling.py``)."""

    # --- who is there

    def watch(self, watcher: Callable[[Event], None]) -> Callable[[], None]:
        """Call this for every event from now on; returns what ends it."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def restore(self, now_ms: int) -> None:
        """Every host begins where its rows end."""
        for node in self.nodes.values():
            self.follow(node.name, node.restore(self._store.rows_of(node.name), now_ms), now_ms)

    def pipe(self, asking: tuple[str, str, Link], answering: tuple[str, str, Link], now_ms: int) -> None:
        """Join two hosts of this process: host, its name of the link, the link. The asking end signs on."""
        first = End(*asking, far=answering[0])
        second = End(*answering, far=asking[0])
        first.peer, second.peer = second, first
        for end in (second, first):
            self._ends[end.host, end.name] = end
            end.link.opened(now_ms)
            self._touched[end] = None

    def opened(self, host: str, name: str, link: Link, now_ms: int) -> int:
        """A connection to the outside at this link of this host; returns its channel. An older connection at
        the same link is lost by it."""
        old = self._ends.get((host, name))
        if old is not None and old.channel:
            self._closing.append(old.channel)
            self.closed(old.channel, now_ms)
        self._last_channel += 1
        end = End(host, name, link, far=name, channel=self._last_channel)
        self._ends[host, name] = self._channels[end.channel] = end
        link.opened(now_ms)
        self._touched[end] = None
        return end.channel

    def closed(self, channel: int, now_ms: int) -> None:
        """A connection is gone."""
        end = self._channels.pop(channel, None)
        if end is None:
            return
        end.link.closed()
        self._due.note(end)
        self._take_out(end, now_ms)
        if self._ends.get((end.host, end.name)) is end:
            del self._ends[end.host, end.name]

    def states(self) -> dict[tuple[str, str], LinkState]:
        """Every link by host and name, and what it is good for."""
        return {place: end.link.state for place, end in self._ends.items()}

    def state_of(self, channel: int) -> LinkState:
        """What the link of a connection is good for."""
        end = self._channels.get(channel)
        return LinkState.CLOSED if end is None else end.link.state

    def is_stranger(self, channel: int) -> bool:
        """Whether who is at a connection has yet to prove who it is."""
        end = self._channels.get(channel)
        return end is not None and end.link.is_stranger

    # --- what arrives

    def arrived(self, channel: int, data: bytes, now_ms: int) -> None:
        """Bytes from the outside; nothing is done with them before the turn."""
        end = self._channels.get(channel)
        if end is not None:
            self._feed(end, data, now_ms)

    def bank_said(self, bank: int, operation: str, reply: bytes, now_ms: int) -> None:
        """A reply of a bank; with no ``operation`` what it says unasked, which its issuer hears."""
        host = self._asked.pop((bank, operation), "") or f"issuer-{number_text(bank)}"
        if host in self.nodes:
            self.follow(host, self.nodes[host].bank_said(operation, reply, now_ms), now_ms)

    def follow(self, host: str, commands: Sequence[Command], now_ms: int) -> None:
        """Do what a host wants done. Nothing leaves before the turn has written its rows."""
        for command in commands:
            if isinstance(command, Send):
                self._send(host, command, now_ms)
            elif isinstance(command, Keep):
                self._changes[command.host or host, command.table, command.key] = command.data
            elif isinstance(command, Forget):
                self._changes[command.host or host, command.table, command.key] = None
            elif isinstance(command, AskBank):
                self._asked[command.bank, command.operation] = host
                self._orders.append(command)
            else:
                self._tell(Decided(now_ms, host, command.what, command.words))

    # --- the turn

    def turn(self, now_ms: int) -> Departures:
        """Step everything until it is quiet, write, and give out what may leave now.

        Raises :class:`~tender.errors.StoreError` when the rows could not be written: then the process has to
        end, for its hosts remember what the disk does not.
        """
        self._note_touched()
        for end in tuple(self._due.over(now_ms)):
            end.link.due(now_ms)
            self._touched[end] = None
        for node in self.nodes.values():
            due_ms = node.next_deadline()
            if due_ms is not None and due_ms <= now_ms:
                self.follow(node.name, node.due(now_ms), now_ms)
        leaving = Departures()
        while self._touched:
            end = next(iter(self._touched))
            del self._touched[end]
            self._take_out(end, now_ms)
            data = end.link.data_to_send()
            self._due.note(end)
            if end.link.is_over and end.channel and end.channel not in self._closing:
                self._tell(Decided(now_ms, end.host, "stranger", (("link", end.name),)))
                self._closing.append(end.channel)
            if data and end.peer is not None:
                self._feed(end.peer, data, now_ms)
            elif data:
                leaving.data[end.channel] = leaving.data.get(end.channel, b"") + data
        changes, self._changes = self._changes, {}
        if changes:
            self._store.write(changes)
        leaving.orders, self._orders = self._orders, []
        leaving.closing, self._closing = self._closing, []
        return leaving

    def next_deadline(self) -> int | None:
        """When the next turn is due though nothing arrives."""
        self._note_touched()
        times = [self._due.next_ms(), *(node.next_deadline() for node in self.nodes.values())]
        return min((time for time in times if time is not None), default=None)

    def _note_touched(self) -> None:
        """What was touched since the last turn may be due earlier than it was."""
        for end in self._touched:
            self._due.note(end)

    def _feed(self, end: End, data: bytes, now_ms: int) -> None:
        try:
            end.link.receive_data(data, now_ms)
        except RemoteProtocolError as error:
            # Nothing after it can be read: what came before counts, then the connection ends.
            self._tell(Decided(now_ms, end.host, "unframed", (("link", end.name), ("field", error.field))))
            if end.channel:
                self._closing.append(end.channel)
        self._touched[end] = None

    def _take_out(self, end: End, now_ms: int) -> None:
        """Hand on what a link has to say."""
        node = self.nodes[end.host]
        for event in end.link.events():
            if isinstance(event, Heard):
                self._passed(end, event.message, now_ms, came=True)
                self.before_hearing(end.host, end.name, event.message, now_ms)
                self.follow(end.host, node.heard(end.name, event.message, now_ms), now_ms)
            elif isinstance(event, Changed):
                up = event.state is LinkState.UP
                self._tell(
                    Decided(now_ms, end.host, "link", (("link", end.name), ("state", event.state.value)))
                )
                self.follow(end.host, node.link_changed(end.name, up, now_ms), now_ms)
            elif isinstance(event, Said):
                self._passed(end, event.message, now_ms, came=False)
            elif isinstance(event, Managed):
                self._passed(end, event.message, now_ms, came=True)
            elif isinstance(event, Unread):
                words = (("link", end.name), ("code", event.code.value), ("field", event.field))
                self._tell(Decided(now_ms, end.host, "unread", words))

    def _send(self, host: str, command: Send, now_ms: int) -> None:
        end = self._ends.get((host, command.link))
        try:
            sent = end is not None and end.link.send(command.message)
        except LocalProtocolError as error:
            words = (("link", command.link), ("field", error.field))
            self._tell(Decided(now_ms, host, "unsayable", words))
            return
        if end is None or not sent:
            # Whoever waits for it asks again, or takes back what it does not know the end of.
            self._tell(Decided(now_ms, host, "nobody-there", (("link", command.link),)))
            return
        self._touched[end] = None

    # --- who watches

    def _passed(self, end: End, message: Message, now_ms: int, *, came: bool) -> None:
        """Tell of a message once: when it is said, or when it arrives from the outside."""
        if self._watchers and (not came or end.channel):
            sender, receiver = (end.far, end.host) if came else (end.host, end.far)
            self._tell(Passed(now_ms, sender, receiver, message, end.link.dialect))

    def _tell(self, event: Event) -> None:
        for watcher in tuple(self._watchers):
            watcher(event)
