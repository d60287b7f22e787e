"""The National Bank settles: banks pass uploads on, claims become credits, cheats' debts are drawn.

An upload is one transaction: what was learned, what is owed and the orders that follow from it. Then the
orders go out, again and again with the same bytes until they are answered; :meth:`SettlementDesk.tick` takes
up whatever a crash left. Who pays for a loss, and in which order, is ``settlement_cover``.
"""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from platform_stub.desk import Asked, derive
from platform_stub.nbk.national_bank import NationalBank
from platform_stub.nbk.settlement import Examined, claim_state, examine, fate, post
from platform_stub.nbk.settlement_claims import Cover, Effect, Pay, Revoke, Terms, is_open
from platform_stub.nbk.settlement_cover import CoverDesk
from platform_stub.nbk.store import NbkRows
from platform_stub.store.desk_rows import Outgoing
from platform_stub.store.token_rows import OPEN, PAID, READY, ClaimRow, ForkRow
from tender.account.eds import open_order
from tender.account.participant_messages import (
    Credit,
    Draw,
    Fate,
    FateQuestion,
    Movement,
)
from tender.account.participants import CERTIFICATION_CENTRE
from tender.account.service_messages import REVOKE, Revoked, Serial
from tender.account.service_messages import Revoke as RevokeOrder
from tender.account.token_messages import ItemState, Notice, Settle, Settled
from tender.account.transaction import Payee, Purpose
from tender.crypto.certificates import DAY_S, DeviceCertificate
from tender.errors import Code, LinkError, Refusal

FORK_NOTICE = "fork"
LINE_MAX = 300


