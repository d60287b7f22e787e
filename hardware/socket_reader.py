"""A reader whose field is a Unix socket: a phone in another program on this computer, held to it.

The frames are those of :mod:`hardware.vpcd`; the card's side listens, and each connection is one time that
the two are held together.
"""

import contextlib
import select
import socket
import time
from pathlib import Path
from typing import Final

from hardware.field import ANSWER_LEAST_BYTES
from hardware.vpcd import ASK_ATR, ON, receive_frame, send_frame, shut
from tender.errors import Code, DeviceError

ANSWER_S: Final = 60.0
"""Longer than a person takes to say yes on the phone that answers as a card."""
_AGAIN_S: Final = 0.02


class SocketReader:
    """The reader's end of the socket at ``path`` (:class:`~tender.ports.CardReader`)."""

    def __init__(self, path: Path, *, answer_s: float = ANSWER_S) -> None:
        self._path = path
        self._answer_s = answer_s
        self._wire: socket.socket | None = None

    @property
    def name(self) -> str:
        """As it is typed."""
        return f"unix:{self._path}"

    def connect(self, timeout_s: float) -> bytes:
        """As the protocol says; a socket that nobody has made yet is a card that is not there yet."""
        self.disconnect()
        end = time.monotonic() + timeout_s
        while True:
            wire = socket.socket(socket.AF_UNIX)
            try:
                # A time of zero would mean "do not block", which a socket takes for a failure.
                wire.settimeout(max(_AGAIN_S, end - time.monotonic()))
                wire.connect(str(self._path))
                send_frame(wire, ON)
                send_frame(wire, ASK_ATR)
                if atr := receive_frame(wire):
                    wire.settimeout(self._answer_s)
                    self._wire = wire
                    return atr
            except OSError:
                pass  # not there yet, or busy with another
            shut(wire)
            if time.monotonic() >= end:
                raise DeviceError(Code.CARD_MISSING, "reader", reader=self.name)
            time.sleep(_AGAIN_S)

    def transmit(self, command: bytes) -> bytes:
        """As the protocol says."""
        answer = b""
        if self._wire is not None:
            with contextlib.suppress(OSError):  # a cut wire and one that is silent for too long alike
                send_frame(self._wire, command)
                answer = receive_frame(self._wire)
        if len(answer) < ANSWER_LEAST_BYTES:
            # The next answer on this wire might be the late one to this command.
            self.disconnect()
            raise DeviceError(Code.CARD_OUTCOME_UNKNOWN, "reader", reader=self.name)
        return answer

    def disconnect(self) -> None:
        """As the protocol says."""
        wire, self._wire = self._wire, None
        if wire is not None:
            shut(wire)

    def gone(self, timeout_s: float) -> bool:
        """As the protocol says: between commands the other side says nothing, so what comes is the end."""
        return self._wire is None or bool(select.select([self._wire], [], [], timeout_s)[0])
