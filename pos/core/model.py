"""What a till remembers, as plain values. Amounts in tiyn, times in seconds since 1970 (UTC)."""

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

ITEMS_MOST: Final = 200
QUANTITY_MOST: Final = 9_999
MERCHANT_MOST: Final = 120
ADDRESS_MOST: Final = 200
VAT_MOST: Final = 12
PAID_MOST: Final = 100
"""Payments of one sale."""
NAME_MOST: Final = 60
"""Characters of an item, a cashier, a till."""

SALE: Final = "sale"
REFUND: Final = "refund"
VOID: Final = "void"
CORRECTION: Final = "correction"
"""Kinds of receipt. A void gives back, in the shift it was sold in, all of a receipt by the way it was
paid. A correction says that a void did not happen after all: what it was for counts again."""

BY_RETURN: Final = "return"
BY_TRANSFER: Final = "transfer"
BY_CASH: Final = "cash"
BY_CARD: Final = "card"
WAYS: Final = (BY_RETURN, BY_TRANSFER, BY_CASH, BY_CARD)
"""How money goes back: the very coins that came, Digital Tenge online, notes from the drawer, or the way that
a card payment came."""

NFC: Final = "nfc"
"""The channel of money that came by tap; what came by code or file has no word for it."""

CITY_DEFAULT: Final = "Almaty"
"""Where a till stands that nobody has told its city: a code and a card message have no place for none."""

SETTINGS_ROW: Final = b"settings"
COUNTER_ROW: Final = b"counter"
"""What the till's settings and the sale on the counter are found by: there is one of each."""


@unique
class Phase(StrEnum):
    """Where a sale stands. What may happen in each is the table of ``pos.core.sale``."""

    BASKET = "basket"
    PAYING = "paying"
    """A way to pay was chosen and shown; money may come at any moment."""
    OWING = "owing"
    """A part is paid; the rest waits for a way to pay."""
    PAID = "paid"
    """Paid in full; its receipt has a number and waits to be handed out."""
    CLOSED = "closed"
    DROPPED = "dropped"
    """Given up before anything was paid."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a basket. ``vat`` is the rate as the merchant writes it (``12 %``), or empty: a label
    only."""

    name: str
    price_tiyn: int
    quantity: int = 1
    vat: str = ""

    @property
    def amount_tiyn(self) -> int:
        """What the line costs."""
        return self.price_tiyn * self.quantity


@dataclass(frozen=True, slots=True)
class Asked:
    """A way to pay that is open. ``shown``: what the customer is shown: a signed request (``dt-offline``) or
    the text of a payment code (``dt-online``, ``dt-converted``). ``payment``: the request's id (16 bytes), or
    nothing; ``reference``: what an online payment of it will carry (at most 25 characters)."""

    tender: str
    amount_tiyn: int
    since: int
    reference: str
    payment: bytes = b""
    shown: bytes = b""


@dataclass(frozen=True, slots=True)
class Paid:
    """Money that came. ``id``: the payment's id (offline, 16 bytes), the transaction's (online, 32), or
    nothing (cash). ``given_tiyn``: notes and coins handed over; ``channel``: :data:`NFC` if it came so."""

    tender: str
    amount_tiyn: int
    time: int
    id: bytes = b""
    reference: str = ""
    party: str = ""
    given_tiyn: int = 0
    channel: str = ""

    @property
    def change_tiyn(self) -> int:
        """Cash to hand back."""
        return max(0, self.given_tiyn - self.amount_tiyn)


