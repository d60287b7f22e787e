"""Databases of the participants: one engine each, SQLite by default, PostgreSQL by URL.

SQLite runs with a write-ahead log and full synchronisation (a reply that left has its facts on the disk),
and a writing transaction takes the lock when it begins, so that two writers wait and never collide half-way.
"""

import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from tender.errors import Code, StoreError

BUSY_TIMEOUT_S = 30
CACHE_KIB = 65_536
CHECKPOINT_PAGES = 10_000
IDLE_MOST = 15
"""How many connections to a file wait open for the next transaction."""


class Disk:
    """One participant's database; hands out connections inside a transaction."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self.name = name
        """What people call this store, for messages."""

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that writes: committed at the end, rolled back by any exception."""
        with _said_clearly(self.name), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent look; takes no lock from writers."""
        with _said_clearly(self.name), self._engine.connect() as connection:
            connection.begin()
            yield connection

    def prepare(self, tables: MetaData) -> None:
        """Make the tables that are not there yet."""
        with _said_clearly(self.name):
            tables.create_all(self._engine)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


class File(Disk):
    """A SQLite file. Its connections stay open and begin and end their transactions themselves: what
    SQLAlchemy does around a transaction of two statements costs more than the statements."""

    def __init__(self, engine: Engine, name: str) -> None:
        super().__init__(engine, name)
        self._idle: deque[Connection] = deque()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that writes: committed at the end, rolled back by any exception."""
        with _said_clearly(self.name), self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection
            if connection.in_transaction():
                connection.commit()
            else:
                _driver(connection).commit()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent look; takes no lock from writers."""
        with _said_clearly(self.name), self._transaction("BEGIN") as connection:
            yield connection

    def close(self) -> None:
        """Give the connections back."""
        while self._idle:
            self._idle.pop().close()
        super().close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection]:
        """Begun; what is not committed when it ends is rolled back. A connection that cannot even do that is
        not used again."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._engine.connect()
        sound = False
        try:
            _driver(connection).execute(begin)
            try:
                yield connection
            finally:
                if connection.in_transaction():
                    connection.rollback()
                _driver(connection).rollback()
            sound = True
        except Exception:
            sound = not connection.invalidated and not _driver(connection).in_transaction
            raise
        finally:
            if sound and len(self._idle) < IDLE_MOST:
                self._idle.append(connection)
            else:
                connection.close()


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def open_disk(url: str, name: str, *, durable: bool = True) -> Disk:
    """Open a database by SQLAlchemy URL; ``durable=False`` only where losing it costs nothing (tests)."""
    if url.startswith("sqlite"):
        asked = {"timeout": BUSY_TIMEOUT_S, "check_same_thread": False}
        engine = create_engine(url, connect_args=asked, poolclass=NullPool)
        _teach_sqlite(engine, durable)
        return File(engine, name)
    return Disk(create_engine(url, isolation_level="SERIALIZABLE"), name)


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite:///{path}"


def _teach_sqlite(engine: Engine, durable: bool) -> None:
    @event.listens_for(engine, "connect")
    def connected(raw: Any, _record: object) -> None:
        raw.isolation_level = None  # we say BEGIN ourselves, below
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute(f"PRAGMA synchronous={'FULL' if durable else 'OFF'}")
        raw.execute("PRAGMA foreign_keys=ON")
        # Room for the inner pages of a large index, and checkpoints that write a page once and not ten times.
        raw.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        raw.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")

    @event.listens_for(engine, "begin")
    def began(connection: Connection) -> None:
        driver = _driver(connection)
        if not driver.in_transaction:  # a transaction of a File has begun already
            driver.execute("BEGIN IMMEDIATE")


@contextmanager
def _said_clearly(name: str) -> Iterator[None]:
    """Turn what a database driver says about the disk into one of our codes."""
    try:
        yield
    except (OperationalError, sqlite3.OperationalError) as error:
        said = str(error.orig if isinstance(error, OperationalError) else error).lower()
        if "locked" in said or "busy" in said:
            raise StoreError(Code.STORE_BUSY, name) from error
        if "full" in said:
            raise StoreError(Code.STORE_FULL, name) from error
        if "readonly" in said or "read-only" in said:
            raise StoreError(Code.STORE_READ_ONLY, name) from error
        missing = "unable to open" in said or "no such table" in said
        raise StoreError(Code.STORE_MISSING if missing else Code.STORE_FAILED, name) from error
    except DBAPIError as error:
        if "could not serialize" in str(error.orig).lower():
            raise StoreError(Code.STORE_BUSY, name) from error
        raise
