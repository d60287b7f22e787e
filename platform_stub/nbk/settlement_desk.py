"""The National Bank settles: banks pass uploads on, claims become credits, cheats' debts are drawn.

An upload is one transaction: what was learned, what is owed and the orders that follow from it. Then the
orders go out, again and again with the same bytes until they are answered; :meth:`SettlementDesk.tick` takes
up whatever a crash left. The loss rule's order of payers (docs/threat-model.md): the culprit's account, the
guarantee its bank placed, the bank's correspondent account by ordinary issuance; the rest waits.
"""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from platform_stub.desk import Asked, derive
from platform_stub.ledger.books import entry
from platform_stub.ledger.reconcile import pro_rata
from platform_stub.nbk.national_bank import DT_LIABILITY, NationalBank, correspondent, guarantee
from platform_stub.nbk.settlement import Examined, claim_state, examine, fate, post
from platform_stub.nbk.settlement_claims import (
    Cover,
    Effect,
    Pay,
    Revoke,
    Terms,
    covered,
    is_open,
    pay_part,
)
from platform_stub.nbk.store import NbkRows
from platform_stub.store.desk_rows import Outgoing
from platform_stub.store.node_rows import MELTED, UNSPENT
from platform_stub.store.token_rows import OPEN, PAID, READY, ClaimRow, ForkRow, LossRow
from tender.account.eds import open_order
from tender.account.participant_messages import (
    DRAW,
    Credit,
    Draw,
    Drawn,
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
        bank.desk.handlers.update({"settle-tokens": self._settle, "token-fate": self._fate})
        bank.desk.on_delivered.update({"draw": self._drawn, "revoke": self._listed})

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
        self._cover_what_is_open()
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

    # --- the loss rule

    def _drawn(self, rows: NbkRows, outgoing: Outgoing, answer: Drawn) -> None:
        """The culprit's bank answered: what came off its client is taken in, the guarantee pays the rest.

        More than was asked for pays nothing here: it stays, as an account's money, at the draw address.
        """
        draw: Draw = DRAW.decode(open_order(outgoing.order_raw).order.body, "draw")
        loss = rows.loss(draw.reference)
        if loss is None or loss.state != OPEN:
            return
        open_tiyn, came_tiyn = loss.amount_tiyn - loss.covered_tiyn, 0
        if answer.movement is not None and self._nbk.node.check(answer.movement) is None:
            new = self._nbk.node.take(rows, answer.movement)
            mine = [one for one in new if one.address == self._nbk.draw_address]
            brought_tiyn = sum(one.amount_tiyn for one in mine)
            if brought_tiyn <= open_tiyn:
                rows.turn([one.id for one in mine], UNSPENT, MELTED, draw.reference)
                came_tiyn = brought_tiyn
        own = any(address in answer.own for address in draw.addresses)
        left_tiyn = open_tiyn - came_tiyn
        if left_tiyn and not own:
            came_tiyn += self._issue_cover(rows, outgoing.peer, left_tiyn, draw.reference, came_tiyn)
        self._follow_payment(covered(rows, draw.reference, came_tiyn, own_person=own), rows)

    def _follow_payment(self, pay: Pay | None, rows: NbkRows) -> None:
        if pay is not None:
            self.follow(rows, (pay,))

    def _issue_cover(
        self, rows: NbkRows, bank: int, wanted_tiyn: int, reference: bytes, before_tiyn: int
    ) -> int:
        """From the bank's guarantee, then its correspondent account: ordinary issuance, as far as they go.

        ``before_tiyn``: how much of the loss had come in already. It only grows, so it names each step.
        """
        now, came_tiyn = self._nbk.desk.clock.now(), 0
        for step, account in (("guarantee", guarantee(bank)), ("correspondent", correspondent(bank))):
            part = min(wanted_tiyn - came_tiyn, max(0, rows.account(account)))
            if not part:
                continue
            name = sha256(reference + f"{step} {before_tiyn + came_tiyn}".encode()).digest()
            if rows.book(entry(name, "issue", (account, part), (DT_LIABILITY, -part)), now):
                came_tiyn += part
        return came_tiyn

    def _cover_what_is_open(self) -> None:
        """Losses whose draw was answered but whose bank could not pay in full: ask its accounts again, and
        serve those who wait pro rata (docs/adr/0009)."""
        with self._nbk.desk.store.reading() as rows:
            if not rows.claims_in(OPEN):
                return
        with self._nbk.desk.store.writing() as rows:
            waiting: dict[int, list[LossRow]] = {}
            for loss in rows.losses_in(OPEN):
                fork = rows.fork_at(loss.fork)
                if fork is not None and not _draw_unanswered(rows, loss):
                    waiting.setdefault(int.from_bytes(fork.certificate[0:2], "big"), []).append(loss)
            for bank, losses in waiting.items():
                have = sum(max(0, rows.account(one)) for one in (guarantee(bank), correspondent(bank)))
                shares = pro_rata(have, [one.amount_tiyn - one.covered_tiyn for one in losses])
                for loss, share in zip(losses, shares, strict=True):
                    came_tiyn = self._issue_cover(rows, bank, share, loss.reference, loss.covered_tiyn)
                    if came_tiyn:
                        self._follow_payment(covered(rows, loss.reference, came_tiyn), rows)
            for claim in rows.claims_in(OPEN):
                # What came in is paid out: nobody waits with it for the rest.
                if not any(_draw_unanswered(rows, one) for one in rows.losses_of(claim.digest)):
                    self._follow_payment(pay_part(rows, claim.digest), rows)

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


def _draw_unanswered(rows: NbkRows, loss: LossRow) -> bool:
    """Whether the culprit's own bank has still to say what came off its client."""
    return bool(rows.outgoing(derive(loss.reference, "draw")))


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
