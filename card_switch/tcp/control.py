"""The switch's own door: a port on loopback for `tenge switch`, one JSON object on a line each way.

Whoever asks shows the token that lies beside the switch's stores, readable by its owner alone. ``trace``
begins a stream of lines that ends when the asker hangs up; everything else has one answer. Who shows no token
is hung up on: at its first line, or when it does not say one in time, or when a crowd of such comes.
"""

import asyncio
import hmac
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from card_switch.events import Decided, Event, Passed
from card_switch.service.desk import Answer, SwitchDesk
from card_switch.tcp.running import LOOPBACK, Loop
from faces.words import as_json
from tender.card.iso8583.printing import lines, title
from tender.errors import Code, Refusal

LINE_MOST: Final = 1 << 20
PATIENCE_S: Final = 60.0
STRANGERS_MOST: Final = 32
"""Visitors at a time that have not shown the token yet."""
STRANGER_S: Final = 5.0
LAGGING_MOST: Final = 10_000
"""Events that wait for a slow watcher; beyond that it is hung up on, for the switch waits for nobody."""


def event_row(event: Event) -> dict[str, Any]:
    """An event for programs; nothing secret is in it."""
    if isinstance(event, Decided):
        return {"time_ms": event.time_ms, "host": event.host, "what": event.what, **dict(event.words)}
    return passed_row(event)


def passed_row(event: Passed) -> dict[str, Any]:
    """A message that passed: its title, and a line for each element."""
    return {
        "time_ms": event.time_ms,
        "from": event.from_host,
        "to": event.to_host,
        "mti": event.message.mti,
        "title": title(event.message),
        "dialect": event.dialect.name,
        "lines": list(lines(event.message, event.dialect)[1:]),
    }


class Control:
    """Serves the desk until its loop ends."""

    def __init__(self, loop: Loop, desk: SwitchDesk, token: str) -> None:
        self._loop = loop
        self._desk = desk
        self._token = token.encode()
        self._strangers: dict[asyncio.StreamWriter, None] = {}

    async def listen(self) -> int:
        """Open the door; returns its port."""
        server = await asyncio.start_server(self._visited, LOOPBACK, 0, limit=LINE_MOST)
        self._loop.keep(server)
        return int(server.sockets[0].getsockname()[1])

    async def _visited(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ValueError, RecursionError, TimeoutError, asyncio.CancelledError):
            line = await self._introduced(reader, writer)
            while line:
                request = json.loads(line)
                if not isinstance(request, dict) or not self._permitted(request):
                    break
                if request.get("do") == "trace":
                    await self._trace(reader, writer)
                    break
                answer = await self._answered(request)
                told = {"refused": as_json(answer)} if isinstance(answer, Refusal) else dict(answer)
                writer.write(json.dumps(told).encode() + b"\n")
                await writer.drain()
                line = await reader.readline()
        writer.close()

    async def _introduced(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        """The first line of a visitor. When there are too many who have not said one, the oldest goes."""
        self._strangers[writer] = None
        if len(self._strangers) > STRANGERS_MOST:
            next(iter(self._strangers)).transport.abort()
        try:
            async with asyncio.timeout(STRANGER_S):
                return await reader.readline()
        finally:
            del self._strangers[writer]

    def _permitted(self, request: Mapping[str, Any]) -> bool:
        return hmac.compare_digest(str(request.get("token", "")).encode(), self._token)

    async def _answered(self, request: Mapping[str, Any]) -> Answer:
        answer = self._desk.ask(str(request.get("do", "")), request, self._loop.now_ms())
        self._loop.wake()
        if not callable(answer):
            # What it changed is on the disk before anybody is told.
            await self._loop.turned()
            return answer
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    await self._loop.turned()
                    told = answer()
                    if told is not None:
                        return told
        return Refusal(Code.PEER_UNREACHABLE, "bank")

    async def _trace(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        waiting: asyncio.Queue[Event] = asyncio.Queue(LAGGING_MOST)
        lagging = asyncio.Event()

        def seen(event: Event) -> None:
            try:
                waiting.put_nowait(event)
            except asyncio.QueueFull:
                lagging.set()

        forget = self._loop.board.watch(seen)
        gone = asyncio.create_task(reader.read(1))
        try:
            writer.write(b'{"watching": true}\n')
            while not gone.done() and not lagging.is_set():
                taking = asyncio.create_task(waiting.get())
                await asyncio.wait({taking, gone}, return_when=asyncio.FIRST_COMPLETED)
                if not taking.done():
                    taking.cancel()
                    break
                writer.write(json.dumps(event_row(taking.result())).encode() + b"\n")
                await writer.drain()
        finally:
            forget()
            gone.cancel()
