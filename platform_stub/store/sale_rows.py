"""Sales that went over an account: what a client bought and what a merchant took, each with its channel."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    and_,
    or_,
    select,
)

from platform_stub.store.base import Rows
from tender.account.merchant_messages import TAKINGS_MOST, Sale, Taking, TakingsQuestion

BOUGHT: Final = "bought"
TAKEN: Final = "taken"


def sale_tables(tables: MetaData) -> None:
    """One row for each side of a sale that is this bank's client."""
    sales = Table(
        "sales",
        tables,
        Column("seq", Integer, primary_key=True, autoincrement=True),
        Column("client", Integer, nullable=False),
        Column("side", String(6), nullable=False),
        Column("reference", String(25), nullable=False),
        Column("amount_tiyn", BigInteger, nullable=False),
        Column("time", Integer, nullable=False),
        Column("channel", String(8), nullable=False),
        Column("converted", Boolean, nullable=False),
        Column("txid", LargeBinary(32), nullable=False),
    )
    Index("sales_once", sales.c.txid, sales.c.side, sales.c.client, unique=True)
    Index("sales_by_time", sales.c.client, sales.c.side, sales.c.time)
    Index("sales_by_reference", sales.c.client, sales.c.side, sales.c.reference)


@dataclass(frozen=True, slots=True)
class Paid:
    """How a sale was paid; ``converted`` into ordinary tenge; ``txid`` (32 bytes) both sides know."""

    amount_tiyn: int
    time: int
    converted: bool
    txid: bytes


class SaleRows(Rows):
    """Queries over sales."""

    tables: MetaData

    def add_sale(self, client: int, side: str, sale: Sale | None, paid: Paid) -> None:
        """Keep a client's side of a sale, once for each transaction; nothing where nothing was sold."""
        if sale is not None:
            values = {"client": client, "side": side, "reference": sale.reference, "channel": sale.channel}
            more = {name: getattr(paid, name) for name in Paid.__slots__}
            self.add_once(self.tables.tables["sales"], {**values, **more})

    def drop_sale(self, transaction: bytes, side: str) -> None:
        """It was refused after all."""
        self.remove_rows("sales", txid=transaction, side=side)

    def sales(self, client: int, side: str, question: TakingsQuestion) -> tuple[Taking, ...]:
        """Oldest first, from the second asked for on, or behind the taking that ended the page before."""
        table = self.tables.tables["sales"]
        columns = ("reference", "amount_tiyn", "time", "channel", "converted", "txid")
        mine = and_(table.c.client == client, table.c.side == side)
        query = select(*(table.c[name] for name in columns)).where(mine)
        ended = select(table.c.time, table.c.seq).where(mine, table.c.txid == question.after)
        last = None if question.after is None else self.connection.execute(ended).first()
        if last is None:
            query = query.where(table.c.time >= question.since)
        else:
            later = and_(table.c.time == last.time, table.c.seq > last.seq)
            query = query.where(or_(table.c.time > last.time, later))
        if question.reference:
            query = query.where(table.c.reference == question.reference)
        rows = self.connection.execute(query.order_by(table.c.time, table.c.seq).limit(TAKINGS_MOST))
        return tuple(Taking(*row) for row in rows)
