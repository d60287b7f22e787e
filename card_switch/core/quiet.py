"""A host without links and without a clock of its own: it is told what to do, and asks banks."""

from collections.abc import Iterable, Sequence

from card_switch.core.node import Command, Row
from tender.card.iso8583.message import Message


class Quiet:
    """What such a host does about everything that never happens to it."""

    def heard(self, link: str, message: Message, now_ms: int) -> Sequence[Command]:
        """Nobody talks to it."""
        return []

    def link_changed(self, link: str, up: bool, now_ms: int) -> Sequence[Command]:
        """It has no link."""
        return []

    def bank_said(self, operation: str, reply: bytes, now_ms: int) -> Sequence[Command]:
        """It asks no bank."""
        return []

    def due(self, now_ms: int) -> Sequence[Command]:
        """Nothing has a time."""
        return []

    def next_deadline(self) -> int | None:
        """It waits for nothing."""
        return None

    def restore(self, rows: Iterable[Row], now_ms: int) -> Sequence[Command]:
        """It remembers nothing."""
        return []
