"""What an operator of the National Bank reads of settlement: forks, refunds, orphans, reviews, as plain rows.

Only questions; whatever is decided is decided by the desks. Nobody's name is here: the National Bank sees
keys, banks and amounts.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from platform_stub.compose import Platform
from platform_stub.nbk.settlement_claims import worth
from platform_stub.nbk.settlement_refunds import refund_id
from platform_stub.nbk.store import NbkRows
from platform_stub.store.token_rows import NOWHERE, OPEN, REVIEW, LossRow
from tender.cash.token import INDEX_CHANGE, INDEX_PAYMENT, Link, output_id
from tender.crypto.certificates import DAY_S
from tender.crypto.envelope import Typ


@dataclass(frozen=True, slots=True)
class Branch:
    """What a spend made of an output: its payment or its change."""

    output: bytes
    amount_tiyn: int
    key: bytes
    change: bool


@dataclass(frozen=True, slots=True)
class ForkLine:
    """A proved fork and what it cost (tiyn): ``lost`` in all, of which ``covered`` has come in, ``waiting``
    is asked of those who answer for it, ``review`` waits for an operator, and nobody covers the rest."""

    fork: bytes
    key: bytes
    bank: int
    amount_tiyn: int
    lost_tiyn: int
    covered_tiyn: int
    waiting_tiyn: int
    review_tiyn: int
    time: int

    @property
    def uncovered_tiyn(self) -> int:
        """What nobody answers for: too late, warned, denied, or the culprit's own."""
        return self.lost_tiyn - self.covered_tiyn - self.waiting_tiyn - self.review_tiyn


@dataclass(frozen=True, slots=True)
class RefundLine:
    """Money after its window. ``state``: *waiting* for its last recorded owner's claim, *paid* to him, or
    *home* from a lost device; ``taken_tiyn`` went on to whoever proved the statement false."""

    output: bytes
    state: str
    amount_tiyn: int
    taken_tiyn: int
    time: int


@dataclass(frozen=True, slots=True)
class OrphanLine:
    """A claim that nothing can be done with. ``why``: *root*, not registered (``under`` is its output id); or
    *account*, which its bank does not know (``under`` is the claimed output)."""

    claim: bytes
    why: str
    under: bytes
    bank: int
    amount_tiyn: int
    time: int


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """A loss beyond the sum that is covered unseen: the claimant's bank, and the culprit's that would pay."""

    claim: bytes
    fork: bytes
    claimant_bank: int
    culprit_bank: int
    amount_tiyn: int
    claimed_tiyn: int
    time: int


def fork_lines(platform: Platform) -> list[ForkLine]:
    """Every proved fork, oldest first."""
    with platform.nbk.desk.store.reading() as rows:
        return [_fork_line(rows, fork.parent) for fork in rows.forks()]


def _fork_line(rows: NbkRows, parent: bytes) -> ForkLine:
    fork, node = rows.fork_at(parent), rows.token_output(parent)
    assert fork is not None
    losses = rows.aside.losses_at(parent)
    return ForkLine(
        parent,
        fork.key,
        int.from_bytes(fork.certificate[0:2], "big"),
        0 if node is None else node.amount_tiyn,
        sum(one.amount_tiyn for one in losses),
        sum(one.covered_tiyn for one in losses),
        sum(one.amount_tiyn - one.covered_tiyn for one in losses if one.state == OPEN),
        sum(one.amount_tiyn for one in losses if one.state == REVIEW),
        rows.aside.when("token_forks", parent),
    )


def refund_lines(platform: Platform) -> list[RefundLine]:
    """What waits after its window, then what was paid from it."""
    now = platform.nbk.desk.clock.now()
    window_s = platform.nbk.config.claim_window_days * DAY_S
    with platform.nbk.desk.store.reading() as rows:
        lines = [
            RefundLine(branch.output, "waiting", branch.amount_tiyn, 0, expiry + window_s)
            for output, amount, expiry in rows.aside.expired_roots(now - window_s)
            for branch in unclaimed(rows, Branch(output, amount, b"", False))
        ]
        for refund in rows.aside.refunds():
            claim = rows.claim(refund.claim)
            if claim is not None and claim.from_root_tiyn:
                lines.append(
                    RefundLine(refund.output, "paid", worth(rows, claim), refund.taken_tiyn, refund.time)
                )
        for output, _, _ in rows.aside.expired_roots(now - window_s):
            lines += list(_sent_home(rows, output))
    return lines


