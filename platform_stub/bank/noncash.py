"""From Digital Tenge to a merchant's non-cash account (DT-P-15), and back when somebody refuses on the way.

The client is debited with the lock, so a payment that the National Bank or the merchant's bank refuses must
come back by itself: the tenge at once, in the transaction that learns of it, and the Digital Tenge by a
movement that is taken up until it is done.
"""

from collections.abc import Callable
from dataclasses import dataclass

from platform_stub.bank.money import CORRESPONDENT, INVENTORY, SETTLING, Money, Payer, short, step
from platform_stub.bank.office import Office, current
from platform_stub.bank.store import BankRows
from platform_stub.desk import Asked, derive
from platform_stub.ledger.books import entry
from platform_stub.store.desk_rows import Outgoing
from platform_stub.store.sale_rows import BOUGHT, TAKEN
from tender.account.client_messages import BY_BIN, Empty, NoncashPaid, PayNoncash
from tender.account.eds import open_order
from tender.account.identifiers import check_bin
from tender.account.participant_messages import (
    NONCASH_PAYMENT,
    Movement,
    NoncashPayment,
    NoncashReturned,
    passed_reference,
)
from tender.account.participants import NBK
from tender.account.transaction import Payee, Purpose
from tender.errors import Code, LinkError, Refusal

PAID_OUT = "paid-out."
"""Whose money went out under an operation: the client's number."""
RETURNING = "returning."
"""What an operation still owes its client: the amount, eight bytes."""


@dataclass(frozen=True, slots=True)
class Shop:
    """A merchant that takes ordinary tenge: BIN, bank, the name its own bank knows; ``client`` its number if
    that bank is this one."""

    number: str
    bank: int
    name: str
    client: int | None


