"""What other participants ask of a bank: take outputs, hold them, cover a proved loss."""

from hashlib import sha256

from platform_stub.bank.clients import Clients
from platform_stub.bank.money import CORRESPONDENT, INVENTORY, RECEIVABLE_NBK
from platform_stub.bank.office import Office, current
from platform_stub.bank.store import BankRows, Client, DeviceKey
from platform_stub.desk import Asked, derive
from platform_stub.ledger.books import entry
from platform_stub.node import PREPARED
from platform_stub.store.desk_rows import Outgoing
from platform_stub.store.sale_rows import TAKEN, Paid
from tender.account.client_messages import Empty
from tender.account.eds import open_order
from tender.account.merchant_messages import Sale
from tender.account.participant_messages import (
    APPROVED,
    LATE_DRAW,
    TRANSFER_FINAL,
    Credit,
    Draw,
    Drawn,
    Hold,
    Movement,
    NoncashCredit,
    Redeemed,
    Release,
    TransferFinal,
    TransferValidate,
    Validated,
)
from tender.account.participants import ID_CENTRE, NBK
from tender.account.service_messages import SameOwner, SameOwnerTold
from tender.account.transaction import Payee, Purpose
from tender.cash.fork_proof import check_proof
from tender.errors import Code, LinkError, Refusal

CHEATED = "cheated"
RECEIVABLE_LOSSES = "receivable:losses"
ISSUED = "issue"
RETURNED = "returned"
RECOVERING = "recover."


