"""Purchases from merchants over accounts (DT-P-14, DT-P-15, DT-Q-05), and what a merchant took.

The bank chooses the way once, and notes it with the lock on the payer's money: an order that is taken up
again goes the same way, although the merchant may have opened an account meanwhile.
"""

from dataclasses import dataclass
from typing import Final

from platform_stub.bank.money import Money, Payer
from platform_stub.bank.noncash import Noncash, Shop
from platform_stub.bank.office import Office
from platform_stub.bank.store import BankRows
from platform_stub.desk import Asked
from platform_stub.store.sale_rows import TAKEN
from tender.account.capabilities import Capability
from tender.account.card_takings_messages import CardTakings, CardTakingsQuestion, CardTakingsTold
from tender.account.client_messages import BANK, BY_BIN, KEY
from tender.account.identifiers import check_bin
from tender.account.merchant_messages import (
    MerchantPaid,
    PayMerchant,
    Sale,
    TakingsQuestion,
    TakingsTold,
)
from tender.account.messages import is_bank
from tender.account.service_messages import FIRM, Resolved
from tender.errors import Code, Refusal
from tender.schema import Maybe, Record, Text, Uint

WAY: Final = "purchase."
"""Under what setting the way of a purchase is noted."""


@dataclass(frozen=True, slots=True)
class Way:
    """To an ``address`` as Digital Tenge, or, without one, as ordinary tenge; ``client`` is the merchant's
    number with us, 0 at another bank."""

    bank: int
    address: bytes | None
    name: str
    client: int


_WAY: Final = Record(
    Way, ("bank", BANK), ("address", Maybe(KEY)), ("name", Text(120)), ("client", Uint(2**32 - 1))
)


class Merchants:
    """Answers ``pay-merchant``, ``takings`` and ``card-takings``."""

    def __init__(self, office: Office, money: Money, noncash: Noncash) -> None:
        self._office = office
        self._money = money
        self._noncash = noncash
        self._desk = office.desk
        self._desk.handlers.update(
            {"pay-merchant": self._pay, "takings": self._takings, "card-takings": self._card_takings}
        )

    def _pay(self, asked: Asked, order: PayMerchant) -> MerchantPaid | Refusal:
        client, account = self._office.client_and_account(asked)
        merchant = check_bin(order.merchant, "pay-merchant.merchant")
        if isinstance(merchant, Refusal):
            return merchant
        offered = self._office.offered(Capability.INTEGRATOR_PAYMENT)
        if offered is not None:
            return offered
        way = self._way(asked.operation, merchant, order.bank)
        if isinstance(way, Refusal):
            return way
        if client.number == way.client or way.address == account.address:
            return Refusal(Code.PAYEE_IS_PAYER, "pay-merchant.merchant")

        def note(rows: BankRows) -> None:
            rows.keep_setting(WAY + asked.operation.hex(), _WAY.encode(way))

        sale = Sale(order.reference, order.channel)
        payer = Payer(client, account, order.amount_tiyn, order.purpose, sale)
        paid: bytes | Refusal
        if way.address is not None:
            paid = self._money.send(asked, payer, Resolved(way.bank, way.address, way.name or None), note)
        else:
            to = Shop(merchant, way.bank, way.name, way.client or None)
            refused = self._noncash.pay_out(asked, payer, to, note)
            paid = refused or self._noncash.reference(asked.operation, to)
        if isinstance(paid, Refusal):
            return paid
        with self._desk.store.reading() as rows:
            balances = self._office.balances(rows, client.number)
        return MerchantPaid(paid, way.name or None, way.address is None, balances)

    def _way(self, operation: bytes, merchant: str, bank: int) -> Way | Refusal:
        """An account in Digital Tenge anywhere; else our own client's current account; else the bank that the
        merchant's code names, which takes the money or sends it back."""
        with self._desk.store.reading() as rows:
            noted = rows.setting(WAY + operation.hex())
            local = rows.client_by("identifier", merchant)
        if noted is not None:
            return _WAY.decode(noted, "way")
        client = local.number if local is not None and local.kind == FIRM else 0
        found = self._money.find(BY_BIN, merchant)
        if isinstance(found, Resolved):
            own = found.bank == self._office.number
            return Way(found.bank, found.address, found.name or "", client if own else 0)
        if found.code is not Code.PAYEE_UNKNOWN:
            return found
        if local is not None and client:
            return Way(self._office.number, None, local.name if local.name_shown else "", client)
        if is_bank(bank) and bank != self._office.number:
            return Way(bank, None, "", 0)
        return found

    def _takings(self, asked: Asked, question: TakingsQuestion) -> TakingsTold:
        with self._desk.store.reading() as rows:
            _, client = self._office.who(rows, asked)
            return TakingsTold(rows.sales(client.number, TAKEN, question))

    def _card_takings(self, asked: Asked, question: CardTakingsQuestion) -> CardTakingsTold:
        with self._desk.store.reading() as rows:
            _, client = self._office.who(rows, asked)
            days = rows.takings_of(client.identifier, question.most)
        return CardTakingsTold(
            tuple(
                CardTakings(
                    one.day,
                    one.merchant,
                    one.change_tiyn + one.back_tiyn,
                    one.back_tiyn,
                    one.change_tiyn,
                    one.closed,
                    one.credited,
                )
                for one in days
            )
        )
