"""The National Bank: it alone makes Digital Tenge, and its ABS moves the tenge behind it first (DT-P-02, -05,
-17)."""

from hashlib import sha256

from platform_stub.config import PlatformConfig
from platform_stub.desk import Asked, Desk, derive
from platform_stub.ledger.books import entry
from platform_stub.nbk.store import ISSUE, REDEEM, NbkRows, RequestRow
from platform_stub.node import Node, Source
from platform_stub.store.desk_rows import Outgoing
from platform_stub.store.node_rows import MELTED, UNSPENT
from platform_stub.vault import ISSUER
from tender.account.eds import open_order
from tender.account.participant_messages import (
    APPROVED,
    CREDIT,
    PENDING,
    REJECTED,
    Credit,
    IssueRequest,
    Movement,
    Redeemed,
    RedeemRequest,
    RequestNoted,
    VaultTold,
)
from tender.account.participants import NBK
from tender.account.transaction import Payee, Purpose
from tender.errors import Code, LinkError, Refusal

APPROVING = "approving"
DT_LIABILITY = "dt-liability"

REDEEM_LABEL = "account.redeem"
LOAD_LABEL = "account.load"
DRAW_LABEL = "account.draw"


def correspondent(bank: int) -> str:
    """A bank's correspondent account in the ABS."""
    return f"correspondent-of:{bank:03d}"


def guarantee(bank: int) -> str:
    """What a bank deposited against losses of its devices."""
    return f"guarantee-of:{bank:03d}"


