"""Books: entries that happen once, and the lines that sum to zero."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, String, Table, func, select

from platform_stub.ledger.books import Entry, balance_shown
from platform_stub.store.base import Rows


def book_tables(tables: MetaData) -> None:
    """The tables of the books."""
    Table(
        "entries",
        tables,
        Column("reference", LargeBinary(32), primary_key=True),
        # The newest is looked up with every posting; without the index (an older store) that is a scan.
        Column("seq", Integer, nullable=False, index=True),
        Column("time", Integer, nullable=False),
        Column("memo", String(60), nullable=False),
    )
    Table(
        "lines",
        tables,
        Column("seq", Integer, primary_key=True, autoincrement=True),
        Column("reference", LargeBinary(32), nullable=False, index=True),
        Column("account", String(60), nullable=False, index=True),
        Column("change_tiyn", BigInteger, nullable=False),
    )


class BookRows(Rows):
    """Queries of the books."""

    tables: MetaData

    def book(self, entry: Entry, now: int) -> bool:
        """Post an entry; False, and nothing changed, when its reference was posted before."""
        entries, lines = self.tables.tables["entries"], self.tables.tables["lines"]
        (last,) = self._said("SELECT coalesce(max(seq), 0) FROM entries", ()).fetchone()
        values = {"reference": entry.reference, "seq": last + 1, "time": now, "memo": entry.memo}
        if not self.add_once(entries, values):
            return False
        for line in entry.lines:
            self.add(
                lines,
                {"reference": entry.reference, "account": line.account, "change_tiyn": line.change_tiyn},
            )
        return True

    def account(self, account: str) -> int:
        """An account's balance as people read it (tiyn)."""
        lines = self.tables.tables["lines"]
        total = self.connection.execute(
            select(func.coalesce(func.sum(lines.c.change_tiyn), 0)).where(lines.c.account == account)
        ).scalar_one()
        return balance_shown(account, int(total))

    def accounts(self) -> dict[str, int]:
        """Every account's balance as people read it (tiyn)."""
        lines = self.tables.tables["lines"]
        rows = self.connection.execute(
            select(lines.c.account, func.sum(lines.c.change_tiyn)).group_by(lines.c.account)
        )
        return {name: balance_shown(name, int(total)) for name, total in rows}
