"""The coins that a transaction looks at, in memory: read in a few queries, changed here, written in a few
statements at its end. What one upload asks and a hundred ask is the same code.

A coin's tree is built from its histories: which outputs there are, who spent them, what was shown. What has
flowed through each output follows from its claims (``ledger.reconcile``). So nothing of it is stored twice,
and a coin nobody has shown before costs one look that finds nothing.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from platform_stub.ledger.reconcile import Funding, Node, fund
from platform_stub.store.base import Rows
from platform_stub.store.token_tables import ClaimRow, SpendRow
from tender.cash.chain import Holding, read_chain
from tender.cash.token import INDEX_CHANGE, INDEX_PAYMENT, output_id
from tender.crypto.envelope import Envelope, Typ, open_envelope

_HISTORY: Final = ("coin", "packed", "certificate", "claim", "shown_list", "time")
_CLAIM: Final = ClaimRow._fields
_CLAIM_CHANGES: Final = ("state", "operation", "credited_tiyn", "due_tiyn")
_LINK: Final = Typ.LINK.value.encode()


def root_of(holding: Holding) -> bytes:
    """The id of its root's output."""
    return holding.spends[0].parent if holding.spends else holding.output


def spend_digest(typ: Typ, payload: bytes) -> bytes:
    """Names a spend by what was signed, not by the signature: two signatures on one payload are one spend."""
    return sha256(typ.value.encode() + payload).digest()


def claim_spend(holding: Holding, claim: Envelope, certificate: bytes) -> SpendRow:
    """A claim on what a history ends in, as a spend of it; ``certificate``: its holder's, packed."""
    digest = spend_digest(Typ.CLAIM, claim.payload)
    return SpendRow(
        holding.output, digest, Typ.CLAIM, claim.payload, claim.signature, holding.holder, certificate
    )


def _tag(output: bytes) -> int:
    return int.from_bytes(output[:8], "big", signed=True)