def _sent_home(rows: NbkRows, root: bytes) -> Iterator[RefundLine]:
    node = rows.token_output(root)
    if node is None:
        return
    for branch in below(rows, Branch(root, node.amount_tiyn, node.key, False)):
        claim = rows.claim(refund_id(branch.output))
        if claim is not None:
            time = rows.aside.when("token_claims", claim.digest)
            yield RefundLine(branch.output, "home", worth(rows, claim), 0, time)


def orphan_lines(platform: Platform) -> list[OrphanLine]:
    """Every claim that waits for its root, or whose bank refused the credit for good."""
    with platform.nbk.desk.store.reading() as rows:
        lines = [
            OrphanLine(
                one.digest,
                "root",
                one.root,
                one.bank,
                one.amount_tiyn,
                rows.aside.when("token_orphans", one.digest),
            )
            for one in rows.aside.orphans()
        ]
        for claim in rows.claims_in(NOWHERE):
            time = rows.aside.when("token_claims", claim.digest)
            lines.append(OrphanLine(claim.digest, "account", claim.output, claim.bank, claim.due_tiyn, time))
        return lines


def review_lines(platform: Platform) -> list[ReviewLine]:
    """Every loss that waits for an operator."""
    with platform.nbk.desk.store.reading() as rows:
        return [_review_line(rows, one) for one in rows.losses_in(REVIEW)]


def _review_line(rows: NbkRows, loss: LossRow) -> ReviewLine:
    claim, fork, kept = rows.claim(loss.claim), rows.fork_at(loss.fork), rows.aside.coloured(loss.claim)
    assert claim is not None
    assert fork is not None
    return ReviewLine(
        loss.claim,
        loss.fork,
        claim.bank if kept is None else kept.bank,
        int.from_bytes(fork.certificate[0:2], "big"),
        loss.amount_tiyn,
        claim.amount_tiyn,
        rows.aside.when("token_claims", loss.claim),
    )


# --- the tree


def branches(rows: NbkRows, branch: Branch) -> list[Branch]:
    """What the spends of an output made; more than one payment is a fork."""
    made: list[Branch] = []
    for spend in rows.spends_of(branch.output):
        if spend.typ is not Typ.LINK:
            continue
        link = Link.from_payload(spend.payload, "link")
        paid = output_id(spend.payload, INDEX_PAYMENT)
        made.append(Branch(paid, link.amount_tiyn, link.next_key, False))
        if link.change_tiyn:
            kept = output_id(spend.payload, INDEX_CHANGE)
            made.append(Branch(kept, link.change_tiyn, spend.signer, True))
    return made


def below(rows: NbkRows, branch: Branch) -> Iterator[Branch]:
    """An output and everything made of it."""
    yield branch
    for one in branches(rows, branch):
        yield from below(rows, one)


def unclaimed(rows: NbkRows, root: Branch) -> list[Branch]:
    """What below a root nobody has claimed and nobody has spent, as far as its root still pays for it."""
    node = rows.token_output(root.output)
    left_tiyn = root.amount_tiyn - (0 if node is None else node.passed_tiyn)
    found: list[Branch] = []
    for branch in below(rows, root):
        spent = any(spend.typ is Typ.LINK for spend in rows.spends_of(branch.output))
        if left_tiyn and not spent and not rows.claims_on(branch.output):
            part_tiyn = min(left_tiyn, branch.amount_tiyn)
            found.append(Branch(branch.output, part_tiyn, branch.key, branch.change))
            left_tiyn -= part_tiyn
    return found
