"""A store is a disk and a set of rows; rows are queries inside one transaction."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import Connection, MetaData, Table
from sqlalchemy.dialects import postgresql, sqlite


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

    def add_once(self, table: Table, values: Mapping[str, Any]) -> bool:
        """Insert; False, and nothing changed, when a row with such a key is there already."""
        dialect = self.connection.dialect.name
        make = postgresql.insert if dialect == "postgresql" else sqlite.insert
        # RETURNING and not a row count: PostgreSQL's driver does not always count an insert.
        insert = make(table).values(**values).on_conflict_do_nothing().returning(*table.primary_key.columns)
        return self.connection.execute(insert).first() is not None

    def add(self, table: Table, values: Mapping[str, Any]) -> None:
        """Insert."""
        self.connection.execute(table.insert().values(**values))


R_co = TypeVar("R_co", bound=Rows, covariant=True)


class Store(Generic[R_co]):
    """One participant's store."""

    def __init__(self, disk: Disk, tables: MetaData, rows: type[R_co]) -> None:
        self._disk = disk
        self._rows = rows
        disk.prepare(tables)

    @contextmanager
    def writing(self) -> Iterator[R_co]:
        """All of it happens, or none."""
        with self._disk.writing() as connection:
            yield self._rows(connection)

    @contextmanager
    def reading(self) -> Iterator[R_co]:
        """Look, change nothing."""
        with self._disk.reading() as connection:
            yield self._rows(connection)

    def close(self) -> None:
        """Give the disk back."""
        self._disk.close()