class NationalBank:
    """Issuance, redemption, the ABS and the movements that deliver Digital Tenge to banks."""

    def __init__(self, desk: Desk[NbkRows], config: PlatformConfig) -> None:
        self.desk = desk
        self.config = config
        self.redeem_address = desk.vault.public(REDEEM_LABEL)
        self.load_address = desk.vault.public(LOAD_LABEL)
        self.draw_address = desk.vault.public(DRAW_LABEL)
        desk.vault.public(ISSUER)
        own = {self.redeem_address, self.load_address, self.draw_address}
        self.node: Node[NbkRows] = Node(desk, lambda _rows, address: address in own)
        desk.handlers.update(
            {
                "vault": lambda _asked, _body: VaultTold(
                    self.redeem_address, self.load_address, self.draw_address
                ),
                "issue-request": self._issue_request,
                "redeem-request": self._redeem_request,
            }
        )
        desk.on_delivered["credit"] = self._credited

    # --- operators

    def open_correspondent(self, bank: int, amount_tiyn: int, reference: bytes) -> None:
        """A bank's tenge at the National Bank, as it stands when the town opens."""
        booked = entry(
            reference, "correspondent funded", ("funding", amount_tiyn), (correspondent(bank), -amount_tiyn)
        )
        with self.desk.store.writing() as rows:
            rows.book(booked, self.desk.clock.now())

    def place_guarantee(self, bank: int, amount_tiyn: int, reference: bytes) -> Refusal | None:
        """Set part of a bank's correspondent account aside against losses of its devices."""
        with self.desk.store.writing() as rows:
            have = rows.account(correspondent(bank))
            if have < amount_tiyn:
                facts = (("have_tiyn", have), ("need_tiyn", amount_tiyn))
                return Refusal(Code.FUNDS_INSUFFICIENT, "guarantee", facts)
            lines = ((correspondent(bank), amount_tiyn), (guarantee(bank), -amount_tiyn))
            rows.book(entry(reference, "guarantee placed", *lines), self.desk.clock.now())
        return None

    def requests(self) -> list[RequestRow]:
        """Every request, in order."""
        with self.desk.store.reading() as rows:
            return rows.requests()

    def approve(self, number: int) -> RequestRow | Refusal:
        """A person approves: the ABS confirms first, then Digital Tenge is made or destroyed."""
        with self.desk.store.reading() as rows:
            request = rows.request(number)
        if request is None:
            return Refusal(Code.ORDER_UNKNOWN, "request")
        if request.state in (PENDING, APPROVING):
            refused = self._issue(request) if request.kind == ISSUE else self._destroy(request)
            if refused is not None:
                return refused
            self.desk.deliver()
        with self.desk.store.reading() as rows:
            return rows.request(number) or request

    def reject(self, number: int) -> RequestRow | Refusal:
        """A person rejects: nothing is made; what was handed in for redemption goes back."""
        with self.desk.store.writing() as rows:
            request = rows.request(number)
            if request is None:
                return Refusal(Code.ORDER_UNKNOWN, "request")
            if not rows.decide(number, PENDING, REJECTED):
                return Refusal(Code.REQUEST_CLOSED, "request")
        if request.kind == REDEEM:
            operation = sha256(b"return" + request.operation).digest()
            source = Source(self.redeem_address, REDEEM_LABEL)
            payees = (Payee(request.bank, request.address, request.amount_tiyn),)
            self.send(operation, Purpose.TRANSFER, source, payees, "returned", request.operation)
            self._tell_decided(request, REJECTED)
        with self.desk.store.reading() as rows:
            return rows.request(number) or request

    def tick(self) -> None:
        """Finish what was interrupted."""
        self.desk.tick()
        for request in self.requests():
            if request.state == APPROVING:
                self.approve(request.number)

    # --- making, moving and destroying

    def send(
        self,
        operation: bytes,
        purpose: Purpose,
        source: Source | None,
        payees: tuple[Payee, ...],
        cause: str,
        reference: bytes,
    ) -> Refusal | None:
        """A movement from the National Bank to accounts of one bank, delivered by ``credit``, once.

        ``source`` None makes money: the caller has booked what stands behind it, in the same store.
        """
        refused = self.node.prepare(operation, purpose, source, payees)
        if refused is not None:
            return refused
        bank = payees[0].bank

        def finish(rows: NbkRows, movement: Movement) -> None:
            body = Credit(movement, cause, reference)
            self.desk.post(rows, bank, "credit", body, derive(operation, "credit"))

        try:
            carried = self.node.carry(operation, finish)
        except LinkError as error:
            return Refusal(Code.PEER_UNREACHABLE, error.field)
        if isinstance(carried, Refusal):
            return carried
        self.desk.deliver(derive(operation, "credit"))
        return None

    def _credited(self, rows: NbkRows, outgoing: Outgoing, _body: object) -> None:
        credit = CREDIT.decode(open_order(outgoing.order_raw).order.body, "credit")
        rows.arrived(credit.movement.signed.transaction.id, outgoing.peer)

    def _issue(self, request: RequestRow) -> Refusal | None:
        def abs_confirms(rows: NbkRows) -> Refusal | None:
            have = rows.account(correspondent(request.bank))
            if have < request.amount_tiyn:
                facts = (("have_tiyn", have), ("need_tiyn", request.amount_tiyn))
                return Refusal(Code.FUNDS_INSUFFICIENT, "correspondent", facts)
            lines = (
                (correspondent(request.bank), request.amount_tiyn),
                (DT_LIABILITY, -request.amount_tiyn),
            )
            rows.book(entry(request.operation, "issue", *lines), self.desk.clock.now())
            rows.decide(request.number, PENDING, APPROVING)
            return None

        payees = (Payee(request.bank, request.address, request.amount_tiyn),)
        refused = self.node.prepare(request.operation, Purpose.ISSUE, None, payees, lock=abs_confirms)
        if refused is None:
            refused = self.send(request.operation, Purpose.ISSUE, None, payees, ISSUE, request.operation)
        if refused is not None:
            return refused
        with self.desk.store.writing() as rows:
            rows.decide(request.number, APPROVING, APPROVED)
        return None

    def _destroy(self, request: RequestRow) -> Refusal | None:
        with self.desk.store.writing() as rows:
            ids = [one.id for one in rows.spendable(self.redeem_address) if one.maker == request.txid]
            if rows.turn(ids, UNSPENT, MELTED, request.txid) != len(ids) or not ids:
                return Refusal(Code.ALREADY_SPENT, "request")
            lines = (
                (DT_LIABILITY, request.amount_tiyn),
                (correspondent(request.bank), -request.amount_tiyn),
            )
            rows.book(entry(request.operation, "redeem", *lines), self.desk.clock.now())
            rows.decide(request.number, PENDING, APPROVED)
        self._tell_decided(request, APPROVED)
        return None

    def _tell_decided(self, request: RequestRow, state: str) -> None:
        body = Redeemed(request.number, request.amount_tiyn, state)
        message_id = derive(request.operation, "decided")
        with self.desk.store.writing() as rows:
            self.desk.post(rows, request.bank, "redeemed", body, message_id)
        self.desk.deliver(message_id)

    # --- what banks ask

    def _issue_request(self, asked: Asked, order: IssueRequest) -> RequestNoted | Refusal:
        return self._note(asked, ISSUE, order.amount_tiyn, order.address, None)

    def _redeem_request(self, asked: Asked, order: RedeemRequest) -> RequestNoted | Refusal:
        movement = order.movement
        refused = self.node.check(movement)
        if refused is not None:
            return refused
        transaction = movement.signed.transaction
        mine = [one for one in transaction.payees if one.bank == NBK]
        if any(one.address != self.redeem_address for one in mine):
            return Refusal(Code.FIELD_WRONG, "movement.payees")
        if transaction.inputs[0].bank != asked.sender:
            return Refusal(Code.NOT_PERMITTED, "movement.inputs")
        with self.desk.store.writing() as rows:
            self.node.take(rows, movement)
        amount_tiyn = sum(one.amount_tiyn for one in mine)
        return self._note(asked, REDEEM, amount_tiyn, transaction.inputs[0].address, transaction.id)

    def _note(
        self, asked: Asked, kind: str, amount_tiyn: int, address: bytes, txid: bytes | None
    ) -> RequestNoted | Refusal:
        with self.desk.store.writing() as rows:
            # What was handed in once is one request, however often and under whatever message it is shown.
            known = None if txid is None else rows.request_about(txid)
            made = known or RequestRow(
                0, asked.operation, asked.sender, kind, amount_tiyn, address, txid, PENDING, asked.now
            )
            request = rows.note_request(made)
        if request.state == PENDING and request.amount_tiyn <= self.config.auto_approve_tiyn:
            decided = self.approve(request.number)
            if isinstance(decided, Refusal):
                return decided
            request = decided
        state = APPROVED if request.state in (APPROVED, APPROVING) else request.state
        return RequestNoted(request.number, state)
