"""A wire between two wallets that tears where it is told to: before or after a message of the tap.

It relays whole messages between two Unix sockets and counts them, so that a tear can be put at the same place
again and again, on real processes.
"""

import threading
from collections.abc import Callable
from pathlib import Path

from hardware.wires import FramedSocket, connect_unix, listen_unix
from tender.errors import LinkError

PATIENCE_S = 30.0


class TornWire:
    """Relays ``payer_end`` ↔ ``payee_end`` and, instead of passing on message ``tear_before``, cuts.

    ``on_tear`` runs at the moment of the tear, before either side can notice it: it kills somebody.
    """

    def __init__(
        self, payer_end: Path, payee_end: Path, tear_before: int, on_tear: Callable[[], None]
    ) -> None:
        self._payer_end = payer_end
        self._payee_end = payee_end
        self._tear_before = tear_before
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
        with listen_unix(self._payer_end) as listener:
            self._ready.set()
            try:
                payer = listener.accept(PATIENCE_S)
                payee = connect_unix(self._payee_end)
            except LinkError:
                return
            pumps = [
                threading.Thread(target=self._pump, args=ends, daemon=True)
                for ends in ((payer, payee), (payee, payer))
            ]
            for pump in pumps:
                pump.start()
            for pump in pumps:
                pump.join(PATIENCE_S)

    def _pump(self, source: FramedSocket, sink: FramedSocket) -> None:
        try:
            while True:
                message = source.receive(PATIENCE_S)
                with self._lock:
                    if self._torn.is_set():
                        break
                    if len(self.passed) + 1 == self._tear_before:
                        self._torn.set()
                        self._on_tear()
                        break
                    self.passed.append(len(message))
                    sink.send(message)
        except LinkError:
            pass  # one side hung up: so does the wire
        finally:
            source.close()
            sink.close()
