"""The terminal's line to its acquirer: a TCP connection that signs on, echoes, and carries one question at a
time (docs/protocol/iso8583.md). Visa-style messages, two bytes of length, a TPDU.

Everything about the line is :class:`~tender.card.iso8583.link.Link`'s; here are the socket and the clock. An
answer that nobody waits for any more is passed over: what it approved is reversed already.
"""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from tender.card.iso8583.dialects import VISA_STYLE
from tender.card.iso8583.framing import TPDU_2
from tender.card.iso8583.link import Link
from tender.card.iso8583.link_events import Heard
from tender.card.iso8583.message import Message
from tender.errors import Code, NotSentError, RemoteProtocolError

CONNECT_S: Final = 5.0
SIGN_ON_S: Final = 5.0
_READ_BYTES: Final = 65_536


class AcquirerLink:
    """:class:`pos.ports.AcquirerLine` over TCP: it connects when it is first asked, and anew after a break.
    ``now``: seconds since 1970 (UTC); ``seals``: see :class:`~tender.card.iso8583.link.Link`."""

    def __init__(
        self,
        host: str,
        port: int,
        now: Callable[[], int],
        seals: Callable[[Message], Message] | None = None,
    ) -> None:
        self._now = now
        self._where = (host, port)
        self._socket: socket.socket | None = None
        self._link = Link(TPDU_2, VISA_STYLE, listens=False, seals=seals)

    def ask(self, message: Message, timeout_s: float) -> Message | None:
        """As the port says. Raises :class:`~tender.errors.NotSentError` ``acquirer-unreachable``."""
        self._hear(0)  # what has come meanwhile, an echo or that the other side has hung up
        if self._socket is None:
            self._connect()
        if not self._link.send(message):
            self.close()
            raise self._unreachable()
        end = time.monotonic() + timeout_s
        self._flush()
        while self._socket is not None:
            left_s = end - time.monotonic()
            if left_s <= 0:
                # A late answer must find nobody: the next question gets a line of its own.
                self.close()
                return None
            for answer in self._hear(left_s):
                if answer.mti == message.answer_mti and _same(answer, message):
                    return answer
        return None

    def close(self) -> None:
        """As the port says."""
        gone, self._socket = self._socket, None
        if gone is not None:
            self._link.closed()
            with suppress(OSError):
                gone.close()

    # --- the socket

    def _connect(self) -> None:
        try:
            self._socket = socket.create_connection(self._where, CONNECT_S)
        except OSError as error:
            raise self._unreachable() from error
        if self._socket.getsockname() == self._socket.getpeername():
            # Nobody listens at a port the system may also give to callers: it has given it to this call.
            self.close()
            raise self._unreachable()
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._link.opened(self._now_ms())
        end = time.monotonic() + SIGN_ON_S
        self._flush()
        while self._socket is not None and not self._link.is_up:
            left_s = end - time.monotonic()
            if left_s <= 0:
                self.close()
                break
            self._hear(left_s)
        if self._socket is None:
            raise self._unreachable()

    def _unreachable(self) -> NotSentError:
        host, port = self._where
        return NotSentError(Code.ACQUIRER_UNREACHABLE, f"{host}:{port}")

    def _now_ms(self) -> int:
        return self._now() * 1000

    def _flush(self) -> None:
        data = self._link.data_to_send()
        if data and self._socket is not None:
            try:
                self._socket.settimeout(CONNECT_S)
                self._socket.sendall(data)
            except OSError:
                self.close()

    def _hear(self, wait_s: float) -> list[Message]:
        """What arrives within this time, at most until something does; echoes are asked and answered."""
        if self._socket is None:
            return []
        deadline_ms = self._link.next_deadline()
        if deadline_ms is not None:
            wait_s = min(wait_s, max(0.0, (deadline_ms - self._now_ms()) / 1000))
        try:
            self._socket.settimeout(wait_s)
            data = self._socket.recv(_READ_BYTES)
            if data:
                self._link.receive_data(data, self._now_ms())
            else:
                self.close()
        except (TimeoutError, BlockingIOError):
            pass  # nothing came
        except (OSError, RemoteProtocolError):
            self.close()
        self._link.due(self._now_ms())
        heard = [one.message for one in self._link.events() if isinstance(one, Heard)]
        self._flush()
        return heard


def _same(answer: Message, message: Message) -> bool:
    """Whether trace number and terminal are those of the question."""
    return all(answer.fields.get(one) == message.fields.get(one) for one in (11, 41))
