"""A terminal that says to an acquirer what it is given."""

import socket
import time
from collections.abc import Callable

from card_switch.cli.asking import ask
from card_switch.core.day_views import CASH_KIND
from hardware.message_mac import terminal_seals
from tender.card.iso8583.dialects import VISA_STYLE
from tender.card.iso8583.framing import TPDU_2
from tender.card.iso8583.link import Link
from tender.card.iso8583.link_events import Heard
from tender.card.iso8583.message import Message
from tender.errors import Code, LinkError, Refusal, RemoteProtocolError

CONNECT_S = 5
_READ_BYTES = 1 << 16
_BANK_DIGITS = 3
_ANY_CATEGORY = 5999


def speaker(octets: bytes) -> tuple[str, Callable[[Message], Message] | None]:
    """Whose a message is, by name, and what proves it: the switch's own door hands out the key. None for a
    terminal number that no acquirer hands out, and for what cannot be read."""
    try:
        message = VISA_STYLE.decode(octets)
        terminal, merchant = message.terminal.strip(), str(message.fields.get(42, "")).strip()
    except RemoteProtocolError:
        return "", None
    if not (terminal.isascii() and terminal.isdecimal() and len(terminal) > _BANK_DIGITS and merchant):
        return "", None
    bank, count = int(terminal[:_BANK_DIGITS]), int(terminal[_BANK_DIGITS:])
    named = {"bank": bank, "count": count, "merchant": merchant, "category": _ANY_CATEGORY}
    cash = message.kind == CASH_KIND
    told = ask("terminal", **named, cash_machine=cash, handed_out=True)
    if isinstance(told, Refusal) or told["terminal"] != terminal:
        return "", None
    sort = "cash machine" if cash else "till"
    return f"{sort} {terminal}/{merchant}", terminal_seals(bytes.fromhex(told["mac_key"]), terminal, merchant)


class Replaying:
    """A terminal that says what it is given."""

    def __init__(self, port: int, seals: Callable[[Message], Message] | None = None) -> None:
        """``seals``: of the terminal that it speaks for."""
        try:
            self._socket = socket.create_connection(("127.0.0.1", port), CONNECT_S)
        except OSError as error:
            raise LinkError(Code.ACQUIRER_UNREACHABLE, f"127.0.0.1:{port}") from error
        self._link = Link(TPDU_2, VISA_STYLE, False, seals=seals)
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
