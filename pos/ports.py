"""What the till needs from outside: a store of rows, and, when a bank can be reached, its news of online
takings."""

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from pos.core.card_settings import CardSettings
    from tender.card.iso8583.message import Message
    from tender.card.pan import Pan
    from tender.crypto.sealing import Pin

R = TypeVar("R")


class Changes(Protocol):
    """The changes of one transaction."""

    def put(self, row: Any) -> None:
        """Write or replace a row."""

    def drop(self, row: Any) -> None:
        """Remove a row."""


class TillStore(Protocol):
    """The till's rows, typed (``device.store.rows`` over a file of its own)."""

    @property
    def mark(self) -> int:
        """How many times it was written."""

    def get(self, of: type[R], name: bytes) -> R | None:
        """One row by its name."""

    def all(self, of: type[R]) -> tuple[R, ...]:
        """Every row of a kind."""

    def changes(self) -> Any:
        """An empty transaction."""

    def commit(self, changes: Any, mark: int) -> None:
        """Write all changes, durably, or nothing."""

    def close(self) -> None:
        """Let go of the file."""


class Proof(Protocol):
    """Makes the proof of a cashier's code: a keyed digest."""

    def digest(self, data: bytes, size: int = 32) -> bytes:
        """``size`` bytes."""


class AcquirerLine(Protocol):
    """The line to the acquirer of card payments (``pos/gateway``)."""

    def ask(self, message: "Message", timeout_s: float) -> "Message | None":
        """Send a request and wait for its own answer; None when none came in time, or the line broke after
        it may have been sent.

        Raises :class:`~tender.errors.LinkError` ``acquirer-unreachable`` when certainly nothing was sent.
        """

    def close(self) -> None:
        """Hang up; never raises."""


class PinPad(Protocol):
    """What a customer types a PIN into: it leaves only encrypted under the terminal's key."""

    def block(self, pin: "Pin", pan: "Pan") -> bytes:
        """DE 52: eight bytes, ISO 9564-1 format 0, under the terminal's key. Raises ``DeviceError``
        ``pin-too-short`` for a PIN that is none."""


class CardParts(Protocol):
    """What makes a till a card terminal, made by ``pos.compose`` from its settings."""

    def acquirer(self, settings: "CardSettings") -> AcquirerLine:
        """A line to the acquirer; nothing is connected before it is asked."""

    def pin_pad(self, settings: "CardSettings") -> PinPad:
        """The PIN pad of the terminal."""
