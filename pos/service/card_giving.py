"""Money goes back onto a card: the card is there again, and its issuer is asked."""

from dataclasses import dataclass

from pos.core.card_tender import REFUND as CARD_REFUND
from pos.core.card_tender import Approve, CardPayment
from pos.core.model import BY_CARD, REFUND, SALE, Receipt
from pos.core.tenders import CARD
from pos.service.card_taking import WAIT_S, Cards, Counted
from pos.service.card_values import CardHands, CardTold
from pos.service.giving_back import GivingBacks, gives_back_itself, too_much
from tender.errors import Code, Refusal
from tender.ports import CardReader


@dataclass(frozen=True, slots=True)
class CardGaveBack:
    """``receipt``: of the refund, None when it did not happen (``told`` says why)."""

    told: CardTold
    receipt: Receipt | None = None


class CardGivings:
    """Use cases that give money back onto a card."""

    def __init__(self, cards: Cards, backs: GivingBacks) -> None:
        self._cards = cards
        self._backs = backs

    def refund(
        self,
        name: str,
        amount_tiyn: int | None,
        reader: CardReader,
        hands: CardHands,
        *,
        timeout_s: float = WAIT_S,
    ) -> CardGaveBack | Refusal:
        """Give back all that is left of a receipt, or a part, onto the card that paid it.

        ``receipt-unknown``, ``refund-too-much``, ``card-swapped`` for another card, ``terminal-not-set``,
        ``paid-in-dt``: they are on the merchant's account and go back by transfer; in
        ``CardGaveBack.told`` what the issuer said. Raises ``DeviceError`` as a reader does.
        """
        desk = self._cards.desk.desk
        shift = desk.need_shift()
        receipt = desk.receipt(name)
        for one in (shift, receipt):
            if isinstance(one, Refusal):
                return one
        assert isinstance(receipt, Receipt)
        by_card = [one for one in receipt.paid if one.tender == CARD]
        original = self._cards.desk.paid_by(by_card[-1].reference) if by_card else None
        if receipt.kind != SALE:
            return gives_back_itself(receipt)
        if original is None:
            return Refusal(Code.RECEIPT_UNKNOWN, "receipt")
        if original.in_dt:
            return Refusal(Code.PAID_IN_DT, "receipt")
        left_tiyn = min(self._backs.left_tiyn(receipt), sum(one.amount_tiyn for one in by_card))
        wanted_tiyn = left_tiyn if amount_tiyn is None else amount_tiyn
        if not 0 < wanted_tiyn <= left_tiyn:
            return too_much(left_tiyn)
        reference = f"R{desk.device.desk.entropy.draw(8).hex()}"
        written: list[Receipt] = []

        def count(payment: CardPayment, approve: Approve) -> Counted:
            after = self._cards.desk.stepped(payment, approve)
            back = self._backs.decided(
                receipt, REFUND, BY_CARD, wanted_tiyn, reference.encode(), after.seen.pan
            )
            written.append(self._backs.written(back, b"", after))
            return after, None

        told = self._cards.once(
            CARD_REFUND, wanted_tiyn, reader, hands, count, reference, original, timeout_s=timeout_s
        )
        return told if isinstance(told, Refusal) else CardGaveBack(told, written[0] if written else None)
