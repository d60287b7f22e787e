"""A wire between two wallets that tears where it is told to: before a message of the tap, or inside it.

It relays whole messages between two Unix sockets and counts them, so that a tear can be put at the same place
again and again, on real processes: at the same message, and at the same byte of it.
"""

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from hardware.wires import FramedSocket
from tender.errors import LinkError

PATIENCE_S = 30.0
LENGTH_BYTES = 4
"""A message on the wire is its length, big-endian, and then itself."""


class TornWire:
    """Relays ``payer_end`` ↔ ``payee_end`` and cuts at message ``tear_before``.

    Of that message (its length in front) ``bytes_through`` bytes still get through. ``on_tear`` runs at the
    moment of the tear, before either side can notice it: it kills somebody.
    """

    def __init__(
        self,
        payer_end: Path,
        payee_end: Path,
        tear_before: int,
        on_tear: Callable[[], None] = lambda: None,
        bytes_through: int = 0,
    ) -> None:
        self._payer_end = payer_end
        self._payee_end = payee_end
        self._tear_before = tear_before
        self._bytes_through = bytes_through
        self._on_tear = on_tear
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._torn = threading.Event()
        self._thread = threading.Thread(target=self._relay, daemon=True)
        self.passed: list[int] = []
        """Lengths of the messages that got through, in order."""

    def start(self) -> "TornWire":
        """Begin to listen; returns when the payer may connect."""
        self._thread.start()
        self._ready.wait(PATIENCE_S)
        return self

    @property
    def torn(self) -> bool:
        """Whether the conversation lived long enough to be torn."""
        return self._torn.is_set()

    def join(self) -> None:
        """Wait until both sides have hung up."""
        self._thread.join(PATIENCE_S)

    def _relay(self) -> None:
        self._payer_end.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(os.fspath(self._payer_end))
            listener.listen(1)
            listener.settimeout(PATIENCE_S)
            self._ready.set()
            try:
                payer, _ = listener.accept()
            except OSError:
                return
            payee = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            with payer, payee, suppress(OSError):
                payee.connect(os.fspath(self._payee_end))
                pumps = [
                    threading.Thread(target=self._pump, args=ends, daemon=True)
                    for ends in ((payer, payee), (payee, payer))
                ]
                for pump in pumps:
                    pump.start()
                for pump in pumps:
                    pump.join(PATIENCE_S)
        self._payer_end.unlink(missing_ok=True)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        hears, says = FramedSocket(source), FramedSocket(sink)
        try:
            while True:
                message = hears.receive(PATIENCE_S)
                with self._lock:
                    if self._torn.is_set():
                        break
                    if len(self.passed) + 1 == self._tear_before:
                        self._torn.set()
                        self._on_tear()
                        framed = len(message).to_bytes(LENGTH_BYTES, "big") + message
                        sink.sendall(framed[: self._bytes_through])
                        break
                    self.passed.append(len(message))
                    says.send(message)
        except (LinkError, OSError):
            pass  # one side hung up: so does the wire
        finally:
            hears.close()
            says.close()
