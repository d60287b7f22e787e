"""What the ID centre keeps: accounts' owners, by phone, IIN and BIN."""

from sqlalchemy import Boolean, Column, Integer, LargeBinary, MetaData, String, Table, select

from platform_stub.store.desk_rows import DeskRows, desk_tables
from tender.account.service_messages import Register

TABLES = MetaData()
desk_tables(TABLES)

OWNERS = Table(
    "owners",
    TABLES,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("bank", Integer, nullable=False),
    Column("kind", String(6), nullable=False),
    Column("address", LargeBinary(32), nullable=False, unique=True),
    Column("phone", String(20), nullable=False, index=True),
    Column("iin", String(12), nullable=False, index=True),
    Column("bin", String(12), nullable=False, index=True),
    Column("surname", String(60), nullable=False),
    Column("first_name", String(60), nullable=False),
    Column("patronymic", String(60), nullable=False),
    Column("name", String(120), nullable=False),
    Column("name_shown", Boolean, nullable=False),
)
_FIELDS = tuple(column for column in OWNERS.c if column.name not in ("seq", "bank"))


class OwnerRows(DeskRows):
    """Queries of the ID centre."""

    tables = TABLES

    def register(self, bank: int, owner: Register) -> bool:
        """An account's owner; False when the address is known (the entry is brought up to date)."""
        values = {column.name: getattr(owner, column.name) for column in _FIELDS}
        if self.add_once(OWNERS, {"bank": bank, **values}):
            return True
        self.connection.execute(
            OWNERS.update().where(OWNERS.c.address == owner.address, OWNERS.c.bank == bank).values(**values)
        )
        return False

    def find(self, by: str, to: str) -> list[tuple[int, Register]]:
        """(servicing bank, entry) for a number; the account registered first comes first."""
        query = select(OWNERS.c.bank, *_FIELDS).where(OWNERS.c[by] == to).order_by(OWNERS.c.seq)
        return [(row[0], Register(*row[1:])) for row in self.connection.execute(query)]

    def owner(self, address: bytes) -> tuple[int, str, str] | None:
        """(servicing bank, kind, IIN or BIN) of an account's owner, or None."""
        query = select(OWNERS.c.bank, OWNERS.c.kind, OWNERS.c.iin, OWNERS.c.bin)
        row = self.connection.execute(query.where(OWNERS.c.address == address)).first()
        return None if row is None else (int(row[0]), str(row[1]), str(row[2] or row[3]))
