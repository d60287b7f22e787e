"""What settlement sets aside: claims whose root nobody knows, refunds after the window, money that keeps its
colour. Rare beside ordinary claims, so each is asked for only where it can matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    and_,
    delete,
    func,
    select,
    update,
)

from platform_stub.store.base import Rows
from platform_stub.store.token_tables import OPEN, LossRow

COLOURED = "coloured"
"""A claim whose money waits at the National Bank, its colour kept, until its owner loads it again."""


_NAMED: Final = (
    ("token_claims", "digest", "digest"),
    ("token_claims", "output", "digest"),
    ("token_forks", "parent", "parent"),
    ("token_orphans", "digest", "digest"),
    ("hand_overs", "payment_id", "reference"),
    ("roots", "output", "output"),
    ("roots", "identifier", "output"),
)


def _after(prefix: bytes) -> bytes | None:
    """The first bytes behind all that begin with a prefix; None behind the last ones."""
    stem = prefix.rstrip(b"\xff")
    return stem[:-1] + bytes((stem[-1] + 1,)) if stem else None


def aside_tables(tables: MetaData) -> None:
    """The tables of what is set aside."""
    Table(
        "token_orphans",
        tables,
        Column("digest", LargeBinary(32), primary_key=True),
        Column("root", LargeBinary(32), nullable=False, index=True),
        Column("output", LargeBinary(32), nullable=False),
        Column("bank", Integer, nullable=False),
        Column("amount_tiyn", BigInteger, nullable=False),
        Column("item", LargeBinary, nullable=False),
        Column("time", Integer, nullable=False),
    )
    Table(
        "token_refunds",
        tables,
        Column("claim", LargeBinary(32), primary_key=True),
        Column("output", LargeBinary(32), nullable=False, index=True),
        Column("taken_tiyn", BigInteger, nullable=False),
        Column("time", Integer, nullable=False),
    )
    Table(
        "token_decisions",
        tables,
        Column("loss", LargeBinary(32), primary_key=True),
        Column("claim", LargeBinary(32), nullable=False, index=True),
        Column("decision", String(8), nullable=False),
        Column("officer", String(60), nullable=False),
        Column("amount_tiyn", BigInteger, nullable=False),
        Column("time", Integer, nullable=False),
    )
    Table(
        "token_coloured",
        tables,
        Column("claim", LargeBinary(32), primary_key=True),
        Column("bank", Integer, nullable=False),
        Column("address", LargeBinary(32), nullable=False, index=True),
        Column("rule", LargeBinary, nullable=False),
    )


@dataclass(frozen=True, slots=True)
class OrphanRow:
    """A claim (``item``: the uploaded bytes) whose root (its output id) is not registered."""

    digest: bytes
    root: bytes
    output: bytes
    bank: int
    amount_tiyn: int
    item: bytes


@dataclass(frozen=True, slots=True)
class RefundRow:
    """A claim after the window on ``output``; ``taken_tiyn`` went on to whoever proved it false."""

    claim: bytes
    output: bytes
    taken_tiyn: int
    time: int


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """What an officer decided of a loss that waited for review, and when (seconds)."""

    loss: bytes
    claim: bytes
    decision: str
    officer: str
    amount_tiyn: int
    time: int


@dataclass(frozen=True, slots=True)
class ColouredRow:
    """A claim that keeps its colour: for whom, and the rule's canonical bytes."""

    claim: bytes
    bank: int
    address: bytes
    rule: bytes


