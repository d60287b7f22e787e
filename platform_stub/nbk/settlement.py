"""Settlement of offline tokens: what an upload changes, as rows and effects (DT-O-03, DT-O-07, DT-O-12).

Two steps. :func:`examine` verifies signatures and needs no store, so it can run anywhere and in parallel.
:func:`post` writes inside one transaction and returns *effects*: what must now be paid, drawn from a cheat,
or revoked. Whoever calls stores the effects in the same transaction and delivers them until answered.

Recording moves nothing; only a claim does. The same item twice changes nothing; items in another order end
in the same rows. A history always comes with its root, so an upload has no gaps; what comes under a root that
is not registered counts for nothing, and its claim is set aside until the root is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from platform_stub.ledger.reconcile import Loss
from platform_stub.nbk.settlement_claims import Effect, Revoke, Terms, covered_unseen, fund_claim, state_of
from platform_stub.nbk.settlement_late import late_parts, note_refund, spent_otherwise
from platform_stub.store.aside_rows import ColouredRow, OrphanRow
from platform_stub.store.token_rows import (
    LATE,
    OPEN,
    WARNED,
    ClaimRow,
    ForkRow,
    SpendRow,
    TokenRows,
    claim_spend,
    root_of,
    spend_digest,
)
from tender.account.participants import NBK
from tender.account.token_messages import (
    ALREADY,
    CLAIM_ITEM,
    RECORDED,
    REFUSED,
    WAITING,
    ClaimItem,
    ItemState,
    Settle,
    Settled,
)
from tender.cash.chain import Holding, verify_chain
from tender.cash.fork_proof import encode_proof, make_proof
from tender.cash.token import Claim
from tender.crypto.certificates import DeviceCertificate
from tender.crypto.directory import Trust
from tender.crypto.envelope import Envelope, Typ, open_envelope
from tender.errors import Code, LocalProtocolError, Refusal, RemoteProtocolError


@dataclass(frozen=True, slots=True)
class Examined:
    """One uploaded item after its signatures were checked: a history, perhaps with a claim; or a refusal.

    ``rule``: of a claim by a holder whom the money's colour does not name, the rule it keeps.
    """

    output: bytes
    holding: Holding | None
    claim: Claim | None = None
    envelope: Envelope | None = None
    certificate: bytes = b""
    refusal: Refusal | None = None
    rule: bytes = b""


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
    kept = b""
    if rule is not None and not rule.allows(certificate.category, certificate.business_number):
        kept = rule.to_bytes()  # only a payee whom the rule names takes the colour off (DT-T-02)
    return Examined(output, holding, claim, envelope, item.certificate, rule=kept)


def post(
    rows: TokenRows,
    examined: tuple[Sequence[Examined], Sequence[Examined]],
    trust: Trust,
    now: int,
    terms: Terms | None = None,
) -> tuple[Settled, list[Effect]]:
    """Write an upload and say what must follow. ``now`` is the platform's clock, the only one that counts."""
    terms = terms or Terms()
    effects: list[Effect] = []
    records, claims = examined
    recorded = tuple(_post_record(rows, one, trust, now, effects, terms.list_number) for one in records)
    orphans: list[bytes] = []
    claimed = tuple(_post_claim(rows, one, trust, now, effects, terms, orphans) for one in claims)
    return Settled(recorded, claimed), effects


def _post_record(
    rows: TokenRows, one: Examined, trust: Trust, now: int, effects: list[Effect], list_number: int
) -> ItemState:
    if one.holding is None:
        return _refused(one)
    if not rows.root_issued(root_of(one.holding)):
        return ItemState(one.output, WAITING, Code.CLAIM_ORPHAN.value, one.holding.amount_tiyn)
    fresh = _learn(rows, one.holding, trust, now, effects, list_number)
    return ItemState(one.output, RECORDED if fresh else ALREADY, "", one.holding.amount_tiyn)


def _refused(one: Examined) -> ItemState:
    refusal = one.refusal
    if refusal is None:
        raise LocalProtocolError(Code.FIELD_WRONG, "examined")
    return ItemState(one.output, REFUSED, refusal.code.value, 0, refusal.facts)


def _learn(
    rows: TokenRows,
    holding: Holding,
    trust: Trust,
    now: int,
    effects: list[Effect],
    list_number: int,
    claim: SpendRow | None = None,
) -> bool:
    """Note a history, perhaps with a claim on its end, and prove the forks it shows; true when any of it was
    new."""
    new = rows.learn(holding, now, list_number, claim)
    for row in new or ():
        _find_fork(rows, row, trust, now, effects)
    return new is not None


def _find_fork(rows: TokenRows, row: SpendRow, trust: Trust, now: int, effects: list[Effect]) -> None:
    if not rows.forked(row.parent) or rows.fork_at(row.parent) is not None:
        return
    certificate = DeviceCertificate.unpack(row.certificate, row.signer, "certificate")
    one, other = (spend.sealed() for spend in rows.spends_of(row.parent)[:2])
    proof = encode_proof(make_proof(trust.bank(certificate.issuer, "certificate"), certificate, one, other))
    rows.add_fork(ForkRow(row.parent, row.signer, row.certificate, proof), now)
    effects.append(Revoke(certificate.issuer, row.signer, row.certificate))


