"""Money on lost devices: what nobody claimed by the end of the claim window goes home (docs/adr/0009).

A bank names the keys of a device whose loss its client reported, and the client's account. Until the window
ends anybody who was paid with them may still claim; what is left then is credited as if its holder had
claimed it, as far as its root goes. Money with a purpose keeps it on the way home (docs/adr/0014).
"""

from collections.abc import Sequence
from hashlib import sha256

from platform_stub.desk import Asked
from platform_stub.ledger.reconcile import Loss, Node
from platform_stub.nbk.national_bank import NationalBank
from platform_stub.nbk.settlement_claims import Effect, fund_claim
from platform_stub.nbk.settlement_desk import SettlementDesk
from platform_stub.store.aside_rows import ColouredRow
from platform_stub.store.token_rows import LATE, OPEN, ClaimRow, LostKeyRow, TokenRows
from tender.account.client_messages import Empty
from tender.account.participant_messages import LostKeys
from tender.account.participants import NBK
from tender.cash.token import Rule
from tender.crypto.certificates import DAY_S, DeviceCertificate
from tender.errors import Code, Refusal


class RefundDesk:
    """Answers ``lost-keys``."""

    def __init__(self, bank: NationalBank, settlement: SettlementDesk) -> None:
        self._nbk = bank
        self._settlement = settlement
        bank.desk.handlers["lost-keys"] = self._lost

    def _lost(self, asked: Asked, order: LostKeys) -> Empty | Refusal:
        authority = self._nbk.desk.trust.bank(asked.sender, "lost-keys")
        for place, one in enumerate(order.keys):
            field = f"lost-keys.keys[{place}]"
            certificate = DeviceCertificate.unpack(one.certificate, one.key, field)
            if certificate.issuer != asked.sender:
                return Refusal(Code.CERTIFICATE_WRONG, field)
            certificate.check(authority.key, field)
        with self._nbk.desk.store.writing() as rows:
            for one in order.keys:
                rows.add_lost_key(LostKeyRow(one.key, one.certificate, asked.sender, order.address))
        return Empty()

    def tick(self) -> None:
        """Send home what the claim window has left. Safe to repeat."""
        now = self._nbk.desk.clock.now()
        before = now - self._nbk.config.claim_window_days * DAY_S
        with self._nbk.desk.store.reading() as rows:
            if not rows.lost_roots(before) and not rows.lost_money(before):
                return
        with self._nbk.desk.store.writing() as rows:
            self._settlement.follow(rows, send_home(rows, before, now))
        self._settlement.tick()


def send_home(rows: TokenRows, before: int, now: int) -> list[Effect]:
    """Claim for their owners what lost keys hold under roots that expired before that time (seconds)."""
    effects: list[Effect] = []
    for root in rows.lost_roots(before):
        # Loaded, and never heard of again: nobody has shown its output yet.
        rows.learn_root(root.output, now)
    for node, lost in rows.lost_money(before):
        rule, holder = rows.rule_of(node), DeviceCertificate.unpack(lost.certificate, lost.key, "certificate")
        if rule is not None and rule.allows(holder.category, holder.business_number):
            rule = None  # whom it names takes the colour off, as if he had claimed it
        effects += claim_for(rows, node, (lost.bank, lost.address), rule, now)
    return effects


def claim_for(
    rows: TokenRows, node: Node, owner: tuple[int, bytes], rule: Rule | None, now: int
) -> list[Effect]:
    """Claim an output for its owner, who is a bank and an address there; with a rule it keeps its colour.

    Somebody paid from the same root in time has been paid: what that takes, nobody answers for.
    """
    digest, (bank, address) = refund_id(node.output), owner
    if rule is not None:
        # No account has a colour: the money waits at the National Bank until it is loaded again.
        rows.aside.add_coloured(ColouredRow(digest, bank, address, rule.to_bytes()))
        bank = NBK
    claim = ClaimRow(digest, node.output, bank, address, node.amount_tiyn, 0, OPEN, digest)
    return fund_claim(rows, claim, _nobody_answers, now)


def _nobody_answers(loss: Loss, _lost_tiyn: int) -> Sequence[tuple[str, int]]:
    """How a refund's losses are judged: whoever was paid in time was paid, and no cheat is drawn on."""
    return ((LATE, loss.amount_tiyn),)


def refund_id(output: bytes) -> bytes:
    """Names the claim that a platform makes for the owner of a lost device (32 bytes)."""
    return sha256(b"dt-refund.v1" + output).digest()
