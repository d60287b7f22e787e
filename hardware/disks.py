"""Databases of the participants: one engine each, SQLite by default, PostgreSQL by URL.

SQLite runs with a write-ahead log and full synchronisation (a reply that left has its facts on the disk),
and a writing transaction takes the lock when it begins, so that two writers wait and never collide half-way.
Writers that wait for each other share a commit, so that what it costs is paid once for them all.
"""

import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex, CreateTable

from tender.errors import Code, StoreError

BUSY_TIMEOUT_S = 30
CACHE_KIB = 65_536
CHECKPOINT_PAGES = 10_000
IDLE_MOST = 15
"""How many connections to a file wait open for the next transaction."""
WRITERS_A_COMMIT = 16
"""How many transactions to a file share a commit at most: the first one of them should not wait long."""
LEFT_ALONE_S = 0.05
"""How often whoever waits for a shared commit looks whether the writer that was to make it is still there."""


class Disk:
    """One participant's database; hands out connections inside a transaction."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self.name = name
        """What people call this store, for messages."""
        self._claim: Connection | None = None
        self._claim_turn = threading.Lock()

    def claim(self) -> None:
        """Nobody else opens this database who claims it too, until it is closed or the server ends the
        connection. From now on that connection alone writes: when it is gone, so is the right to write.
        ``store-busy``: somebody has it. A file lies in the folder of the one process that uses it
        (``hardware/folder_claim.py``), and needs none of this."""
        with _said_clearly(self.name):
            connection = self._engine.connect()
            asked = connection.exec_driver_sql("SELECT pg_try_advisory_lock(hashtext(%s))", (self.name,))
            if not asked.scalar():
                connection.close()
                raise StoreError(Code.STORE_BUSY, self.name)
            connection.commit()  # what holds the claim is the connection; no transaction waits open for it
            self._claim = connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that writes: committed at the end, rolled back by any exception."""
        claim = self._claim
        with _said_clearly(self.name):
            if claim is None:
                with self._engine.begin() as connection:
                    yield connection
                return
            with self._claim_turn:
                if claim.invalidated:
                    # It would connect anew, to a database that may be another's by now.
                    raise StoreError(Code.STORE_FAILED, self.name)
                with claim.begin():
                    yield claim

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
        if self._claim is not None:
            self._claim.close()
        self._engine.dispose()