class TokenTree:
    """The working set of one transaction."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._nodes: dict[bytes, Node] = {}
        self._coins: dict[bytes, int] = {}
        """Output → the number of its coin; 0: looked for and unknown."""
        self._expiry: dict[int, int] = {}
        self._spends: dict[bytes, dict[bytes, SpendRow]] = {}
        self._shown: dict[bytes, int] = {}
        self._claims: dict[bytes, ClaimRow | None] = {}
        self._claimed: dict[bytes, list[bytes]] = {}
        self._loaded: set[int] = set()
        self._next_coin = 0
        self._new_histories: list[tuple[object, ...]] = []
        self._new_outputs: list[bytes] = []
        self._new_claims: dict[bytes, int] = {}
        self._changed_claims: set[bytes] = set()

    # --- looking

    def seek(self, outputs: Iterable[bytes]) -> None:
        """Have the coins of these outputs at hand, if they were ever shown; a few queries for all of them."""
        wanted = {output for output in outputs if output not in self._coins}
        if not wanted:
            return
        tags = {_tag(output) for output in wanted}
        rows = self._rows.find_many("token_places", ("coin",), "tag", sorted(tags))
        self.load({int(row[0]) for row in rows})
        for output in wanted:
            self._coins.setdefault(output, 0)

    def load(self, coins: Iterable[int]) -> None:
        """Have these coins at hand."""
        wanted = sorted(set(coins) - self._loaded)
        if not wanted:
            return
        self._loaded.update(wanted)
        new = len(self._new_outputs)
        for row in self._rows.find_many("token_histories", _HISTORY, "coin", wanted, "ORDER BY seq"):
            coin, packed, certificate, claim, shown_list, _ = row
            holding = read_chain(bytes(packed), "history")
            self._grow(
                int(coin),
                holding,
                claim_spend(holding, open_envelope(bytes(claim), Typ.CLAIM, "history"), bytes(certificate))
                if claim
                else None,
                int(shown_list),
            )
        del self._new_outputs[new:]  # these stand in their places already
        for row in self._rows.find_many("token_claims", _CLAIM, "coin", wanted, "ORDER BY digest"):
            self._remember(ClaimRow(*row))

    def _remember(self, claim: ClaimRow) -> None:
        self._claims.setdefault(claim.digest, claim)
        self.flow(claim.output)
        self._claimed.setdefault(claim.output, []).append(claim.digest)

    def flow(self, output: bytes) -> Funding:
        """A claim on an output that was shown: where its money comes from, and what has flowed since."""
        funding = fund(self._nodes.__getitem__, output)
        for node in funding.changed:
            self._nodes[node.output] = node
        return funding

    def coin_of(self, output: bytes) -> int:
        """The number of an output's coin; 0 when nobody has shown it."""
        if output not in self._coins:
            self.seek((output,))
        return self._coins[output]

    def node(self, output: bytes) -> Node | None:
        """An output, if anybody has shown it."""
        return self._nodes[output] if self.coin_of(output) else None

    def nodes_of(self, coin: int) -> list[Node]:
        """Every output of a coin that is at hand."""
        return [node for output, node in self._nodes.items() if self._coins[output] == coin]

    def expiry_of(self, coin: int) -> int:
        """When a coin that is at hand expires (seconds)."""
        return self._expiry[coin]

    def spends_of(self, output: bytes) -> list[SpendRow]:
        """Every different spend of an output, in an order that does not depend on when they came."""
        self.coin_of(output)
        known = self._spends.get(output)
        return [known[digest] for digest in sorted(known)] if known else []

    def forked(self, output: bytes) -> bool:
        """Whether it was signed away more than once."""
        self.coin_of(output)
        return len(self._spends.get(output, ())) > 1

    def shown_list(self, digest: bytes) -> int:
        """The oldest list that anybody who showed this spend had by then; 0 for a spend nobody showed."""
        return self._shown.get(digest, 0)

    # --- learning

    def learn(
        self, holding: Holding, claim: SpendRow | None, now: int, shown_list: int
    ) -> list[SpendRow] | None:
        """Note a verified history, perhaps with a claim on its end; returns the spends that are new.

        None when it teaches nothing, not even that its root is in use. ``shown_list``: the revocation list
        that whoever shows it had at an earlier sync; the oldest counts, so that nobody can warn a payee in
        its absence.
        """
        root = root_of(holding)
        coin = self.coin_of(root)
        if not coin:
            coin = self._number()
            self._loaded.add(coin)
        new_before = len(self._new_outputs)
        new, older = self._grow(coin, holding, claim, shown_list)
        if not new and not older and new_before == len(self._new_outputs):
            return None
        certificate, raw = (b"", b"") if claim is None else (claim.certificate, claim.envelope)
        self._new_histories.append((coin, holding.packed, certificate, raw, shown_list, now))
        return new

    def _grow(
        self, coin: int, holding: Holding, claim: SpendRow | None, shown_list: int
    ) -> tuple[list[SpendRow], bool]:
        """Put a history into the tree: (spends that are new, whether an older showing of a known one)."""
        nodes, coins, fresh = self._nodes, self._coins, self._new_outputs
        spends, root = holding.spends, root_of(holding)
        new: list[SpendRow] = []
        older = False
        if root not in nodes:
            nodes[root] = Node(root, holding.root.amount_tiyn, holding.root.holder, None)
            coins[root] = coin
            self._expiry[coin] = holding.root.expiry
            fresh.append(root)
        for place, spend in enumerate(spends, 1):
            parent, payload, signature, signer, certificate, next_key, amount, change, _, on_change = spend
            row = SpendRow(
                parent,
                sha256(_LINK + payload).digest(),
                Typ.LINK,
                payload,
                signature,
                signer,
                certificate,
            )
            known, was_older = self._show(row, shown_list)
            older = older or was_older
            if known:
                continue
            new.append(row)
            # The history itself names the output it goes on with; only the other one needs a hash.
            following = spends[place].parent if place < len(spends) else holding.output
            paid = output_id(payload, INDEX_PAYMENT) if on_change else following
            nodes[paid] = Node(paid, amount, next_key, parent)
            coins[paid] = coin
            fresh.append(paid)
            if change:
                kept = following if on_change else output_id(payload, INDEX_CHANGE)
                nodes[kept] = Node(kept, change, signer, parent)
                coins[kept] = coin
                fresh.append(kept)
        if claim is not None:
            known, was_older = self._show(claim, shown_list)
            older = older or was_older
            if not known:
                new.append(claim)
        return new, older

    def _show(self, row: SpendRow, shown_list: int) -> tuple[bool, bool]:
        """(the spend was known, it was shown with an older list than before)."""
        known = self._spends.setdefault(row.parent, {})
        if row.digest not in known:
            known[row.digest] = row
            self._shown[row.digest] = shown_list
            return False, False
        older = shown_list < self._shown[row.digest]
        if older:
            self._shown[row.digest] = shown_list
        return True, older

    def _number(self) -> int:
        if not self._next_coin:
            query = "SELECT max(coin) FROM token_histories"
            self._next_coin = int(self._rows.connection.exec_driver_sql(query).scalar_one() or 0) + 1
        number, self._next_coin = self._next_coin, self._next_coin + 1
        return number

    # --- claims

    def expect_claims(self, digests: Iterable[bytes]) -> None:
        """Have these claims at hand, in one query; those that are not there are known to be new."""
        wanted = [digest for digest in digests if digest not in self._claims]
        for row in self._rows.find_many("token_claims", _CLAIM, "digest", wanted):
            claim = ClaimRow(*row)
            self._claims[claim.digest] = claim
        for digest in wanted:
            self._claims.setdefault(digest, None)

    def claim(self, digest: bytes) -> ClaimRow | None:
        """A claim by its digest."""
        if digest not in self._claims:
            self.expect_claims((digest,))
        return self._claims[digest]

    def claims_on(self, output: bytes) -> list[ClaimRow]:
        """Every claim on an output."""
        self.coin_of(output)
        found = (self._claims[digest] for digest in sorted(self._claimed.get(output, ())))
        return [claim for claim in found if claim is not None]

    def add_claim(self, row: ClaimRow, now: int) -> bool:
        """A new claim, on an output that was shown; False when it is known."""
        if self.claim(row.digest) is not None:
            return False
        self._claims[row.digest] = row
        self._claimed.setdefault(row.output, []).append(row.digest)
        self._new_claims[row.digest] = now
        return True

    def change_claim(self, row: ClaimRow) -> None:
        """A claim as it stands now."""
        self._claims[row.digest] = row
        if row.digest not in self._new_claims:
            self._changed_claims.add(row.digest)

    # --- writing

    def flush(self) -> None:
        """Write what is new: histories, the way to their outputs, claims."""
        rows = self._rows
        rows.add_many("token_histories", _HISTORY, self._new_histories)
        places, holders = [], []
        for output in self._new_outputs:
            coin = self._coins[output]
            places.append((_tag(output), coin))
            if output not in self._spends:
                holders.append((self._nodes[output].key, coin))
        rows.add_many("token_places", ("tag", "coin"), sorted(places))
        rows.add_many("token_holders", ("key", "coin"), sorted(holders))
        claims = []
        for digest, time in self._new_claims.items():
            claim = self._claims[digest]
            assert claim is not None
            claims.append((*claim, self._coins[claim.output], time))
        rows.add_many("token_claims", (*_CLAIM, "coin", "time"), claims)
        changes = []
        for digest in sorted(self._changed_claims):
            changed = self._claims[digest]
            assert changed is not None
            state, operation = changed.state, changed.operation
            changes.append((state, operation, changed.credited_tiyn, changed.due_tiyn, digest))
        rows.change_many("token_claims", _CLAIM_CHANGES, "digest", changes)
        self._new_histories, self._new_outputs = [], []
        self._new_claims, self._changed_claims = {}, set()
