"""The switch's store: every row of every host in one table, written in one transaction a turn.

Where the rows lie is a database of :mod:`hardware.disks`: a SQLite file, or PostgreSQL by URL. Card numbers
stand in them, so each row is sealed under a key that lies with the switch's other keys and not in the
database (:class:`RowSealing`): a copy of the database alone tells nobody's number.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Final, Protocol

from sqlalchemy import VARCHAR, Column, Connection, LargeBinary, MetaData, String, Table

from card_switch.core.node import Row
from tender.crypto.sealing import NONCE_BYTES, SealingKey
from tender.errors import Code, StoreError
from tender.ports import Entropy

RowName = tuple[str, str, str]
"""Host, kind of row, key."""

TABLES: Final = MetaData()
_ROWS: Final = Table(
    "switch_rows",
    TABLES,
    Column("host", String(40), primary_key=True),
    Column("kind", String(40), primary_key=True),
    # In the order of its octets everywhere: beginnings of keys are looked for as a range.
    Column("key", String(160).with_variant(VARCHAR(160, collation="C"), "postgresql"), primary_key=True),
    Column("data", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

_PUT: Final = (
    "INSERT INTO switch_rows (host, kind, key, data) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (host, kind, key) DO UPDATE SET data = excluded.data"
)
SEALED: Final = b"\x01"
"""How a sealed row begins."""
_BEHIND_ALL: Final = "\x7f"
"""Keys are ASCII without it."""
_REMOVE: Final = "DELETE FROM switch_rows WHERE host = ? AND kind = ? AND key = ?"


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


class RowSealing:
    """Seals what a row says, bound to where it stands."""

    def __init__(self, key: SealingKey, entropy: Entropy) -> None:
        self._key = key
        self._entropy = entropy

    def sealed(self, rows: Mapping[RowName, bytes]) -> dict[RowName, bytes]:
        """As they lie on the disk."""
        drawn = self._entropy.draw(NONCE_BYTES * len(rows))
        nonces = (drawn[at : at + NONCE_BYTES] for at in range(0, len(drawn), NONCE_BYTES))
        return {
            name: SEALED + self._key.seal(data, _place(name), nonce)
            for (name, data), nonce in zip(rows.items(), nonces, strict=True)
        }

    def opened(self, name: RowName, data: bytes) -> bytes:
        """What it says. Raises :class:`~tender.errors.StoreError`: ``store-tampered`` for one that was not
        sealed here for this place, such as one in clear. An older one of this place put back is not seen."""
        found = self._key.open(data.removeprefix(SEALED), _place(name)) if data.startswith(SEALED) else None
        if found is None:
            raise StoreError(Code.STORE_TAMPERED, f"switch.{name[1]}")
        return found


def _place(name: RowName) -> bytes:
    return "\n".join(name).encode()


class SwitchStore:
    """The rows on a disk."""

    def __init__(self, disk: Disk, sealing: RowSealing | None = None) -> None:
        """``sealing``: None writes in clear, for rows that nobody keeps."""
        self._disk = disk
        self._sealing = sealing
        disk.prepare(TABLES)

    def write(self, changes: Mapping[RowName, bytes | None]) -> None:
        """All of them, durably, or none: None removes a row. Raises :class:`~tender.errors.StoreError`."""
        rows = {name: data for name, data in changes.items() if data is not None}
        if self._sealing is not None:
            rows = self._sealing.sealed(rows)
        kept = [(*name, data) for name, data in rows.items()]
        gone = [name for name, data in changes.items() if data is None]
        with self._disk.writing() as connection:
            here = "?" if connection.dialect.name == "sqlite" else "%s"
            if kept:
                connection.exec_driver_sql(_PUT.replace("?", here), kept)
            if gone:
                connection.exec_driver_sql(_REMOVE.replace("?", here), gone)

    def rows_of(self, host: str, table: str = "", beginning: str = "") -> list[Row]:
        """Every row of a host; with ``table`` only those there whose key begins so."""
        wanted = _ROWS.select().where(_ROWS.c.host == host).order_by(_ROWS.c.kind, _ROWS.c.key)
        if table:
            wanted = wanted.where(
                _ROWS.c.kind == table, _ROWS.c.key >= beginning, _ROWS.c.key < beginning + _BEHIND_ALL
            )
        with self._disk.reading() as connection:
            found = connection.execute(wanted).all()
        opened = self._sealing.opened if self._sealing is not None else _as_it_is
        return [Row(row.kind, row.key, opened((host, row.kind, row.key), bytes(row.data))) for row in found]

    def close(self) -> None:
        """Give the disk back."""
        self._disk.close()


def _as_it_is(name: RowName, data: bytes) -> bytes:
    return data
