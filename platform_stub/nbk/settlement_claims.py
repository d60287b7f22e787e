"""A claim and its money: what its root pays, what cheats owe for it, what came in, what was credited."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from platform_stub.config import REVIEW_ABOVE_TIYN
from platform_stub.ledger.reconcile import Loss
from platform_stub.store.aside_rows import COLOURED
from platform_stub.store.token_rows import (
    DENIED,
    LATE,
    NOWHERE,
    OPEN,
    PAID,
    READY,
    REVIEW,
    VOID,
    WARNED,
    ClaimRow,
    LossRow,
    TokenRows,
)
from tender.account.participants import NBK
from tender.account.token_messages import REFUSED, SETTLED, WAITING, ItemState
from tender.crypto.certificates import DAY_S
from tender.errors import Code, LocalProtocolError

NOT_COVERED: Final = {
    DENIED: Code.CLAIM_DENIED,
    LATE: Code.CLAIM_EXPIRED,
    WARNED: Code.CERTIFICATE_REVOKED,
}
"""Why nobody answers for a loss, as its claimant is told."""
CLAIM_WINDOW_S: Final = 60 * DAY_S
"""How long after a token's expiry its claims are paid, unless the platform's configuration says otherwise."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Under what an upload is settled: two settings of the platform, and what its bank vouches for.

    ``list_number``: the revocation list the device had fetched at an earlier sync. ``orphans_most``: how many
    more of its claims may wait for a root nobody knows.
    """

    claim_window_s: int = CLAIM_WINDOW_S
    review_above_tiyn: int = REVIEW_ABOVE_TIYN
    list_number: int = 0
    orphans_most: int = 16


Judge = Callable[[Loss, int], Sequence[tuple[str, int]]]
"""Of a loss, and of all that is lost at its fork and covered by somebody, now or perhaps later (tiyn), this
one included: the states its parts are in, such as ``[("open", 300), ("review", 200)]``, which sum to it."""


@dataclass(frozen=True, slots=True)
class Pay:
    """Credit ``amount_tiyn`` to an account for a claim (its 32-byte digest) that has had ``before_tiyn``:
    both together name it, so that it is paid once."""

    claim: bytes
    bank: int
    address: bytes
    amount_tiyn: int
    before_tiyn: int = 0


@dataclass(frozen=True, slots=True)
class Cover:
    """Draw a cheat's debt from whoever answers for this key; ``reference`` makes it safe to repeat.

    ``payee`` is the claimant's address: the culprit's bank says whether it is the culprit's own.
    """

    reference: bytes
    bank: int
    key: bytes
    certificate: bytes
    proof: bytes
    amount_tiyn: int
    payee: bytes


@dataclass(frozen=True, slots=True)
class Revoke:
    """The next revocation list must name this certificate."""

    bank: int
    key: bytes
    certificate: bytes


Effect = Pay | Cover | Revoke

UNDECIDED: Final = (OPEN, REVIEW)
"""Losses that may be covered yet."""


def fund_claim(rows: TokenRows, claim: ClaimRow, judge: Judge, now: int) -> list[Effect]:
    """Write a new claim, what its root pays and what cheats owe for it; returns what must follow.

    ``judge`` says of each loss whether somebody answers for it (``open``) or why nobody does.
    """
    funding = rows.flow(claim.output)
    rows.add_claim(claim._replace(from_root_tiyn=funding.from_root_tiyn), now)
    effects: list[Effect] = []
    for loss in funding.losses:
        parts = [part for part in judge(loss, _answered_for(rows, loss.output) + loss.amount_tiyn) if part[1]]
        for place, (state, part_tiyn) in enumerate(parts):
            reference = sha256(b"dt-loss.v1" + claim.digest + loss.output + bytes(place)).digest()
            row = LossRow(reference, claim.digest, loss.output, loss.key, part_tiyn, 0, state)
            rows.add_loss(row)
            if state == OPEN:
                effects.append(cover_of(rows, row))
    pay = paid_when_closed(rows, claim.digest)
    return effects if pay is None else [*effects, pay]


def _answered_for(rows: TokenRows, fork: bytes) -> int:
    """What is lost at a fork (tiyn) and came in or may yet: what nobody covers takes from no one."""
    return sum(
        one.amount_tiyn if one.state in (*UNDECIDED, PAID) else one.covered_tiyn
        for one in rows.aside.losses_at(fork)
    )


def covered_unseen(loss: Loss, lost_tiyn: int, review_above_tiyn: int) -> Sequence[tuple[str, int]]:
    """What of a loss is covered at once and what waits for review. The sums of both under one fork depend on
    what was claimed there and not on who came first."""
    review_tiyn = min(loss.amount_tiyn, max(0, lost_tiyn - review_above_tiyn))
    return (OPEN, loss.amount_tiyn - review_tiyn), (REVIEW, review_tiyn)


def cover_of(rows: TokenRows, loss: LossRow) -> Cover:
    """The order that draws what an open loss still lacks."""
    fork, claim = rows.fork_at(loss.fork), rows.claim(loss.claim)
    if fork is None or claim is None:
        # More flowed through an output than it held, so it has two spends; that there is no proof is a bug.
        raise LocalProtocolError(Code.PROOF_EMPTY, "fork")
    bank = int.from_bytes(fork.certificate[0:2], "big")
    return Cover(
        loss.reference,
        bank,
        loss.key,
        fork.certificate,
        fork.proof,
        loss.amount_tiyn - loss.covered_tiyn,
        claim.address,
    )


def covered(rows: TokenRows, reference: bytes, came_tiyn: int, *, own_person: bool = False) -> Pay | None:
    """Cover came in for a loss; returns the payment when its claim now has all the money it will get.

    ``own_person``: the claimant is the culprit himself. What is not covered then never will be.
    """
    loss = rows.loss(reference)
    if loss is None or loss.state != OPEN:
        return None
    sum_tiyn = loss.covered_tiyn + came_tiyn
    if sum_tiyn > loss.amount_tiyn:
        raise LocalProtocolError(Code.SUMS_DIFFER, "loss")
    closed = PAID if sum_tiyn == loss.amount_tiyn else VOID if own_person else OPEN
    rows.cover_loss(reference, sum_tiyn, closed)
    return paid_when_closed(rows, loss.claim)


def paid_when_closed(rows: TokenRows, digest: bytes) -> Pay | None:
    """The payment of a claim, once none of its losses is open any more."""
    if any(one.state == OPEN for one in rows.losses_of(digest)):
        return None
    return pay_part(rows, digest)


def pay_part(rows: TokenRows, digest: bytes) -> Pay | None:
    """The payment of what a claim has by now and was not credited, unless a credit of it is on its way."""
    claim = rows.claim(digest)
    if claim is None or claim.state != OPEN:
        return None
    due_tiyn = worth(rows, claim) - claim.credited_tiyn
    if claim.bank == NBK:
        # It keeps its colour, and so no account can take it: what has come in waits to be loaded again.
        if not any(one.state in UNDECIDED for one in rows.losses_of(digest)):
            rows.turn_claim(digest, COLOURED if due_tiyn else PAID if claim.credited_tiyn else VOID)
        return None
    if not due_tiyn:
        if not is_open(rows, digest):
            rows.turn_claim(digest, PAID if claim.credited_tiyn else VOID)
        return None
    rows.turn_claim(digest, READY, due_tiyn=due_tiyn)
    return Pay(digest, claim.bank, claim.address, due_tiyn, claim.credited_tiyn)


def load_part(rows: TokenRows, digest: bytes, amount_tiyn: int) -> None:
    """So much of what keeps its colour is loaded again. A claim that waits for cover goes on waiting."""
    claim = rows.claim(digest)
    if claim is None:
        raise LocalProtocolError(Code.ORDER_UNKNOWN, "claim")
    whole = claim.state == COLOURED and amount_tiyn == worth(rows, claim) - claim.credited_tiyn
    rows.turn_claim(digest, claim.state, due_tiyn=amount_tiyn)
    rows.credited(digest, PAID if whole else claim.state)


def is_open(rows: TokenRows, digest: bytes) -> bool:
    """Whether cover may still come in for a claim."""
    claim = rows.claim(digest)
    losing = any(one.state in UNDECIDED for one in rows.losses_of(digest))
    return losing or (claim is not None and worth(rows, claim) > claim.credited_tiyn + claim.due_tiyn)


def worth(rows: TokenRows, claim: ClaimRow) -> int:
    """What a claim is credited: its root's part and what came in for its losses (tiyn)."""
    return claim.from_root_tiyn + sum(loss.covered_tiyn for loss in rows.losses_of(claim.digest))


