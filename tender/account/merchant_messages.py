"""Buying from a merchant over an account, and the merchant's own list of what came in (DT-Q-05, DT-P-15).

The payer's bank chooses the way: a merchant with a Digital Tenge account gets Digital Tenge and nothing is
converted; any other gets ordinary tenge, in one step with one conversion record. Both ways carry the
merchant's own reference and the channel through which the sale was made.
"""

from dataclasses import dataclass
from typing import Final

from tender.account.client_messages import AMOUNT, BALANCES, HASH, TIME, Balances
from tender.schema import Choice, Flag, Many, Maybe, Record, Text, Uint

APP: Final = "app"
SHOP: Final = "shop"
QR: Final = "qr"
NFC: Final = "nfc"
CHANNELS: Final = (APP, SHOP, QR, NFC)

REFERENCE_MOST: Final = 25
"""Characters of a merchant's reference: what field 62/05 of a payment code holds."""
TAKINGS_MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Sale:
    """What a payment is for, told to the merchant's bank with the money: the merchant's own reference, empty
    for a printed code without one, and the channel."""

    reference: str
    channel: str


@dataclass(frozen=True, slots=True)
class PayMerchant:
    """``merchant`` is a BIN; ``bank`` the merchant's bank as its code names it, 0 when it does not: needed
    for a merchant of another bank without a Digital Tenge account, of whom the ID Center knows nothing."""

    merchant: str
    bank: int
    amount_tiyn: int
    reference: str
    channel: str
    purpose: str


@dataclass(frozen=True, slots=True)
class MerchantPaid:
    """``transaction`` (32 bytes) is what the merchant's takings name too; ``payee`` the name to show, None
    when the merchant shows none; ``converted``: it was turned into ordinary tenge on the way."""

    transaction: bytes
    payee: str | None
    converted: bool
    balances: Balances


@dataclass(frozen=True, slots=True)
class TakingsQuestion:
    """What came in since this second, oldest first; ``reference``: only what names it, empty for all.

    ``after``: the transaction of the last taking of the page before, None for the first page. A second may
    hold more takings than a page, so a time alone would show the same page for ever.
    """

    since: int
    reference: str
    after: bytes | None = None


@dataclass(frozen=True, slots=True)
class Taking:
    """One sale that was paid: nothing of who paid."""

    reference: str
    amount_tiyn: int
    time: int
    channel: str
    converted: bool
    transaction: bytes


@dataclass(frozen=True, slots=True)
class TakingsTold:
    """At most 500, oldest first: who gets so many asks again after the last one."""

    takings: tuple[Taking, ...]


_REFERENCE: Final = Text(REFERENCE_MOST)
_CHANNEL: Final = Choice(CHANNELS)

SALE: Final = Record(Sale, ("reference", _REFERENCE), ("channel", _CHANNEL))
PAY_MERCHANT: Final = Record(
    PayMerchant,
    ("merchant", Text(12, least=1)),
    ("bank", Uint(999)),
    ("amount_tiyn", AMOUNT),
    ("reference", _REFERENCE),
    ("channel", _CHANNEL),
    ("purpose", Text(140)),
)
MERCHANT_PAID: Final = Record(
    MerchantPaid,
    ("transaction", HASH),
    ("payee", Maybe(Text(120))),
    ("converted", Flag()),
    ("balances", BALANCES),
)
TAKINGS: Final = Record(TakingsQuestion, ("since", TIME), ("reference", _REFERENCE), ("after", Maybe(HASH)))
TAKING: Final = Record(
    Taking,
    ("reference", _REFERENCE),
    ("amount_tiyn", AMOUNT),
    ("time", TIME),
    ("channel", _CHANNEL),
    ("converted", Flag()),
    ("transaction", HASH),
)
TAKINGS_TOLD: Final = Record(TakingsTold, ("takings", Many(TAKING, most=TAKINGS_MOST)))
