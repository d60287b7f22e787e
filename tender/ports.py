"""Sockets in the wall: what the money needs from the world, as protocols. Adapters stand in ``hardware/``.

Time is whole seconds since 1970 (UTC); entropy is bytes nobody can guess.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tender.cash.messages import Receipt, Request
    from tender.cash.token import Claim, Link
    from tender.crypto.envelope import Typ


@dataclass(frozen=True, slots=True)
class Printed:
    """A line for a printer: text it has the letters for; or dots, one bit each (1 is black), rows in whole
    bytes."""

    text: str
    bold: bool = False
    dots_wide: int = 0
    dots: bytes = b""


class Clock(Protocol):
    """Where *now* comes from."""

    def now(self) -> int:
        """Seconds since 1970 (UTC)."""


class Entropy(Protocol):
    """Where chance comes from."""

    def draw(self, count: int) -> bytes:
        """``count`` unpredictable bytes."""


class QrSource(Protocol):
    """Where scanned codes come from: a camera, a picture, a video, a watched folder, the clipboard."""

    def codes(self, stop: "Callable[[], bool]") -> "Iterator[bytes]":
        """What each code holds, as it is seen and as often as it is seen, in no order.

        A picture or a video comes to its end; a camera, a folder and the clipboard go on until ``stop`` says
        so, which is asked several times a second. Blocks meanwhile: call it beside the screen's thread.
        Raises :class:`~tender.errors.DeviceError`: ``camera-missing``, ``camera-taken``,
        ``camera-not-installed``, ``clipboard-missing``, ``picture-unreadable``, ``file-unreadable``.
        """


class SecureElement(Protocol):
    """The chip that holds a device's keys and signs money away once (docs/protocol/cash.md, "Fraud").

    It builds each message itself from the fields it is given: there is no "sign these bytes". Every signature
    it makes is kept until :meth:`acknowledge` says that the host has stored it, and the same question gets
    the same bytes. Raises :class:`~tender.errors.DeviceError`: ``element-refused`` for a second, different
    link on an output, for a request that is closed, for a key it does not hold.
    """

    @property
    def counter(self) -> int:
        """Counts every change of state and never goes back."""

    @property
    def acknowledged(self) -> int:
        """The last counter whose outcome the host has stored."""

    @property
    def identity(self) -> bytes:
        """The public key that names the device to its own bank, and to nobody else."""

    def make_keys(self, count: int) -> tuple[bytes, ...]:
        """Make one-time keys inside; returns their public halves (32 bytes each)."""

    def sign_batch(self, keys: tuple[bytes, ...], bank: int, now: int) -> bytes:
        """The COSE_Sign1 with which the device's identity asks its bank to certify these keys."""

    def sign_possession(self, key: bytes, bank: int) -> bytes:
        """64-byte signature: this device holds ``key``, said to that bank only."""

    def sign_order(self, payload: bytes) -> bytes:
        """64-byte signature of an order to the bank under the identity key; the payload is read strictly."""

    def sign_request(self, request: "Request") -> bytes:
        """64-byte signature of a request under the request's own key; the request is open from then on."""

    def sign_links(self, orders: "Sequence[tuple[bytes, Link]]", request: bytes = b"") -> tuple[bytes, ...]:
        """64-byte signatures of spends, each given with the key that holds ``link.parent``: all, or none.

        ``request``: the payee's signed message that is being paid, for an element that judges it itself;
        empty for what goes back to whoever signed it, and for a split to own keys.
        """

    def sign_claims(self, orders: "Sequence[tuple[bytes, Claim]]") -> tuple[bytes, ...]:
        """64-byte signatures of claims, each given with the key that holds ``claim.parent``: all, or none."""

    def sign_receipt(self, key: bytes, receipt: "Receipt") -> bytes:
        """64-byte signature of a receipt under the request's key; closes the request, for good."""

    def request_state(self, payment_id: bytes) -> str:
        """``open``, ``closed`` or ``unknown``."""

    def has_asked(self, key: bytes) -> bool:
        """Whether this key has ever signed a request, whatever the host remembers."""

    def has_signed(self, output: bytes) -> bool:
        """Whether this output (32-byte id) was signed away here, whatever the host remembers."""

    def kept(self) -> tuple[bytes, ...]:
        """The outputs whose signatures the host has not yet said it stored."""

    def kept_of(self, output: bytes) -> "tuple[Typ, bytes, bytes] | None":
        """What was signed on an output and perhaps not stored: its type, payload and signature."""

    def money_keys(self) -> tuple[bytes, ...]:
        """Every one-time public key held here."""

    def acknowledge(self, counter: int) -> None:
        """The host has durably stored everything up to this counter."""

    def erase_key(self, key: bytes) -> None:
        """Destroy a key on which nothing rests any more."""


class Card(Protocol):
    """What lies in the field of a reader: a card, or a phone that answers as one (docs/cards.md)."""

    @property
    def atr(self) -> bytes:
        """What it says of itself when it is powered: the answer to reset (ISO/IEC 7816-3, 8)."""

    def power(self, on: bool) -> None:
        """Power it, or take the power away; also the reset. What it held in volatile memory is gone."""

    def transmit(self, command: bytes) -> bytes:
        """One command APDU, one answer APDU. Raises :class:`~tender.errors.DeviceError` ``card-gone`` when
        it is torn out of the field meanwhile: what it did by then is for it to know."""


class CardReader(Protocol):
    """What a terminal has: a slot or a field with at most one card.

    A reader is one program's at a time, from :meth:`connect` to :meth:`disconnect`.
    """

    @property
    def name(self) -> str:
        """How people tell it from others: ``file:purse.card``, ``Virtual PCD 00 00``."""

    def connect(self, timeout_s: float) -> bytes:
        """Wait for a card and power it; returns its answer to reset. Safe to repeat: a new connection.

        Raises :class:`~tender.errors.DeviceError`: ``card-missing`` when none comes in time, ``card-wrong``
        when it cannot be talked to, ``reader-taken``, ``reader-gone``, ``reader-missing``, ``pcsc-silent``.
        """

    def transmit(self, command: bytes) -> bytes:
        """One command APDU, one answer APDU of at least two bytes.

        Raises :class:`~tender.errors.DeviceError` ``card-outcome-unknown`` for anything else: the card may
        have done it or not, so connect again and ask the card.
        """

    def disconnect(self) -> None:
        """Let go of the card and leave it powered; never raises, may be repeated."""

    def gone(self, timeout_s: float) -> bool:
        """Wait until the card is taken away: whether it was, in that time."""
