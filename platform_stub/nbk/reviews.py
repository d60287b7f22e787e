"""Review of large losses: beyond a set sum, what is lost under one fork is covered when an operator says so.

The sum is the platform's setting ``review_above_tiyn``. What waits is named by its claim or by its fork, and
the decision is written into the loss, so it is taken once.
"""

from dataclasses import dataclass

from platform_stub.nbk.national_bank import NationalBank
from platform_stub.nbk.settlement_claims import Effect, cover_of, paid_when_closed
from platform_stub.nbk.settlement_desk import SettlementDesk
from platform_stub.nbk.store import NbkRows
from platform_stub.store.aside_rows import DecisionRow
from platform_stub.store.token_rows import DENIED, OPEN, REVIEW, LossRow
from tender.errors import Code, Refusal

RELEASED = "released"
NAMED_LEAST_BYTES = 4


@dataclass(frozen=True, slots=True)
class Decided:
    """How many losses were decided on, and what they come to (tiyn)."""

    losses: int
    amount_tiyn: int


class ReviewDesk:
    """What waits for an operator, and what the operator said."""

    def __init__(self, bank: NationalBank, settlement: SettlementDesk) -> None:
        self._nbk = bank
        self._settlement = settlement

    def waiting(self) -> list[LossRow]:
        """Every loss that waits for review."""
        with self._nbk.desk.store.reading() as rows:
            return rows.losses_in(REVIEW)

    def release(self, named: bytes, officer: str = "") -> Decided | Refusal:
        """Cover what waits under this claim or fork (the first bytes of its id) like any other loss."""
        return self._decide(named, OPEN, RELEASED, officer)

    def deny(self, named: bytes, officer: str = "") -> Decided | Refusal:
        """Leave it uncovered; what its root and earlier cover paid stays paid."""
        return self._decide(named, DENIED, DENIED, officer)

    def _decide(self, named: bytes, state: str, word: str, officer: str) -> Decided | Refusal:
        now = self._nbk.desk.clock.now()
        with self._nbk.desk.store.writing() as rows:
            chosen = [
                one
                for one in rows.losses_in(REVIEW)
                if one.claim.startswith(named) or one.fork.startswith(named)
            ]
            meant = {one for loss in chosen for one in (loss.claim, loss.fork) if one.startswith(named)}
            if len(named) < NAMED_LEAST_BYTES or len(meant) != 1:
                # Money is not moved on a name that may be another's.
                return Refusal(Code.ORDER_UNKNOWN, "review")
            for loss in chosen:
                rows.cover_loss(loss.reference, loss.covered_tiyn, state)
                row = DecisionRow(loss.reference, loss.claim, word, officer[:60], loss.amount_tiyn, now)
                rows.aside.add_decision(row)
            self._settlement.follow(rows, _what_follows(rows, chosen, state))
        self._settlement.tick()
        return Decided(len(chosen), sum(one.amount_tiyn for one in chosen))


def _what_follows(rows: NbkRows, losses: list[LossRow], state: str) -> list[Effect]:
    if state == OPEN:
        return [cover_of(rows, one) for one in losses]
    closed = [paid_when_closed(rows, claim) for claim in dict.fromkeys(one.claim for one in losses)]
    return [pay for pay in closed if pay is not None]