class SettlementDesk:
    """Answers ``settle-tokens`` and ``token-fate``."""

    def __init__(self, bank: NationalBank) -> None:
        self._nbk = bank
        self._cover = CoverDesk(bank, self.follow)
        bank.desk.handlers.update({"settle-tokens": self._settle, "token-fate": self._fate})
        bank.desk.on_delivered.update({"revoke": self._listed})

    # --- uploads

    def _settle(self, asked: Asked, order: Settle) -> Settled | Refusal:
        trust = self._nbk.desk.trust
        records, claims = examine(order, trust)
        claims = [_own_clients_only(one, asked.sender) for one in claims]
        with self._nbk.desk.store.writing() as rows:
            told, effects = post(rows, (records, claims), trust, asked.now, self._terms(order))
            self.follow(rows, effects)
        self.tick()
        with self._nbk.desk.store.reading() as rows:
            latest = [claim_state(rows, one) for one in claims]
        states = tuple(now or then for now, then in zip(latest, told.claims, strict=True))
        return replace(told, claims=states)

    def _terms(self, order: Settle) -> Terms:
        config = self._nbk.config
        window_s = config.claim_window_days * DAY_S
        return Terms(window_s, config.review_above_tiyn, order.list_number, order.orphans_most)

    def follow(self, rows: NbkRows, effects: Sequence[Effect]) -> None:
        """Turn effects into orders, inside the transaction that caused them."""
        groups: dict[tuple[int, bytes], list[Pay]] = {}
        for effect in effects:
            if isinstance(effect, Pay):
                groups.setdefault((effect.bank, effect.address), []).append(effect)
            elif isinstance(effect, Cover):
                self._order_cover(rows, effect)
            elif isinstance(effect, Revoke):
                self._order_revocation(rows, effect)
        for group in groups.values():
            # One credit for all claims of one account: one movement, one notarisation.
            parts = sorted(pay.claim + pay.before_tiyn.to_bytes(8, "big") for pay in group)
            operation = sha256(b"dt-settle.v1" + b"".join(parts)).digest()
            for pay in group:
                rows.turn_claim(pay.claim, READY, operation, pay.amount_tiyn)

    def _order_cover(self, rows: NbkRows, cover: Cover) -> None:
        body = Draw(
            cover.key, cover.certificate, cover.proof, cover.amount_tiyn, cover.reference, (cover.payee,)
        )
        self._nbk.desk.post(rows, cover.bank, "draw", body, derive(cover.reference, "draw"))

    def _order_revocation(self, rows: NbkRows, revoke: Revoke) -> None:
        certificate = DeviceCertificate.unpack(revoke.certificate, revoke.key, "certificate")
        serial = Serial(certificate.issuer, certificate.epoch_day, certificate.serial)
        message_id = derive(sha256(revoke.certificate).digest(), "revoke")
        body = RevokeOrder((serial,), Code.FORK_PROVED.value)
        self._nbk.desk.post(rows, CERTIFICATION_CENTRE, "revoke", body, message_id)

    def _listed(self, rows: NbkRows, outgoing: Outgoing, answer: Revoked) -> None:
        """The Certification Centre named a list: from then on its readers are warned."""
        order: RevokeOrder = REVOKE.decode(open_order(outgoing.order_raw).order.body, "revoke")
        for fork in rows.forks():
            certificate = DeviceCertificate.unpack(fork.certificate, fork.key, "certificate")
            if Serial(certificate.issuer, certificate.epoch_day, certificate.serial) in order.serials:
                rows.listed(fork.certificate, answer.list_number)

    # --- paying

    def tick(self) -> None:
        """Deliver orders, then credit every claim whose money is all there. Safe to repeat."""
        self._nbk.desk.deliver()
        self._cover.tick()
        with self._nbk.desk.store.reading() as rows:
            operations = dict.fromkeys(claim.operation for claim in rows.claims_in(READY))
        for operation in operations:
            self._credit(operation)

    def _credit(self, operation: bytes) -> Refusal | None:
        with self._nbk.desk.store.reading() as rows:
            claims = rows.claims_of(operation)
            amount_tiyn = sum(claim.due_tiyn for claim in claims)
        node, desk = self._nbk.node, self._nbk.desk
        bank, address = claims[0].bank, claims[0].address
        refused = node.prepare(operation, Purpose.SETTLE, None, (Payee(bank, address, amount_tiyn),))
        if refused is not None:
            return refused

        def finish(rows: NbkRows, movement: Movement) -> None:
            desk.post(
                rows, bank, "credit", Credit(movement, "settle", operation), derive(operation, "credit")
            )
            for claim in claims:
                rows.credited(claim.digest, OPEN if is_open(rows, claim.digest) else PAID)

        try:
            carried = node.carry(operation, finish)
        except LinkError as error:
            return Refusal(Code.PEER_UNREACHABLE, error.field)
        if isinstance(carried, Refusal):
            return carried
        return desk.deliver(derive(operation, "credit"))

    # --- questions

    def _fate(self, asked: Asked, question: FateQuestion) -> Fate:
        items: list[ItemState] = []
        notices: list[Notice] = []
        with self._nbk.desk.store.reading() as rows:
            for output in question.outputs:
                item = fate(rows, output)
                if item is None:
                    continue
                items.append(item)
                fork = _fork_above(rows, output)
                if fork is not None:
                    amount_tiyn = item.amount_tiyn
                    notices.append(
                        Notice(
                            FORK_NOTICE, output, Code.FORK_PROVED.value, amount_tiyn, asked.now, fork.proof
                        )
                    )
        return Fate(tuple(items), tuple(notices[:100]))

    # --- operators

    def forks(self) -> list[ForkRow]:
        """Every proved fork, oldest first (``tenge platform forks``)."""
        with self._nbk.desk.store.reading() as rows:
            return rows.forks()

    def waiting(self) -> list[ClaimRow]:
        """Claims that wait for a cheat's cover or for their bank to take the credit."""
        with self._nbk.desk.store.reading() as rows:
            return [*rows.claims_in(OPEN), *rows.claims_in(READY)]


def _own_clients_only(one: Examined, sender: int) -> Examined:
    """A bank brings claims for accounts on its own node, and for no other's."""
    if one.claim is None or one.claim.bank == sender:
        return one
    return Examined(one.output, None, refusal=Refusal(Code.NOT_PERMITTED, "claims.claim.bank"))


def _fork_above(rows: NbkRows, output: bytes) -> ForkRow | None:
    """The nearest fork on the way from an output to its root."""
    at: bytes | None = output
    for _ in range(LINE_MAX):
        if at is None:
            return None
        fork = rows.fork_at(at)
        if fork is not None:
            return fork
        node = rows.token_output(at)
        at = None if node is None else node.parent
    return None
