"""What the till needs from outside: a store of rows, and, when a bank can be reached, its news of online
takings."""

from typing import Any, Protocol, TypeVar

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
