"""The link's TCP server, on loopback: connections in one thread, one counter for each bank in a thread of its
own. Bytes in, bytes out; what they mean is the counters' and the frames' business."""

import asyncio
import socket
import threading
from collections.abc import Callable, Mapping
from functools import partial
from logging import getLogger
from typing import Final

from platform_stub.card_link.counter import Accounts, Counter
from tender.account.card_frames import NONCE_BYTES, NodeEnd
from tender.account.card_messages import (
    BankReply,
    BankState,
    CloseDay,
    DayClosed,
    decode_order,
    encode_reply,
)
from tender.errors import RemoteProtocolError
from tender.ports import Entropy

QUEUE_MOST: Final = 4_096
"""Beyond so many waiting orders of a bank its connection is not read until they are fewer."""
STRANGERS_MOST: Final = 32
"""Connections that may be open at once without having proved whose they are; beyond, the oldest goes."""
STRANGER_S: Final = 5.0
"""How long one may take to prove it."""
UNREAD_MOST: Final = 1 << 20
"""Bytes of replies that wait for one host; beyond, nothing more is read of it until it has read them."""


class CardLinkServer:
    """Serves until it is stopped."""

    def __init__(
        self,
        banks: Mapping[int, Accounts],
        close_day: Mapping[int, Callable[[CloseDay], DayClosed]],
        keys: Mapping[int, bytes],
        entropy: Entropy,
    ) -> None:
        self._keys = dict(keys)
        self._entropy = entropy
        self._loop = asyncio.new_event_loop()
        self._lines: dict[int, set[_Line]] = {bank: set() for bank in banks}
        self._strangers: dict[_Line, asyncio.TimerHandle] = {}
        self.counters = {
            bank: Counter(accounts, close_day[bank], partial(self._say, bank))
            for bank, accounts in banks.items()
        }
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._server: asyncio.Server | None = None
        self.port = 0
        """Where it listens, once it does."""

    def start(self, listening: socket.socket) -> None:
        """Accept on a socket that is bound and listens already."""
        self.port = int(listening.getsockname()[1])
        self._server = self._loop.run_until_complete(
            self._loop.create_server(lambda: _Line(self), sock=listening)
        )
        for counter in self.counters.values():
            counter.start()
        self._thread.start()

    def stop(self) -> None:
        """Close every connection; orders without an answer will come again."""
        for counter in self.counters.values():
            counter.stop()
        self._loop.call_soon_threadsafe(self._close)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        for line in [*self._strangers, *(line for lines in self._lines.values() for line in lines)]:
            line.hang_up()
        self._loop.call_soon(self._loop.stop)

    def key_of(self, bank: int) -> bytes | None:
        """The link key of a bank that is here."""
        return self._keys.get(bank) if bank in self.counters else None

    def nonce(self) -> bytes:
        """For one connection."""
        return self._entropy.draw(NONCE_BYTES)

    def came(self, line: "_Line") -> None:
        """Somebody is there, and nobody knows yet who."""
        self._strangers[line] = self._loop.call_later(STRANGER_S, line.hang_up)
        if len(self._strangers) > STRANGERS_MOST:
            next(iter(self._strangers)).hang_up()

    def _known(self, line: "_Line") -> None:
        waits = self._strangers.pop(line, None)
        if waits is not None:
            waits.cancel()

    def opened(self, line: "_Line", bank: int) -> None:
        """A card host has proved who it is."""
        self._known(line)
        self._lines[bank].add(line)
        line.write([BankState("", self.counters[bank].blocked)])

    def closed(self, line: "_Line", bank: int) -> None:
        """It is gone."""
        self._known(line)
        self._lines.get(bank, set()).discard(line)

    def answer(self, line: "_Line", replies: list[BankReply]) -> None:
        """From a counter's thread."""
        self._loop.call_soon_threadsafe(line.write, replies)

    def _say(self, bank: int, reply: BankReply) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._say_here, bank, reply)

    def _say_here(self, bank: int, reply: BankReply) -> None:
        for line in list(self._lines[bank]):
            line.write([reply])


class _Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, server: CardLinkServer) -> None:
        self._server = server
        self._end = NodeEnd(server.key_of, server.nonce())
        self._transport: asyncio.Transport | None = None
        self._answer = partial(server.answer, self)
        self._unread = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody is there."""
        assert isinstance(transport, asyncio.Transport)
        transport.set_write_buffer_limits(high=UNREAD_MOST)
        self._transport = transport
        self._server.came(self)

    def pause_writing(self) -> None:
        """It asks and does not read the answers: nothing more is read of it until it does."""
        self._unread = True
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """It reads again."""
        self._unread = False
        self._go_on(self._end.bank)

    def connection_lost(self, _exc: Exception | None) -> None:
        """Nobody is."""
        self._transport = None
        self._server.closed(self, self._end.bank)

    def data_received(self, data: bytes) -> None:
        """Orders, or what ends the connection."""
        before = self._end.proved
        try:
            orders = [decode_order(one) for one in self._end.receive_data(data)]
        except RemoteProtocolError as error:
            getLogger(__name__).warning("card link %s closed: %s", self._end.bank, error)
            self.hang_up()
            return
        self._flush()
        bank = self._end.bank
        if self._end.proved and not before:
            self._server.opened(self, bank)
        if orders:
            counter = self._server.counters[bank]
            counter.put(orders, self._answer)
            if counter.queue > QUEUE_MOST and self._transport is not None:
                self._transport.pause_reading()
                asyncio.get_running_loop().call_later(0.05, self._go_on, bank)

    def _go_on(self, bank: int) -> None:
        if self._transport is None or self._unread:
            return
        if bank and self._server.counters[bank].queue > QUEUE_MOST // 2:
            asyncio.get_running_loop().call_later(0.05, self._go_on, bank)
        else:
            self._transport.resume_reading()

    def write(self, replies: list[BankReply]) -> None:
        """Replies, if anybody is there to read them."""
        if self._transport is None:
            return
        for reply in replies:
            self._end.send(encode_reply(reply))
        self._flush()

    def _flush(self) -> None:
        data = self._end.data_to_send()
        if data and self._transport is not None:
            self._transport.write(data)

    def hang_up(self) -> None:
        """Close."""
        self._server.closed(self, self._end.bank)
        if self._transport is not None:
            self._transport.abort()
