"""Brings back what was put away (``card_switch/core/archiving.py``) when a message speaks of it again.

Before a host hears a message it says what it would look for and does not remember; what the archive has under
such a name comes back to every host that knew it, into memory and into live rows, before it is heard. What
cannot be read stays there and is told: it stops no turn.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from card_switch.core.acquirer.batches import SAME_YEAR_MS
from card_switch.core.archiving import (
    ARCHIVED,
    NAMES,
    OPERATIONS,
    Archive,
    bundle_of,
    reference_word,
)
from card_switch.core.node import Command, Forget, Keep, Row, Tell
from card_switch.service.switchboard import RowStore, Switchboard
from tender.card.iso8583.message import Message
from tender.errors import RemoteProtocolError


class Rememberer(Protocol):
    """A host whose operations are put away."""

    def knows(self, row: Row) -> bool:
        """Whether this is remembered already, perhaps with a later end."""

    def recalled(self, row: Row) -> None:
        """Remember this again."""


class Asker(Rememberer, Protocol):
    """One that hears messages."""

    def asks_for(
        self, link: str, message: Message, now_ms: int, is_old: Callable[[str], bool]
    ) -> Sequence[str]:
        """What this message speaks of that is not remembered; ``is_old``: whether a question of this time may
        have been put away."""


class Recalling:
    """The archive's door."""

    def __init__(
        self,
        board: Switchboard,
        store: RowStore,
        archive: Archive,
        askers: Mapping[str, Asker],
        others: Mapping[str, Rememberer],
    ) -> None:
        self._board = board
        self._store = store
        self._archive = archive
        self._askers = askers
        self._all: dict[str, Rememberer] = {**askers, **others}

    def before(self, host: str, link: str, message: Message, now_ms: int) -> None:
        """Called before the host hears this."""
        asker = self._askers.get(host)
        if asker is None or self._archive.is_empty or not message.is_request:
            return
        for word in asker.asks_for(
            link, message, now_ms, lambda transmitted: self._archive.may_hold(transmitted, now_ms)
        ):
            self.recall(host, word, now_ms)

    def purchase(self, acquirer: str, reference: str, now_ms: int) -> None:
        """Called before a purchase is looked for by its reference."""
        if not self._archive.is_empty:
            self.recall(acquirer, reference_word(reference), now_ms)

    def recall(self, host: str, word: str, now_ms: int) -> None:
        """Bring back what this host called so."""
        beginning = f"{host} {word} "
        for name in self._rows(NAMES, beginning):
            place = name.key.removeprefix(beginning)
            for row in self._rows(OPERATIONS, place):
                if row.key == place:
                    self._board.follow(self._archive.name, self._brought_back(row, now_ms), now_ms)

    def _rows(self, table: str, beginning: str) -> list[Row]:
        written = self._store.rows_of(ARCHIVED, table, beginning)
        return list({row.key: row for row in (*written, *self._archive.rows_put(table, beginning))}.values())

    def _brought_back(self, archived: Row, now_ms: int) -> list[Command]:
        """What is to be done for it; nothing where it is remembered, or is of another year."""
        try:
            bundle = bundle_of(archived.data)
            rows = [
                (self._all[one.host], one.host, Row(one.table, one.key, one.data))
                for one in bundle.rows
                if one.host in self._all
            ]
            known = any(host.knows(row) for host, _, row in rows)
        except RemoteProtocolError as error:
            return [Tell("unreadable", (("link", self._archive.name), ("field", error.field)))]
        if known or now_ms - bundle.time_ms > SAME_YEAR_MS:
            return []
        for host, _, row in rows:
            host.recalled(row)
        back = [Keep(row.table, row.key, row.data, name) for _, name, row in rows]
        return [*back, Forget(OPERATIONS, archived.key, ARCHIVED)]
