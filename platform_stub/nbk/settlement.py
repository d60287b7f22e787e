"""Settlement of offline tokens: what an upload changes, as rows and effects (DT-O-03, DT-O-07, DT-O-12).

Two steps. :func:`examine` verifies signatures and needs no store, so it can run anywhere and in parallel.
:func:`post` writes inside one transaction and returns *effects*: what must now be paid, drawn from a cheat,
or revoked. Whoever calls stores the effects in the same transaction and delivers them until answered.

Recording moves nothing; only a claim does. The same item twice changes nothing; items in another order end
in the same rows. A history always comes with its root, so an upload has no gaps; a claim waits only when its
root is not registered yet, or while the cheat's cover is on its way.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from platform_stub.ledger.reconcile import Node, fund
from platform_stub.store.token_rows import (
    LATE,
    OPEN,
    PAID,
    READY,
    VOID,
    WARNED,
    ClaimRow,
    ForkRow,
    LossRow,
    SpendRow,
    TokenRows,
)
from tender.account.token_messages import (
    ALREADY,
    RECORDED,
    REFUSED,
    SETTLED,
    WAITING,
    ClaimItem,
    ItemState,
    Settle,
    Settled,
)
from tender.cash.chain import Holding, verify_chain
from tender.cash.fork_proof import encode_proof, make_proof
from tender.cash.token import INDEX_PAYMENT, Claim, output_id
from tender.crypto.certificates import DAY_S, DeviceCertificate
from tender.crypto.directory import Trust
from tender.crypto.envelope import Envelope, Typ, open_envelope
from tender.errors import Code, LocalProtocolError, Refusal, RemoteProtocolError

NOT_COVERED: Final = {LATE: Code.CLAIM_EXPIRED, WARNED: Code.CERTIFICATE_REVOKED}
"""Why nobody answers for a loss, as its claimant is told."""

CLAIM_WINDOW_S: Final = 60 * DAY_S
"""How long after a token's expiry its claims are paid, unless the platform's configuration says otherwise."""


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


@dataclass(frozen=True, slots=True)
class Examined:
    """One uploaded item after its signatures were checked: a history, perhaps with a claim; or a refusal."""

    output: bytes
    holding: Holding | None
    claim: Claim | None = None
    envelope: Envelope | None = None
    certificate: bytes = b""
    refusal: Refusal | None = None


def examine(order: Settle, trust: Trust) -> tuple[list[Examined], list[Examined]]:
    """Verify records and claims, each on its own: one bad item refuses itself and no other."""
    records = [
        _examine_record(token, trust, f"records[{place}]") for place, token in enumerate(order.records)
    ]
    claims = [_examine_claim(item, trust, f"claims[{place}]") for place, item in enumerate(order.claims)]
    return records, claims


def _examine_record(token: bytes, trust: Trust, field: str) -> Examined:
    try:
        holding = verify_chain(token, trust, field)
    except RemoteProtocolError as error:
        return Examined(sha256(token).digest(), None, refusal=error.refusal)
    return Examined(holding.output, holding)


def _examine_claim(item: ClaimItem, trust: Trust, field: str) -> Examined:
    output = sha256(item.token).digest()
    try:
        holding = verify_chain(item.token, trust, f"{field}.token")
        output = holding.output
        certificate = DeviceCertificate.unpack(item.certificate, holding.holder, f"{field}.certificate")
        certificate.check(trust.bank(certificate.issuer, field).key, f"{field}.certificate")
        envelope = open_envelope(item.claim, Typ.CLAIM, f"{field}.claim")
        envelope.check(holding.holder, f"{field}.claim.signature")
        claim = Claim.from_payload(envelope.payload, f"{field}.claim")
    except RemoteProtocolError as error:
        return Examined(output, None, refusal=error.refusal)
    if claim.parent != holding.output:
        return Examined(output, None, refusal=Refusal(Code.AMOUNT_MISMATCH, f"{field}.claim.parent"))
    rule = holding.rule
    if rule is not None and not rule.allows(certificate.category, certificate.business_number):
        facts = (("purpose", rule.purpose),)
        return Examined(output, None, refusal=Refusal(Code.COLOUR_BROKEN, f"{field}.claim", facts))
    return Examined(output, holding, claim, envelope, item.certificate)


def post(
    rows: TokenRows,
    examined: tuple[Sequence[Examined], Sequence[Examined]],
    trust: Trust,
    now: int,
    claim_window_s: int = CLAIM_WINDOW_S,
    list_number: int = 0,
) -> tuple[Settled, list[Effect]]:
    """Write an upload and say what must follow. ``now`` is the platform's clock, the only one that counts.

    ``list_number``: the revocation list the device had fetched at an earlier sync, on its bank's word.
    """
    effects: list[Effect] = []
    records, claims = examined
    recorded = tuple(_post_record(rows, one, trust, now, effects) for one in records)
    claimed = tuple(
        _post_claim(rows, one, trust, now, effects, claim_window_s, list_number) for one in claims
    )
    return Settled(recorded, claimed), effects


def _post_record(rows: TokenRows, one: Examined, trust: Trust, now: int, effects: list[Effect]) -> ItemState:
    if one.holding is None:
        return _refused(one)
    fresh = _learn(rows, one.holding, trust, now, effects)
    return ItemState(one.output, RECORDED if fresh else ALREADY, "", one.holding.amount_tiyn)


def _refused(one: Examined) -> ItemState:
    refusal = one.refusal
    if refusal is None:
        raise LocalProtocolError(Code.FIELD_WRONG, "examined")
    return ItemState(one.output, REFUSED, refusal.code.value, 0, refusal.facts)


def _learn(rows: TokenRows, holding: Holding, trust: Trust, now: int, effects: list[Effect]) -> bool:
    """Write every link and output of a history; true when any of it was new."""
    root = output_id(holding.root.payload(), INDEX_PAYMENT)
    fresh = rows.add_token_output(Node(root, holding.root.amount_tiyn, holding.root.holder, None), root)
    for spend in holding.spends:
        envelope = spend.envelope()
        row = SpendRow(spend.parent, _digest(envelope), envelope.to_bytes(), spend.signer, spend.certificate)
        if not rows.add_spend(row, now):
            continue
        fresh = True
        paid = Node(spend.payment_output, spend.amount_tiyn, spend.next_key, spend.parent)
        rows.add_token_output(paid, root)
        change = spend.change_output
        if change is not None:
            rows.add_token_output(Node(change, spend.change_tiyn, spend.signer, spend.parent), root)
        _find_fork(rows, row, trust, now, effects)
    return fresh


def _digest(envelope: Envelope) -> bytes:
    """Names a spend by what was signed, not by the signature: two signatures on one payload are one spend."""
    return sha256(envelope.typ.value.encode() + envelope.payload).digest()


def _find_fork(rows: TokenRows, row: SpendRow, trust: Trust, now: int, effects: list[Effect]) -> None:
    spends = rows.spends_of(row.parent)
    if len(spends) < 2 or rows.fork_at(row.parent) is not None:
        return
    certificate = DeviceCertificate.unpack(row.certificate, row.signer, "certificate")
    one, other = (_envelope(spend) for spend in spends[:2])
    proof = encode_proof(make_proof(trust.bank(certificate.issuer, "certificate"), certificate, one, other))
    rows.add_fork(ForkRow(row.parent, row.signer, row.certificate, proof), now)
    effects.append(Revoke(certificate.issuer, row.signer, row.certificate))


def _envelope(spend: SpendRow) -> Envelope:
    try:
        return open_envelope(spend.envelope, Typ.LINK, "spend")
    except RemoteProtocolError as error:
        if error.code is not Code.TYPE_CONFUSED:
            raise
        return open_envelope(spend.envelope, Typ.CLAIM, "spend")


def _post_claim(
    rows: TokenRows,
    one: Examined,
    trust: Trust,
    now: int,
    effects: list[Effect],
    claim_window_s: int,
    list_number: int,
) -> ItemState:
    if one.holding is None or one.claim is None or one.envelope is None:
        return _refused(one)
    holding, claim = one.holding, one.claim
    digest = _digest(one.envelope)
    known = rows.claim(digest)
    if known is not None:
        return _state_of(rows, known)
    # What a late claim shows is learned all the same: it may prove a fork.
    _learn(rows, holding, trust, now, effects)
    if not rows.root_issued(output_id(holding.root.payload(), INDEX_PAYMENT)):
        return ItemState(one.output, WAITING, Code.CLAIM_WAITS.value, holding.amount_tiyn)
    row = SpendRow(holding.output, digest, one.envelope.to_bytes(), holding.holder, one.certificate)
    rows.add_spend(row, now)
    _find_fork(rows, row, trust, now, effects)
    funding = fund(_finder(rows), holding.output)
    for node in funding.changed:
        rows.keep_flow(node)
    claimed = ClaimRow(
        digest,
        holding.output,
        claim.bank,
        claim.address,
        holding.amount_tiyn,
        funding.from_root_tiyn,
        OPEN,
        digest,
    )
    rows.add_claim(claimed, now)
    warned_of = _warned_of(rows, holding, list_number)
    # What nobody claimed in time returns to its last holder, whose claim says that it was not spent; but
    # nobody pays for a claim that comes too late beyond what its root still holds.
    late = now >= holding.root.expiry + claim_window_s
    for loss in funding.losses:
        state = LATE if late else WARNED if loss.key == warned_of else OPEN
        cover = _cover(rows, claimed, loss.output, loss.key, loss.amount_tiyn, state)
        if cover is not None:
            effects.append(cover)
    pay = _paid_when_closed(rows, digest)
    if pay is not None:
        effects.append(pay)
    return _state_of(rows, rows.claim(digest) or claimed)


def _warned_of(rows: TokenRows, holding: Holding, list_number: int) -> bytes | None:
    """The payer's key, if this payee had fetched a list that names it before it showed this money."""
    payer = holding.returns_to()
    listed = None if payer is None else rows.listed_since(payer)
    return payer if listed is not None and listed <= list_number else None


