"""A merchant's code from scan to payment: what will be paid, whether it was paid before, then one order.

Nothing is sent before it was offered and shown. The money goes over the account; the bank chooses whether the
merchant gets Digital Tenge or ordinary tenge (DT-C-07).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from device.core.model import ONLINE, OUT, Payment
from device.service.desk import Desk
from device.service.merchant import Merchants
from tender.account.merchant_messages import PAY_MERCHANT, QR, MerchantPaid
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


def asks_amount(code: PaymentCode) -> bool:
    """Whether the payer must say how much."""
    return code.amount_tiyn is None


def asks_reference(code: PaymentCode) -> bool:
    """Whether the merchant wants the payer to say what for: a contract, a phone, a room."""
    return code.reference_label == ASK


class PaymentCodes:
    """Use cases of a payer who scanned a merchant's code."""

    def __init__(self, desk: Desk, merchants: Merchants, networks: Callable[[], Sequence[Profile]]) -> None:
        self._desk = desk
        self._merchants = merchants
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
        ``amount-unreadable`` (none is named), ``amount-out-of-range``.
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
        before = self._paid_with(code.merchant, wanted) if code.dynamic and wanted else None
        return Offer(code, amount, fee, wanted, purpose or said(code.purpose), before)

    def pay(self, offer: Offer, *, again: bool = False) -> MerchantPaid | Refusal:
        """Pay what was offered; an order whose answer was lost is finished, not made a second time.

        Refuses ``code-paid`` for a dynamic code whose reference this merchant was paid under before, unless
        ``again``. Raises LinkError while the bank is away.
        """
        if offer.before is not None and not again:
            facts = (("amount_tiyn", offer.before.amount_tiyn), ("at", offer.before.time))
            return Refusal(Code.CODE_PAID, "code.62.05", facts)
        code = offer.code
        return self._merchants.pay(
            code.merchant,
            offer.total_tiyn,
            offer.reference,
            channel=QR,
            purpose=offer.purpose,
            bank=code.bank,
        )

    def _paid_with(self, merchant: str, reference: str) -> Payment | None:
        """The newest payment of this history to this merchant under this reference, through any channel."""
        found = None
        for line in self._desk.store.all(Payment):
            if (line.direction, line.channel) != (OUT, ONLINE) or not line.message:
                continue
            try:
                order = PAY_MERCHANT.decode(line.message, "order")
            except RemoteProtocolError:
                continue  # another order's
            if (order.merchant, order.reference) == (merchant, reference):
                found = line if found is None or line.number > found.number else found
        return found
