"""Payments handed over for *keep or return*: what the National Bank asked, and what waits at a bank for its
device's answer (docs/adr/0015)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table, func, select, update

from platform_stub.store.base import Rows
from tender.account.hand_over_messages import ASKED

ANSWERED = "answered"


def hand_over_tables(tables: MetaData) -> None:
    """What the National Bank keeps of each hand-over."""
    Table(
        "hand_overs",
        tables,
        Column("reference", LargeBinary(32), primary_key=True),
        Column("bank", Integer, nullable=False),
        Column("address", LargeBinary(32), nullable=False),
        Column("payee_bank", Integer, nullable=False),
        Column("key", LargeBinary(32), nullable=False),
        Column("payment_id", LargeBinary(16), nullable=False),
        Column("passed", LargeBinary, nullable=False),
        Column("until", Integer, nullable=False, index=True),
        Column("state", String(8), nullable=False, index=True),
        Column("answer", LargeBinary, nullable=False),
        Column("time", Integer, nullable=False),
    )


def late_money_tables(tables: MetaData) -> None:
    """What a bank keeps for its devices."""
    Table(
        "late_money",
        tables,
        Column("reference", LargeBinary(32), primary_key=True),
        Column("device", Integer, nullable=False, index=True),
        Column("question", LargeBinary, nullable=False),
        Column("state", String(8), nullable=False),
        Column("time", Integer, nullable=False),
    )


@dataclass(frozen=True, slots=True)
class HandOverRow:
    """``passed``: what the payer's bank sent; ``answer``: the payee's message, or empty."""

    reference: bytes
    bank: int
    address: bytes
    payee_bank: int
    key: bytes
    payment_id: bytes
    passed: bytes
    until: int
    state: str
    answer: bytes


class HandOverRows(Rows):
    """The National Bank's queries."""

    tables: MetaData

    def add_hand_over(self, row: HandOverRow, now: int) -> bool:
        """Keep one; False when it is known."""
        values = {name: getattr(row, name) for name in HandOverRow.__slots__}
        return self.add_once(self.tables.tables["hand_overs"], {**values, "time": now})

    def hand_over(self, reference: bytes) -> HandOverRow | None:
        """One by its reference."""
        found = self._hand_overs(self.tables.tables["hand_overs"].c.reference == reference)
        return found[0] if found else None

    def hand_overs(self) -> list[HandOverRow]:
        """All, oldest first."""
        return self._hand_overs()

    def hand_overs_to(self, key: bytes) -> list[HandOverRow]:
        """Those of payments to this key, oldest first."""
        return self._hand_overs(self.tables.tables["hand_overs"].c.key == key)

    def hand_overs_unanswered(self, before: int) -> list[HandOverRow]:
        """Those whose time was up before that (seconds) and that nobody answered."""
        table = self.tables.tables["hand_overs"]
        return self._hand_overs(table.c.state == ASKED, table.c.until <= before)

    def _hand_overs(self, *where: Any) -> list[HandOverRow]:
        table = self.tables.tables["hand_overs"]
        query = select(*(table.c[name] for name in HandOverRow.__slots__))
        for one in where:
            query = query.where(one)
        found = self.connection.execute(query.order_by(table.c.time, table.c.reference))
        return [HandOverRow(*row) for row in found]

    def turn_hand_over(self, reference: bytes, state: str, answer: bytes) -> None:
        """What became of it; the first word stands."""
        table = self.tables.tables["hand_overs"]
        here = (table.c.reference == reference) & (table.c.state == ASKED)
        self.connection.execute(update(table).where(here).values(state=state, answer=answer))


class LateMoneyRows(Rows):
    """A bank's queries."""

    tables: MetaData

    def add_late_money(self, reference: bytes, device: int, question: bytes, now: int) -> bool:
        """Keep a question for a device; False when it is known."""
        values = {"reference": reference, "device": device, "question": question}
        return self.add_once(self.tables.tables["late_money"], {**values, "state": ASKED, "time": now})

    def late_money(self, device: int, most: int) -> list[bytes]:
        """The questions that wait for a device, oldest first."""
        table = self.tables.tables["late_money"]
        query = select(table.c.question).where(table.c.device == device, table.c.state == ASKED)
        found = self.connection.execute(query.order_by(table.c.time, table.c.reference).limit(most))
        return [bytes(row[0]) for row in found]

    def late_money_waits(self, device: int) -> int:
        """How many wait."""
        table = self.tables.tables["late_money"]
        query = select(func.count()).where(table.c.device == device, table.c.state == ASKED)
        return int(self.connection.execute(query.select_from(table)).scalar_one())

    def late_money_of(self, reference: bytes) -> int | None:
        """Whose question it is: the device's number, or None."""
        table = self.tables.tables["late_money"]
        row = self.connection.execute(select(table.c.device).where(table.c.reference == reference)).first()
        return None if row is None else int(row[0])

    def late_money_answered(self, reference: bytes) -> None:
        """The device answered, and the National Bank has it."""
        table = self.tables.tables["late_money"]
        self.connection.execute(update(table).where(table.c.reference == reference).values(state=ANSWERED))
