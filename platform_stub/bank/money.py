"""Money on accounts: conversion, transfers by number, issuance and redemption.

Each use case locks its money first (``prepare``) and books the rest with the last step (``finish``); whatever
happens in between, repeating the order, or a restart, takes it up where it stood.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock

from platform_stub.bank.office import Office, current
from platform_stub.bank.store import BankRows, Client
from platform_stub.desk import Asked, derive
from platform_stub.ledger.books import entry
from platform_stub.node import Source
from platform_stub.store.sale_rows import BOUGHT, TAKEN, Paid
from tender.account.capabilities import Capability
from tender.account.client_messages import (
    BY_BIN,
    BY_IIN,
    TO_DT,
    Balances,
    Convert,
    Transfer,
    Transferred,
)
from tender.account.identifiers import check_bin, check_iin, check_phone
from tender.account.merchant_messages import Sale
from tender.account.participant_messages import (
    APPROVED,
    IssueRequest,
    Movement,
    RedeemRequest,
    RequestNoted,
    TransferFinal,
)
from tender.account.participants import ID_CENTRE, NBK
from tender.account.service_messages import FIRM, Resolve, Resolved
from tender.account.transaction import Payee, Purpose
from tender.errors import Code, Refusal

CORRESPONDENT = "correspondent"
INVENTORY = "inventory"
SETTLING = "settling"
RECEIVABLE_NBK = "receivable:nbk"
_CONVERSION = {
    (True, False): Capability.TO_DT_PERSON,
    (True, True): Capability.TO_DT_ENTITY,
    (False, False): Capability.FROM_DT_PERSON,
    (False, True): Capability.FROM_DT_ENTITY,
}
"""(to Digital Tenge, a firm) → what that is called in Table 10."""


@dataclass(frozen=True, slots=True)
class Payer:
    """Whose Digital Tenge goes out, how much, and what for; ``sale`` for a purchase from a merchant."""

    client: Client
    account: Source
    amount_tiyn: int
    purpose: str
    sale: Sale | None = None

    @property
    def shown(self) -> str | None:
        """The client's name if the client lets it be seen."""
        return self.client.name if self.client.name_shown else None

    def sold(
        self, rows: BankRows, client: int, side: str, asked: Asked, txid: bytes, *, converted: bool = False
    ) -> None:
        """Keep one side of the sale, if it is one."""
        rows.add_sale(client, side, self.sale, Paid(self.amount_tiyn, asked.now, converted, txid))