class Receiving:
    """The bank's side that faces the platform."""

    def __init__(self, office: Office, clients: Clients) -> None:
        self._office = office
        self._clients = clients
        self._desk = office.desk
        self._node = office.node
        self._desk.handlers.update(
            {
                "transfer-validate": self._validate,
                "transfer-final": self._final,
                "credit": self._credit,
                "redeemed": self._redeemed,
                "noncash-credit": self._noncash_credit,
                "hold": self._hold,
                "release": self._release,
                "draw": self._draw,
            }
        )
        self._desk.alone.add("transfer-validate")
        self._desk.on_delivered["transfer-final"] = self._delivered
        office.credited = self.recover

    def _delivered(self, rows: BankRows, outgoing: Outgoing, _body: object) -> None:
        final = TRANSFER_FINAL.decode(open_order(outgoing.order_raw).order.body, "transfer-final")
        rows.arrived(final.movement.signed.transaction.id, outgoing.peer)

    def _validate(self, _asked: Asked, order: TransferValidate) -> Validated | Refusal:
        return self._node.judge(order.signed)

    def _final(self, asked: Asked, order: TransferFinal) -> Empty | Refusal:
        transaction = order.movement.signed.transaction
        if transaction.inputs and transaction.inputs[0].bank != asked.sender:
            return Refusal(Code.NOT_PERMITTED, "movement.inputs")
        refused = self._node.check(order.movement)
        if refused is not None:
            return refused
        party, purpose = order.payer or "", order.purpose
        return self._take(order.movement, "received", party, purpose, transaction.id, order.sale)

    def _credit(self, asked: Asked, order: Credit) -> Empty | Refusal:
        inventory_tiyn = sum(
            one.amount_tiyn
            for one in order.movement.signed.transaction.payees
            if one.address == self._office.inventory.address
        )
        refused = self._node.check(order.movement)
        if refused is not None:
            return refused
        if inventory_tiyn and order.cause in (ISSUED, RETURNED):
            against = CORRESPONDENT if order.cause == ISSUED else RECEIVABLE_NBK
            lines = ((INVENTORY, inventory_tiyn), (against, -inventory_tiyn))
            with self._desk.store.writing() as rows:
                rows.book(entry(sha256(order.reference + b"credit").digest(), order.cause, *lines), asked.now)
        if order.cause == LATE_DRAW:
            self._owed_again(order, asked.now)
        return self._take(order.movement, order.cause, "", "", order.reference)

    def _owed_again(self, order: Credit, now: int) -> None:
        """Our answer to a draw came too late: the National Bank took from our accounts what now comes back to
        the client, who owes it to us; the credit itself pays it, like any other."""
        payees = order.movement.signed.transaction.payees
        back_tiyn = sum(one.amount_tiyn for one in payees if one.bank == self._office.number)
        lines = ((RECEIVABLE_LOSSES, back_tiyn), (CORRESPONDENT, -back_tiyn))
        name = sha256(order.reference + b"late" + order.movement.signed.transaction.id).digest()
        with self._desk.store.writing() as rows:
            if rows.book(entry(name, LATE_DRAW, *lines), now):
                rows.draw_less(order.reference, back_tiyn)

    def _take(
        self,
        movement: Movement,
        kind: str,
        party: str,
        purpose: str,
        reference: bytes,
        sale: Sale | None = None,
    ) -> Empty:
        """What a checked movement brings to accounts of ours."""
        owners: set[int] = set()
        with self._desk.store.writing() as rows:
            for output in self._node.take(rows, movement):
                owner = rows.owner_of(output.address)
                if owner is not None:
                    owners.add(owner)
                    amount = output.amount_tiyn
                    self._office.enter(rows, owner, kind, "dt", amount, reference, party, purpose)
                    rows.add_sale(owner, TAKEN, sale, Paid(amount, self._desk.clock.now(), False, reference))
        for owner in owners:
            self._office.credited(owner, movement.signed.transaction.id)
        return Empty()

    # --- non-cash

    def _redeemed(self, asked: Asked, told: Redeemed) -> Empty:
        if told.state == APPROVED:
            lines = ((CORRESPONDENT, told.amount_tiyn), (RECEIVABLE_NBK, -told.amount_tiyn))
            with self._desk.store.writing() as rows:
                rows.book(entry(asked.operation, "redeemed", *lines), asked.now)
        return Empty()

    def _noncash_credit(self, asked: Asked, order: NoncashCredit) -> Empty | Refusal:
        with self._desk.store.writing() as rows:
            merchant = rows.client_by("identifier", order.merchant)
            if merchant is None:
                return Refusal(Code.PAYEE_UNKNOWN, "noncash-credit.merchant")
            lines = ((CORRESPONDENT, order.amount_tiyn), (current(merchant.number), -order.amount_tiyn))
            rows.book(entry(order.reference, "paid in", *lines), asked.now)
            self._office.enter(
                rows,
                merchant.number,
                "paid in",
                "noncash",
                order.amount_tiyn,
                order.reference,
                purpose=order.purpose,
            )
            paid = Paid(order.amount_tiyn, asked.now, True, order.reference)
            rows.add_sale(merchant.number, TAKEN, order.sale, paid)
        return Empty()

    # --- encumbrance

    def _hold(self, asked: Asked, order: Hold) -> Empty | Refusal:
        return self.hold(order.account, order.amount_tiyn, order.reference, asked.now)

    def hold(self, account: bytes, amount_tiyn: int, reference: bytes, now: int) -> Empty | Refusal:
        """Encumber part of an account (DT-P-25); refused beyond what is free."""
        with self._desk.store.writing() as rows:
            if rows.owner_of(account) is None:
                return Refusal(Code.ACCOUNT_UNKNOWN, "hold.account")
            free = self._node.free(rows, account)
            if free < amount_tiyn:
                facts = (("have_tiyn", free), ("need_tiyn", amount_tiyn))
                return Refusal(Code.FUNDS_INSUFFICIENT, "hold.amount_tiyn", facts)
            rows.hold(reference, account, amount_tiyn, now)
        return Empty()

    def _release(self, _asked: Asked, order: Release) -> Empty | Refusal:
        return self.release(order.reference)

    def release(self, reference: bytes) -> Empty | Refusal:
        """Lift an encumbrance."""
        with self._desk.store.writing() as rows:
            known = rows.release(reference)
        return Empty() if known else Refusal(Code.ORDER_UNKNOWN, "release.reference")

    # --- losses

    def _draw(self, asked: Asked, order: Draw) -> Drawn | Refusal:
        """The loss rule's first cover: the culprit's own account, opened by nothing but a fork proof."""
        verdict = check_proof(order.proof, self._desk.trust.root_key)
        if verdict.key != order.key or verdict.certificate.issuer != self._office.number:
            return Refusal(Code.CERTIFICATE_WRONG, "draw.proof")
        with self._desk.store.writing() as rows:
            key = rows.key(order.key)
            device = None if key is None else rows.device_by("number", key.device)
            client = None if device is None else rows.client_by("number", device.client)
            rows.log_opening(order.key, "fork proof", client is not None, asked.now)
            own = () if client is None else self._own(rows, client, order.addresses)
        if key is None or client is None:
            # Certified by us and unknown to us: nobody but the bank bears it.
            return Drawn(0, None, ())
        elsewhere = None if own else self._own_elsewhere(asked, client, order)
        if own or (elsewhere is not None and elsewhere.own):
            return elsewhere or Drawn(0, None, own)
        movement = self._draw_from(asked, client, order.amount_tiyn)
        drawn = 0 if movement is None else self._to_vault(movement)
        self._blame(asked, order, client, key, drawn)
        return Drawn(drawn, movement, ())

    def _own(self, rows: BankRows, client: Client, addresses: tuple[bytes, ...]) -> tuple[bytes, ...]:
        return tuple(one for one in addresses if rows.owner_of(one) == client.number)

    def _own_elsewhere(self, asked: Asked, client: Client, order: Draw) -> Drawn | None:
        """Claimants at other banks who are this client: the ID centre compares, and tells nothing else.

        None if nobody is, or if it will not say; raises LinkError if it may yet say.
        """
        with self._desk.store.reading() as rows:
            mine = rows.account_of(client.number)
        if mine is None:
            return None
        question = SameOwner(mine, order.addresses, order.proof)
        message_id = derive(asked.operation, "same-owner")
        told = self._desk.ask(ID_CENTRE, "same-owner", question, message_id)
        if isinstance(told, Refusal):
            if self._desk.last_word(message_id):
                return None
            raise LinkError(Code.PEER_UNREACHABLE, told.field)
        same: SameOwnerTold = told.body
        return Drawn(0, None, same.same, told.order_raw, told.reply_raw)

    def _draw_from(self, asked: Asked, client: Client, amount_tiyn: int) -> Movement | None:
        """What can be had of the culprit's account; None for nothing. Raises LinkError: repeat later."""
        vault = self._office.vault()
        if isinstance(vault, Refusal):
            raise LinkError(Code.PEER_UNREACHABLE, vault.field)
        draw_address = vault.draw
        with self._desk.store.reading() as rows:
            if rows.account_of(client.number) is None:
                return None
            account = self._office.account(rows, client.number)

        def what_is_there(rows: BankRows) -> tuple[Payee, ...]:
            # Within the lock, or the culprit moves his money between the look and the draw.
            part = min(amount_tiyn, self._node.free_at_once(rows, account.address))
            return (Payee(NBK, draw_address, part),) if part else ()

        def finish(rows: BankRows, movement: Movement) -> None:
            drawn = self._to_vault(movement)
            rows.arrived(movement.signed.transaction.id, NBK)  # it travels in our reply
            self._office.enter(
                rows, client.number, "loss drawn", "dt", -drawn, movement.signed.transaction.id
            )

        if self._node.prepare(asked.operation, Purpose.TRANSFER, account, what_is_there, asked) is not None:
            return None
        carried = self._node.carry(asked.operation, finish)
        return None if isinstance(carried, Refusal) else carried

    def _to_vault(self, movement: Movement) -> int:
        return sum(one.amount_tiyn for one in movement.signed.transaction.payees if one.bank == NBK)

    def _blame(self, asked: Asked, order: Draw, client: Client, key: DeviceKey, drawn: int) -> None:
        """The rest is a receivable on the client; the device that signed twice is stopped."""
        with self._desk.store.writing() as rows:
            rows.add_receivable(
                order.reference, client.number, key.device, order.amount_tiyn, drawn, order.proof
            )
            # The National Bank takes the rest from our guarantee or our correspondent account.
            rest = order.amount_tiyn - drawn
            lines = ((RECEIVABLE_LOSSES, rest), (CORRESPONDENT, -rest))
            rows.book(
                entry(sha256(order.reference + b"loss").digest(), "loss of a client", *lines), asked.now
            )
        revoke_id = derive(asked.operation, "revoke")
        self._clients.revoke_device(key.device, CHEATED, "signed twice", revoke_id)

    def recover(self, client: int, cause: bytes) -> None:
        """Whatever reaches a client who owes for a proved loss pays that first, to the bank.

        Remembered with the lock and until it is done: nothing stays locked because somebody was away.
        """
        operation, name = _recovery(client, cause), f"{RECOVERING}{client}.{cause.hex()}"
        with self._desk.store.reading() as rows:
            begun = rows.movement(operation) is not None
            owed = rows.owed(client)
            if not owed and not begun:
                return
            account = self._office.account(rows, client)
            amount = min(owed, max(0, self._node.free(rows, account.address)))
        if not amount and not begun:
            return

        def lock(rows: BankRows) -> Refusal | None:
            others = [one for one in rows.settings(f"{RECOVERING}{client}.").values() if one != cause]
            rows.keep_setting(name, cause)
            states = [rows.movement(_recovery(client, one)) for one in others]
            if rows.owed(client) < amount or any(one and one.state == PREPARED for one in states):
                # One after the other, or the same debt would be paid twice.
                return Refusal(Code.STORE_BUSY, "recover")
            return None

        def finish(rows: BankRows, movement: Movement) -> None:
            taken = movement.signed.transaction.payees[0].amount_tiyn
            rows.pay_down(client, taken)
            lines = ((INVENTORY, taken), (RECEIVABLE_LOSSES, -taken))
            rows.book(entry(operation, "loss recovered", *lines), self._desk.clock.now())
            self._office.enter(rows, client, "loss recovered", "dt", -taken, operation)

        payees = (Payee(self._office.number, self._office.inventory.address, max(amount, 1)),)
        if self._node.prepare(operation, Purpose.TRANSFER, account, payees, lock=lock) is not None:
            return
        try:
            self._node.carry(operation, finish)
        except LinkError:
            return
        with self._desk.store.writing() as rows:
            rows.forget_setting(name)

    def tick(self) -> None:
        """Take up every recovery that was interrupted."""
        with self._desk.store.reading() as rows:
            waiting = rows.settings(RECOVERING)
        for name, cause in waiting.items():
            client = int(name.split(".")[1])
            self.recover(client, cause)
            with self._desk.store.writing() as rows:
                begun = rows.movement(_recovery(client, cause))
                if begun is None and not rows.owed(client):
                    rows.forget_setting(name)


def _recovery(client: int, cause: bytes) -> bytes:
    """Names the recovery of a debt from one credit (32 bytes)."""
    return sha256(b"recover" + cause + client.to_bytes(8, "big")).digest()
