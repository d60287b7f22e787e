"""Between banks at the end of a day of cards: the National Bank moves what one owes the other from
correspondent account to correspondent account, in one entry, and tells whoever was paid."""

from platform_stub.desk import Asked, derive
from platform_stub.ledger.books import entry
from platform_stub.nbk.national_bank import NationalBank, correspondent
from tender.account.card_settlement_messages import CardSettled, CardSettlement
from tender.account.client_messages import Empty
from tender.account.messages import is_bank
from tender.account.participant_messages import passed_reference
from tender.errors import Code, Refusal


class CardSettlementDesk:
    """Answers ``card-settlement``."""

    def __init__(self, bank: NationalBank) -> None:
        self._desk = bank.desk
        bank.desk.handlers["card-settlement"] = self._settle

    def _settle(self, asked: Asked, order: CardSettlement) -> Empty | Refusal:
        if not is_bank(order.to_bank) or order.to_bank == asked.sender:
            return Refusal(Code.NOT_SUPPORTED, "card-settlement.to_bank")
        reference = passed_reference(asked.sender, order.reference)
        message_id = derive(reference, "card-settled")
        with self._desk.store.writing() as rows:
            have = rows.account(correspondent(asked.sender))
            if have < order.amount_tiyn:
                facts = (("have_tiyn", have), ("need_tiyn", order.amount_tiyn))
                return Refusal(Code.FUNDS_INSUFFICIENT, "correspondent", facts)
            lines = (
                (correspondent(asked.sender), order.amount_tiyn),
                (correspondent(order.to_bank), -order.amount_tiyn),
            )
            if rows.book(entry(reference, "card settlement", *lines), asked.now):
                body = CardSettled(asked.sender, order.day, order.amount_tiyn, reference)
                self._desk.post(rows, order.to_bank, "card-settled", body, message_id)
        self._desk.deliver(message_id)
        return Empty()
