"""The shop's own side: what it sells, which orders it took, and whether its bank says they are paid.

Nothing a page says makes an order paid: the shop's device asks its bank for the takings under the order's
reference, and compares the amount.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Final

from device.service.wallet import Wallet
from tender.account.merchant_messages import Taking
from tender.errors import Code, Refusal
from tender.ports import Clock, Entropy
from tender.qr.payment_code import LocalNames, PaymentCode, encode
from town.cast import Person

GOODS: Final = {"plov": 1_850_00, "baursak": 750_00, "tea": 350_00}
"""What there is, with its price in tiyn; the names stand in ``faces/labels_checkout.py``."""
ORDERS_MOST: Final = 1_000
REFERENCE_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True, slots=True)
class Order:
    """One order: what, for how much (tiyn), since when; ``code`` is the text of its payment code."""

    reference: str
    good: str
    amount_tiyn: int
    time: int
    code: str


class Counter:
    """Orders are kept in memory, the newest thousand; that they are paid, the bank remembers."""

    def __init__(
        self, open_device: Callable[[], Wallet], merchant: Person, clock: Clock, entropy: Entropy
    ) -> None:
        self._merchant = merchant
        self._clock = clock
        self._entropy = entropy
        self._orders: dict[str, Order] = {}
        self._lock = Lock()
        # A device belongs to one thread, from opening to closing.
        self._hand = ThreadPoolExecutor(max_workers=1, thread_name_prefix="shop")
        self._device = self._hand.submit(open_device).result()

    def order(self, good: str) -> Order | Refusal:
        """Take an order; its payment code names the reference under which the money must come."""
        if good not in GOODS:
            return Refusal(Code.FIELD_WRONG, "good")
        drawn = self._entropy.draw(12)
        reference = "K-" + "".join(REFERENCE_LETTERS[one % len(REFERENCE_LETTERS)] for one in drawn)
        code = PaymentCode(
            merchant_name=self._merchant.shown,
            city="Almaty",
            merchant=self._merchant.number,
            mcc=self._merchant.category,
            amount_tiyn=GOODS[good],
            dynamic=True,
            reference_label=reference,
            local=LocalNames("kk", "К асханасы", "Алматы"),
        )
        made = Order(reference, good, GOODS[good], self._clock.now(), encode(code))
        with self._lock:
            self._orders[reference] = made
            for old in list(self._orders)[:-ORDERS_MOST]:
                del self._orders[old]
        return made

    def known(self, reference: str) -> Order | None:
        """An order that was taken here."""
        with self._lock:
            return self._orders.get(reference)

    def paid(self, order: Order) -> Taking | Refusal | None:
        """What the own bank credited for this order, None as long as there is nothing.

        Raises :class:`LinkError` while the bank is away.
        """
        found = self._hand.submit(self._takings, order).result()
        if isinstance(found, Refusal):
            return found
        return next((one for one in found if one.amount_tiyn == order.amount_tiyn), None)

    def _takings(self, order: Order) -> tuple[Taking, ...] | Refusal:
        return self._device.merchants.takings(0, order.reference)

    def close(self) -> None:
        """Close the device, in its own thread."""
        self._hand.submit(self._device.close).result()
        self._hand.shutdown()