@dataclass(frozen=True, slots=True)
class Sale:
    """The sale on the counter. ``ticket`` counts the sales of a shift, ``tries`` the ways to pay it was
    shown."""

    id: bytes
    shift: int
    ticket: int
    cashier: str
    opened_at: int
    phase: Phase = Phase.BASKET
    items: tuple[Item, ...] = ()
    discount_tiyn: int = 0
    asked: Asked | None = None
    paid: tuple[Paid, ...] = ()
    tries: int = 0
    receipt: int = 0

    @property
    def gross_tiyn(self) -> int:
        """All items."""
        return sum(one.amount_tiyn for one in self.items)

    @property
    def total_tiyn(self) -> int:
        """What is to be paid."""
        return self.gross_tiyn - self.discount_tiyn

    @property
    def paid_tiyn(self) -> int:
        """What has come."""
        return sum(one.amount_tiyn for one in self.paid)

    @property
    def due_tiyn(self) -> int:
        """What is still missing."""
        return max(0, self.total_tiyn - self.paid_tiyn)

    @property
    def label(self) -> str:
        """How the sale is called where a customer reads it: ``3/17``."""
        return f"{self.shift}/{self.ticket}"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was sold or given back, for ever. ``number`` runs without a gap within its shift.

    ``kind``: sale, refund, void or correction; ``of``: (shift, number) of the sale's that any other is for. A
    refund's ``total_tiyn`` is positive too: its kind says which way the money went.
    """

    shift: int
    number: int
    kind: str
    time: int
    cashier: str
    sale: bytes
    items: tuple[Item, ...]
    discount_tiyn: int
    total_tiyn: int
    paid: tuple[Paid, ...]
    of_shift: int = 0
    of_number: int = 0

    @property
    def name(self) -> str:
        """``3-0017``: how it is found again."""
        return receipt_name(self.shift, self.number)

    @property
    def of(self) -> str:
        """The name of the receipt this one takes back, or lets stand again; or nothing."""
        return receipt_name(self.of_shift, self.of_number) if self.of_number else ""

    @property
    def change_tiyn(self) -> int:
        """Cash that was handed back."""
        return sum(one.change_tiyn for one in self.paid)


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift: ``drawer_tiyn`` lay in the drawer at its start; ``counted_tiyn`` at its end, if anybody
    counted."""

    number: int
    cashier: str
    opened_at: int
    drawer_tiyn: int
    closed_at: int = 0
    receipts: int = 0
    tickets: int = 0
    dropped: int = 0
    dropped_tiyn: int = 0
    cash_in_tiyn: int = 0
    cash_out_tiyn: int = 0
    counted_tiyn: int | None = None

    @property
    def open(self) -> bool:
        """Whether it is still going on."""
        return not self.closed_at


@dataclass(frozen=True, slots=True)
class Cashier:
    """Somebody who may sell. ``proof``: a digest of the code, keyed by the till's own sealing key."""

    name: str
    proof: bytes


@dataclass(frozen=True, slots=True)
class CodeTries:
    """Wrong tries of a cashier's code in a row, and when the last one was; gone after a right one."""

    name: str
    wrong: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class GivingBack:
    """A refund or a void that was decided and may not be finished: written before any money goes back.

    ``made``: the receipt it became, or 0. ``message``: what a payer's device must be shown (``return``).
    """

    id: bytes
    kind: str
    way: str
    of_shift: int
    of_number: int
    amount_tiyn: int
    payment: bytes
    to: str
    cashier: str
    since: int
    shift: int
    made: int = 0
    message: bytes = b""


@dataclass(frozen=True, slots=True)
class Stray:
    """Money that came online for no sale that waits: a code paid twice, or after its sale was given up.

    It is the merchant's until it is given back; a report shows it apart, so that the sums stay equal."""

    transaction: bytes
    amount_tiyn: int
    time: int
    reference: str
    tender: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What a payment code of the sale on the counter asked for: only this very amount under this very
    reference counts for the sale."""

    reference: str
    amount_tiyn: int


@dataclass(frozen=True, slots=True)
class TillSettings:
    """The till itself. ``cashier`` is who is signed on; ``shift`` the newest shift's number.

    ``offline_most_tiyn``: offline money the till may hold before it must deposit; 0 leaves it to the profile.
    ``warn_percent`` of it is when the cashier is told. ``seen_until``: online takings were asked for up to
    here.
    """

    name: str
    merchant: str = ""
    city: str = ""
    address: str = ""
    category: int = 0
    cashier: str = ""
    shift: int = 0
    offline_most_tiyn: int = 0
    warn_percent: int = 80
    seen_until: int = 0


def receipt_name(shift: int, number: int) -> str:
    """``3-0017``."""
    return f"{shift}-{number:04d}"


def cashier_row(name: str) -> bytes:
    """What a cashier's row is found by: ``Aliya`` and ``aliya`` are one."""
    return name.strip().casefold().encode()


def shift_row(number: int) -> bytes:
    """What a shift's row is found by."""
    return number.to_bytes(4, "big")
