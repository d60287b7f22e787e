"""Sockets of one port, and what keeps a crowd at it from starving the others.

======================================  ================================================================
a peer that                             is met by
======================================  ================================================================
says a frame of more than 8 KiB         the link: nothing after it can be read, hung up on
comes and does not sign on              hung up on after ``quiet_s``
signs on wrongly, or asks before it     told once, then hung up on
comes when the port is full             a stranger goes, or one that is silent; else the newcomer
sends without end                       so many bytes a turn; the rest waits in its socket
asks and does not read the answers      hung up on
======================================  ================================================================
"""

import asyncio
from typing import Final, Protocol, cast

from card_switch.service.switchboard import Switchboard
from card_switch.service.wiring import Port
from tender.card.iso8583.link_events import LinkState

SHARE_BYTES: Final = 1 << 16
"""What one peer may hand in before everybody had a turn."""


class Home(Protocol):
    """The loop."""

    board: Switchboard

    def now_ms(self) -> int:
        """The switch's time."""

    def connected(self, channel: int, transport: asyncio.Transport) -> None:
        """A socket for this channel."""

    def disconnected(self, channel: int) -> None:
        """A socket is gone."""

    def unread(self, channel: int) -> None:
        """Read no more of it before the next turn."""

    def wake(self) -> None:
        """Something has arrived."""


class Crowd:
    """The connections at one port."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self._wires: dict[Wire, None] = {}

    def joins(self, wire: "Wire") -> bool:
        """Whether there is room, or was made."""
        if self.port.most and len(self._wires) >= self.port.most:
            order = (LinkState.WAITS_FOR_SIGN_ON, LinkState.SIGNED_OFF, LinkState.SILENT)
            idle = [one for one in self._wires if one.is_stranger]
            idle += [one for state in order for one in self._wires if one.state is state]
            if not idle:
                return False
            self.leaves(idle[0])
            idle[0].hang_up()
        self._wires[wire] = None
        return True

    def leaves(self, wire: "Wire") -> None:
        """It is gone."""
        self._wires.pop(wire, None)

    def hang_up_strangers(self, now_s: float) -> None:
        """Those that have not signed on in time."""
        if self.port.quiet_s:
            for wire in tuple(self._wires):
                waits = wire.state is LinkState.WAITS_FOR_SIGN_ON
                if waits and now_s - wire.since_s > self.port.quiet_s:
                    wire.hang_up()


class Wire(asyncio.Protocol):
    """One socket."""

    def __init__(self, home: Home, crowd: Crowd) -> None:
        self._home = home
        self._crowd = crowd
        self._channel = 0
        self._share = 0
        self._transport: asyncio.Transport | None = None
        self.since_s = asyncio.get_running_loop().time()
        self.gone = asyncio.Event()

    @property
    def state(self) -> LinkState:
        """What its link is good for."""
        return self._home.board.state_of(self._channel)

    @property
    def is_stranger(self) -> bool:
        """Whether it has yet to prove who it is."""
        return self._home.board.is_stranger(self._channel)

    def hang_up(self) -> None:
        """At once."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A new link at the host of this port, if there is room."""
        self._transport = cast(asyncio.Transport, transport)
        if not self._crowd.joins(self):
            self._transport.abort()
            return
        host, name, link = self._crowd.port.opened()
        self._channel = self._home.board.opened(host, name, link, self._home.now_ms())
        self._home.connected(self._channel, self._transport)
        self._home.wake()

    def data_received(self, data: bytes) -> None:
        """For the link; beyond its share the rest waits."""
        if not self._channel:
            return
        self._home.board.arrived(self._channel, data, self._home.now_ms())
        self._share += len(data)
        if self._share > SHARE_BYTES:
            self._share = 0
            self._home.unread(self._channel)
        self._home.wake()

    def connection_lost(self, error: Exception | None) -> None:
        """The link is lost with it."""
        self.gone.set()
        self._crowd.leaves(self)
        if self._channel:
            self._home.disconnected(self._channel)
