"""Purchases over the account: paying a merchant online, and, for the merchant, which sales were paid."""

from device.service.bank import Bank
from tender.account.card_takings_messages import CardTakings, CardTakingsQuestion, CardTakingsTold
from tender.account.merchant_messages import (
    REFERENCE_MOST,
    MerchantPaid,
    PayMerchant,
    Taking,
    TakingsQuestion,
    TakingsTold,
)
from tender.errors import Code, Refusal


class Merchants:
    """Use cases of both sides; both ask the own bank only."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank

    def pay(
        self,
        merchant: str,
        amount_tiyn: int,
        reference: str = "",
        *,
        channel: str,
        purpose: str = "",
        bank: int = 0,
    ) -> MerchantPaid | Refusal:
        """Pay a merchant (BIN) from the Digital Tenge account; ``channel`` is app, shop, qr or nfc.

        The bank pays in Digital Tenge where the merchant takes it and converts where not. ``reference`` is
        the merchant's own, at most 25 characters; ``bank`` the merchant's, where its code names one. An order
        whose answer was lost is the same order when it is given again. Raises LinkError while the bank is
        away: then pay offline instead.
        """
        if len(reference) > REFERENCE_MOST:
            return Refusal(Code.FIELD_WRONG, "pay-merchant.reference")
        order = PayMerchant(merchant, bank, amount_tiyn, reference, channel, purpose)
        paid: MerchantPaid | Refusal = self._bank.once("pay-merchant", order)
        return paid

    def takings(
        self, since: int, reference: str = "", *, after: bytes | None = None
    ) -> tuple[Taking, ...] | Refusal:
        """What the own bank credited for sales since this second, oldest first; nothing of who paid.

        At most a page (``TAKINGS_MOST``); the next begins ``after`` the last one's transaction (32 bytes).
        """
        if len(reference) > REFERENCE_MOST:
            return Refusal(Code.FIELD_WRONG, "takings.reference")
        told: TakingsTold | Refusal = self._bank.line.ask("takings", TakingsQuestion(since, reference, after))
        return told if isinstance(told, Refusal) else told.takings

    def card_takings(self, most: int) -> tuple[CardTakings, ...] | Refusal:
        """What cards brought this merchant's terminals, a row a day that its bank has in its books, newest
        first, at most so many (1 to ``DAYS_MOST``). Raises LinkError while the bank is away."""
        told: CardTakingsTold | Refusal = self._bank.line.ask("card-takings", CardTakingsQuestion(most))
        return told if isinstance(told, Refusal) else told.days
