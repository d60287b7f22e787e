"""Money back onto the card that paid: the same steps, the other way."""

from typing import ClassVar

from faces.language import label
from faces.screens.tap_watch import WAIT_S
from pos.service.card_values import CardTold
from pos.service.values import CardPayment, Receipt
from pos.tui.card import CardEnd, CardPay, Hands
from tender.errors import Refusal
from tender.ports import CardReader


class CardRefund(CardPay):
    """All that is left of a receipt; leaving goes back to the receipts."""

    title_key: ClassVar[str] = "cardpay.title-refund"

    def __init__(self, receipt: Receipt, where: str = "") -> None:
        super().__init__(receipt.total_tiyn, where)
        self._receipt = receipt

    def converse(self, reader: CardReader, hands: Hands) -> CardEnd:
        """The issuer is asked, and the receipt of the refund written."""
        given = self.till.cards.giving.refund(self._receipt.name, None, reader, hands, timeout_s=WAIT_S)
        return given if isinstance(given, Refusal) else given.told

    @property
    def paid(self) -> bool:
        """Whether it went back."""
        return isinstance(self._end, CardTold) and self._end.refusal is None

    def approved_words(self, payment: CardPayment) -> str:
        """What goes back, and where."""
        return label("cardpay.given-back", amount_tiyn=payment.amount_tiyn, pan=payment.seen.pan)

    def go_on(self) -> None:
        """Back to the receipts, where the new one stands."""
        self.app.pop_screen()

    async def _another(self) -> None:
        self.app.pop_screen()
