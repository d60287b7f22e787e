"""An acquirer of one bank, scripted: it keeps books of its own and says what the test wants said.

Over a real socket, with the line's own rules; what it holds as approved can be asked at any time.
"""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from tender.card.in_dt import DATA_ELEMENT, MARK
from tender.card.iso8583.dialects import VISA_STYLE
from tender.card.iso8583.framing import TPDU_2
from tender.card.iso8583.link import Link
from tender.card.iso8583.link_events import Heard
from tender.card.iso8583.message import Message

Script = Callable[[Message], Message | None]
"""The answer to a request; None: silence."""
APPROVAL: Final = "A1B2C3"


def approves(message: Message) -> Message | None:
    """Yes to everything, with the life-cycle id a network gives."""
    if message.mti[1] == "4":
        return message.answer("00")
    return VISA_STYLE.with_life_cycle_id(message.answer("00", {38: APPROVAL}), f"3{message.stan:0>14}")


def in_dt(message: Message) -> Message | None:
    """Yes, and where the shop takes Digital Tenge, in these."""
    answer = approves(message)
    takes = answer is not None and DATA_ELEMENT in message.fields
    return answer.having({DATA_ELEMENT: MARK}) if answer is not None and takes else answer


def declines(code: str) -> Script:
    """No, with this code."""
    return lambda message: message.answer("00" if message.mti[1] == "4" else code)


def silent(message: Message) -> Message | None:
    """Nothing, ever."""
    return None


@dataclass
class StandInAcquirer:
    """Listens until it is closed. ``heard``: every request; ``stands_tiyn``: approved and not taken back, by
    trace number; ``late``: answers that were never sent."""

    script: Script = approves
    heard: list[Message] = field(default_factory=list)
    stands_tiyn: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._stopped = False
        self._open: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.getsockname()[1])

    def close(self) -> None:
        """Gone, with every connection."""
        self._stopped = True
        for one in (self._server, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)  # wakes whoever waits at it
            one.close()

    @property
    def connections(self) -> int:
        """How many there were."""
        return len(self._open)

    def hang_up(self) -> None:
        """Every connection ends; whoever comes again is welcome."""
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def said(self, mti: str) -> list[Message]:
        """The requests of this type, in order."""
        return [one for one in self.heard if one.mti == mti]

    def _serve(self) -> None:
        while not self._stopped:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        link = Link(TPDU_2, VISA_STYLE, listens=True)
        link.opened(0)
        try:
            while data := connection.recv(65_536):
                link.receive_data(data, 0)
                for event in link.events():
                    if isinstance(event, Heard):
                        self._answer(link, event.message)
                connection.sendall(link.data_to_send())
        except OSError:
            return

    def _answer(self, link: Link, message: Message) -> None:
        self.heard.append(message)
        answer = self.script(message)
        if message.mti[1] == "4":
            if answer is not None:
                self.stands_tiyn.pop(message.original.stan, None)
        elif message.mti != "0500" and (answer is None or answer.code == "00"):
            self.stands_tiyn[message.stan] = message.amount_tiyn  # also what nobody is told of
        if answer is not None:
            link.send(answer)
