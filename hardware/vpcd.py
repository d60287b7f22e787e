"""A card in software held to a reader behind a socket: frames of two-byte length and body, both ways.

It is what the virtual reader of the PC/SC daemon speaks (the driver ``vpcd``), and the same stands on a Unix
socket between two programs of ours. From the reader: one byte is a control (0 power off, 1 power on, 2
reset, 4 "say your answer to reset"), anything longer a command. From the card: an answer to every 4 and to
every command, to nothing else.
"""

import contextlib
import socket
import threading
import time
from typing import Final

from tender.errors import Code, DeviceError
from tender.ports import Card

OFF, ON, RESET, ASK_ATR = b"\x00", b"\x01", b"\x02", b"\x04"
_LEAVING_S: Final = 0.3
"""A card that is silent for ever is left to itself."""
LOOPBACK: Final = "127.0.0.1"
_LENGTH_BYTES: Final = 2
_CONNECT_S: Final = 5.0
_SEEN_S: Final = 3.0
"""The daemon looks for a card every 0.4 s; one that it has not asked by now stands in a queue."""


def send_frame(wire: socket.socket, body: bytes) -> None:
    """One frame, in one write."""
    wire.sendall(len(body).to_bytes(_LENGTH_BYTES, "big") + body)


def receive_frame(wire: socket.socket) -> bytes:
    """One frame; empty when the other side closed, or in the middle of one."""
    head = _exactly(wire, _LENGTH_BYTES)
    return _exactly(wire, int.from_bytes(head, "big")) if head else b""


def _exactly(wire: socket.socket, count: int) -> bytes:
    got = bytearray()
    while len(got) < count:
        if wire.family != socket.AF_UNIX:
            # The driver writes length and body apart: with the usual delayed acknowledgement each command
            # would take 40 ms. The option does not stick, so it is set again before every read.
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        new = wire.recv(count - len(got))
        if not new:
            return b""
        got += new
    return bytes(got)


def answer_frames(wire: socket.socket, card: Card, asked: threading.Event | None = None) -> None:
    """Be this card on this wire until either side lets go; the wire is closed at the end, the card off.

    A card torn away in a command answers nothing, and neither does one with an empty answer: the wire closes
    instead (an empty frame would hang the driver for ever). ``asked`` is set when the reader first looks.
    """
    try:
        while frame := receive_frame(wire):
            if frame == ASK_ATR:
                send_frame(wire, card.atr)
                if asked is not None:
                    asked.set()
            elif len(frame) == 1:
                card.power(frame != OFF)
            elif answer := card.transmit(frame):
                send_frame(wire, answer)
            else:
                return
    except DeviceError as error:
        if error.code is not Code.CARD_GONE:
            raise
    except OSError:
        pass  # the reader went away, or remove() closed the wire
    finally:
        card.power(False)
        shut(wire)


def shut(wire: socket.socket) -> None:
    """Close at once, whoever waits on it in another thread."""
    with contextlib.suppress(OSError):  # it was closed or never connected
        wire.shutdown(socket.SHUT_RDWR)
    wire.close()


class InsertedCard:
    """A card in the virtual reader behind a port of this computer, from :func:`insert` on."""

    def __init__(self, card: Card, wire: socket.socket) -> None:
        self._wire = wire
        self._asked = threading.Event()
        self._thread = threading.Thread(
            target=answer_frames, args=(wire, card, self._asked), name="card in reader", daemon=True
        )
        self._thread.start()

    @property
    def is_held(self) -> bool:
        """Whether the reader still has it."""
        return self._thread.is_alive()

    def wait_until_seen(self, timeout_s: float = _SEEN_S) -> bool:
        """Whether the reader has noticed the card in this time."""
        return self._asked.wait(timeout_s)

    def wait_until_gone(self, timeout_s: float | None = None) -> bool:
        """Whether the card has left the reader in this time."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def remove(self) -> None:
        """Take it away, in the middle of a command too; may be repeated."""
        shut(self._wire)
        if threading.current_thread() is not self._thread:
            self._thread.join(_LEAVING_S)


def insert(card: Card, port: int, *, timeout_s: float = _SEEN_S) -> InsertedCard:
    """Hold a card to the virtual reader that listens on this port, and wait until the reader has seen it.

    Raises :class:`~tender.errors.DeviceError`: ``reader-gone`` when nothing listens there, ``reader-taken``
    when a card lies in it already.
    """
    wire = _dialled(port)
    inserted = InsertedCard(card, wire)
    if not inserted.wait_until_seen(timeout_s):
        inserted.remove()
        raise DeviceError(Code.READER_TAKEN, "reader", reader=f"port {port}")
    return inserted


def _dialled(port: int) -> socket.socket:
    """A wire to the reader. It listens with no queue to speak of: the place of a card just taken away may
    need a moment."""
    end = time.monotonic() + _CONNECT_S
    while True:
        try:
            wire = socket.create_connection((LOOPBACK, port), timeout=_CONNECT_S)
        except ConnectionRefusedError as error:
            raise DeviceError(Code.READER_GONE, "reader", reader=f"port {port}") from error
        except OSError as error:
            if time.monotonic() > end:
                raise DeviceError(Code.READER_TAKEN, "reader", reader=f"port {port}") from error
            continue
        wire.settimeout(None)
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return wire
