"""A store is a disk and a set of rows; rows are queries inside one transaction."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final, Generic, Protocol, TypeVar

from sqlalchemy import Connection, MetaData, Table

KEYS_MAX: Final = 500
"""How many keys one query names: below every engine's limit of parameters."""


class Disk(Protocol):
    """A database, wherever it lies (``hardware.disks``)."""

    def writing(self) -> AbstractContextManager[Connection]:
        """One transaction that writes."""

    def reading(self) -> AbstractContextManager[Connection]:
        """One consistent look."""

    def prepare(self, tables: MetaData) -> None:
        """Make missing tables."""

    def close(self) -> None:
        """Give connections back."""


class Rows:
    """Queries of one transaction; each participant's rows are made of the parts it needs."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._place = "?" if connection.dialect.name == "sqlite" else "%s"
        self._driver: Any = connection.connection.driver_connection

    # What is asked most is said in words both engines understand, and not composed anew each time. Names are
    # ours, and values are parameters.

    def add_once(self, table: Table, values: Mapping[str, Any]) -> bool:
        """Insert; False, and nothing changed, when a row with such a key is there already."""
        # RETURNING and not a row count: PostgreSQL's driver does not always count an insert.
        key = ", ".join(column.name for column in table.primary_key.columns)
        statement = self._insert(table.name, tuple(values), f" ON CONFLICT DO NOTHING RETURNING {key}")
        return self._said(statement, tuple(values.values())).fetchone() is not None

    def add(self, table: Table, values: Mapping[str, Any]) -> None:
        """Insert."""
        self._said(self._insert(table.name, tuple(values), ""), tuple(values.values()))

    def _insert(self, table: str, columns: Sequence[str], then: str) -> str:
        places = ", ".join([self._place] * len(columns))
        return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places}){then}"  # noqa: S608

    # --- many rows at once: the hot path of settlement

    def add_many(self, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert; rows whose key is there already are left out."""
        if rows:
            self._run(self._insert(table, columns, " ON CONFLICT DO NOTHING"), rows)

    def change_many(
        self, table: str, columns: Sequence[str], key: str, rows: Sequence[tuple[Any, ...]]
    ) -> None:
        """Set ``columns`` of the rows with these keys; each row's last item is its key."""
        if rows:
            changes = ", ".join(f"{name} = {self._place}" for name in columns)
            self._run(f"UPDATE {table} SET {changes} WHERE {key} = {self._place}", rows)  # noqa: S608

    def find_many(
        self, table: str, columns: Sequence[str], key: str, keys: Iterable[Any], then: str = ""
    ) -> list[Any]:
        """The rows with these keys, as tuples; ``then``: what follows the condition, such as an order."""
        wanted = list(keys)
        found: list[Any] = []
        for start in range(0, len(wanted), KEYS_MAX):
            part = tuple(wanted[start : start + KEYS_MAX])
            places = ", ".join([self._place] * len(part))
            query = f"SELECT {', '.join(columns)} FROM {table} WHERE {key} IN ({places}) {then}"  # noqa: S608
            found.extend(self._said(query, part).fetchall())
        return found

    def find_one(self, table: str, columns: Sequence[str], **where: Any) -> Any:
        """The row with these values as a tuple, or None."""
        condition = " AND ".join(f"{name} = {self._place}" for name in where)
        query = f"SELECT {', '.join(columns)} FROM {table} WHERE {condition}"  # noqa: S608
        return self._said(query, tuple(where.values())).fetchone()

    def change_row(self, table: str, values: Mapping[str, Any], **where: Any) -> bool:
        """Set these values where those stand; whether there was such a row."""
        changes = ", ".join(f"{name} = {self._place}" for name in values)
        condition = " AND ".join(f"{name} = {self._place}" for name in where)
        statement = f"UPDATE {table} SET {changes} WHERE {condition}"  # noqa: S608
        return bool(self._said(statement, (*values.values(), *where.values())).rowcount > 0)

    def remove_rows(self, table: str, **where: Any) -> None:
        """Remove the rows with these values."""
        condition = " AND ".join(f"{name} = {self._place}" for name in where)
        self._said(f"DELETE FROM {table} WHERE {condition}", tuple(where.values()))  # noqa: S608

    def _said(self, statement: str, values: tuple[Any, ...]) -> Any:
        """What one statement gives, row by row. SQLite's own driver is asked directly: what stands between
        would cost several times the statement."""
        if self._place == "?":
            return self._driver.execute(statement, values)
        return self.connection.exec_driver_sql(statement, values)

    def _run(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if self._place == "?":
            self._driver.executemany(statement, rows)
        else:
            self.connection.exec_driver_sql(statement, list(rows))

    def flush(self) -> None:
        """Write what was only noted so far; called before a transaction commits."""


R_co = TypeVar("R_co", bound=Rows, covariant=True)


class Store(Generic[R_co]):
    """One participant's store."""

    def __init__(self, disk: Disk, tables: MetaData, rows: type[R_co]) -> None:
        self._disk = disk
        self._rows = rows
        self._whole = threading.local()
        disk.prepare(tables)

    @contextmanager
    def writing(self) -> Iterator[R_co]:
        """All of it happens, or none; inside :meth:`whole`, all of that."""
        around: R_co | None = getattr(self._whole, "rows", None)
        if around is not None:
            yield around
            return
        with self._disk.writing() as connection:
            rows = self._rows(connection)
            yield rows
            rows.flush()

    @contextmanager
    def whole(self) -> Iterator[R_co]:
        """One transaction for everything this thread writes inside it. Not for work that asks somebody else:
        the lock is held until the end."""
        with self.writing() as rows:
            self._whole.rows = rows
            try:
                yield rows
            finally:
                self._whole.rows = None

    @contextmanager
    def reading(self) -> Iterator[R_co]:
        """Look, change nothing."""
        with self._disk.reading() as connection:
            yield self._rows(connection)

    def close(self) -> None:
        """Give the disk back."""
        self._disk.close()
