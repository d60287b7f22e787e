"""What the National Bank keeps of offline tokens: outputs and spends it learned of, claims, forks, losses.

Each row is keyed by a hash that the token's own bytes give, so an upload that is repeated, reordered or cut
in pieces writes the same rows. The roots themselves stand in the table ``roots`` of whoever issued them.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
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

from platform_stub.ledger.reconcile import Node
from platform_stub.store.aside_rows import COLOURED, AsideRows, aside_tables
from platform_stub.store.base import Rows

OPEN = "open"
"""A claim that waits for a cheat's cover; a loss that is not covered yet."""
READY = "ready"
"""A claim whose money is all there, and whose credit is on its way."""
PAID = "paid"
VOID = "void"
"""Not covered: the culprit's own claim."""
LATE = "late"
"""A loss not covered: the claim came after the end of the claim window."""
WARNED = "warned"
"""A loss not covered: the claimant took the money from a key that a list he had fetched before named."""
REVIEW = "review"
"""A loss beyond the sum that is covered unseen: an operator decides."""
DENIED = "denied"
"""A loss not covered: an operator decided so."""


def token_tables(tables: MetaData) -> None:
    """The tables of settlement."""
    aside_tables(tables)
    Table(
        "token_outputs",
        tables,
        Column("output", LargeBinary(32), primary_key=True),
        Column("root", LargeBinary(32), nullable=False, index=True),
        Column("parent", LargeBinary(32), nullable=True),
        Column("key", LargeBinary(32), nullable=False, index=True),
        Column("amount_tiyn", BigInteger, nullable=False),
        Column("flowed_tiyn", BigInteger, nullable=False),
    )
    Table(
        "token_spends",
        tables,
        Column("parent", LargeBinary(32), primary_key=True),
        Column("digest", LargeBinary(32), primary_key=True),
        Column("envelope", LargeBinary, nullable=False),
        Column("signer", LargeBinary(32), nullable=False, index=True),
        Column("certificate", LargeBinary, nullable=False),
        Column("time", Integer, nullable=False),
        Column("shown_list", Integer, nullable=False),
    )
    Table(
        "token_claims",
        tables,
        Column("digest", LargeBinary(32), primary_key=True),
        Column("output", LargeBinary(32), nullable=False, index=True),
        Column("bank", Integer, nullable=False),
        Column("address", LargeBinary(32), nullable=False),
        Column("amount_tiyn", BigInteger, nullable=False),
        Column("from_root_tiyn", BigInteger, nullable=False),
        Column("credited_tiyn", BigInteger, nullable=False),
        Column("due_tiyn", BigInteger, nullable=False),
        Column("state", String(8), nullable=False, index=True),
        Column("operation", LargeBinary(32), nullable=False, index=True),
        Column("time", Integer, nullable=False),
    )
    Table(
        "token_lost_keys",
        tables,
        Column("key", LargeBinary(32), primary_key=True),
        Column("bank", Integer, nullable=False),
        Column("address", LargeBinary(32), nullable=False),
    )
    Table(
        "token_forks",
        tables,
        Column("parent", LargeBinary(32), primary_key=True),
        Column("key", LargeBinary(32), nullable=False, index=True),
        Column("certificate", LargeBinary, nullable=False),
        Column("proof", LargeBinary, nullable=False),
        Column("time", Integer, nullable=False),
        Column("list_number", Integer, nullable=True),
    )
    Table(
        "token_losses",
        tables,
        Column("reference", LargeBinary(32), primary_key=True),
        Column("claim", LargeBinary(32), nullable=False, index=True),
        Column("fork", LargeBinary(32), nullable=False),
        Column("key", LargeBinary(32), nullable=False, index=True),
        Column("amount_tiyn", BigInteger, nullable=False),
        Column("covered_tiyn", BigInteger, nullable=False),
        Column("state", String(8), nullable=False, index=True),
    )


