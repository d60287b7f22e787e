"""What the wallet needs from outside: a store of rows, a line to its bank, its element."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from device.core.model import Row
from tender.crypto.sealing import Pin, PinCost, SealingKey
from tender.ports import SecureElement

R = TypeVar("R", bound=Row)


class SealedRows(Protocol):
    """A sealed file as the store sees it (``hardware.sealed_file``)."""

    @property
    def mark(self) -> int:
        """The element's counter when the file was last written."""

    def get(self, kind: str, name: bytes) -> bytes | None:
        """One row's body."""

    def all(self, kind: str) -> list[tuple[bytes, bytes]]:
        """Every (name, body) of a kind."""

    def each(self, kind: str) -> Iterator[tuple[bytes, bytes]]:
        """The same, one by one."""

    def write(
        self, puts: Mapping[tuple[str, bytes], bytes], deletes: set[tuple[str, bytes]], mark: int
    ) -> None:
        """Write rows and the mark in one durable transaction."""

    def close(self) -> None:
        """Let go of the file."""


class Changes(Protocol):
    """The changes of one transaction."""

    def put(self, row: Row) -> None:
        """Write or replace a row."""

    def drop(self, row: Row) -> None:
        """Remove a row."""

    def coming(self, of: type[R]) -> tuple[R, ...]:
        """The rows of a kind that these changes write."""


class Store(Protocol):
    """The wallet's rows, typed."""

    @property
    def mark(self) -> int:
        """The element's counter when the store was last written."""

    def get(self, of: type[R], name: bytes) -> R | None:
        """One row by its name (id, key, output …)."""

    def all(self, of: type[R]) -> tuple[R, ...]:
        """Every row of a kind."""

    def scan(self, of: type[R]) -> Iterator[R]:
        """Every row of a kind, one by one and not kept."""

    def follow(self, of: type[R], note: Callable[[R | None, R | None], None]) -> None:
        """Tell ``note`` of every row of a kind, and then of each durable change: (was, is)."""

    def changes(self) -> Changes:
        """An empty transaction."""

    def commit(self, changes: Changes, mark: int) -> None:
        """Write all changes and the element's counter, durably, or nothing."""

    def close(self) -> None:
        """Let go of the file."""


class Element(SecureElement, Protocol):
    """The wallet's own element: also keeps the PIN and the key of the store."""

    @property
    def number(self) -> bytes:
        """16 bytes that tell it from others."""

    @property
    def book_mark(self) -> int:
        """How far the book of a product around the device has come: an older copy of it shows by this."""

    def note_book(self, mark: int) -> None:
        """That book is durable up to this mark; it never goes back."""

    def store_key(self) -> SealingKey:
        """The key under which the store is sealed."""

    def take(self, tokens: Sequence[bytes]) -> None:
        """These packed tokens are about to count: an element that keeps the money itself stores them first.

        Asked again for what it has, it does nothing. Raises ``card-full``; nothing counts then.
        """

    def learn(self, directory: bytes, certificates: Mapping[bytes, bytes]) -> None:
        """What the root signed, and own keys with their packed certificates, for an element that judges a
        payee itself or is held to a till alone."""

    def synced(self, reply: bytes) -> None:
        """The bank's signed answer to a sync: what was paid since the last one begins anew."""

    def check_pin(self, pin: Pin, now: int) -> None:
        """Raises ``pin-wrong`` or ``pin-wait`` for a PIN that is not this element's."""

    def change_pin(self, pin: Pin, cost: PinCost) -> None:
        """Wrap everything under another PIN."""

    def close(self) -> None:
        """Lock it."""


class Line(Protocol):
    """Whole messages to and from one other device: a socket, the field of a reader.

    Fails with :class:`~tender.errors.LinkError` ``peer-unreachable``, and never with half a message.
    """

    def send(self, message: bytes) -> None:
        """Say something. Whether it was heard only an answer tells."""

    def receive(self, timeout_s: float) -> bytes:
        """The next message; raises when the other side is silent for so long, or gone."""

    def close(self) -> None:
        """Hang up; may be repeated."""


class Door(Protocol):
    """Where other devices come, one after the other: a socket that listens, a reader, a phone that answers as
    a card."""

    def accept(self, timeout_s: float) -> Line:
        """Whoever comes next. Raises ``LinkError peer-unreachable`` when nobody does in time, and
        :class:`~tender.errors.DeviceError` for a reader that cannot go on."""


class Wire(Protocol):
    """The line to the gateway (``hardware.wires.HttpWire``); raises ``platform-unreachable``."""

    def send(self, path: str, raw: bytes) -> bytes:
        """POST bytes, get bytes."""
