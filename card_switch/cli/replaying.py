"""A terminal that says to an acquirer what it is given."""

import socket
import time
from collections.abc import Callable

from tender.card.iso8583.dialects import VISA_STYLE
from tender.card.iso8583.framing import TPDU_2
from tender.card.iso8583.link import Heard, Link
from tender.card.iso8583.message import Message
from tender.errors import Code, LinkError

CONNECT_S = 5
_READ_BYTES = 1 << 16


class Replaying:
    """A terminal that says what it is given."""

    def __init__(self, port: int) -> None:
        try:
            self._socket = socket.create_connection(("127.0.0.1", port), CONNECT_S)
        except OSError as error:
            raise LinkError(Code.ACQUIRER_UNREACHABLE, f"127.0.0.1:{port}") from error
        self._link = Link(TPDU_2, VISA_STYLE, False)
        self._link.opened(time.monotonic_ns() // 1_000_000)
        self._exchange(b"", CONNECT_S, lambda: self._link.is_up)

    def say(self, octets: bytes, seconds: float) -> list[Message]:
        """Send this message and hear until there is an answer, at most so long."""
        return self._exchange(TPDU_2.frame(octets), seconds)

    def _exchange(
        self, data: bytes, seconds: float, enough: Callable[[], bool] | None = None
    ) -> list[Message]:
        self._socket.sendall(self._link.data_to_send() + data)
        heard: list[Message] = []
        end = time.monotonic() + seconds
        while not (enough() if enough else heard) and (left_s := end - time.monotonic()) > 0:
            self._socket.settimeout(left_s)
            try:
                arrived = self._socket.recv(_READ_BYTES)
            except OSError:
                break
            if not arrived:
                break
            self._link.receive_data(arrived, time.monotonic_ns() // 1_000_000)
            heard += [event.message for event in self._link.events() if isinstance(event, Heard)]
        return heard
