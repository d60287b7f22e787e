"""From Digital Tenge to a merchant's non-cash account (DT-P-15), and back when somebody refuses on the way.

The client is debited with the lock, so a payment that the National Bank or the merchant's bank refuses must
come back by itself: the tenge at once, in the transaction that learns of it, and the Digital Tenge by a
movement that is taken up until it is done.
"""

from platform_stub.bank.money import CORRESPONDENT, INVENTORY, SETTLING, Money, short, step
from platform_stub.bank.office import Office, current
from platform_stub.bank.store import BankRows
from platform_stub.desk import Asked, derive
from platform_stub.ledger.books import entry
from platform_stub.store.desk_rows import Outgoing
from tender.account.client_messages import BY_BIN, Empty, NoncashPaid, PayNoncash
from tender.account.eds import open_order
from tender.account.identifiers import check_bin
from tender.account.participant_messages import NONCASH_PAYMENT, Movement, NoncashPayment, NoncashReturned
from tender.account.participants import NBK
from tender.account.transaction import Payee, Purpose
from tender.errors import Code, LinkError, Refusal

PAID_OUT = "paid-out."
"""Whose money went out under an operation: the client's number."""
RETURNING = "returning."
"""What an operation still owes its client: the amount, eight bytes."""


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
        bank = self._office.number
        party = "" if local is None else local.name
        if local is None:
            found = self._money.find(BY_BIN, merchant)
            if isinstance(found, Refusal):
                return found
            bank, party = found.bank, found.name or ""
        amount_tiyn, operation = order.amount_tiyn, asked.operation

        def lock(rows: BankRows) -> Refusal | None:
            have = rows.account(CORRESPONDENT)
            return short(have, amount_tiyn) if local is None and have < amount_tiyn else None

        def finish(rows: BankRows, _movement: Movement) -> None:
            to = CORRESPONDENT if local is None else current(local.number)
            lines = ((INVENTORY, amount_tiyn), (to, -amount_tiyn))
            rows.book(entry(operation, "pay non-cash", *lines), asked.now)
            self._office.enter(
                rows, client.number, "conversion", "dt", -amount_tiyn, operation, party, order.purpose
            )
            if local is not None:
                shown = client.name if client.name_shown else ""
                self._office.enter(
                    rows, local.number, "paid in", "noncash", amount_tiyn, operation, shown, order.purpose
                )
            else:
                rows.keep_setting(PAID_OUT + operation.hex(), client.number.to_bytes(8, "big"))
                body = NoncashPayment(bank, merchant, amount_tiyn, operation, order.purpose)
                self._desk.post(rows, NBK, "noncash-payment", body, derive(operation, "noncash"))

        payees = (Payee(self._office.number, self._office.inventory.address, amount_tiyn),)
        refused = self._node.prepare(operation, Purpose.TRANSFER, account, payees, asked, lock)
        if refused is not None:
            return refused
        carried = self._node.carry(operation, finish)
        if isinstance(carried, Refusal):
            return carried
        self._desk.deliver(derive(operation, "noncash"))
        turned_back = self._turned_back(operation)
        if turned_back is not None:
            return turned_back
        with self._desk.store.reading() as rows:
            return NoncashPaid(operation, self._office.balances(rows, client.number))

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
