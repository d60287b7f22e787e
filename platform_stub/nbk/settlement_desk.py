"""The National Bank settles: banks pass uploads on, claims become credits, cheats' debts are drawn.

An upload is one transaction: what was learned, what is owed and the orders that follow from it. Then the
orders go out, again and again with the same bytes until they are answered; :meth:`SettlementDesk.tick` takes
up whatever a crash left. Who pays for a loss, and in which order, is ``settlement_cover``.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from threading import Lock, get_ident

from platform_stub.desk import Asked, derive
from platform_stub.gathering import Gathering
from platform_stub.nbk.national_bank import NationalBank
from platform_stub.nbk.settlement import Examined, claim_state, examine, fate
from platform_stub.nbk.settlement_claims import Cover, Effect, Pay, Revoke, Terms
from platform_stub.nbk.settlement_cover import CoverDesk
from platform_stub.nbk.settler import Settler, claim_digests
from platform_stub.nbk.settler_credits import CreditDesk
from platform_stub.nbk.settler_verifier import Examiner
from platform_stub.nbk.store import NbkRows
from platform_stub.store.desk_rows import Outgoing
from platform_stub.store.token_rows import OPEN, READY, ClaimRow, ForkRow
from tender.account.eds import open_order
from tender.account.participant_messages import (
    Draw,
    Fate,
    FateQuestion,
)
from tender.account.participants import CERTIFICATION_CENTRE
from tender.account.service_messages import REVOKE, Revoked, Serial
from tender.account.service_messages import Revoke as RevokeOrder
from tender.account.token_messages import ItemState, Notice, Settle, Settled
from tender.crypto.certificates import DAY_S, DeviceCertificate
from tender.errors import Code, Refusal

FORK_NOTICE = "fork"
LINE_MAX = 300
UPLOADS_A_TICK = 64
LINGER_S = 0.1
"""How long the credits of an upload wait for those of uploads that are being written right now."""


class SettlementDesk:
    """Answers ``settle-tokens`` and ``token-fate``."""

    def __init__(self, bank: NationalBank, examiner: Examiner = examine) -> None:
        self._nbk = bank
        desk = bank.desk
        self.settler = Settler(desk.store, lambda: desk.trust, self.follow, examiner, desk.clock.now)
        self._credits = CreditDesk(bank)
        self._uploads = 0
        self._counting = Lock()
        self._ticks: Gathering[None, None] = Gathering(
            self._tick_for, UPLOADS_A_TICK, linger_s=LINGER_S, more_come=lambda: self._uploads > 0
        )
        self._ticking = 0
        self._cover = CoverDesk(bank, self.follow)
        bank.desk.handlers.update({"settle-tokens": self._settle, "token-fate": self._fate})
        bank.desk.on_delivered.update({"revoke": self._listed})

    # --- uploads

    def _settle(self, asked: Asked, order: Settle) -> Settled | Refusal:
        with self._under_way():
            told, claims = self._written(asked, order)
        self.tick()
        with self._nbk.desk.store.reading() as rows:
            # What a claim's state says needs its losses, and not the whole histories of its coin.
            rows.expect_claims(claim_digests(claims))
            latest = [claim_state(rows, one) for one in claims]
        states = tuple(now or then for now, then in zip(latest, told.claims, strict=True))
        return replace(told, claims=states)

    def _written(self, asked: Asked, order: Settle) -> tuple[Settled, list[Examined]]:
        records, found = self.settler.examine(order)
        claims = [_own_clients_only(one, asked.sender) for one in found]
        return self.settler.settle((records, claims), asked.now, self._terms(order)), claims

    @contextmanager
    def _under_way(self) -> Iterator[None]:
        """An upload that will want a tick when it is written: a tick waits a little for it."""
        with self._counting:
            self._uploads += 1
        try:
            yield
        finally:
            with self._counting:
                self._uploads -= 1

    def _terms(self, order: Settle) -> Terms:
        config = self._nbk.config
        window_s = config.claim_window_days * DAY_S
        # The bank vouches for its device, and not for more orphans than any device may leave.
        orphans_most = min(order.orphans_most, config.orphans_per_device)
        return Terms(window_s, config.review_above_tiyn, order.list_number, orphans_most)

    def follow(self, rows: NbkRows, effects: Sequence[Effect]) -> None:
        """Turn effects into orders, inside the transaction that caused them."""
        for effect in effects:
            if isinstance(effect, Pay):
                # Under its own digest until the credits' tick names a movement for it and others.
                rows.turn_claim(effect.claim, READY, effect.claim, effect.amount_tiyn)
            elif isinstance(effect, Cover):
                self._order_cover(rows, effect)
            elif isinstance(effect, Revoke):
                self._order_revocation(rows, effect)

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
        """Deliver orders, then credit every claim whose money is all there. Safe to repeat.

        All who ask at the same time share one tick that began after each of them asked.
        """
        if self._ticking == get_ident():
            return  # whoever an order went to asked us in turn; the tick under way looks again next time
        self._ticks.ask(None)

    def _tick_for(self, askers: list[None]) -> list[None]:
        self._ticking = get_ident()
        try:
            self._nbk.desk.deliver()
            self._cover.tick()
            self._credits.tick()
        finally:
            self._ticking = 0
        return askers

    # --- questions

    def _fate(self, asked: Asked, question: FateQuestion) -> Fate:
        items: list[ItemState] = []
        notices: list[Notice] = []
        with self._nbk.desk.store.reading() as rows:
            rows.expect_outputs(question.outputs)
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
