"""How long a tap takes on real parts: air, a slow phone, a slow chip; a model's clock, nobody sleeps.

Sources: a byte on the air is nine bit times at the rate of ISO/IEC 14443-3 (eight and a parity bit); each
command costs a frame's wrapping and the reader's own turn; a phone in software passes 1 kB in 300 ms; a chip
without a fast curve makes an Ed25519 signature in 0.8 s and a verification in twice that.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from tender.errors import Code, RemoteProtocolError
from tender.ports import CardReader

_BITS_PER_BYTE: Final = 9
_WRAPPING_BYTES: Final = 5
"""A frame's first byte, its two check bytes and its ends, each way."""
_FRAME_BYTES: Final = 253
"""What one frame carries; a longer command goes in several."""


class ChipWork(Protocol):
    """What a card in software has counted so far."""

    @property
    def signatures(self) -> int:
        """Signatures made."""

    @property
    def verifications(self) -> int:
        """Signatures verified."""


@dataclass(frozen=True, slots=True)
class AirTime:
    """One model. Times in seconds, but for the two that engineers say in thousandths."""

    name: str
    kbit_s: float
    """Bits on the air, in thousands a second."""
    ms_per_kb: float = 0.0
    """What the phone's own software adds for 1000 bytes either way."""
    turn_ms: float = 0.0
    """What the reader adds to each command."""
    signature_s: float = 0.0
    verification_s: float = 0.0

    def of_bytes(self, sent: int, received: int) -> float:
        """Seconds for one command of ``sent`` bytes and its answer of ``received``."""
        frames = sum(-(-count // _FRAME_BYTES) for count in (sent, received))
        bits = (sent + received + frames * _WRAPPING_BYTES) * _BITS_PER_BYTE
        return bits / (self.kbit_s * 1000) + (sent + received) / 1e6 * self.ms_per_kb + self.turn_ms / 1000

    def of_work(self, signatures: int, verifications: int) -> float:
        """Seconds the chip computes."""
        return signatures * self.signature_s + verifications * self.verification_s


MODELS: Final = {
    model.name: model
    for model in (
        AirTime("air", kbit_s=106, turn_ms=3),
        AirTime("fast-air", kbit_s=424, turn_ms=3),
        AirTime("slow-phone", kbit_s=106, ms_per_kb=300, turn_ms=3),
        AirTime("fast-chip", kbit_s=106, turn_ms=3, signature_s=0.08, verification_s=0.12),
        AirTime("slow-chip", kbit_s=106, turn_ms=3, signature_s=0.8, verification_s=1.6),
    )
}
"""By name, as ``--air`` takes them."""


class TimedReader:
    """A reader (:class:`~tender.ports.CardReader`) that adds up what its session would take on real parts."""

    def __init__(
        self,
        reader: CardReader,
        model: AirTime,
        add: Callable[[float], None],
        work: ChipWork | None = None,
    ) -> None:
        """``add`` is told the seconds of each command: a model's clock, or :func:`time.sleep` for people who
        want to see it. ``work``: what the chip counts, when it can be seen from here."""
        self._reader = reader
        self._model = model
        self._add = add
        self._work = work
        self.commands = 0
        self.octets = 0

    @property
    def name(self) -> str:
        """The other's."""
        return self._reader.name

    def connect(self, timeout_s: float) -> bytes:
        """As the other."""
        return self._reader.connect(timeout_s)

    def transmit(self, command: bytes) -> bytes:
        """As the other; time passes in the model, also when the answer is lost."""
        signatures, verifications = self._done()
        answer = b""
        try:
            answer = self._reader.transmit(command)
            return answer
        finally:
            now_signatures, now_verifications = self._done()
            self.commands += 1
            self.octets += len(command) + len(answer)
            self._add(
                self._model.of_bytes(len(command), len(answer))
                + self._model.of_work(now_signatures - signatures, now_verifications - verifications)
            )

    def _done(self) -> tuple[int, int]:
        return (self._work.signatures, self._work.verifications) if self._work else (0, 0)

    def disconnect(self) -> None:
        """As the other."""
        self._reader.disconnect()

    def gone(self, timeout_s: float) -> bool:
        """As the other."""
        return self._reader.gone(timeout_s)


def really_slow(reader: CardReader, name: str, work: ChipWork | None = None) -> CardReader:
    """The reader with this model's times really waited for, for people who want to see them; no name is no
    model. ``RemoteProtocolError field-wrong`` at ``air`` for a name that is none."""
    if name and name not in MODELS:
        raise RemoteProtocolError(Code.FIELD_WRONG, "air", known=", ".join(MODELS))
    return TimedReader(reader, MODELS[name], time.sleep, work) if name else reader
