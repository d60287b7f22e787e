"""The loop of the switch: gather all that has arrived, one turn, send.

Everything happens in one thread. While a turn writes its rows, what arrives waits in the sockets and is
gathered by the next one: the busier the switch, the more messages share a write.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final, Protocol

from card_switch.service.switchboard import Switchboard
from card_switch.service.wiring import Port
from card_switch.tcp.wires import Crowd, Wire

LOOPBACK: Final = "127.0.0.1"
CONNECT_AGAIN_S: Final = 1.0
LOOK_S: Final = 0.25
UNREAD_MOST: Final = 1 << 20
"""Bytes of answers that wait for one peer to read them."""
QUIET_S: Final = 1.0
"""A turn is due at least so often, for whatever has forgotten to say when."""


class BankLine(Protocol):
    """As ``card_switch/gateway/bank_line.py`` has it."""

    def ask(self, operation: str, order: bytes) -> None:
        """Give an order."""

    def flush(self) -> None:
        """Send what was given."""


class Loop:
    """One switchboard, its sockets, and when it turns."""

    def __init__(self, board: Switchboard, now_ms: Callable[[], int]) -> None:
        self.board = board
        self.now_ms = now_ms
        self.lines: Mapping[int, BankLine] = {}
        self._transports: dict[int, asyncio.Transport] = {}
        self._something = asyncio.Event()
        self._servers: list[asyncio.Server] = []
        self._crowds: list[Crowd] = []
        self._next_look_s = 0.0
        self._paused: list[asyncio.Transport] = []
        self._turned = asyncio.Condition()

    # --- sockets

    async def listen(self, port: Port) -> int:
        """Take connections at this port of loopback; returns its number."""
        loop = asyncio.get_running_loop()
        crowd = Crowd(port)
        self._crowds.append(crowd)
        server = await loop.create_server(lambda: Wire(self, crowd), LOOPBACK, port.number, backlog=128)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def stay_connected(self, port: Port, host: str, number: int) -> None:
        """Reach out to a host elsewhere, and again whenever it hangs up, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            with suppress(OSError):
                _, wire = await loop.create_connection(lambda: Wire(self, Crowd(port)), host, number)
                await wire.gone.wait()
            await asyncio.sleep(CONNECT_AGAIN_S)

    def connected(self, channel: int, transport: asyncio.Transport) -> None:
        """A socket for this channel."""
        self._transports[channel] = transport

    def disconnected(self, channel: int) -> None:
        """A socket is gone."""
        self._transports.pop(channel, None)
        self.board.closed(channel, self.now_ms())
        self.wake()

    def unread(self, channel: int) -> None:
        """This one has handed in its share: the next turn is for everybody."""
        transport = self._transports[channel]
        transport.pause_reading()
        self._paused.append(transport)

    def _look_after_crowds(self) -> None:
        """Hang up on those who came and have not said who they are."""
        now_s = asyncio.get_running_loop().time()
        if now_s >= self._next_look_s:
            self._next_look_s = now_s + LOOK_S
            for crowd in self._crowds:
                crowd.hang_up_strangers(now_s)

    # --- turns

    def wake(self) -> None:
        """Something has arrived."""
        self._something.set()

    def bank_replied(self, bank: int, operation: str, reply: bytes) -> None:
        """The reply of a bank."""
        self.board.bank_said(bank, operation, reply, self.now_ms())
        self.wake()

    async def run(self) -> None:
        """Turn until cancelled. Raises :class:`~tender.errors.StoreError` when rows cannot be written."""
        while True:
            self.turn()
            self._look_after_crowds()
            async with self._turned:
                self._turned.notify_all()
            next_ms = self.board.next_deadline()
            wait_s = QUIET_S if next_ms is None else min(QUIET_S, max(0.0, (next_ms - self.now_ms()) / 1000))
            # Not wait_for: before Python 3.12 it loses a cancellation that comes with what it waits for.
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._something.wait()
            # Whatever else is readable by now is read before the turn.
            await asyncio.sleep(0)
            self._something.clear()

    async def turned(self) -> None:
        """Wait for the end of the next turn."""
        async with self._turned:
            await self._turned.wait()

    def keep(self, server: asyncio.Server) -> None:
        """Close this one too in the end."""
        self._servers.append(server)

    def turn(self) -> None:
        """One turn, and what it gives out."""
        leaving = self.board.turn(self.now_ms())
        for channel, data in leaving.data.items():
            transport = self._transports.get(channel)
            if transport is not None:
                transport.write(data)
                if transport.get_write_buffer_size() > UNREAD_MOST:
                    # It asks and does not listen: nobody keeps its answers for it.
                    transport.abort()
        for channel in leaving.closing:
            transport = self._transports.pop(channel, None)
            if transport is not None:
                transport.close()
        asked = set()
        for order in leaving.orders:
            line = self.lines.get(order.bank)
            if line is not None:
                line.ask(order.operation, order.order)
                asked.add(order.bank)
        for bank in asked:
            self.lines[bank].flush()
        paused, self._paused = self._paused, []
        for transport in paused:
            if not transport.is_closing():
                transport.resume_reading()

    def close(self) -> None:
        """Let go of every socket."""
        for server in self._servers:
            server.close()
        for transport in tuple(self._transports.values()):
            transport.close()