class AsideRows(Rows):
    """Queries of what is set aside, over the transaction of the settlement that asks."""

    def __init__(self, connection: Any, tables: MetaData) -> None:
        super().__init__(connection)
        self._tables = tables.tables

    def _all(self, table: str, kind: type[Any], *where: Any) -> list[Any]:
        found = self._tables[table]
        names = getattr(kind, "_fields", None) or kind.__slots__  # a named tuple's, or a dataclass's
        query = select(*(found.c[name] for name in names))
        for one in where:
            query = query.where(one)
        return [kind(*row) for row in self.connection.execute(query.order_by(*found.primary_key.columns))]

    def _add(self, table: str, row: Any, **more: Any) -> bool:
        values = {name: getattr(row, name) for name in type(row).__slots__}
        return self.add_once(self._tables[table], {**values, **more})

    # --- orphans

    def add_orphan(self, row: OrphanRow, now: int) -> bool:
        """A claim without a root; False when it is known."""
        return self._add("token_orphans", row, time=now)

    def has_orphan(self, digest: bytes) -> bool:
        """Whether this claim waits already."""
        table = self._tables["token_orphans"]
        return (
            self.connection.execute(select(table.c.root).where(table.c.digest == digest)).first() is not None
        )

    def orphans(self) -> list[OrphanRow]:
        """Every claim that waits for its root."""
        return self._all("token_orphans", OrphanRow)

    def orphans_found(self) -> list[OrphanRow]:
        """Those whose root is registered by now."""
        roots = select(self._tables["roots"].c.output)
        return self._all("token_orphans", OrphanRow, self._tables["token_orphans"].c.root.in_(roots))

    def forget_orphans(self, digests: Sequence[bytes]) -> None:
        """These wait no longer."""
        table = self._tables["token_orphans"]
        self.connection.execute(delete(table).where(table.c.digest.in_(list(digests))))

    # --- what an operator asks for

    def losses_at(self, fork: bytes) -> list[LossRow]:
        """Everything that was lost at one fork."""
        return self._all("token_losses", LossRow, self._tables["token_losses"].c.fork == fork)

    def expired_roots(self, now: int) -> list[tuple[bytes, int, int]]:
        """(output, amount in tiyn, expiry) of every root that honest devices pass on no longer."""
        table = self._tables["roots"]
        query = select(table.c.output, table.c.amount_tiyn, table.c.expiry).where(table.c.expiry <= now)
        return [(bytes(row[0]), int(row[1]), int(row[2])) for row in self.connection.execute(query)]

    def when(self, table: str, named: bytes) -> int:
        """When a claim, fork or orphan was learned (seconds); 0 for one that is not there."""
        found = self._tables[table]
        (key,) = found.primary_key.columns
        row = self.connection.execute(select(found.c.time).where(key == named)).first()
        return 0 if row is None else int(row[0])

    def named(self, prefix: bytes) -> list[tuple[str, bytes]]:
        """(table, id) of whatever begins with these bytes: claims, forks, orphans, roots by output or by
        identifier."""
        found: list[tuple[str, bytes]] = []
        for table, column, told in _NAMED:
            key = self._tables[table].c[column]
            query = select(self._tables[table].c[told]).where(key >= prefix).order_by(key).limit(10)
            end = _after(prefix)
            if end is not None:
                query = query.where(key < end)
            found += [(table, bytes(row[0])) for row in self.connection.execute(query)]
        return list(dict.fromkeys(found))

    # --- refunds

    def add_refund(self, row: RefundRow) -> bool:
        """A claim after the window; False when it is known."""
        return self._add("token_refunds", row)

    def refunds(self) -> list[RefundRow]:
        """Every claim that came after its window."""
        return self._all("token_refunds", RefundRow)

    def refunds_on(self, output: bytes) -> list[RefundRow]:
        """The refunds of one output."""
        return self._all("token_refunds", RefundRow, self._tables["token_refunds"].c.output == output)

    def take_refund(self, claim: bytes, amount_tiyn: int) -> None:
        """So much more of a refund goes to whoever proved its statement false."""
        table = self._tables["token_refunds"]
        change = update(table).where(table.c.claim == claim)
        self.connection.execute(change.values(taken_tiyn=table.c.taken_tiyn + amount_tiyn))

    # --- decisions

    def add_decision(self, row: DecisionRow) -> bool:
        """An officer's word; nothing ever takes it out."""
        return self._add("token_decisions", row)

    def decisions_on(self, claim: bytes) -> list[DecisionRow]:
        """What was decided of a claim's losses."""
        return self._all("token_decisions", DecisionRow, self._tables["token_decisions"].c.claim == claim)

    # --- colour

    def add_coloured(self, row: ColouredRow) -> bool:
        """A claim that keeps its colour; False when it is known."""
        return self._add("token_coloured", row)

    def coloured(self, claim: bytes) -> ColouredRow | None:
        """The rule a claim keeps, or None."""
        found = self._all("token_coloured", ColouredRow, self._tables["token_coloured"].c.claim == claim)
        return found[0] if found else None

    def coloured_of(
        self, bank: int, address: bytes, rule: bytes | None = None
    ) -> list[tuple[bytes, bytes, int]]:
        """(claim, rule, tiyn left) of what waits for this account with its colour, oldest first; also what
        has come in for a claim that still waits for the rest."""
        kept, claims, losses = (
            self._tables["token_coloured"],
            self._tables["token_claims"],
            self._tables["token_losses"],
        )
        came = (
            select(func.coalesce(func.sum(losses.c.covered_tiyn), 0))
            .where(losses.c.claim == claims.c.digest)
            .scalar_subquery()
        )
        left = claims.c.from_root_tiyn + came - claims.c.credited_tiyn
        waits = claims.c.state.in_((COLOURED, OPEN)) & (left > 0)
        query = (
            select(kept.c.claim, kept.c.rule, left)
            .join(claims, claims.c.digest == kept.c.claim)
            .where(and_(kept.c.bank == bank, kept.c.address == address, waits))
            .order_by(claims.c.time, kept.c.claim)
        )
        if rule is not None:
            query = query.where(kept.c.rule == rule)
        return [(bytes(row[0]), bytes(row[1]), int(row[2])) for row in self.connection.execute(query)]
