"""The typed store: rows in, rows out, over a sealed file handed in by ``compose``.

What kinds of rows there are is a table handed in with it: a device's own, or those of a product around it.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, cast

from device.ports import Changes, SealedRows
from device.store.schemas import TABLES, Table
from tender import canon
from tender.errors import Code, LocalProtocolError, RemoteProtocolError, StoreError

R = TypeVar("R")


class Gathered:
    """The changes of one transaction (:class:`device.ports.Changes`)."""

    def __init__(self, tables: Mapping[type[Any], Table] = TABLES) -> None:
        self._tables = tables
        self.puts: dict[tuple[str, bytes], bytes] = {}
        self.deletes: set[tuple[str, bytes]] = set()
        self.rows: dict[type[Any], dict[bytes, Any]] = {}
        """What each kind of row becomes; None for a row that goes."""

    def put(self, row: Any) -> None:
        """Write or replace a row. Raises :class:`LocalProtocolError` for one that could not be read again: a
        change refused is better than a file that nobody opens."""
        table = self._tables[type(row)]
        body = canon.encode(table.record.readable_value(row, f"store.{table.kind}"))
        if len(body) > canon.MESSAGE_MAX_BYTES:
            raise LocalProtocolError(Code.MESSAGE_TOO_LONG, f"store.{table.kind}", bytes=len(body))
        name = self._note(table, row, row)
        self.deletes.discard((table.kind, name))
        self.puts[table.kind, name] = body

    def drop(self, row: Any) -> None:
        """Remove a row."""
        table = self._tables[type(row)]
        name = self._note(table, row, None)
        self.puts.pop((table.kind, name), None)
        self.deletes.add((table.kind, name))

    def coming(self, of: type[R]) -> tuple[R, ...]:
        """The rows of a kind that these changes write."""
        return tuple(row for row in self.rows.get(of, {}).values() if row is not None)

    def _note(self, table: Table, row: Any, becomes: Any) -> bytes:
        name = table.name(row)
        self.rows.setdefault(type(row), {})[name] = becomes
        return name


class WalletStore:
    """:class:`device.ports.Store` over sealed rows.

    One process holds the file, so a row is opened and read once and then kept as it is: a kind that was ever
    asked for as a whole stays whole in memory, and follows each commit.
    """

    def __init__(self, file: SealedRows, tables: Mapping[type[Any], Table] = TABLES) -> None:
        self._file = file
        self._tables = tables
        self._whole: dict[type[Any], dict[bytes, Any]] = {}
        self._single: dict[tuple[type[Any], bytes], Any] = {}
        self._followers: dict[type[Any], list[Callable[[Any, Any], None]]] = {}

    @property
    def mark(self) -> int:
        """The element's counter when the file was last written."""
        return self._file.mark

    def get(self, of: type[R], name: bytes) -> R | None:
        """One row by its name."""
        whole = self._whole.get(of)
        if whole is not None:
            return cast("R | None", whole.get(name))
        if (of, name) not in self._single:
            body = self._file.get(self._tables[of].kind, name)
            self._single[of, name] = None if body is None else self._read(of, body)
        return cast("R | None", self._single[of, name])

    def all(self, of: type[R]) -> tuple[R, ...]:
        """Every row of a kind."""
        return tuple(self._all(of).values())

    def _all(self, of: type[R]) -> dict[bytes, R]:
        whole = self._whole.get(of)
        if whole is None:
            whole = {name: self._read(of, body) for name, body in self._file.all(self._tables[of].kind)}
            self._whole[of] = whole
        return whole

    def scan(self, of: type[R]) -> Iterator[R]:
        """Every row of a kind, one by one and not kept: for whoever looks at many to find a few."""
        whole = self._whole.get(of)
        if whole is not None:
            return iter(tuple(whole.values()))
        return (self._read(of, body) for _, body in self._file.each(self._tables[of].kind))

    def follow(self, of: type[R], note: Callable[[R | None, R | None], None]) -> None:
        """Tell ``note`` of every row of a kind, and then of each change once it is durable: (was, is)."""
        for row in self._all(of).values():
            note(None, row)
        self._followers.setdefault(of, []).append(note)

    def changes(self) -> Gathered:
        """An empty transaction."""
        return Gathered(self._tables)

    def commit(self, changes: Changes, mark: int) -> None:
        """Write all changes and the mark, durably, or nothing."""
        gathered = cast(Gathered, changes)
        self._file.write(gathered.puts, gathered.deletes, mark)
        for of, rows in gathered.rows.items():
            for name, row in rows.items():
                self._become(of, name, row)

    def _become(self, of: type[Any], name: bytes, row: Any) -> None:
        whole = self._whole.get(of)
        if whole is None:
            self._single[of, name] = row
            return
        was = whole.pop(name, None) if row is None else whole.get(name)
        if row is not None:
            whole[name] = row
        for note in self._followers.get(of, ()):
            note(was, row)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _read(self, of: type[R], body: bytes) -> R:
        table = self._tables[of]
        try:
            return cast(R, table.record.decode(body, table.kind))
        except RemoteProtocolError as error:
            # It opened under our own key, so our own older or newer code wrote it.
            raise StoreError(Code.STORE_NEWER, f"store.{error.field}") from error
