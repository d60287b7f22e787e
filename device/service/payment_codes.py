"""A merchant's code from scan to payment: what will be paid, whether it was paid before, then one order.

Nothing is sent before it was offered and shown. The money goes over the account; the bank chooses whether the
merchant gets Digital Tenge or ordinary tenge (DT-C-07).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from device.core.model import ONLINE, OUT, Payment, PendingOrder
from device.service.bank import Bank
from device.service.desk import Desk
from tender.account import eds
from tender.account.merchant_messages import PAY_MERCHANT, QR, REFERENCE_MOST, MerchantPaid, PayMerchant
from tender.errors import Code, Refusal, RemoteProtocolError
from tender.money import AMOUNT_MAX_TIYN
from tender.qr.payment_code import ASK, PaymentCode, Profile, decode, payable, said


@dataclass(frozen=True, slots=True)
class Offer:
    """What paying a code means, to be shown and agreed to.

    ``total_tiyn`` is the amount with the fee that the code asks for; ``before`` the payment that this very
    code was paid with, when it was.
    """

    code: PaymentCode
    amount_tiyn: int
    fee_tiyn: int
    reference: str
    purpose: str
    before: Payment | None = None

    @property
    def total_tiyn(self) -> int:
        """What leaves the account."""
        return self.amount_tiyn + self.fee_tiyn

    @property
    def once(self) -> bool:
        """Whether this code is for one purchase: then merchant and reference say which, and nothing else."""
        return self.code.dynamic and bool(self.reference)

    def order(self, channel: str) -> PayMerchant:
        """What the bank is told."""
        code = self.code
        return PayMerchant(code.merchant, code.bank, self.total_tiyn, self.reference, channel, self.purpose)


def asks_amount(code: PaymentCode) -> bool:
    """Whether the payer must say how much."""
    return code.amount_tiyn is None


def asks_reference(code: PaymentCode) -> bool:
    """Whether the merchant wants the payer to say what for: a contract, a phone, a room."""
    return code.reference_label == ASK


class PaymentCodes:
    """Use cases of a payer who scanned a merchant's code."""

    def __init__(self, desk: Desk, bank: Bank, networks: Callable[[], Sequence[Profile]]) -> None:
        self._desk = desk
        self._bank = bank
        self._networks = networks

    def known(self, code: PaymentCode) -> PaymentCode:
        """The code read by this machine's networks, where those built in named no merchant.

        Raises :class:`StoreError` ``file-unreadable`` for a configuration that is none.
        """
        return code if code.merchant or not code.text else decode(code.text, self._networks())

    def offer(
        self, code: PaymentCode, amount_tiyn: int | None = None, reference: str = "", purpose: str = ""
    ) -> Offer | Refusal:
        """What paying this code would be; nothing moves.

        ``amount_tiyn`` and ``reference`` where the code leaves them to the payer. Refuses ``code-network``
        and ``bin-wrong`` (nobody here can pay it), ``amount-mismatch`` (the code names another amount),
        ``amount-unreadable`` (none is named), ``amount-out-of-range``, ``field-wrong`` (the reference is
        longer than 25 characters).
        """
        code = self.known(code)
        refused = payable(code)
        if refused is not None:
            return refused
        named = code.amount_tiyn
        if named is not None and amount_tiyn not in (None, named):
            facts = (("amount_tiyn", amount_tiyn or 0), ("wanted_tiyn", named))
            return Refusal(Code.AMOUNT_MISMATCH, "amount", facts)
        amount = named if named is not None else amount_tiyn
        if amount is None:
            return Refusal(Code.AMOUNT_UNREADABLE, "amount")
        fee = code.fee.of(amount) if code.fee is not None else 0
        if not 1 <= amount + fee <= AMOUNT_MAX_TIYN:
            return Refusal(Code.AMOUNT_OUT_OF_RANGE, "amount")
        wanted = reference or said(code.reference_label) or said(code.bill_number)
        if len(wanted) > REFERENCE_MOST:
            return Refusal(Code.FIELD_WRONG, "pay-merchant.reference")
        found = Offer(code, amount, fee, wanted, purpose or said(code.purpose))
        return replace(found, before=self._paid_with(found))

    def pay(self, offer: Offer, *, again: bool = False, channel: str = QR) -> MerchantPaid | Refusal:
        """Pay what was offered; an order whose answer was lost is finished, not made a second time.

        ``channel``: app, shop, qr or nfc. Refuses ``code-paid`` for a dynamic code whose reference this
        merchant was paid under before, by now and not only when it was offered; ``again`` means one payment
        more than the offer knew of. Raises LinkError while the bank is away.
        """

        def paid_before() -> Refusal | None:
            return self._paid_before(offer, again)

        paid: MerchantPaid | Refusal = self._bank.once(
            "pay-merchant", offer.order(channel), unless=paid_before
        )
        return paid

    def unanswered(self, offer: Offer) -> bytes:
        """The order of this very purchase that may have been carried out without an answer; empty when there
        is none. It is the id of its line in the history, once it is answered."""
        asked = _purchase(offer.order(QR))
        found = [pending for pending, order in self._pending() if _purchase(order) == asked]
        return found[-1].message_id if found else b""

    def carried_out(self, order: bytes) -> bool:
        """Whether an order that was ``unanswered`` has since been answered with a payment."""
        return bool(order) and self._desk.store.get(Payment, order) is not None

    def _paid_before(self, offer: Offer, again: bool) -> Refusal | None:
        """Asked when every earlier order was given its chance of an answer: only now is it known."""
        if not offer.once:
            return None
        whose = (offer.code.merchant, offer.reference)
        if any((order.merchant, order.reference) == whose for _, order in self._pending()):
            return Refusal(Code.PLATFORM_UNREACHABLE, "code.62.05")
        before = self._paid_with(offer)
        if before is None or (again and offer.before is not None and before.id == offer.before.id):
            return None
        facts = (("amount_tiyn", before.amount_tiyn), ("at", before.time))
        return Refusal(Code.CODE_PAID, "code.62.05", facts)

    def _pending(self) -> list[tuple[PendingOrder, PayMerchant]]:
        """Purchases that no answer came to, oldest first."""
        return [
            (one, PAY_MERCHANT.decode(eds.open_order(one.raw).order.body, "order"))
            for one in self._bank.line.pending()
            if one.kind == "pay-merchant"
        ]

    def _paid_with(self, offer: Offer) -> Payment | None:
        """The newest payment of this history to this merchant under this reference, through any channel."""
        found = None
        for line in self._desk.store.all(Payment) if offer.once else ():
            if (line.direction, line.channel) != (OUT, ONLINE) or not line.message:
                continue
            try:
                order = PAY_MERCHANT.decode(line.message, "order")
            except RemoteProtocolError:
                continue  # another order's
            if (order.merchant, order.reference) == (offer.code.merchant, offer.reference):
                found = line if found is None or line.number > found.number else found
        return found


def _purchase(order: PayMerchant) -> tuple[str, str, int]:
    """What makes two orders the same purchase."""
    return order.merchant, order.reference, order.amount_tiyn
