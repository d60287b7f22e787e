"""A node of the account ledger: its outputs, the movements it makes, what it validated, what is held.

Only banks and the National Bank have one; each holds nothing but the outputs of its own accounts (DT-P-24).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    String,
    Table,
    func,
    select,
    update,
)

from platform_stub.store.base import Rows
from tender.account.transaction import Output

UNSPENT = "unspent"
LOCKED = "locked"
SPENT = "spent"
MELTED = "melted"
"""Taken out of accounts by the National Bank: redeemed, or living on as tokens."""


def node_tables(tables: MetaData) -> None:
    """The tables of a node."""
    outputs = Table(
        "outputs",
        tables,
        Column("id", LargeBinary(32), primary_key=True),
        Column("maker", LargeBinary(32), nullable=False),
        Column("place", Integer, nullable=False),
        Column("bank", Integer, nullable=False),
        Column("address", LargeBinary(32), nullable=False),
        Column("amount_tiyn", BigInteger, nullable=False),
        Column("state", String(8), nullable=False, index=True),
        Column("spent_by", LargeBinary(32), nullable=True, index=True),
    )
    # What an account may spend is asked at every payment: its live outputs, not its history.
    Index("outputs_of", outputs.c.address, outputs.c.state)
    Table(
        "movements",
        tables,
        Column("operation", LargeBinary(32), primary_key=True),
        Column("txid", LargeBinary(32), nullable=False, unique=True),
        Column("purpose", String(10), nullable=False),
        Column("signed", LargeBinary, nullable=False),
        Column("notarise_order", LargeBinary, nullable=True),
        Column("movement", LargeBinary, nullable=True),
        Column("state", String(10), nullable=False, index=True),
        Column("code", String(40), nullable=False),
        Column("time", Integer, nullable=False),
    )
    Table(
        "validations",
        tables,
        Column("seq", Integer, primary_key=True, autoincrement=True),
        Column("txid", LargeBinary(32), nullable=False, index=True),
        Column("time", Integer, nullable=False),
        Column("purpose", String(10), nullable=False),
        Column("amount_tiyn", BigInteger, nullable=False),
        Column("result", String(40), nullable=False),
    )
    Table(
        "history",
        tables,
        Column("seq", Integer, primary_key=True, autoincrement=True),
        Column("txid", LargeBinary(32), nullable=False, unique=True),
        Column("time", Integer, nullable=False),
        Column("purpose", String(10), nullable=False),
        Column("amount_tiyn", BigInteger, nullable=False),
        Column("status", String(12), nullable=False),
    )
    Table(
        "holds",
        tables,
        Column("reference", LargeBinary(32), primary_key=True),
        Column("address", LargeBinary(32), nullable=False, index=True),
        Column("amount_tiyn", BigInteger, nullable=False),
        Column("state", String(8), nullable=False),
        Column("time", Integer, nullable=False),
    )
    Table(
        "transit",
        tables,
        Column("output", LargeBinary(32), primary_key=True),
        Column("txid", LargeBinary(32), nullable=False, index=True),
        Column("bank", Integer, nullable=False),
        Column("amount_tiyn", BigInteger, nullable=False),
        Column("state", String(8), nullable=False, index=True),
    )


@dataclass(frozen=True, slots=True)
class MovementRow:
    """A movement on its way: prepared, notarised, or failed with a code."""

    operation: bytes
    txid: bytes
    purpose: str
    signed: bytes
    notarise_order: bytes | None
    movement: bytes | None
    state: str
    code: str


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One transaction that touched this node."""

    seq: int
    txid: bytes
    time: int
    purpose: str
    amount_tiyn: int
    status: str


