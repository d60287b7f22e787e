"""What the notary keeps: hashes of outputs, and which transaction consumed each. No name, no amount."""

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, select, update

from platform_stub.store.desk_rows import DeskRows, desk_tables

TABLES = MetaData()
desk_tables(TABLES)

KNOWN = Table(
    "known_outputs",
    TABLES,
    Column("output", LargeBinary(32), primary_key=True),
    Column("maker", LargeBinary(32), nullable=False),
    Column("consumer", LargeBinary(32), nullable=True),
    Column("time", Integer, nullable=False),
)


class NotaryRows(DeskRows):
    """Queries of the notary."""

    tables = TABLES

    def consumer(self, output: bytes) -> tuple[bool, bytes | None]:
        """(known, the transaction that consumed it or None)."""
        row = self.connection.execute(select(KNOWN.c.consumer).where(KNOWN.c.output == output)).first()
        return (False, None) if row is None else (True, row[0])

    def consume(self, output: bytes, transaction: bytes) -> None:
        """For good."""
        self.connection.execute(update(KNOWN).where(KNOWN.c.output == output).values(consumer=transaction))

    def make(self, output: bytes, transaction: bytes, now: int) -> None:
        """A new output, known by its hash."""
        self.add_once(KNOWN, {"output": output, "maker": transaction, "consumer": None, "time": now})