def state_of(rows: TokenRows, claim: ClaimRow) -> ItemState:
    """What a claimant is told. A losing token is refused as money and honoured as a claim (DT-O-07)."""
    losses = rows.losses_of(claim.digest)
    if claim.state == VOID:
        states = {one.state for one in losses}
        code = next((NOT_COVERED[one] for one in NOT_COVERED if one in states), Code.CLAIM_OWN_FORK)
        return ItemState(claim.output, REFUSED, code.value, claim.amount_tiyn)
    if claim.state in (PAID, COLOURED):
        code_text = Code.COLOUR_KEPT.value if claim.bank == NBK else Code.FORK_PROVED.value if losses else ""
        return ItemState(claim.output, SETTLED, code_text, worth(rows, claim))
    if claim.state == NOWHERE:
        return ItemState(claim.output, WAITING, Code.ACCOUNT_UNKNOWN.value, claim.amount_tiyn)
    review_tiyn = sum(one.amount_tiyn for one in losses if one.state == REVIEW)
    if review_tiyn:
        facts = (("credited_tiyn", claim.credited_tiyn), ("review_tiyn", review_tiyn))
        return ItemState(claim.output, WAITING, Code.CLAIM_IN_REVIEW.value, claim.amount_tiyn, facts)
    return ItemState(claim.output, WAITING, Code.CLAIM_WAITS.value, claim.amount_tiyn)