class Money:
    """A bank's account business."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._desk = office.desk
        self._node = office.node
        self.inventory_turn = Lock()
        """One conversion at a time: while one has the inventory's money locked, another must wait for its
        change and not believe the bank to be out of Digital Tenge."""
        self._desk.handlers.update({"convert": self._convert, "transfer": self._transfer})

    # --- conversion

    def _convert(self, asked: Asked, order: Convert) -> Balances | Refusal:
        client, account = self._office.client_and_account(asked)
        offered = self._office.offered(_CONVERSION[order.direction == TO_DT, client.kind == FIRM])
        if offered is not None:
            return offered
        if order.direction == TO_DT:
            refused = self._to_dt(asked, client, account, order.amount_tiyn)
        else:
            refused = self._from_dt(asked, client, account, order.amount_tiyn)
        if refused is not None:
            return refused
        with self._desk.store.reading() as rows:
            return self._office.balances(rows, client.number)

    def _to_dt(self, asked: Asked, client: Client, account: Source, amount_tiyn: int) -> Refusal | None:

        def lock(rows: BankRows) -> Refusal | None:
            have = rows.account(current(client.number))
            if have < amount_tiyn:
                return short(have, amount_tiyn)
            lines = ((current(client.number), amount_tiyn), (SETTLING, -amount_tiyn))
            rows.book(entry(asked.operation, "convert to dt", *lines), asked.now)
            return None

        def finish(rows: BankRows, _movement: Movement) -> None:
            lines = ((SETTLING, amount_tiyn), (INVENTORY, -amount_tiyn))
            rows.book(entry(step(asked.operation, "finish"), "convert to dt", *lines), asked.now)
            for form, change in (("noncash", -amount_tiyn), ("dt", amount_tiyn)):
                self._office.enter(rows, client.number, "convert", form, change, asked.operation)

        def undo(rows: BankRows) -> None:
            lines = ((SETTLING, amount_tiyn), (current(client.number), -amount_tiyn))
            rows.book(entry(step(asked.operation, "undo"), "convert undone", *lines), asked.now)

        payees = (Payee(self._office.number, account.address, amount_tiyn),)
        inventory = self._office.inventory
        refused = self._noncash_short(client.number, amount_tiyn, asked.operation)
        if refused is not None:
            return refused
        with self.inventory_turn:
            refused = self.stock_up(asked.operation, amount_tiyn) or self._node.prepare(
                asked.operation, Purpose.TRANSFER, inventory, payees, asked, lock
            )
            if refused is not None:
                return refused
            carried = self._node.carry(asked.operation, finish, undo)
        if isinstance(carried, Refusal):
            return carried
        self._office.credited(client.number, carried.signed.transaction.id)
        return None

    def _noncash_short(self, client: int, amount_tiyn: int, operation: bytes) -> Refusal | None:
        """Looked at before the bank asks the National Bank for anything; decided again with the lock."""
        with self._desk.store.reading() as rows:
            have = rows.account(current(client))
            started = rows.movement(operation) is not None
        return None if started or have >= amount_tiyn else short(have, amount_tiyn)

    def stock_up(self, operation: bytes, amount_tiyn: int) -> Refusal | None:
        """Enough in the inventory: no step at the National Bank; else ask it for the rest (DT-P-11)."""
        with self._desk.store.reading() as rows:
            if rows.movement(operation) is not None:
                return None
            free = self._node.free(rows, self._office.inventory.address)
        if free >= amount_tiyn:
            return None
        noted = self.request_issue(amount_tiyn - free, step(operation, "stock"))
        if isinstance(noted, Refusal):
            return noted
        if noted.state == APPROVED:
            return None
        return Refusal(Code.NOT_APPROVED, "inventory", (("request", noted.request),))

    def _from_dt(self, asked: Asked, client: Client, account: Source, amount_tiyn: int) -> Refusal | None:
        def finish(rows: BankRows, _movement: Movement) -> None:
            lines = ((INVENTORY, amount_tiyn), (current(client.number), -amount_tiyn))
            rows.book(entry(asked.operation, "convert from dt", *lines), asked.now)
            for form, change in (("dt", -amount_tiyn), ("noncash", amount_tiyn)):
                self._office.enter(rows, client.number, "convert", form, change, asked.operation)

        payees = (Payee(self._office.number, self._office.inventory.address, amount_tiyn),)
        refused = self._node.prepare(asked.operation, Purpose.TRANSFER, account, payees, asked)
        if refused is not None:
            return refused
        carried = self._node.carry(asked.operation, finish)
        return carried if isinstance(carried, Refusal) else None

    # --- transfers

    def _transfer(self, asked: Asked, order: Transfer) -> Transferred | Refusal:
        client, account = self._office.client_and_account(asked)
        payee = self.find(order.by, order.to)
        if isinstance(payee, Refusal):
            return payee
        if payee.address == account.address:
            return Refusal(Code.PAYEE_IS_PAYER, "transfer.to")
        offered = None if client.kind == FIRM else self._office.offered(Capability.TRANSFER, payee.bank)
        if offered is not None:
            return offered
        sent = self.send(asked, Payer(client, account, order.amount_tiyn, order.purpose), payee)
        if isinstance(sent, Refusal):
            return sent
        with self._desk.store.reading() as rows:
            balances = self._office.balances(rows, client.number)
        return Transferred(sent, payee.name, balances)

    def send(
        self,
        asked: Asked,
        payer: Payer,
        payee: Resolved,
        note: Callable[[BankRows], None] | None = None,
    ) -> bytes | Refusal:
        """Digital Tenge to an account, at any bank; the id of its transaction. ``note`` keeps more with
        the lock on the payer's money."""
        number, amount_tiyn, client = self._office.number, payer.amount_tiyn, payer.client
        final_id = derive(asked.operation, "final")
        kind = "transfer" if payer.sale is None else "purchase"

        def finish(rows: BankRows, movement: Movement) -> None:
            reference = movement.signed.transaction.id
            self._office.enter(
                rows, client.number, kind, "dt", -amount_tiyn, reference, payee.name or "", payer.purpose
            )
            payer.sold(rows, client.number, BOUGHT, asked, reference)
            if payee.bank == number:
                owner = rows.owner_of(payee.address)
                if owner is not None:
                    shown, purpose = payer.shown or "", payer.purpose
                    self._office.enter(rows, owner, "received", "dt", amount_tiyn, reference, shown, purpose)
                    payer.sold(rows, owner, TAKEN, asked, reference)
            else:
                body = TransferFinal(movement, payer.shown, payer.purpose, payer.sale)
                self._desk.post(rows, payee.bank, "transfer-final", body, final_id)

        payees = (Payee(payee.bank, payee.address, amount_tiyn),)
        refused = self._node.prepare(asked.operation, Purpose.TRANSFER, payer.account, payees, asked, note)
        if refused is not None:
            return refused
        carried = self._node.carry(asked.operation, finish)
        if isinstance(carried, Refusal):
            return carried
        self._desk.deliver(final_id)
        with self._desk.store.reading() as rows:
            owner = rows.owner_of(payee.address)
        if owner is not None:
            self._office.credited(owner, carried.signed.transaction.id)
        return carried.signed.transaction.id

    def find(self, by: str, to: str) -> Resolved | Refusal:
        """Where the money goes; asked before anything is debited (DT-P-30)."""
        check = check_iin if by == BY_IIN else check_bin if by == BY_BIN else check_phone
        number = check(to, "transfer.to")
        if isinstance(number, Refusal):
            return number
        found: Resolved | Refusal = self._desk.inquire(ID_CENTRE, "resolve", Resolve(by, number))
        return found

    # --- bank and National Bank

    def open_correspondent(self, amount_tiyn: int, reference: bytes) -> None:
        """The bank's own side of its correspondent account when the town opens."""
        lines = ((CORRESPONDENT, amount_tiyn), ("capital", -amount_tiyn))
        with self._desk.store.writing() as rows:
            rows.book(entry(reference, "correspondent funded", *lines), self._desk.clock.now())

    def request_issue(self, amount_tiyn: int, operation: bytes) -> RequestNoted | Refusal:
        """Ask the National Bank for Digital Tenge; a person there approves (DT-P-05, DT-S-03)."""
        offered = self._office.offered(Capability.ISSUANCE)
        if offered is not None:
            return offered
        body = IssueRequest(amount_tiyn, self._office.inventory.address)
        answered = self._desk.ask(NBK, "issue-request", body, derive(operation, "issue-request"))
        if isinstance(answered, Refusal):
            return answered
        noted: RequestNoted = answered.body
        return noted

    def request_redeem(self, amount_tiyn: int, operation: bytes) -> RequestNoted | Refusal:
        """Hand Digital Tenge from the inventory back (DT-S-13)."""
        vault = self._office.offered(Capability.REDEMPTION) or self._office.vault()
        if isinstance(vault, Refusal):
            return vault

        def finish(rows: BankRows, _movement: Movement) -> None:
            lines = ((RECEIVABLE_NBK, amount_tiyn), (INVENTORY, -amount_tiyn))
            rows.book(entry(operation, "redeem", *lines), self._desk.clock.now())

        payees = (Payee(NBK, vault.redeem, amount_tiyn),)
        with self.inventory_turn:
            refused = self._node.prepare(operation, Purpose.REDEEM, self._office.inventory, payees)
            if refused is not None:
                return refused
            carried = self._node.carry(operation, finish)
        if isinstance(carried, Refusal):
            return carried
        body = RedeemRequest(carried)
        answered = self._desk.ask(NBK, "redeem-request", body, derive(operation, "redeem-request"))
        if isinstance(answered, Refusal):
            return answered
        with self._desk.store.writing() as rows:
            rows.arrived(carried.signed.transaction.id, NBK)
        noted: RequestNoted = answered.body
        return noted


def short(have: int, need: int) -> Refusal:
    """The refusal of an account that holds too little (tiyn)."""
    return Refusal(Code.FUNDS_INSUFFICIENT, "amount", (("have_tiyn", have), ("need_tiyn", need)))


def step(operation: bytes, name: str) -> bytes:
    """The 32-byte reference of a part of an operation."""
    return sha256(operation + name.encode()).digest()
