"""One SQLite file whose rows are sealed, whose whole is sealed, and which one process holds at a time.

Each row is encrypted under its own place (kind, id, version). Encryption alone does not show a row that was
deleted or put back from an older copy, so a sealed *head* keeps a digest of the whole multiset of rows, kept
up to date row by row (a sum of keyed digests modulo 2^256), beside a *mark* that the owner of the file
chooses (the wallet: its secure element's counter). A file put back as a whole carries an old mark.

Plain ``sqlite3``, not SQLAlchemy: a wallet is a device that must start at once (docs/adr).
"""

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from shutil import disk_usage
from typing import Final

from tender import canon
from tender.crypto.sealing import NONCE_BYTES, SealingKey
from tender.errors import Code, LocalProtocolError, RemoteProtocolError, StoreError
from tender.ports import Entropy

_MODULUS: Final = 1 << 256
_HEAD: Final = "head"
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS plain (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sealed (
    kind TEXT NOT NULL, place BLOB NOT NULL, version INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (kind, place)
) WITHOUT ROWID;
"""
_OF_ANOTHER_TYPE: Final = """
SELECT 1 FROM sealed
WHERE typeof(kind) || typeof(place) || typeof(version) || typeof(body) <> 'textblobintegerblob'
"""
"""SQLite keeps any type in any column; we have written only these."""
_ANYTHING: Final = "SELECT 1 FROM plain WHERE name = ? UNION ALL SELECT 1 FROM sealed LIMIT 1"
_ROOM_BYTES: Final = 64 << 10
_PAGE_LEAST_BYTES: Final = 512


class Batch:
    """The changes of one transaction: gathered first, written together or not at all."""

    def __init__(self) -> None:
        self.puts: dict[tuple[str, bytes], tuple[int, bytes]] = {}
        self.deletes: set[tuple[str, bytes]] = set()
        self.plain: dict[str, bytes] = {}

    def put(self, kind: str, name: bytes, body: bytes, version: int = 1) -> None:
        """Write or replace a row."""
        self.deletes.discard((kind, name))
        self.puts[kind, name] = (version, body)

    def delete(self, kind: str, name: bytes) -> None:
        """Remove a row, if it is there."""
        self.puts.pop((kind, name), None)
        self.deletes.add((kind, name))

    def set_plain(self, name: str, value: bytes) -> None:
        """Write a value that is readable before the file is unsealed, such as a salt."""
        self.plain[name] = value


Migration = Callable[["SealedFile", Batch], None]
"""Rewrites what a version changed; gets the file as it was and the batch that brings it to the next."""


class SealedFile:
    """An open sealed file. Raises :class:`StoreError` with the code that says what happened."""

    def __init__(self, connection: sqlite3.Connection, path: Path, version: int) -> None:
        self._connection = connection
        self._path = path
        self._version = version
        self._rows: dict[tuple[str, bytes], tuple[int, bytes]] = {}
        self._key: SealingKey | None = None
        self._digests: SealingKey | None = None
        self._entropy: Entropy | None = None
        self._sum = 0
        self._mark = 0

    @classmethod
    def create(
        cls, path: Path, *, application: int, version: int, plain: Mapping[str, bytes]
    ) -> "SealedFile":
        """Make a new file; ``store-exists`` when one is there. It holds no head until :meth:`seal_new`."""
        with _translated(path):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if path.exists() and not cls._unfinished(path):
                raise StoreError(Code.STORE_EXISTS, "store", file=path.name)
            path.touch(mode=0o600)
            connection = _connect(path)
            connection.executescript(_SCHEMA)
            connection.execute(f"PRAGMA application_id = {application:d}")
            connection.execute(f"PRAGMA user_version = {version:d}")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM sealed")
            connection.execute("DELETE FROM plain")
            connection.executemany("INSERT INTO plain VALUES (?, ?)", list(plain.items()))
            connection.execute("COMMIT")
        return cls(connection, path, version)

    @staticmethod
    def _unfinished(path: Path) -> bool:
        """Whether a creation was cut off before the first head was written: nothing can be lost there."""
        connection = _connect(path)
        try:
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}
            if "plain" not in tables:
                return not tables
            return not connection.execute("SELECT 1 FROM plain WHERE name = ?", (_HEAD,)).fetchone()
        finally:
            connection.close()

    @classmethod
    def open(cls, path: Path, *, application: int, version: int) -> "SealedFile":
        """Open an existing file and take hold of it; what is plain is readable, the rest waits for a key.

        ``store-missing``, ``store-busy``, ``store-newer`` (a later program wrote it), ``store-read-only``.
        """
        with _translated(path):
            if not path.is_file() or not path.stat().st_size:
                raise StoreError(Code.STORE_MISSING, "store", file=path.name)
            if path.stat().st_size < _PAGE_LEAST_BYTES:  # SQLite would make a new store of it
                raise StoreError(Code.STORE_TAMPERED, "store", file=path.name)
            connection = _connect(path)
            ours = connection.execute("PRAGMA application_id").fetchone()[0]
            found = connection.execute("PRAGMA user_version").fetchone()[0]
            if ours != application:
                connection.close()
                raise StoreError(Code.STORE_TAMPERED if ours else Code.STORE_MISSING, "store.application")
            if found > version:
                connection.close()
                raise StoreError(Code.STORE_NEWER, "store.version", version=found, known=version)
            if not connection.execute(_ANYTHING, (_HEAD,)).fetchone():
                connection.close()  # its making was cut off: nothing is lost by making it again
                raise StoreError(Code.STORE_MISSING, "store", file=path.name)
            return cls(connection, path, found)

    @property
    def version(self) -> int:
        """The layout version of the file as it is on the disk."""
        return self._version

    @property
    def mark(self) -> int:
        """The owner's mark in the head (a counter)."""
        return self._mark

    def plain(self, name: str) -> bytes | None:
        """A value that is not sealed."""
        with _translated(self._path):
            row = self._connection.execute("SELECT value FROM plain WHERE name = ?", (name,)).fetchone()
        if row is not None and not isinstance(row[0], bytes):
            raise StoreError(Code.STORE_TAMPERED, f"store.{name}")
        return None if row is None else bytes(row[0])

    def set_plain(self, name: str, value: bytes) -> None:
        """Write an unsealed value in a transaction of its own (a count of wrong PINs)."""
        with _translated(self._path):
            self._connection.execute("INSERT OR REPLACE INTO plain VALUES (?, ?)", (name, value))

    def seal_new(self, key: SealingKey, entropy: Entropy, mark: int = 0) -> None:
        """Give a new file its key and its first head."""
        self._take_key(key, entropy)
        self.commit(Batch(), mark)

    def unseal(
        self,
        key: SealingKey,
        entropy: Entropy,
        *,
        migrations: Mapping[int, Migration] | None = None,
        version: int | None = None,
    ) -> None:
        """Check the head and every row, then bring the file to ``version`` step by step.

        ``store-tampered`` when the head does not open, or a row was changed, added, removed or put back.
        """
        self._take_key(key, entropy)
        sealed_head = self.plain(_HEAD)
        head = None if sealed_head is None else key.open(sealed_head, _HEAD.encode())
        if head is None:
            raise StoreError(Code.STORE_TAMPERED, "store.head")
        stated_version, stated_count, stated_sum, mark = _read_head(head)
        total, count = 0, 0
        with _translated(self._path):
            if self._connection.execute(_OF_ANOTHER_TYPE).fetchone():
                raise StoreError(Code.STORE_TAMPERED, "store.rows")
            found = self._connection.execute("SELECT kind, place, version, body FROM sealed")
            for kind, place, row_version, body in found:
                total = (total + self._row_digest(kind, place, row_version, body)) % _MODULUS
                count += 1
                self._rows[kind, place] = (row_version, body)
        if (stated_version, stated_count, stated_sum) != (self._version, count, total):
            raise StoreError(Code.STORE_TAMPERED, "store.rows")
        self._sum, self._mark = total, mark
        for step in range(self._version, version or self._version):
            batch = Batch()
            (migrations or {})[step](self, batch)
            self.commit(batch, mark, version=step + 1)

    def _take_key(self, key: SealingKey, entropy: Entropy) -> None:
        self._key, self._digests, self._entropy = key, key.derive("digests"), entropy

    def get(self, kind: str, name: bytes) -> bytes | None:
        """The body of a row, or None."""
        place = self._place(kind, name)
        return self._open_row(kind, place)[1] if (kind, place) in self._rows else None

    def all(self, kind: str) -> list[tuple[bytes, bytes]]:
        """Every (name, body) of a kind, in no particular order."""
        return list(self.each(kind))

    def each(self, kind: str) -> Iterator[tuple[bytes, bytes]]:
        """As :meth:`all`, one by one: what was opened before need not stay in memory."""
        return (self._open_row(kind, place) for of, place in list(self._rows) if of == kind)

    def _open_row(self, kind: str, place: bytes) -> tuple[bytes, bytes]:
        assert self._key is not None
        version, body = self._rows[kind, place]
        opened = self._key.open(body, _row_place(kind, place, version))
        if opened is None:
            raise StoreError(Code.STORE_TAMPERED, f"store.{kind}")
        name, inner = canon.as_list(canon.decode(opened, kind), 2, kind)
        assert isinstance(name, bytes) and isinstance(inner, bytes)
        return name, inner

    def _place(self, kind: str, name: bytes) -> bytes:
        assert self._digests is not None
        return self._digests.digest(kind.encode() + b"\x00" + name, 16)

    def _row_digest(self, kind: str, place: bytes, version: int, body: bytes) -> int:
        assert self._digests is not None
        return int.from_bytes(self._digests.digest(_row_place(kind, place, version) + body), "big")

    def write(
        self, puts: Mapping[tuple[str, bytes], bytes], deletes: set[tuple[str, bytes]], mark: int
    ) -> None:
        """:meth:`commit` for an owner that knows rows and not batches."""
        batch = Batch()
        for (kind, name), body in puts.items():
            batch.put(kind, name, body)
        for kind, name in deletes:
            batch.delete(kind, name)
        self.commit(batch, mark)

    def commit(self, batch: Batch, mark: int, *, version: int | None = None) -> None:
        """Write a batch, the new head and the mark in one durable transaction."""
        if self._key is None or self._entropy is None:
            raise LocalProtocolError(Code.OUT_OF_ORDER, "store sealed")
        total = self._sum
        gone: list[tuple[str, bytes]] = []
        written: list[tuple[str, bytes, int, bytes]] = []
        for kind, name in batch.deletes:
            place = self._place(kind, name)
            old = self._rows.get((kind, place))
            if old is not None:
                total -= self._row_digest(kind, place, *old)
                gone.append((kind, place))
        for (kind, name), (row_version, body) in batch.puts.items():
            place = self._place(kind, name)
            old = self._rows.get((kind, place))
            if old is not None:
                total -= self._row_digest(kind, place, *old)
            sealed = self._key.seal(
                canon.encode([name, body]),
                _row_place(kind, place, row_version),
                self._entropy.draw(NONCE_BYTES),
            )
            total += self._row_digest(kind, place, row_version, sealed)
            written.append((kind, place, row_version, sealed))
        total %= _MODULUS
        new_keys = {(kind, place) for kind, place, _, _ in written} - set(self._rows)
        count = len(self._rows) - len(gone) + len(new_keys)
        to_version = version or self._version
        head = canon.encode([to_version, count, total.to_bytes(32, "big"), mark])
        sealed_head = self._key.seal(head, _HEAD.encode(), self._entropy.draw(NONCE_BYTES))
        self._write(gone, written, {**batch.plain, _HEAD: sealed_head}, to_version)
        for key in gone:
            del self._rows[key]
        for kind, place, row_version, sealed in written:
            self._rows[kind, place] = (row_version, sealed)
        self._sum, self._mark, self._version = total, mark, to_version

    def _write(
        self,
        gone: list[tuple[str, bytes]],
        written: list[tuple[str, bytes, int, bytes]],
        plain: Mapping[str, bytes],
        version: int,
    ) -> None:
        with _translated(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany("DELETE FROM sealed WHERE kind = ? AND place = ?", gone)
                self._connection.executemany("INSERT OR REPLACE INTO sealed VALUES (?, ?, ?, ?)", written)
                self._connection.executemany(
                    "INSERT OR REPLACE INTO plain VALUES (?, ?)", list(plain.items())
                )
                if version != self._version:
                    self._connection.execute(f"PRAGMA user_version = {version:d}")
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def limit_pages(self, pages: int) -> None:
        """Let the file grow no further than so many pages: how a test fills the disk."""
        self._connection.execute(f"PRAGMA max_page_count = {pages:d}")

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


@lru_cache(maxsize=4096)
def _row_place(kind: str, place: bytes, version: int) -> bytes:
    return canon.encode([kind, place, version])


def _read_head(head: bytes) -> tuple[int, int, int, int]:
    try:
        version, count, total, mark = canon.as_list(canon.decode(head, "head"), 4, "head")
    except RemoteProtocolError as error:
        raise StoreError(Code.STORE_TAMPERED, "store.head") from error
    assert isinstance(version, int) and isinstance(count, int)
    assert isinstance(total, bytes) and isinstance(mark, int)
    return version, count, int.from_bytes(total, "big"), mark


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=0.2, check_same_thread=False)
    try:
        # Exclusive for as long as the file is open: two wallets on one store would each believe in its rows.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """SQLite's and the system's errors as the few that a person can act on."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(_code_of(error, path), "store", file=path.name) from error
    except OSError as error:
        raise StoreError(_code_of_system(error), "store", file=path.name) from error


_CODES: Final = {
    sqlite3.SQLITE_FULL: Code.STORE_FULL,
    sqlite3.SQLITE_READONLY: Code.STORE_READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: Code.STORE_READ_ONLY,
    sqlite3.SQLITE_PERM: Code.STORE_READ_ONLY,
    sqlite3.SQLITE_BUSY: Code.STORE_BUSY,
    sqlite3.SQLITE_LOCKED: Code.STORE_BUSY,
    sqlite3.SQLITE_NOTADB: Code.STORE_TAMPERED,
    sqlite3.SQLITE_CORRUPT: Code.STORE_TAMPERED,
}


def _code_of(error: sqlite3.Error, path: Path) -> Code:
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if "decode" in str(error):  # what should be text is none: nobody here wrote it
        return Code.STORE_TAMPERED
    # SQLite says "disk I/O error" for several things that a person can act on.
    if primary == sqlite3.SQLITE_IOERR and disk_usage(path.parent).free < _ROOM_BYTES:
        return Code.STORE_FULL
    if primary == sqlite3.SQLITE_IOERR and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        return Code.STORE_READ_ONLY
    return _CODES.get(primary, Code.STORE_FAILED)


def _code_of_system(error: OSError) -> Code:
    if error.errno == 28:  # ENOSPC
        return Code.STORE_FULL
    return Code.STORE_READ_ONLY if error.errno in (1, 13, 30) else Code.STORE_FAILED