class NodeRows(Rows):
    """Queries of a node."""

    tables: MetaData

    def _node(self, name: str) -> Table:
        return self.tables.tables[name]

    # --- outputs

    def add_output(self, output: Output) -> bool:
        """Record an output of this node; False when it is known."""
        return self.add_once(
            self._node("outputs"),
            {
                "id": output.id,
                "maker": output.maker,
                "place": output.index,
                "bank": output.bank,
                "address": output.address,
                "amount_tiyn": output.amount_tiyn,
                "state": UNSPENT,
                "spent_by": None,
            },
        )

    def spendable(self, address: bytes) -> list[Output]:
        """The unspent outputs of an address that no movement has locked."""
        table = self._node("outputs")
        rows = self.connection.execute(
            select(table.c.maker, table.c.place, table.c.bank, table.c.address, table.c.amount_tiyn).where(
                table.c.address == address, table.c.state == UNSPENT
            )
        )
        return [Output(*row) for row in rows]

    def output_state(self, output_id: bytes) -> str | None:
        """Its state on this node, or None where it is unknown."""
        table = self._node("outputs")
        row = self.connection.execute(select(table.c.state).where(table.c.id == output_id)).first()
        return None if row is None else str(row[0])

    def turn(self, ids: Sequence[bytes], before: str, after: str, txid: bytes | None) -> int:
        """Move outputs from one state to the next; returns how many were in the first one."""
        if not ids:
            return 0
        table = self._node("outputs")
        done = self.connection.execute(
            update(table)
            .where(table.c.id.in_(list(ids)), table.c.state == before)
            .values(state=after, spent_by=txid)
        )
        return done.rowcount

    def balance(self, address: bytes) -> int:
        """The sum of an address's outputs, locked ones included until they are spent (tiyn)."""
        table = self._node("outputs")
        return int(
            self.connection.execute(
                select(func.coalesce(func.sum(table.c.amount_tiyn), 0)).where(
                    table.c.address == address, table.c.state.in_((UNSPENT, LOCKED))
                )
            ).scalar_one()
        )

    def total(self) -> int:
        """The sum of all live outputs on this node (tiyn)."""
        table = self._node("outputs")
        return int(
            self.connection.execute(
                select(func.coalesce(func.sum(table.c.amount_tiyn), 0)).where(
                    table.c.state.in_((UNSPENT, LOCKED))
                )
            ).scalar_one()
        )

    # --- holds

    def hold(self, reference: bytes, address: bytes, amount_tiyn: int, now: int) -> bool:
        """Encumber; False when this reference is known."""
        return self.add_once(
            self._node("holds"),
            {
                "reference": reference,
                "address": address,
                "amount_tiyn": amount_tiyn,
                "state": "held",
                "time": now,
            },
        )

    def release(self, reference: bytes) -> bool:
        """Lift; False when nothing was held under this reference."""
        table = self._node("holds")
        done = self.connection.execute(
            update(table)
            .where(table.c.reference == reference, table.c.state == "held")
            .values(state="released")
        )
        return done.rowcount > 0

    def held(self, address: bytes) -> int:
        """How much of an address is encumbered (tiyn)."""
        table = self._node("holds")
        return int(
            self.connection.execute(
                select(func.coalesce(func.sum(table.c.amount_tiyn), 0)).where(
                    table.c.address == address, table.c.state == "held"
                )
            ).scalar_one()
        )

    # --- movements

    def movement(self, operation: bytes) -> MovementRow | None:
        """The movement of an operation."""
        row = self.find_one("movements", MovementRow.__slots__, operation=operation)
        return None if row is None else MovementRow(*row)

    def unfinished(self) -> list[bytes]:
        """Operations whose movement is prepared and neither notarised nor failed."""
        table = self._node("movements")
        rows = self.connection.execute(select(table.c.operation).where(table.c.state == "prepared"))
        return [bytes(row[0]) for row in rows]

    def final_operations(self) -> Select[tuple[bytes]]:
        """Operations whose movement is final, as a query to nest."""
        table = self._node("movements")
        return select(table.c.operation).where(table.c.state == "done")

    def keep_movement(self, row: MovementRow, now: int) -> None:
        """Insert or bring up to date."""
        table = self._node("movements")
        values = {name: getattr(row, name) for name in MovementRow.__slots__}
        if not self.add_once(table, {**values, "time": now}):
            self.change_row("movements", values, operation=row.operation)

    # --- what the node saw

    def validated(self, txid: bytes, purpose: str, amount_tiyn: int, result: str, now: int) -> None:
        """Record a validation result (DT-P-20)."""
        self.add(
            self._node("validations"),
            {"txid": txid, "time": now, "purpose": purpose, "amount_tiyn": amount_tiyn, "result": result},
        )

    def validations(self, txid: bytes) -> list[str]:
        """The results this node recorded for a transaction."""
        table = self._node("validations")
        rows = self.connection.execute(
            select(table.c.result).where(table.c.txid == txid).order_by(table.c.seq)
        )
        return [str(row[0]) for row in rows]

    def note(self, txid: bytes, purpose: str, amount_tiyn: int, status: str, now: int) -> None:
        """Add to the node's history; a transaction appears once, with its last status (DT-P-23)."""
        table = self._node("history")
        if not self.add_once(
            table,
            {"txid": txid, "time": now, "purpose": purpose, "amount_tiyn": amount_tiyn, "status": status},
        ):
            self.change_row("history", {"status": status}, txid=txid)

    def history(self) -> list[HistoryRow]:
        """Everything, in order."""
        table = self._node("history")
        query = select(*(table.c[name] for name in HistoryRow.__slots__)).order_by(table.c.seq)
        return [HistoryRow(*row) for row in self.connection.execute(query)]

    # --- in transit

    def send_off(self, output: Output) -> None:
        """Gone from here, not yet known to be there."""
        self.add_once(
            self._node("transit"),
            {
                "output": output.id,
                "txid": output.maker,
                "bank": output.bank,
                "amount_tiyn": output.amount_tiyn,
                "state": "open",
            },
        )

    def arrived(self, txid: bytes, bank: int) -> None:
        """The peer has it."""
        table = self._node("transit")
        self.connection.execute(
            update(table).where(table.c.txid == txid, table.c.bank == bank).values(state="closed")
        )

    def open_transit(self) -> list[tuple[bytes, int, int]]:
        """(output, bank it goes to, amount in tiyn) of what left and was not acknowledged."""
        table = self._node("transit")
        rows = self.connection.execute(
            select(table.c.output, table.c.bank, table.c.amount_tiyn).where(table.c.state == "open")
        )
        return [(bytes(row[0]), int(row[1]), int(row[2])) for row in rows]

    def in_transit(self) -> int:
        """Sum of what left and was not acknowledged (tiyn)."""
        table = self._node("transit")
        return int(
            self.connection.execute(
                select(func.coalesce(func.sum(table.c.amount_tiyn), 0)).where(table.c.state == "open")
            ).scalar_one()
        )
