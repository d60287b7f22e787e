"""Non-cash tenge between banks over their correspondent accounts; what a bank refuses goes back.

Until the payee's bank has answered, the tenge stands on an account of its own: nobody can spend what may have
to go back.
"""

from hashlib import sha256

from platform_stub.desk import Asked, derive
from platform_stub.ledger.books import entry
from platform_stub.nbk.national_bank import NationalBank, correspondent
from platform_stub.nbk.store import NbkRows
from platform_stub.store.desk_rows import Outgoing
from tender.account.client_messages import Empty
from tender.account.eds import open_order
from tender.account.messages import is_bank
from tender.account.participant_messages import (
    NONCASH_CREDIT,
    NoncashCredit,
    NoncashPayment,
    NoncashReturned,
    passed_reference,
)
from tender.errors import Code, Refusal

ON_THE_WAY = "settling"
REFERENCE = "noncash."
"""Under what reference of its own a bank sent a payment that has ours."""


class NoncashDesk:
    """Answers ``noncash-payment``."""

    def __init__(self, bank: NationalBank) -> None:
        self._desk = bank.desk
        bank.desk.handlers["noncash-payment"] = self._pay
        bank.desk.on_delivered["noncash-credit"] = self._arrived
        bank.desk.on_refused["noncash-credit"] = self._refused

    def _pay(self, asked: Asked, order: NoncashPayment) -> Empty | Refusal:
        if not is_bank(order.to_bank):
            return Refusal(Code.NOT_SUPPORTED, "noncash-payment.to_bank")
        reference = passed_reference(asked.sender, order.reference)
        message_id = derive(reference, "noncash-credit")
        with self._desk.store.writing() as rows:
            have = rows.account(correspondent(asked.sender))
            if have < order.amount_tiyn:
                facts = (("have_tiyn", have), ("need_tiyn", order.amount_tiyn))
                return Refusal(Code.FUNDS_INSUFFICIENT, "correspondent", facts)
            lines = ((correspondent(asked.sender), order.amount_tiyn), (ON_THE_WAY, -order.amount_tiyn))
            rows.book(entry(reference, "non-cash payment", *lines), asked.now)
            rows.keep_setting(REFERENCE + reference.hex(), order.reference)
            amount_tiyn, purpose, sale = order.amount_tiyn, order.purpose, order.sale
            body = NoncashCredit(asked.sender, order.merchant, amount_tiyn, reference, purpose, sale)
            self._desk.post(rows, order.to_bank, "noncash-credit", body, message_id)
        self._desk.deliver(message_id)
        self._desk.deliver(derive(reference, "noncash-returned"))
        return Empty()

    def _arrived(self, rows: NbkRows, outgoing: Outgoing, _answer: Empty) -> None:
        """The merchant's bank took it."""
        credit = _credit(outgoing)
        lines = ((ON_THE_WAY, credit.amount_tiyn), (correspondent(outgoing.peer), -credit.amount_tiyn))
        arrived = sha256(credit.reference + b"arrived").digest()
        rows.book(entry(arrived, "non-cash arrived", *lines), self._desk.clock.now())

    def _refused(self, rows: NbkRows, outgoing: Outgoing, refusal: Refusal) -> None:
        """The merchant's bank would not take it: both correspondent accounts stand as before, and the payer's
        bank is told, in one transaction."""
        credit = _credit(outgoing)
        own = rows.setting(REFERENCE + credit.reference.hex())
        if own is None:
            return
        lines = ((ON_THE_WAY, credit.amount_tiyn), (correspondent(credit.from_bank), -credit.amount_tiyn))
        returned = sha256(credit.reference + b"returned").digest()
        rows.book(entry(returned, "non-cash returned", *lines), self._desk.clock.now())
        body = NoncashReturned(own, credit.amount_tiyn, refusal.code.value)
        message_id = derive(credit.reference, "noncash-returned")
        self._desk.post(rows, credit.from_bank, "noncash-returned", body, message_id)


def _credit(outgoing: Outgoing) -> NoncashCredit:
    credit: NoncashCredit = NONCASH_CREDIT.decode(open_order(outgoing.order_raw).order.body, "body")
    return credit