def _finder(rows: TokenRows) -> Callable[[bytes], Node]:
    def find(output: bytes) -> Node:
        node = rows.token_output(output)
        if node is None:
            raise LocalProtocolError(Code.FIELD_WRONG, "history")
        return node

    return find


def _cover(
    rows: TokenRows, claim: ClaimRow, output: bytes, key: bytes, amount_tiyn: int, state: str
) -> Cover | None:
    fork = rows.fork_at(output)
    if fork is None:
        # More flowed through an output than it held, so it has two spends; that there is no proof is a bug.
        raise LocalProtocolError(Code.PROOF_EMPTY, "fork")
    reference = sha256(b"dt-loss.v1" + claim.digest + output).digest()
    rows.add_loss(LossRow(reference, claim.digest, output, key, amount_tiyn, 0, state))
    if state != OPEN:
        return None
    bank = int.from_bytes(fork.certificate[0:2], "big")
    return Cover(reference, bank, key, fork.certificate, fork.proof, amount_tiyn, claim.address)


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
    return _paid_when_closed(rows, loss.claim)


def _paid_when_closed(rows: TokenRows, digest: bytes) -> Pay | None:
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
    if not due_tiyn:
        if not is_open(rows, digest):
            rows.turn_claim(digest, PAID if claim.credited_tiyn else VOID)
        return None
    rows.turn_claim(digest, READY, due_tiyn=due_tiyn)
    return Pay(digest, claim.bank, claim.address, due_tiyn, claim.credited_tiyn)


