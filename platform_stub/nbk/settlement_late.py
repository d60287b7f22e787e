"""After expiry and claim window: what nobody claimed returns to the last recorded owner, whose claim is the
signed statement that it was not spent (docs/adr/0014).

A later chain that proves such a statement false is paid out of that refund: its loss is drawn from whoever
made the statement like any other, but never beyond what it brought. Money that the platform sent home from a
lost device was stated by nobody, so there nothing is taken.
"""

from collections.abc import Sequence

from platform_stub.ledger.reconcile import Loss
from platform_stub.nbk.settlement_claims import worth
from platform_stub.store.aside_rows import RefundRow
from platform_stub.store.token_rows import LATE, OPEN, ClaimRow, SpendRow, TokenRows


def spent_otherwise(rows: TokenRows, row: SpendRow) -> bool:
    """Whether the claim's output is known to be spent by something else: its statement is false already."""
    return any(one.digest != row.digest for one in rows.spends_of(row.parent))


def note_refund(rows: TokenRows, claim: ClaimRow, now: int) -> None:
    """Remember a claim that came after its window."""
    rows.aside.add_refund(RefundRow(claim.digest, claim.output, 0, now))


def late_parts(rows: TokenRows, loss: Loss) -> Sequence[tuple[str, int]]:
    """What of a late claim's loss the refunds of that output pay, and what nobody answers for."""
    left_tiyn = loss.amount_tiyn
    for refund in rows.aside.refunds_on(loss.output):
        claim = rows.claim(refund.claim)
        paid_tiyn = 0 if claim is None else worth(rows, claim)
        part_tiyn = min(left_tiyn, max(0, paid_tiyn - refund.taken_tiyn))
        if part_tiyn:
            rows.aside.take_refund(refund.claim, part_tiyn)
            left_tiyn -= part_tiyn
    return (OPEN, loss.amount_tiyn - left_tiyn), (LATE, left_tiyn)
