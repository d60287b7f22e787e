"""Databases of the participants: one engine each, SQLite by default, PostgreSQL by URL.

SQLite runs with a write-ahead log and full synchronisation (a reply that left has its facts on the disk),
and a writing transaction takes the lock when it begins, so that two writers wait and never collide half-way.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

from tender.errors import Code, StoreError

BUSY_TIMEOUT_S = 30
CACHE_KIB = 65_536
CHECKPOINT_PAGES = 10_000


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
            looking = connection.execution_options(dt_reading=True)
            looking.begin()
            yield looking

    def prepare(self, tables: MetaData) -> None:
        """Make the tables that are not there yet."""
        with _said_clearly(self.name):
            tables.create_all(self._engine)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


def open_disk(url: str, name: str, *, durable: bool = True) -> Disk:
    """Open a database by SQLAlchemy URL; ``durable=False`` only where losing it costs nothing (tests)."""
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False})
        _teach_sqlite(engine, durable)
    else:
        engine = create_engine(url, isolation_level="SERIALIZABLE")
    return Disk(engine, name)


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
        reading = connection.get_execution_options().get("dt_reading")
        driver: Any = connection.connection.driver_connection
        driver.execute("BEGIN" if reading else "BEGIN IMMEDIATE")


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