def is_open(rows: TokenRows, digest: bytes) -> bool:
    """Whether cover may still come in for a claim."""
    claim = rows.claim(digest)
    losing = any(one.state == OPEN for one in rows.losses_of(digest))
    return losing or (claim is not None and worth(rows, claim) > claim.credited_tiyn + claim.due_tiyn)


def worth(rows: TokenRows, claim: ClaimRow) -> int:
    """What a claim is credited: its root's part and what came in for its losses (tiyn)."""
    return claim.from_root_tiyn + sum(loss.covered_tiyn for loss in rows.losses_of(claim.digest))


def _state_of(rows: TokenRows, claim: ClaimRow) -> ItemState:
    """What a claimant is told. A losing token is refused as money and honoured as a claim (DT-O-07)."""
    losses = rows.losses_of(claim.digest)
    if claim.state == VOID:
        states = {one.state for one in losses}
        code = next((NOT_COVERED[one] for one in (LATE, WARNED) if one in states), Code.CLAIM_OWN_FORK)
        return ItemState(claim.output, REFUSED, code.value, claim.amount_tiyn)
    if claim.state == PAID:
        code_text = Code.FORK_PROVED.value if losses else ""
        return ItemState(claim.output, SETTLED, code_text, worth(rows, claim))
    return ItemState(claim.output, WAITING, Code.CLAIM_WAITS.value, claim.amount_tiyn)


def claim_state(rows: TokenRows, one: Examined) -> ItemState | None:
    """The state of an examined claim by now; None when it was refused and is kept nowhere."""
    known = None if one.envelope is None else rows.claim(_digest(one.envelope))
    return None if known is None else _state_of(rows, known)


def fate(rows: TokenRows, output: bytes) -> ItemState | None:
    """What became of an output the platform knows; None when it never heard of it."""
    claims = rows.claims_on(output)
    if claims:
        return _state_of(rows, claims[0])
    node = rows.token_output(output)
    if node is None:
        return None
    spent = rows.spends_of(output)
    facts: tuple[tuple[str, str | int], ...] = (("spends", len(spent)), ("claimed_tiyn", node.passed_tiyn))
    code = Code.FORK_PROVED.value if len(spent) > 1 else ""
    return ItemState(output, RECORDED, code, node.amount_tiyn, facts)
