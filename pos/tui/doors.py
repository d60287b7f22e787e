"""What the till's screens are given: the way into the till, where pictures come from, where paper goes.

The command hands in the real ones, tests their own.
"""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pos.service.till import Till
    from tender.crypto.sealing import Pin
    from tender.ports import CardReader, Printed, QrSource


class TillDoors(Protocol):
    """The way in, for one till of this machine. Errors as in ``device.compose``."""

    @property
    def name(self) -> str:
        """The till that was asked for."""

    @property
    def paper_columns(self) -> int:
        """How wide the printer's paper is: 32, 42 or 48 characters."""

    @property
    def reader(self) -> str:
        """The card reader on the counter, as the machine names it; empty when it names none."""

    def exists(self) -> bool:
        """Whether there is such a till."""

    def create(self, pin: "Pin") -> "Till":
        """A new one."""

    def open(self, pin: "Pin") -> "Till":
        """The till, where it was left."""

    def given_pin(self) -> "Pin | None":
        """The PIN of a file or of the environment; None when it is to be typed."""

    def open_source(self, word: str) -> "QrSource":
        """Where codes are read from: a camera, a picture, a folder, the clipboard."""

    def open_reader(self, where: str) -> "CardReader":
        """The reader of this name (``docs/cards.md``). Raises ``reader-missing`` and the like."""

    def swiped(self, where: str) -> bytes:
        """Track 2 of the card in the reader of this name, pulled through its slot for stripes; empty where
        there is none. Errors as :meth:`open_reader`."""

    def pace(self, what: str) -> "tuple[int, float]":
        """Bytes over the air and seconds that a tap with a ``card`` or a ``phone`` is expected to take; 0
        where nobody can say."""

    def save(self, path: str, data: bytes) -> str:
        """Keep a receipt as a file; returns where it is."""

    def has_letters(self, text: str) -> bool:
        """Whether the printer can write this line."""

    def print(self, lines: "Sequence[Printed]") -> str:
        """Print; returns where it went. Raises ``printer-missing``, ``printer-unreachable``."""
