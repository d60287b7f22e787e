"""Who pays for a loss, in which order (docs/threat-model.md): the culprit's account, the guarantee its bank
placed, the bank's correspondent account by ordinary issuance; the rest waits outside the equation, pro rata.

What a culprit's bank draws travels in its reply. If it brings more than is still open, the surplus goes back
by a movement before the rest counts. A bank that does not answer in time is not waited for: its guarantee and
its correspondent account cover, and what it draws later is surplus.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

from platform_stub.desk import derive
from platform_stub.ledger.books import entry
from platform_stub.ledger.reconcile import pro_rata
from platform_stub.nbk.national_bank import (
    DRAW_LABEL,
    DT_LIABILITY,
    NationalBank,
    correspondent,
    guarantee,
)
from platform_stub.nbk.settlement_claims import Effect, Pay, covered, pay_part
from platform_stub.nbk.store import NbkRows
from platform_stub.node import Source
from platform_stub.store.desk_rows import Outgoing
from platform_stub.store.node_rows import MELTED, UNSPENT
from platform_stub.store.token_rows import OPEN, LossRow
from tender.account.eds import open_order, open_reply
from tender.account.participant_messages import DRAW, LATE_DRAW, Credit, Draw, Drawn, Movement
from tender.account.participants import ID_CENTRE, NBK
from tender.account.service_messages import SAME_OWNER, SAME_OWNER_TOLD
from tender.account.transaction import Payee, Purpose
from tender.cash.fork_proof import check_proof
from tender.crypto.certificates import DAY_S
from tender.errors import LinkError, RemoteProtocolError

SURPLUS = "surplus."
"""A draw that brought too much: to which bank and address how much goes back, and how much is to stay."""
RETURNED = "returned"
"""Why a surplus goes back: the bank took more off its client than it was asked for."""


class CoverDesk:
    """Takes in what is drawn, and asks the banks' accounts for the rest."""

    def __init__(self, bank: NationalBank, follow: Callable[[NbkRows, Sequence[Effect]], None]) -> None:
        self._nbk = bank
        self._follow = follow
        bank.desk.on_delivered["draw"] = self._drawn

    def tick(self) -> None:
        """Send surpluses back, and cover what is open as far as the banks' accounts go. Safe to repeat."""
        with self._nbk.desk.store.reading() as rows:
            surpluses = rows.settings(SURPLUS)
        for name, packed in surpluses.items():
            self._send_back(name, packed)
        self._cover_what_is_open()

    def _drawn(self, rows: NbkRows, outgoing: Outgoing, answer: Drawn) -> None:
        """The culprit's bank answered: what came off its client is taken in, its accounts pay the rest."""
        draw: Draw = DRAW.decode(open_order(outgoing.order_raw).order.body, "draw")
        loss = rows.loss(draw.reference)
        open_tiyn, came_tiyn = _open_tiyn(loss), 0
        if answer.movement is not None and self._nbk.node.check(answer.movement) is None:
            new = self._nbk.node.take(rows, answer.movement)
            mine = [one for one in new if one.address == self._nbk.draw_address]
            came_tiyn = sum(one.amount_tiyn for one in mine)
            if came_tiyn > open_tiyn:
                payer = answer.movement.signed.transaction.inputs[0].address
                packed = _surplus(outgoing.peer, payer, came_tiyn - open_tiyn, open_tiyn)
                rows.keep_setting(SURPLUS + draw.reference.hex(), packed)
                return
            rows.turn([one.id for one in mine], UNSPENT, MELTED, draw.reference)
        if loss is None or not open_tiyn:
            return
        own = any(
            address in answer.own and self._shown(rows, loss, draw, answer, address)
            for address in draw.addresses
        )
        left_tiyn = open_tiyn - came_tiyn
        if left_tiyn and not own:
            before_tiyn = loss.covered_tiyn + came_tiyn
            came_tiyn += self._issue(rows, outgoing.peer, left_tiyn, draw.reference, before_tiyn)
        self._pay(rows, covered(rows, draw.reference, came_tiyn, own_person=own))

    def _shown(self, rows: NbkRows, loss: LossRow, draw: Draw, answer: Drawn, address: bytes) -> bool:
        """Whether an address is the culprit's own by more than his bank's word, which spares that bank money.

        Of its own client a bank alone can tell; of another's the ID centre has told it, against this proof.
        """
        claim = rows.claim(loss.claim)
        kept = rows.aside.coloured(loss.claim)
        bank = kept.bank if kept is not None else 0 if claim is None else claim.bank
        if claim is None or bank == int.from_bytes(draw.certificate[0:2], "big"):
            return True
        if answer.asked is None or answer.told is None:
            return False
        trust = self._nbk.desk.trust
        try:
            order = open_order(answer.asked).order
            key = trust.messages_key(ID_CENTRE, "drawn.told")
            reply = open_reply(answer.told, answer.asked, ID_CENTRE, key)
            told = SAME_OWNER_TOLD.decode(reply.body, "drawn.told")
            proof = SAME_OWNER.decode(order.body, "drawn.asked").proof
            proved = order.kind == "same-owner" and check_proof(proof, trust.root_key).key == draw.key
            return proved and address in told.same
        except RemoteProtocolError:
            return False

    def _pay(self, rows: NbkRows, pay: Pay | None) -> None:
        if pay is not None:
            self._follow(rows, (pay,))

    def _send_back(self, name: str, packed: bytes) -> None:
        """The surplus to the account it came from; what was asked for becomes cover with it."""
        reference = bytes.fromhex(name.removeprefix(SURPLUS))
        bank, address = int.from_bytes(packed[0:2], "big"), packed[2:34]
        surplus_tiyn, open_tiyn = int.from_bytes(packed[34:42], "big"), int.from_bytes(packed[42:50], "big")
        node, desk, draw_address = self._nbk.node, self._nbk.desk, self._nbk.draw_address
        operation = sha256(b"dt-surplus.v1" + reference + packed).digest()
        stays = (Payee(NBK, draw_address, open_tiyn),) if open_tiyn else ()
        payees = (Payee(bank, address, surplus_tiyn), *stays)
        source = Source(draw_address, DRAW_LABEL)
        if node.prepare(operation, Purpose.TRANSFER, source, payees) is not None:
            return

        def finish(rows: NbkRows, movement: Movement) -> None:
            loss = rows.loss(reference)
            late = loss is not None and open_tiyn < loss.amount_tiyn
            body = Credit(movement, LATE_DRAW if late else RETURNED, reference)
            desk.post(rows, bank, "credit", body, derive(operation, "credit"))
            rows.forget_setting(name)
            if open_tiyn > _open_tiyn(loss):
                # Others covered it while the surplus was on its way: what was to stay goes back as well.
                rows.keep_setting(name, _surplus(bank, address, open_tiyn, 0))
            elif open_tiyn:
                cover = movement.signed.transaction.outputs()[1]
                rows.turn([cover.id], UNSPENT, MELTED, reference)
                self._pay(rows, covered(rows, reference, open_tiyn))

        try:
            node.carry(operation, finish)
        except LinkError:
            return
        desk.deliver(derive(operation, "credit"))

    def _issue(self, rows: NbkRows, bank: int, wanted_tiyn: int, reference: bytes, before_tiyn: int) -> int:
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
        before = self._nbk.desk.clock.now() - self._nbk.config.draw_answer_days * DAY_S
        with self._nbk.desk.store.writing() as rows:
            waiting: dict[int, list[LossRow]] = {}
            for loss in rows.losses_in(OPEN):
                fork = rows.fork_at(loss.fork)
                if fork is not None and not _draw_unfinished(rows, loss, before):
                    waiting.setdefault(int.from_bytes(fork.certificate[0:2], "big"), []).append(loss)
            for bank, losses in waiting.items():
                have = sum(max(0, rows.account(one)) for one in (guarantee(bank), correspondent(bank)))
                shares = pro_rata(have, [one.amount_tiyn - one.covered_tiyn for one in losses])
                for loss, share in zip(losses, shares, strict=True):
                    came_tiyn = self._issue(rows, bank, share, loss.reference, loss.covered_tiyn)
                    if came_tiyn:
                        self._pay(rows, covered(rows, loss.reference, came_tiyn))
            for claim in rows.claims_in(OPEN):
                # What came in is paid out: nobody waits with it for the rest.
                if not any(_draw_unfinished(rows, one, before) for one in rows.losses_of(claim.digest)):
                    self._pay(rows, pay_part(rows, claim.digest))


def _open_tiyn(loss: LossRow | None) -> int:
    return loss.amount_tiyn - loss.covered_tiyn if loss is not None and loss.state == OPEN else 0


def _surplus(bank: int, payer: bytes, back_tiyn: int, stays_tiyn: int) -> bytes:
    return bank.to_bytes(2, "big") + payer + back_tiyn.to_bytes(8, "big") + stays_tiyn.to_bytes(8, "big")


def _draw_unfinished(rows: NbkRows, loss: LossRow, before: int) -> bool:
    """Whether the culprit's own bank has still to say what came off its client, or gets a surplus back; and
    was asked no earlier than ``before`` (seconds): longer than that no honest payee waits for it."""
    message_id = derive(loss.reference, "draw")
    asked = rows.sent(message_id)
    if asked is None or open_order(asked).order.time <= before:
        return False
    return rows.setting(SURPLUS + loss.reference.hex()) is not None or bool(rows.outgoing(message_id))