def _post_claim(
    rows: TokenRows,
    one: Examined,
    trust: Trust,
    now: int,
    effects: list[Effect],
    terms: Terms,
    orphans: list[bytes],
) -> ItemState:
    if one.holding is None or one.claim is None or one.envelope is None:
        return _refused(one)
    holding, claim = one.holding, one.claim
    digest = spend_digest(Typ.CLAIM, one.envelope.payload)
    known = rows.claim(digest)
    if known is not None:
        return state_of(rows, known)
    if not rows.root_issued(root_of(holding)):
        return _set_aside(rows, one, digest, now, terms, orphans)
    # What a late claim shows is learned all the same: it may prove a fork.
    row = claim_spend(holding, one.envelope, one.certificate)
    _learn(rows, holding, trust, now, effects, terms.list_number, row)
    warned_of = _warned_of(rows, holding)
    late = now >= holding.root.expiry + terms.claim_window_s
    if late and spent_otherwise(rows, row):
        return ItemState(one.output, REFUSED, Code.CLAIM_OWN_FORK.value, holding.amount_tiyn)
    # Money that keeps its colour stays at the National Bank: no account has a colour.
    bank = NBK if one.rule else claim.bank
    if one.rule:
        rows.aside.add_coloured(ColouredRow(digest, claim.bank, claim.address, one.rule))
    claimed = ClaimRow(digest, holding.output, bank, claim.address, holding.amount_tiyn, 0, OPEN, digest)

    def judge(loss: Loss, lost_tiyn: int) -> Sequence[tuple[str, int]]:
        if late:
            return late_parts(rows, loss)
        if rows.fork_at(loss.output) is None:
            # Nobody signed twice: the platform sent this money home first, and no cheat owes it.
            return ((LATE, loss.amount_tiyn),)
        if loss.key == warned_of:
            return ((WARNED, loss.amount_tiyn),)
        return covered_unseen(loss, lost_tiyn, terms.review_above_tiyn)

    effects.extend(fund_claim(rows, claimed, judge, now))
    if late:
        note_refund(rows, claimed, now)
    return state_of(rows, rows.claim(digest) or claimed)


def _set_aside(
    rows: TokenRows, one: Examined, digest: bytes, now: int, terms: Terms, orphans: list[bytes]
) -> ItemState:
    """A claim under a root nobody knows here: kept, as many as its device may leave, and nothing learned.

    ``orphans``: those of the same upload that are new; its bank counted the ones that wait from before.
    """
    if one.holding is None or one.claim is None or one.envelope is None:
        raise LocalProtocolError(Code.FIELD_WRONG, "examined")
    holding = one.holding
    if not rows.aside.has_orphan(digest):
        if len(orphans) >= terms.orphans_most:
            return ItemState(one.output, REFUSED, Code.ORPHANS_FULL.value, holding.amount_tiyn)
        orphans.append(digest)
        item = CLAIM_ITEM.encode(ClaimItem(holding.packed, one.certificate, one.envelope.to_bytes()))
        root, amount_tiyn = root_of(holding), holding.amount_tiyn
        rows.aside.add_orphan(OrphanRow(digest, root, one.output, one.claim.bank, amount_tiyn, item), now)
    return ItemState(one.output, WAITING, Code.CLAIM_ORPHAN.value, holding.amount_tiyn)


def _warned_of(rows: TokenRows, holding: Holding) -> bytes | None:
    """The payer's key, if this payee had fetched a list that names it before it showed this money.

    What counts is the oldest list at any showing: a sync shows what is held and only then fetches lists, so
    an honest payee may know the newest list by the time it claims; and a cheat that shows the payment first,
    list in hand, must not make its payee a warned one.
    """
    last = holding.last
    if last is None:
        return None
    listed = rows.listed_since(last.signer)
    shown = rows.shown_list(spend_digest(Typ.LINK, last.payload))
    return last.signer if listed is not None and listed <= shown else None


def claim_state(rows: TokenRows, one: Examined) -> ItemState | None:
    """The state of an examined claim by now; None when it was refused and is kept nowhere."""
    known = None if one.envelope is None else rows.claim(spend_digest(Typ.CLAIM, one.envelope.payload))
    return None if known is None else state_of(rows, known)


def fate(rows: TokenRows, output: bytes) -> ItemState | None:
    """What became of an output the platform knows; None when it never heard of it."""
    claims = rows.claims_on(output)
    if claims:
        return state_of(rows, claims[0])
    node = rows.token_output(output)
    if node is None:
        return None
    spent = rows.spends_of(output)
    facts: tuple[tuple[str, str | int], ...] = (("spends", len(spent)), ("claimed_tiyn", node.passed_tiyn))
    code = Code.FORK_PROVED.value if len(spent) > 1 else ""
    return ItemState(output, RECORDED, code, node.amount_tiyn, facts)
