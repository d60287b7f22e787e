"""Claims whose root the National Bank does not know: they wait, count for nothing, and settle by themselves
as soon as the root is registered (an issuer whose books were put back to an older state registers again).

A history always travels with its root and whole, so there is no other gap to wait for.
"""

from platform_stub.nbk.national_bank import NationalBank
from platform_stub.nbk.settlement import examine, post
from platform_stub.nbk.settlement_claims import Terms
from platform_stub.nbk.settlement_desk import SettlementDesk
from platform_stub.store.aside_rows import OrphanRow
from tender.account.token_messages import CLAIM_ITEM, Settle
from tender.crypto.certificates import DAY_S


class OrphanDesk:
    """Keeps what waits, and takes it up."""

    def __init__(self, bank: NationalBank, settlement: SettlementDesk) -> None:
        self._nbk = bank
        self._settlement = settlement

    def waiting(self) -> list[OrphanRow]:
        """Every claim that waits for its root."""
        with self._nbk.desk.store.reading() as rows:
            return rows.aside.orphans()

    def tick(self) -> None:
        """Settle what waited for a root that is registered by now. Safe to repeat."""
        desk, config = self._nbk.desk, self._nbk.config
        with desk.store.reading() as rows:
            found = rows.aside.orphans_found()
        if not found:
            return
        items = tuple(CLAIM_ITEM.decode(one.item, "orphan") for one in found)
        examined = examine(Settle((), items), desk.trust)
        terms = Terms(config.claim_window_days * DAY_S, config.review_above_tiyn)
        with desk.store.writing() as rows:
            _, effects = post(rows, examined, desk.trust, desk.clock.now(), terms)
            rows.aside.forget_orphans([one.digest for one in found])
            self._settlement.follow(rows, effects)
        self._settlement.tick()
