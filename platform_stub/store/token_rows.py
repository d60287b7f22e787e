"""What the National Bank keeps of offline tokens: histories it was shown, claims, forks, losses.

Each question is asked of the working set of its transaction (``token_tree``), so that an upload of one token
and a commit of a hundred are the same code. An upload that is repeated, reordered or cut in pieces ends in
the same answers. The roots themselves stand in the table ``roots`` of whoever issued them.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, MetaData, Select, Table, func, select, update

from platform_stub.ledger.reconcile import Funding, Node
from platform_stub.store.aside_rows import COLOURED, AsideRows, aside_tables
from platform_stub.store.base import Rows
from platform_stub.store.token_tables import (
    DENIED,
    LATE,
    NOWHERE,
    OPEN,
    PAID,
    READY,
    REVIEW,
    UNPAID,
    VOID,
    WARNED,
    ClaimRow,
    ForkRow,
    LossRow,
    LostKeyRow,
    SpendRow,
    claim_tables,
    coin_tables,
)
from platform_stub.store.token_tree import TokenTree, claim_spend, root_of, spend_digest
from tender.cash.chain import Holding, read_chain
from tender.cash.token import Rule
from tender.errors import Code, LocalProtocolError

__all__ = [
    "DENIED",
    "LATE",
    "NOWHERE",
    "OPEN",
    "PAID",
    "READY",
    "REVIEW",
    "VOID",
    "WARNED",
    "ClaimRow",
    "ForkRow",
    "LossRow",
    "LostKeyRow",
    "SpendRow",
    "TokenRows",
    "claim_spend",
    "root_of",
    "spend_digest",
    "token_tables",
]


def token_tables(tables: MetaData) -> None:
    """The tables of settlement."""
    aside_tables(tables)
    coin_tables(tables)
    claim_tables(tables)


class TokenRows(Rows):
    """Questions of settlement."""

    tables: MetaData

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._tree = TokenTree(self)
        self._issued: dict[bytes, bool] = {}
        self._listed: dict[bytes, int | None] = {}
        self._losses: dict[bytes, list[LossRow]] = {}

    @property
    def aside(self) -> AsideRows:
        """What is set aside, in the same transaction."""
        self.flush()
        return AsideRows(self.connection, self.tables)

    def flush(self) -> None:
        """Write what the working set holds."""
        self._tree.flush()

    def expect(self, holdings: Iterable[Holding], claims: Iterable[bytes]) -> None:
        """Whole uploads are about to be settled: have at hand, in a few queries, all they will ask for.

        ``claims``: the digests of theirs.
        """
        shown = list(holdings)
        roots = dict.fromkeys(root_of(one) for one in shown)
        self._tree.seek(roots)
        self.expect_claims(claims)
        for row in self.find_many(
            "roots", ("output",), "output", [one for one in roots if one not in self._issued]
        ):
            self._issued[bytes(row[0])] = True
        for root in roots:
            self._issued.setdefault(root, False)
        self._expect_listed({one.last.signer for one in shown if one.last is not None})

    def expect_claims(self, digests: Iterable[bytes]) -> None:
        """Have these claims and their losses at hand, in two queries."""
        wanted = list(digests)
        self._tree.expect_claims(wanted)
        known = [one for one in wanted if self._tree.claim(one) is not None and one not in self._losses]
        self._losses.update((one, []) for one in known)
        for row in self.find_many("token_losses", LossRow._fields, "claim", known, "ORDER BY reference"):
            loss = LossRow(*row)
            self._losses[loss.claim].append(loss)

    def expect_outputs(self, outputs: Iterable[bytes]) -> None:
        """Have the coins of these outputs at hand."""
        self._tree.seek(outputs)

    def _token(self, name: str) -> Table:
        return self.tables.tables[name]

    def _add_token_row(self, table: str, row: Any, **more: Any) -> bool:
        values = {name: getattr(row, name) for name in type(row)._fields}
        return self.add_once(self._token(table), {**values, **more})

    def _columns(self, table: str, kind: type[Any]) -> Select[Any]:
        return select(*(self._token(table).c[name] for name in kind._fields))

    # --- the tree

    def learn(
        self,
        holding: Holding,
        now: int,
        shown_list: int = 0,
        claim: SpendRow | None = None,
    ) -> list[SpendRow] | None:
        """Note a verified history, perhaps with a claim on what it ends in; returns the spends that are new.

        None when all of it was known. ``shown_list``: the revocation list that whoever shows it had at an
        earlier sync; the oldest one counts, so that nobody can warn a payee in its absence.
        """
        return self._tree.learn(holding, claim, now, shown_list)

    def learn_root(self, output: bytes, now: int) -> None:
        """Note a root that was issued and that nobody has shown."""
        for (packed,) in self.find_many("roots", ("packed",), "output", (output,)):
            self.learn(read_chain(bytes(packed)), now)

    def token_output(self, output: bytes) -> Node | None:
        """An output by its id."""
        return self._tree.node(output)

    def flow(self, output: bytes) -> Funding:
        """A new claim on an output: where its money comes from. What flowed follows from the claims."""
        if self.token_output(output) is None:
            raise LocalProtocolError(Code.FIELD_WRONG, "history")
        return self._tree.flow(output)

    def root_issued(self, output: bytes) -> bool:
        """Whether this National Bank issued the root with this output."""
        if not self._issued.get(output):
            table = self._token("roots")
            query = select(table.c.output).where(table.c.output == output)
            self._issued[output] = self.connection.execute(query).first() is not None
        return self._issued[output]

    def on_devices_tiyn(self) -> int:
        """Roots less what was claimed below them: the *devices* term of the equation."""
        self.flush()
        roots, claims = self._token("roots"), self._token("token_claims")
        loaded, claimed = (
            int(self.connection.execute(select(func.coalesce(func.sum(column), 0))).scalar_one())
            for column in (roots.c.amount_tiyn, claims.c.from_root_tiyn)
        )
        return loaded - claimed

    # --- lost devices

    def add_lost_key(self, row: LostKeyRow) -> bool:
        """A key whose owner lost it; False when it is known."""
        return self._add_token_row("token_lost_keys", row)

    def lost_roots(self, before: int) -> list[Node]:
        """Roots of lost keys, expired before that time (seconds), of which nobody has shown anything."""
        roots, lost = self._token("roots"), self._token("token_lost_keys")
        query = (
            select(roots.c.output, roots.c.amount_tiyn, roots.c.holder)
            .join(lost, lost.c.key == roots.c.holder)
            .where(roots.c.expiry <= before)
            .order_by(roots.c.output)
        )
        found = [Node(*row, None) for row in self.connection.execute(query)]
        self._tree.seek(one.output for one in found)
        return [one for one in found if not self._tree.coin_of(one.output)]

    def lost_money(self, before: int) -> list[tuple[Node, LostKeyRow]]:
        """What lost keys hold, unspent as far as anybody showed, under roots that expired before that time
        (seconds)."""
        self.flush()
        held, lost = self._token("token_holders"), self._token("token_lost_keys")
        columns = (lost.c[name] for name in LostKeyRow._fields)
        query = select(held.c.coin, *columns).join(lost, lost.c.key == held.c.key)
        where = [(int(coin), LostKeyRow(*row)) for coin, *row in self.connection.execute(query)]
        self._tree.load(coin for coin, _ in where)
        found = []
        for coin, row in where:
            if self._tree.expiry_of(coin) > before:
                continue
            for node in self._tree.nodes_of(coin):
                untouched = not self.spends_of(node.output) and not self.claims_on(node.output)
                if node.key == row.key and untouched:
                    found.append((node, row))
        return sorted(found)

    def rule_of(self, node: Node) -> Rule | None:
        """The colour of an output: its root's."""
        while node.parent is not None:
            above = self.token_output(node.parent)
            if above is None:
                raise LocalProtocolError(Code.FIELD_WRONG, "history")
            node = above
        rules = self.find_many("roots", ("packed",), "output", (node.output,))
        return next((read_chain(bytes(packed)).rule for (packed,) in rules), None)

    # --- spends and forks

    def shown_list(self, digest: bytes) -> int:
        """The oldest list that anybody who showed this spend had by then; 0 for a spend nobody showed."""
        return self._tree.shown_list(digest)

    def spends_of(self, parent: bytes) -> list[SpendRow]:
        """Every different spend of an output, in an order that does not depend on when they came."""
        return self._tree.spends_of(parent)

    def forked(self, parent: bytes) -> bool:
        """Whether an output was signed away more than once."""
        return self._tree.forked(parent)

    def add_fork(self, row: ForkRow, now: int) -> bool:
        """A proved fork; False when it is known."""
        return self._add_token_row("token_forks", row, time=now)

    def fork_at(self, parent: bytes) -> ForkRow | None:
        """The fork at an output, if it was signed away twice."""
        if not self.forked(parent):
            return None
        query = self._columns("token_forks", ForkRow)
        row = self.connection.execute(query.where(self._token("token_forks").c.parent == parent)).first()
        return None if row is None else ForkRow(*row)

    def listed(self, certificate: bytes, list_number: int) -> None:
        """The forks of this packed certificate are on the revocation list since that number."""
        table = self._token("token_forks")
        new = (table.c.certificate == certificate) & table.c.list_number.is_(None)
        self.connection.execute(update(table).where(new).values(list_number=list_number))
        self._listed.clear()

    def listed_since(self, key: bytes) -> int | None:
        """The first revocation list that names this key for a fork, or None."""
        if key not in self._listed:
            self._expect_listed({key})
        return self._listed[key]

    def _expect_listed(self, keys: set[bytes]) -> None:
        unknown = sorted(keys - self._listed.keys())
        self._listed.update(dict.fromkeys(unknown))
        for key, number in self.find_many(
            "token_forks", ("key", "min(list_number)"), "key", unknown, "GROUP BY key"
        ):
            self._listed[bytes(key)] = None if number is None else int(number)

    def forks(self) -> list[ForkRow]:
        """Every fork, oldest first."""
        table = self._token("token_forks")
        query = self._columns("token_forks", ForkRow).order_by(table.c.time, table.c.parent)
        return [ForkRow(*row) for row in self.connection.execute(query)]

    # --- claims and losses

    def add_claim(self, row: ClaimRow, now: int) -> bool:
        """A claim; False when it is known."""
        if not self._tree.add_claim(row, now):
            return False
        self._losses[row.digest] = []
        return True

    def claim(self, digest: bytes) -> ClaimRow | None:
        """A claim by its digest."""
        return self._tree.claim(digest)

    def claims_on(self, output: bytes) -> list[ClaimRow]:
        """Every claim on an output."""
        return self._tree.claims_on(output)

    def claims_in(self, state: str) -> list[ClaimRow]:
        """Every claim in a state."""
        return self._claims_where("state", state, f"AND {UNPAID}" if state != PAID else "")

    def claims_of(self, operation: bytes) -> list[ClaimRow]:
        """The claims that one movement has still to credit."""
        return self._claims_where("operation", operation, f"AND {UNPAID}")

    def _claims_where(self, column: str, value: Any, also: str) -> list[ClaimRow]:
        self.flush()
        then = f"{also} ORDER BY digest"
        rows = self.find_many("token_claims", ClaimRow._fields, column, (value,), then)
        return [ClaimRow(*row) for row in rows]

    def turn_claim(
        self, digest: bytes, state: str, operation: bytes | None = None, due_tiyn: int = 0
    ) -> None:
        """A claim's next state, and the movement that will credit that much of it."""
        claim = self._known_claim(digest)
        named = claim.operation if operation is None else operation
        self._tree.change_claim(claim._replace(state=state, operation=named, due_tiyn=due_tiyn))

    def name_credit(self, digests: Iterable[bytes], operation: bytes) -> None:
        """The movement that will credit what is due of these claims, which nobody has at hand."""
        self.change_many("token_claims", ("operation",), "digest", [(operation, one) for one in digests])

    def credited(self, digest: bytes, state: str) -> None:
        """What was due has been credited."""
        claim = self._known_claim(digest)
        credited_tiyn = claim.credited_tiyn + claim.due_tiyn
        self._tree.change_claim(claim._replace(state=state, credited_tiyn=credited_tiyn, due_tiyn=0))

    def _known_claim(self, digest: bytes) -> ClaimRow:
        claim = self.claim(digest)
        if claim is None:
            raise LocalProtocolError(Code.ORDER_UNKNOWN, "claim")
        return claim

    def add_loss(self, row: LossRow) -> bool:
        """A loss; False when it is known."""
        self._losses.pop(row.claim, None)
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
        if claim not in self._losses:
            self.expect_claims((claim,))
        return list(self._losses.get(claim, ()))

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
        self._losses.clear()

    def claimed_on_the_way_tiyn(self) -> int:
        """Money that left devices or cheats and has not reached its claimant: part of *in transit*."""
        claims = [one for state in (OPEN, READY, COLOURED, NOWHERE) for one in self.claims_in(state)]
        return sum(
            one.from_root_tiyn
            + sum(loss.covered_tiyn for loss in self.losses_of(one.digest))
            - one.credited_tiyn
            for one in claims
        )
