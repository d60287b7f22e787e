"""What the National Bank keeps: requests, roots of offline tokens, its node, its ABS and its desk."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, String, Table, func, select, update

from platform_stub.store.hand_over_rows import HandOverRows, hand_over_tables
from platform_stub.store.ledger_rows import LedgerRows, ledger_tables
from platform_stub.store.token_rows import TokenRows, token_tables

TABLES = MetaData()
ledger_tables(TABLES)
token_tables(TABLES)
hand_over_tables(TABLES)

REQUESTS = Table(
    "requests",
    TABLES,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("operation", LargeBinary(32), nullable=False, unique=True),
    Column("bank", Integer, nullable=False),
    Column("kind", String(6), nullable=False),
    Column("amount_tiyn", BigInteger, nullable=False),
    Column("address", LargeBinary(32), nullable=False),
    Column("txid", LargeBinary(32), nullable=True),
    Column("state", String(10), nullable=False),
    Column("time", Integer, nullable=False),
)
ROOTS = Table(
    "roots",
    TABLES,
    Column("identifier", LargeBinary(16), primary_key=True),
    Column("output", LargeBinary(32), nullable=False, unique=True),
    Column("txid", LargeBinary(32), nullable=False, index=True),
    Column("place", Integer, nullable=False),
    Column("amount_tiyn", BigInteger, nullable=False),
    Column("holder", LargeBinary(32), nullable=False),
    Column("bank", Integer, nullable=False),
    Column("expiry", Integer, nullable=False),
    Column("packed", LargeBinary, nullable=False),
    Column("time", Integer, nullable=False),
)

ISSUE = "issue"
REDEEM = "redeem"


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A bank's request; ``address`` is where an issue goes, ``txid`` what a redemption brought."""

    number: int
    operation: bytes
    bank: int
    kind: str
    amount_tiyn: int
    address: bytes
    txid: bytes | None
    state: str
    time: int


@dataclass(frozen=True, slots=True)
class RootRow:
    """A root that was made: who asked, for which key, how much; ``output`` is its 32-byte output id."""

    identifier: bytes
    output: bytes
    txid: bytes
    place: int
    amount_tiyn: int
    holder: bytes
    bank: int
    expiry: int
    packed: bytes


class NbkRows(LedgerRows, TokenRows, HandOverRows):
    """Queries of the National Bank."""

    tables = TABLES

    def note_request(self, row: RequestRow) -> RequestRow:
        """Keep a request, once an operation; returns it with its number."""
        values = {name: getattr(row, name) for name in RequestRow.__slots__ if name != "number"}
        self.add_once(REQUESTS, values)
        found = self.connection.execute(
            select(*(REQUESTS.c[name] for name in RequestRow.__slots__)).where(
                REQUESTS.c.operation == row.operation
            )
        ).one()
        return RequestRow(*found)

    def request(self, number: int) -> RequestRow | None:
        """A request by number."""
        row = self.connection.execute(
            select(*(REQUESTS.c[name] for name in RequestRow.__slots__)).where(REQUESTS.c.number == number)
        ).first()
        return None if row is None else RequestRow(*row)

    def request_about(self, txid: bytes) -> RequestRow | None:
        """The request that a movement brought."""
        row = self.connection.execute(
            select(*(REQUESTS.c[name] for name in RequestRow.__slots__)).where(REQUESTS.c.txid == txid)
        ).first()
        return None if row is None else RequestRow(*row)

    def requests(self) -> list[RequestRow]:
        """All, in order."""
        query = select(*(REQUESTS.c[name] for name in RequestRow.__slots__)).order_by(REQUESTS.c.number)
        return [RequestRow(*row) for row in self.connection.execute(query)]

    def decide(self, number: int, before: str, after: str) -> bool:
        """Move a request on; False when it was not in the first state."""
        done = self.connection.execute(
            update(REQUESTS)
            .where(REQUESTS.c.number == number, REQUESTS.c.state == before)
            .values(state=after)
        )
        return done.rowcount > 0

    def add_root(self, row: RootRow, now: int) -> None:
        """A root that was made."""
        self.add(ROOTS, {**{name: getattr(row, name) for name in RootRow.__slots__}, "time": now})

    def roots_of(self, txid: bytes) -> list[RootRow]:
        """The roots a load made, in the order they were wanted."""
        query = (
            select(*(ROOTS.c[name] for name in RootRow.__slots__))
            .where(ROOTS.c.txid == txid)
            .order_by(ROOTS.c.place)
        )
        return [RootRow(*row) for row in self.connection.execute(query)]

    def root(self, output: bytes) -> RootRow | None:
        """A root by the id of its output."""
        row = self.connection.execute(
            select(*(ROOTS.c[name] for name in RootRow.__slots__)).where(ROOTS.c.output == output)
        ).first()
        return None if row is None else RootRow(*row)

    def loaded(self) -> int:
        """Sum of all roots ever made (tiyn)."""
        return int(self.scalar(select(func.coalesce(func.sum(ROOTS.c.amount_tiyn), 0))))

    def minting_tiyn(self) -> int:
        """Booked as issued, its movement not final yet (tiyn)."""
        query = select(func.coalesce(func.sum(REQUESTS.c.amount_tiyn), 0)).where(
            REQUESTS.c.state == "approving", ~REQUESTS.c.operation.in_(self.final_operations())
        )
        return int(self.scalar(query))