class _Round:
    """Transactions that share a commit, one after the other on one connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.writers = 0
        """How many have written and wait for the commit."""
        self.over = threading.Event()
        self.trouble: BaseException | None = None
        """Why nothing of it was written."""


class File(Disk):
    """A SQLite file. Its connections stay open and begin and end their transactions themselves: what
    SQLAlchemy does around a transaction of two statements costs more than the statements.

    A writer that finds others waiting when it is done leaves the commit to them and waits for it. So nobody
    goes on before what it wrote is on the disk, and each that fails takes back its own work only.
    """

    def __init__(self, engine: Engine, name: str) -> None:
        super().__init__(engine, name)
        self._idle: deque[Connection] = deque()
        self._turn = threading.Lock()
        self._round: _Round | None = None
        """What the next writer joins; whoever holds the turn may look."""
        self._counting = threading.Lock()
        self.waiting = 0
        """How many writers wait for their turn."""

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that writes: committed at the end, perhaps with others; rolled back by any
        exception."""
        with _said_clearly(self.name):
            self._take_turn()
            try:
                joined = self._round or self._open_round()
                with self._part_of(joined):
                    yield joined.connection
                if not self.waiting or joined.writers >= WRITERS_A_COMMIT:
                    self._close_round(joined)
            finally:
                self._turn.release()
            while not joined.over.wait(LEFT_ALONE_S):
                self._commit_if_left_alone(joined)
            if isinstance(joined.trouble, DBAPIError | sqlite3.Error):
                raise joined.trouble
            if joined.trouble is not None:
                raise StoreError(Code.STORE_FAILED, self.name) from joined.trouble

    def prepare(self, tables: MetaData) -> None:
        """Make the tables that are not there yet. The file says at once which those are: asking for each, as
        SQLAlchemy does, was most of what opening a platform cost."""
        with _said_clearly(self.name), self._engine.begin() as connection:
            driver = _driver(connection)
            there = {name for (name,) in driver.execute("SELECT name FROM sqlite_schema")}
            for name, statements in _made_by(tables):
                if name not in there:
                    for statement in statements:
                        driver.execute(statement)

    def claim(self) -> None:
        """Nothing to do."""

    def _take_turn(self) -> None:
        if self._turn.acquire(blocking=False):
            return
        with self._counting:
            self.waiting += 1
        try:
            if not self._turn.acquire(timeout=BUSY_TIMEOUT_S):
                raise StoreError(Code.STORE_BUSY, self.name)
        finally:
            with self._counting:
                self.waiting -= 1

    def _open_round(self) -> _Round:
        connection = self._connection()
        try:
            _driver(connection).execute("BEGIN IMMEDIATE")
        except BaseException:
            connection.close()
            raise
        self._round = _Round(connection)
        return self._round

    @contextmanager
    def _part_of(self, joined: _Round) -> Iterator[None]:
        """One writer's part; what fails is taken back, and what others wrote before it still counts."""
        driver = _driver(joined.connection)
        if joined.writers:
            driver.execute("SAVEPOINT part")
        try:
            yield
            if joined.writers:
                driver.execute("RELEASE part")
            joined.writers += 1
        except BaseException as error:
            if not joined.writers or not driver.in_transaction:
                # Nobody else's work is in it; or the disk itself gave up, and all of it is gone.
                self._close_round(joined, error)
                raise
            driver.execute("ROLLBACK TO part")
            driver.execute("RELEASE part")
            if not self.waiting:
                self._close_round(joined)
            raise

    def _close_round(self, joined: _Round, trouble: BaseException | None = None) -> None:
        """Commit, or take back because of this trouble; then everybody who waits is told."""
        connection, self._round = joined.connection, None
        joined.trouble = trouble
        try:
            _end(connection, commit=trouble is None)
        except BaseException as error:
            joined.trouble = error
            _end(connection, commit=False)
            raise
        finally:
            joined.over.set()
            self._give_back(connection)

    def _commit_if_left_alone(self, joined: _Round) -> None:
        """A writer that waited for its turn was interrupted there; somebody has to do what it would have."""
        if self._turn.acquire(blocking=False):
            try:
                if self._round is joined:
                    self._close_round(joined)
            finally:
                self._turn.release()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent look; takes no lock from writers."""
        with _said_clearly(self.name):
            connection = self._connection()
            try:
                _driver(connection).execute("BEGIN")
                yield connection
            finally:
                try:
                    _end(connection, commit=False)
                finally:
                    self._give_back(connection)

    def close(self) -> None:
        """Give the connections back."""
        while self._idle:
            self._idle.pop().close()
        super().close()

    def _connection(self) -> Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._engine.connect()

    def _give_back(self, connection: Connection) -> None:
        """A connection that could not even end its transaction is not used again."""
        sound = not connection.invalidated and not _driver(connection).in_transaction
        if sound and len(self._idle) < IDLE_MOST:
            self._idle.append(connection)
        else:
            connection.close()


def _end(connection: Connection, *, commit: bool) -> None:
    """End a transaction, whether SQLAlchemy took notice of it or not."""
    for one in (connection, _driver(connection)):
        if commit:
            one.commit()
        else:
            one.rollback()


@cache
def _made_by(tables: MetaData) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each table's name, and what makes it and its indexes in SQLite's words, found once a process."""
    words = sqlite.dialect()
    return tuple(
        (
            table.name,
            (
                str(CreateTable(table).compile(dialect=words)),
                *(str(CreateIndex(index).compile(dialect=words)) for index in table.indexes),
            ),
        )
        for table in tables.sorted_tables
    )


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
        raw.execute(f"PRAGMA synchronous={'FULL' if durable else 'OFF'}")
        raw.execute("PRAGMA journal_mode=WAL")
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
    except InterfaceError as error:
        # The server has closed the connection before: nothing of this was written.
        raise StoreError(Code.STORE_FAILED, name) from error
    except DBAPIError as error:
        if "could not serialize" in str(error.orig).lower():
            raise StoreError(Code.STORE_BUSY, name) from error
        raise