class Noncash:
    """Answers ``pay-noncash`` and ``noncash-returned``."""

    def __init__(self, office: Office, money: Money) -> None:
        self._office = office
        self._money = money
        self._desk = office.desk
        self._node = office.node
        self._desk.handlers.update({"pay-noncash": self._pay, "noncash-returned": self._returned})
        self._desk.on_refused["noncash-payment"] = self._refused

    def _pay(self, asked: Asked, order: PayNoncash) -> NoncashPaid | Refusal:
        """DT into the inventory and tenge to the merchant, in one step."""
        client, account = self._office.client_and_account(asked)
        merchant = check_bin(order.merchant, "pay-noncash.merchant")
        if isinstance(merchant, Refusal):
            return merchant
        with self._desk.store.reading() as rows:
            local = rows.client_by("identifier", merchant)
        if local is None:
            found = self._money.find(BY_BIN, merchant)
            if isinstance(found, Refusal):
                return found
            to = Shop(merchant, found.bank, found.name or "", None)
        else:
            to = Shop(merchant, self._office.number, local.name, local.number)
        refused = self.pay_out(asked, Payer(client, account, order.amount_tiyn, order.purpose), to)
        if refused is not None:
            return refused
        with self._desk.store.reading() as rows:
            return NoncashPaid(asked.operation, self._office.balances(rows, client.number))

    def reference(self, operation: bytes, to: Shop) -> bytes:
        """What the merchant's bank calls a payment that we made under this operation."""
        return operation if to.client is not None else passed_reference(self._office.number, operation)

    def pay_out(
        self,
        asked: Asked,
        payer: Payer,
        to: Shop,
        note: Callable[[BankRows], None] = lambda _rows: None,
    ) -> Refusal | None:
        """Convert and pay: the one conversion record and the tenge. ``note``: more for the lock to keep."""
        client, amount_tiyn, operation = payer.client, payer.amount_tiyn, asked.operation
        named = self.reference(operation, to)

        def lock(rows: BankRows) -> Refusal | None:
            have = rows.account(CORRESPONDENT)
            refused = short(have, amount_tiyn) if to.client is None and have < amount_tiyn else None
            note(rows)
            return refused

        def finish(rows: BankRows, _movement: Movement) -> None:
            account = CORRESPONDENT if to.client is None else current(to.client)
            lines = ((INVENTORY, amount_tiyn), (account, -amount_tiyn))
            rows.book(entry(operation, "pay non-cash", *lines), asked.now)
            purpose = payer.purpose
            self._office.enter(
                rows, client.number, "conversion", "dt", -amount_tiyn, operation, to.name, purpose
            )
            payer.sold(rows, client.number, BOUGHT, asked, named, converted=True)
            if to.client is not None:
                shown = payer.shown or ""
                self._office.enter(
                    rows, to.client, "paid in", "noncash", amount_tiyn, operation, shown, purpose
                )
                payer.sold(rows, to.client, TAKEN, asked, named, converted=True)
            else:
                rows.keep_setting(PAID_OUT + operation.hex(), client.number.to_bytes(8, "big"))
                body = NoncashPayment(to.bank, to.number, amount_tiyn, operation, purpose, payer.sale)
                self._desk.post(rows, NBK, "noncash-payment", body, derive(operation, "noncash"))

        payees = (Payee(self._office.number, self._office.inventory.address, amount_tiyn),)
        refused = self._node.prepare(operation, Purpose.TRANSFER, payer.account, payees, asked, lock)
        if refused is not None:
            return refused
        carried = self._node.carry(operation, finish)
        if isinstance(carried, Refusal):
            return carried
        self._desk.deliver(derive(operation, "noncash"))
        return self._turned_back(operation)

    # --- and back

    def _refused(self, rows: BankRows, outgoing: Outgoing, refusal: Refusal) -> None:
        """The National Bank itself would not pass it on."""
        body: NoncashPayment = NONCASH_PAYMENT.decode(open_order(outgoing.order_raw).order.body, "body")
        self._turn_back(rows, body.reference, body.amount_tiyn, refusal.code.value)

    def _returned(self, _asked: Asked, told: NoncashReturned) -> Empty | Refusal:
        """The merchant's bank would not take it, and the National Bank gave our tenge back."""
        with self._desk.store.writing() as rows:
            if rows.setting(PAID_OUT + told.reference.hex()) is None:
                return Refusal(Code.ORDER_UNKNOWN, "noncash-returned.reference")
            self._turn_back(rows, told.reference, told.amount_tiyn, told.code)
        self._give_back(told.reference)
        return Empty()

    def _turn_back(self, rows: BankRows, operation: bytes, amount_tiyn: int, code: str) -> None:
        lines = ((CORRESPONDENT, amount_tiyn), (SETTLING, -amount_tiyn))
        now = self._desk.clock.now()
        if rows.book(entry(step(operation, "turned back"), "non-cash refused", *lines), now):
            rows.keep_setting(RETURNING + operation.hex(), amount_tiyn.to_bytes(8, "big"))
            rows.keep_setting(f"{PAID_OUT}{operation.hex()}.code", code.encode())
            rows.drop_sale(passed_reference(self._office.number, operation), BOUGHT)

    def _turned_back(self, operation: bytes) -> Refusal | None:
        """Why a payment came back, after its money was given back as far as that goes by now."""
        with self._desk.store.reading() as rows:
            code = rows.setting(f"{PAID_OUT}{operation.hex()}.code")
        if code is None:
            return None
        self._give_back(operation)
        return Refusal(Code(code.decode()), "pay-noncash.merchant")

    def _give_back(self, operation: bytes) -> None:
        """Digital Tenge from the inventory to whom it was taken from, once; raises nothing, is taken up."""
        name, back = RETURNING + operation.hex(), step(operation, "given back")
        with self._desk.store.reading() as rows:
            owed = rows.setting(name)
            number = rows.setting(PAID_OUT + operation.hex())
            if owed is None or number is None:
                return
            client, amount_tiyn = int.from_bytes(number, "big"), int.from_bytes(owed, "big")
            account = self._office.account(rows, client)

        def finish(rows: BankRows, _movement: Movement) -> None:
            lines = ((SETTLING, amount_tiyn), (INVENTORY, -amount_tiyn))
            rows.book(entry(back, "given back", *lines), self._desk.clock.now())
            self._office.enter(rows, client, "given back", "dt", amount_tiyn, operation, status="refused")
            rows.forget_setting(name)

        payees = (Payee(self._office.number, account.address, amount_tiyn),)
        if self._money.stock_up(back, amount_tiyn) is not None:
            return
        if self._node.prepare(back, Purpose.TRANSFER, self._office.inventory, payees) is not None:
            return
        try:
            carried = self._node.carry(back, finish)
        except LinkError:
            return
        if isinstance(carried, Movement):
            self._office.credited(client, carried.signed.transaction.id)

    def tick(self) -> None:
        """Give back whatever an interruption left."""
        with self._desk.store.reading() as rows:
            waiting = rows.settings(RETURNING)
        for name in waiting:
            self._give_back(bytes.fromhex(name.removeprefix(RETURNING)))
