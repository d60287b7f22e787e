"""What every participant keeps: the evidence log, the answers it gave, its keys and settings, its outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table, select, update

from platform_stub.store.base import Rows
from tender.account.eds import digest

IN = "in"
OUT = "out"
LAST_SIGN: Final = "\U0010ffff"
WITH_CODE: Final = frozenset({"enrol", "report-lost", "report-found"})
"""Orders that carry an activation code, which may still be good: their digest is logged, not their bytes."""


def desk_tables(tables: MetaData) -> None:
    """The tables of a desk, on a participant's own metadata."""
    Table(
        "evidence",
        tables,
        Column("seq", Integer, primary_key=True, autoincrement=True),
        Column("time", Integer, nullable=False),
        Column("way", String(3), nullable=False),
        Column("peer", Integer, nullable=False),
        Column("kind", String(40), nullable=False, index=True),
        Column("message_id", LargeBinary(16), nullable=False, index=True),
        Column("code", String(40), nullable=False),
        Column("order_raw", LargeBinary, nullable=False),
        Column("reply_raw", LargeBinary, nullable=False),
    )
    Table(
        "answers",
        tables,
        Column("key_id", LargeBinary(8), primary_key=True),
        Column("message_id", LargeBinary(16), primary_key=True),
        Column("digest", LargeBinary(32), nullable=False),
        Column("reply_raw", LargeBinary, nullable=False),
    )
    Table(
        "settings",
        tables,
        Column("name", String(120), primary_key=True),
        Column("value", LargeBinary, nullable=False),
    )
    Table(
        "outbox",
        tables,
        Column("seq", Integer, primary_key=True, autoincrement=True),
        Column("message_id", LargeBinary(16), nullable=False, unique=True),
        Column("peer", Integer, nullable=False),
        Column("kind", String(40), nullable=False),
        Column("order_raw", LargeBinary, nullable=False),
        Column("state", String(10), nullable=False, index=True),
    )


@dataclass(frozen=True, slots=True)
class Evidence:
    """One exchange, as its bytes: who asked (``way`` in: they, out: we), what, and what was answered."""

    seq: int
    time: int
    way: str
    peer: int
    kind: str
    message_id: bytes
    code: str
    order_raw: bytes
    reply_raw: bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An order that must reach its peer, however often it takes; always the same bytes."""

    message_id: bytes
    peer: int
    kind: str
    order_raw: bytes


class DeskRows(Rows):
    """Queries of the desk."""

    def _table(self, name: str) -> Table:
        return self.tables.tables[name]

    tables: MetaData

    def log(
        self,
        time: int,
        way: str,
        peer: int,
        kind: str,
        message_id: bytes,
        code: str,
        order_raw: bytes,
        reply_raw: bytes,
        *,
        once: bool = False,
    ) -> None:
        """Add to the evidence log; nothing is ever taken out of it.

        Of an order with an activation code its digest stays (32 bytes): the signed reply names the same one.
        ``once``: not when the log has it already, the same order with the same refusal or the same reply.
        """
        kept = digest(order_raw) if kind in WITH_CODE else order_raw
        same = {"message_id": message_id, "way": way, "peer": peer, "code": code, "order_raw": kept}
        if once and self.find_one("evidence", ("seq",), **same, **({} if code else {"reply_raw": reply_raw})):
            return
        self.add(
            self._table("evidence"),
            {
                **same,
                "time": time,
                "kind": kind,
                "reply_raw": reply_raw,
            },
        )

    def evidence(self, kind: str | None = None, most: int = 1000) -> list[Evidence]:
        """The newest exchanges, oldest of them first."""
        table = self._table("evidence")
        query = select(table).order_by(table.c.seq.desc()).limit(most)
        if kind is not None:
            query = query.where(table.c.kind == kind)
        return [Evidence(*row) for row in reversed(self.connection.execute(query).all())]

    def answer(self, key_id: bytes, message_id: bytes) -> tuple[bytes, bytes] | None:
        """(digest of the order, reply) given to this message before, or None."""
        row = self.find_one("answers", ("digest", "reply_raw"), key_id=key_id, message_id=message_id)
        return None if row is None else (bytes(row[0]), bytes(row[1]))

    def keep_answer(self, key_id: bytes, message_id: bytes, digest: bytes, reply_raw: bytes) -> None:
        """Remember what was answered; the first answer stays."""
        self.add_once(
            self._table("answers"),
            {"key_id": key_id, "message_id": message_id, "digest": digest, "reply_raw": reply_raw},
        )

    def setting(self, name: str) -> bytes | None:
        """A named value, or None."""
        row = self.find_one("settings", ("value",), name=name)
        return None if row is None else bytes(row[0])

    def settings(self, prefix: str) -> dict[str, bytes]:
        """All named values whose name starts so."""
        table = self._table("settings")
        query = select(table.c.name, table.c.value).where(table.c.name.startswith(prefix))
        if self._place == "?":
            # SQLite's LIKE looks at every row, and each tick asks: its names are in the order of their bytes.
            query = query.where(table.c.name >= prefix, table.c.name < prefix + LAST_SIGN)
        return {name: bytes(value) for name, value in self.connection.execute(query)}

    def keep_setting(self, name: str, value: bytes) -> None:
        """Set a named value."""
        table = self._table("settings")
        if not self.add_once(table, {"name": name, "value": value}):
            self.connection.execute(update(table).where(table.c.name == name).values(value=value))

    def forget_setting(self, name: str) -> None:
        """Remove a named value."""
        self.remove_rows("settings", name=name)

    def sent(self, message_id: bytes) -> bytes | None:
        """The bytes of an order that was put into the outbox before, or None."""
        row = self.find_one("outbox", ("order_raw",), message_id=message_id)
        return None if row is None else bytes(row[0])

    def post(self, outgoing: Outgoing) -> None:
        """Put an order into the outbox, in the transaction that makes it necessary."""
        self.add_once(
            self._table("outbox"),
            {
                "message_id": outgoing.message_id,
                "peer": outgoing.peer,
                "kind": outgoing.kind,
                "order_raw": outgoing.order_raw,
                "state": "open",
            },
        )

    def outgoing(self, message_id: bytes | None = None) -> Sequence[Outgoing]:
        """What has not been delivered yet."""
        columns = ("message_id", "peer", "kind", "order_raw")
        if message_id is None:
            rows = self.find_many("outbox", columns, "state", ("open",), "ORDER BY seq")
        else:
            one = self.find_one("outbox", columns, message_id=message_id, state="open")
            rows = [] if one is None else [one]
        return [Outgoing(*row) for row in rows]

    def delivered(self, message_id: bytes, state: str = "done") -> bool:
        """The peer answered; False when its answer was taken in before, by whoever asked at the same time."""
        return self.change_row("outbox", {"state": state}, message_id=message_id, state="open")

    def scalar(self, query: Any) -> Any:
        """The one value a query gives."""
        return self.connection.execute(query).scalar_one()
