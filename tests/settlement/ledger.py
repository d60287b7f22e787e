"""The National Bank's settlement rows on a real SQLite file, with cover that always comes in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hardware.disks import open_disk, sqlite_url
from platform_stub.nbk.settlement import examine, post
from platform_stub.nbk.settlement_claims import Cover, Pay, Revoke, Terms, cover_of, covered, is_open
from platform_stub.nbk.store import TABLES, NbkRows, RootRow
from platform_stub.store.base import Store
from platform_stub.store.token_rows import OPEN, PAID, REVIEW
from tender.account.token_messages import ClaimItem, Settle, Settled
from tender.cash.chain import verify_chain
from tender.crypto.directory import Trust
from tests.mint import NOW


@dataclass
class Ledger:
    """Settlement with a memory of what it told its caller to do."""

    path: Path
    trust: Trust
    paid: dict[bytes, int] = field(default_factory=dict)
    """Claim → what was credited for it (tiyn)."""
    drawn: dict[bytes, int] = field(default_factory=dict)
    """Key → what was drawn for it (tiyn)."""
    revoked: set[bytes] = field(default_factory=set)
    cover_comes: bool = True
    terms: Terms = field(default_factory=Terms)
    store: Store[NbkRows] = field(init=False)

    def __post_init__(self) -> None:
        self.store = Store(open_disk(sqlite_url(self.path), "nbk", durable=False), TABLES, NbkRows)

    def issue(self, packed: bytes) -> None:
        """A root that the National Bank made."""
        holding = verify_chain(packed, self.trust)
        root = holding.root
        row = RootRow(
            root.identifier,
            holding.output,
            bytes(32),
            0,
            root.amount_tiyn,
            root.holder,
            949,
            root.expiry,
            packed,
        )
        with self.store.writing() as rows:
            rows.add_root(row, NOW)

    def upload(
        self, records: Sequence[bytes] = (), claims: Sequence[ClaimItem] = (), now: int = NOW
    ) -> Settled:
        """One upload: one transaction, then whatever it made necessary."""
        examined = examine(Settle(tuple(records), tuple(claims)), self.trust)
        with self.store.writing() as rows:
            told, effects = post(rows, examined, self.trust, now, self.terms)
            for effect in effects:
                self.follow(rows, effect)
        return told

    def follow(self, rows: NbkRows, effect: Any) -> None:
        if isinstance(effect, Revoke):
            self.revoked.add(effect.key)
        elif isinstance(effect, Cover) and self.cover_comes:
            self.drawn[effect.key] = self.drawn.get(effect.key, 0) + effect.amount_tiyn
            then = covered(rows, effect.reference, effect.amount_tiyn)
            if then is not None:
                self.follow(rows, then)
        elif isinstance(effect, Pay):
            had_tiyn = self.paid.get(effect.claim, 0)
            assert effect.before_tiyn == had_tiyn, "a claim was paid twice"
            self.paid[effect.claim] = had_tiyn + effect.amount_tiyn
            rows.credited(effect.claim, OPEN if is_open(rows, effect.claim) else PAID)

    def release(self) -> None:
        """An operator releases whatever waits for review."""
        with self.store.writing() as rows:
            for loss in rows.losses_in(REVIEW):
                rows.cover_loss(loss.reference, loss.covered_tiyn, OPEN)
                self.follow(rows, cover_of(rows, loss))

    def in_review(self) -> dict[bytes, int]:
        """Fork → what waits there for an operator (tiyn)."""
        with self.store.reading() as rows:
            sums: dict[bytes, int] = {}
            for loss in rows.losses_in(REVIEW):
                sums[loss.fork] = sums.get(loss.fork, 0) + loss.amount_tiyn
        return sums

    def devices_tiyn(self) -> int:
        """What is left on devices."""
        with self.store.reading() as rows:
            return rows.on_devices_tiyn()

    def on_the_way_tiyn(self) -> int:
        """What left devices or cheats and is not credited."""
        with self.store.reading() as rows:
            return rows.claimed_on_the_way_tiyn()

    def fork_keys(self) -> set[bytes]:
        """The keys that were proved to have signed twice."""
        with self.store.reading() as rows:
            return {fork.key for fork in rows.forks()}