@dataclass(frozen=True, slots=True)
class SpendRow:
    """A signed link or claim on the output ``parent``, as its COSE_Sign1."""

    parent: bytes
    digest: bytes
    envelope: bytes
    signer: bytes
    certificate: bytes


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim: what it asks for whom, how much of it the root pays, and how far it is.

    ``operation`` names the movement that credits ``due_tiyn`` of it, alone or with others of one account;
    ``credited_tiyn`` was credited before that.
    """

    digest: bytes
    output: bytes
    bank: int
    address: bytes
    amount_tiyn: int
    from_root_tiyn: int
    state: str
    operation: bytes
    credited_tiyn: int = 0
    due_tiyn: int = 0


@dataclass(frozen=True, slots=True)
class ForkRow:
    """A proved fork: the output signed away twice, the key, its packed certificate, the proof's bytes."""

    parent: bytes
    key: bytes
    certificate: bytes
    proof: bytes


@dataclass(frozen=True, slots=True)
class LossRow:
    """A part of a claim (its digest) that the key at the output ``fork`` owes, and how much of it came."""

    reference: bytes
    claim: bytes
    fork: bytes
    key: bytes
    amount_tiyn: int
    covered_tiyn: int
    state: str


class TokenRows(Rows):
    """Queries of settlement."""

    tables: MetaData

    @property
    def aside(self) -> AsideRows:
        """What is set aside, in the same transaction."""
        return AsideRows(self.connection, self.tables)

    def _token(self, name: str) -> Table:
        return self.tables.tables[name]

    def _add_token_row(self, table: str, row: Any, **more: Any) -> bool:
        values = {name: getattr(row, name) for name in type(row).__slots__}
        return self.add_once(self._token(table), {**values, **more})

    def _columns(self, table: str, kind: type[Any]) -> Select[Any]:
        return select(*(self._token(table).c[name] for name in kind.__slots__))

    # --- the tree

    def add_token_output(self, node: Node, root: bytes) -> bool:
        """An output the platform learned of; False when it is known."""
        return self._add_token_row("token_outputs", node, root=root)

    def token_output(self, output: bytes) -> Node | None:
        """An output by its id."""
        query = self._columns("token_outputs", Node)
        row = self.connection.execute(query.where(self._token("token_outputs").c.output == output)).first()
        return None if row is None else Node(*row)

    def keep_flow(self, node: Node) -> None:
        """Store what has flowed through an output."""
        table = self._token("token_outputs")
        change = update(table).where(table.c.output == node.output).values(flowed_tiyn=node.flowed_tiyn)
        self.connection.execute(change)

    def root_issued(self, output: bytes) -> bool:
        """Whether this National Bank issued the root with this output."""
        table = self._token("roots")
        query = select(table.c.output).where(table.c.output == output)
        return self.connection.execute(query).first() is not None

    def on_devices_tiyn(self) -> int:
        """Roots less what was claimed below them: the *devices* term of the equation."""
        roots, outputs = self._token("roots"), self._token("token_outputs")
        query = select(roots.c.amount_tiyn, outputs.c.flowed_tiyn).select_from(
            roots.outerjoin(outputs, outputs.c.output == roots.c.output)
        )
        return sum(amount - min(amount, flowed or 0) for amount, flowed in self.connection.execute(query))

    # --- lost devices

    def add_lost_key(self, key: bytes, bank: int, address: bytes) -> bool:
        """A key whose owner lost it, and where its money goes in the end; False when it is known."""
        return self.add_once(self._token("token_lost_keys"), {"key": key, "bank": bank, "address": address})

    def lost_roots(self, before: int) -> list[Node]:
        """Roots of lost keys, expired before that time (seconds), of which nobody has shown anything."""
        outputs, roots, lost = (
            self._token("token_outputs"),
            self._token("roots"),
            self._token("token_lost_keys"),
        )
        query = (
            select(roots.c.output, roots.c.amount_tiyn, roots.c.holder)
            .join(lost, lost.c.key == roots.c.holder)
            .where(roots.c.expiry <= before)
            .where(roots.c.output.not_in(select(outputs.c.output)))
            .order_by(roots.c.output)
        )
        return [Node(*row, None) for row in self.connection.execute(query)]

    def lost_money(self, before: int) -> list[tuple[Node, int, bytes]]:
        """(output, bank, address) of what lost keys hold, unspent as far as anybody showed, under roots that
        expired before that time (seconds)."""
        outputs, roots = self._token("token_outputs"), self._token("roots")
        lost, spends = self._token("token_lost_keys"), self._token("token_spends")
        claims = self._token("token_claims")
        query = (
            select(*(outputs.c[name] for name in Node.__slots__), lost.c.bank, lost.c.address)
            .join(lost, lost.c.key == outputs.c.key)
            .join(roots, roots.c.output == outputs.c.root)
            .where(roots.c.expiry <= before)
            .where(outputs.c.output.not_in(select(spends.c.parent)))
            .where(outputs.c.output.not_in(select(claims.c.output)))
            .order_by(outputs.c.output)
        )
        return [(Node(*row[:5]), int(row[5]), bytes(row[6])) for row in self.connection.execute(query)]

    # --- spends and forks

    def add_spend(self, row: SpendRow, now: int, shown_list: int = 0) -> bool:
        """A link or claim; False when it is known. ``shown_list``: the revocation list that whoever shows it
        had at an earlier sync; the oldest one counts, so that nobody can warn a payee in its absence."""
        if self._add_token_row("token_spends", row, time=now, shown_list=shown_list):
            return True
        table = self._token("token_spends")
        same = (table.c.parent == row.parent) & (table.c.digest == row.digest)
        older = same & (table.c.shown_list > shown_list)
        self.connection.execute(update(table).where(older).values(shown_list=shown_list))
        return False

    def shown_list(self, parent: bytes, digest: bytes) -> int:
        """The oldest list that anybody who showed this spend had by then; 0 for a spend nobody showed."""
        table = self._token("token_spends")
        query = select(table.c.shown_list).where(table.c.parent == parent, table.c.digest == digest)
        row = self.connection.execute(query).first()
        return 0 if row is None else int(row[0])

    def spends_of(self, parent: bytes) -> list[SpendRow]:
        """Every different spend of an output, in an order that does not depend on when they came."""
        table = self._token("token_spends")
        query = self._columns("token_spends", SpendRow).where(table.c.parent == parent)
        return [SpendRow(*row) for row in self.connection.execute(query.order_by(table.c.digest))]

    def add_fork(self, row: ForkRow, now: int) -> bool:
        """A proved fork; False when it is known."""
        return self._add_token_row("token_forks", row, time=now)

    def fork_at(self, parent: bytes) -> ForkRow | None:
        """The fork at an output, if it was signed away twice."""
        query = self._columns("token_forks", ForkRow)
        row = self.connection.execute(query.where(self._token("token_forks").c.parent == parent)).first()
        return None if row is None else ForkRow(*row)

    def listed(self, certificate: bytes, list_number: int) -> None:
        """The forks of this packed certificate are on the revocation list since that number."""
        table = self._token("token_forks")
        new = (table.c.certificate == certificate) & table.c.list_number.is_(None)
        self.connection.execute(update(table).where(new).values(list_number=list_number))

    def listed_since(self, key: bytes) -> int | None:
        """The first revocation list that names this key for a fork, or None."""
        table = self._token("token_forks")
        query = select(func.min(table.c.list_number)).where(table.c.key == key)
        number = self.connection.execute(query).scalar_one()
        return None if number is None else int(number)

    def forks(self) -> list[ForkRow]:
        """Every fork, oldest first."""
        table = self._token("token_forks")
        query = self._columns("token_forks", ForkRow).order_by(table.c.time, table.c.parent)
        return [ForkRow(*row) for row in self.connection.execute(query)]

    # --- claims and losses

    def add_claim(self, row: ClaimRow, now: int) -> bool:
        """A claim; False when it is known."""
        return self._add_token_row("token_claims", row, time=now)

    def claim(self, digest: bytes) -> ClaimRow | None:
        """A claim by its digest."""
        query = self._columns("token_claims", ClaimRow)
        row = self.connection.execute(query.where(self._token("token_claims").c.digest == digest)).first()
        return None if row is None else ClaimRow(*row)

    def claims_on(self, output: bytes) -> list[ClaimRow]:
        """Every claim on an output."""
        table = self._token("token_claims")
        query = self._columns("token_claims", ClaimRow).where(table.c.output == output)
        return [ClaimRow(*row) for row in self.connection.execute(query.order_by(table.c.digest))]

    def claims_in(self, state: str) -> list[ClaimRow]:
        """Every claim in a state."""
        table = self._token("token_claims")
        query = self._columns("token_claims", ClaimRow).where(table.c.state == state)
        return [ClaimRow(*row) for row in self.connection.execute(query.order_by(table.c.digest))]

    def claims_of(self, operation: bytes) -> list[ClaimRow]:
        """The claims that one movement credits."""
        table = self._token("token_claims")
        query = self._columns("token_claims", ClaimRow).where(table.c.operation == operation)
        return [ClaimRow(*row) for row in self.connection.execute(query.order_by(table.c.digest))]

    def turn_claim(
        self, digest: bytes, state: str, operation: bytes | None = None, due_tiyn: int = 0
    ) -> None:
        """A claim's next state, and the movement that will credit that much of it."""
        table = self._token("token_claims")
        values: dict[str, Any] = {"state": state, "due_tiyn": due_tiyn}
        if operation is not None:
            values["operation"] = operation
        self.connection.execute(update(table).where(table.c.digest == digest).values(**values))

    def credited(self, digest: bytes, state: str) -> None:
        """What was due has been credited."""
        table = self._token("token_claims")
        values = {"state": state, "credited_tiyn": table.c.credited_tiyn + table.c.due_tiyn, "due_tiyn": 0}
        self.connection.execute(update(table).where(table.c.digest == digest).values(**values))

    def add_loss(self, row: LossRow) -> bool:
        """A loss; False when it is known."""
        return self._add_token_row("token_losses", row)

    def loss(self, reference: bytes) -> LossRow | None:
        """A loss by its reference."""
        query = self._columns("token_losses", LossRow)
        row = self.connection.execute(
            query.where(self._token("token_losses").c.reference == reference)
        ).first()
        return None if row is None else LossRow(*row)

    def losses_of(self, claim: bytes) -> list[LossRow]:
        """The losses a claim waits or waited for."""
        table = self._token("token_losses")
        query = self._columns("token_losses", LossRow).where(table.c.claim == claim)
        return [LossRow(*row) for row in self.connection.execute(query.order_by(table.c.reference))]

    def losses_in(self, state: str) -> list[LossRow]:
        """Every loss in a state."""
        table = self._token("token_losses")
        query = self._columns("token_losses", LossRow).where(table.c.state == state)
        return [LossRow(*row) for row in self.connection.execute(query.order_by(table.c.reference))]

    def cover_loss(self, reference: bytes, covered_tiyn: int, state: str) -> None:
        """How much of a loss has come in by now, and its state."""
        table = self._token("token_losses")
        change = update(table).where(table.c.reference == reference)
        self.connection.execute(change.values(covered_tiyn=covered_tiyn, state=state))

    def claimed_on_the_way_tiyn(self) -> int:
        """Money that left devices or cheats and has not reached its claimant: part of *in transit*."""
        claims = [*self.claims_in(OPEN), *self.claims_in(READY), *self.claims_in(COLOURED)]
        return sum(
            one.from_root_tiyn
            + sum(loss.covered_tiyn for loss in self.losses_of(one.digest))
            - one.credited_tiyn
            for one in claims
        )
