"""Where a card is used and what its slip says; and what a card host tells the bank of a use that it refused
itself, so that the card's customer hears of it, too (DT-C-18).

One file of the messages of ``tender/account/card_messages.py``, which names them too. Amounts in tiyn.
"""

from dataclasses import dataclass
from typing import Final

from tender.account.card_day_messages import OPERATION_MOST
from tender.account.client_messages import TIME
from tender.money import AMOUNT_MAX_TIYN
from tender.schema import Bytes, Choice, Record, Text, Uint

CARD_LINK_BYTES: Final = 16

PURCHASE: Final = "purchase"
PURCHASE_IN_DT: Final = "purchase-dt"
"""Digital Tenge go to the payee as they are; nothing is converted (DT-S-09, DT-C-27)."""
CASH: Final = "cash"
ECOMMERCE: Final = "ecommerce"
VERIFICATION: Final = "verification"
"""Of zero tiyn: is the card good? Nothing moves."""
SPENDING: Final = (PURCHASE, PURCHASE_IN_DT, CASH, ECOMMERCE, VERIFICATION)

REFUND: Final = "refund"
"""By card at the till; its original need not be known."""
RETURN: Final = "return"
"""Entered by an operator, always of a known original (DT-C-35)."""
CREDITS: Final = (REFUND, RETURN)
BALANCE: Final = "balance"
"""A balance inquiry."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a card is used: name, city and country as in DE43, ``category`` the MCC, ``merchant`` DE42,
    ``terminal`` DE41, ``acquirer`` the bank of the merchant or of the ATM (0: none of the five). ``rrn``
    (DE37) and ``approval`` (DE38): the numbers on the slip by which customer and shop speak of it; empty
    where there are none."""

    name: str
    city: str
    country: str
    category: int
    merchant: str
    terminal: str
    acquirer: int
    rrn: str = ""
    approval: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """Somebody used this card in vain: the card host refused it itself, by a wrong PIN, say, and has answered
    already. Nothing moves; the bank keeps a notice for the customer.

    ``operation``: the life-cycle id of what was refused; ``code``: why, the value of a
    :class:`tender.errors.Code`; ``time``: when it reached the issuer.
    """

    operation: str
    card: bytes
    amount_tiyn: int
    kind: str
    code: str
    place: Place
    time: int


@dataclass(frozen=True, slots=True)
class Noted:
    """It is kept; with a ``code`` nobody can be told of it, and saying it again is no use."""

    operation: str
    code: str


_OPERATION: Final = Text(OPERATION_MOST, least=1)
_CODE: Final = Text(40)
PLACE: Final = Record(
    Place,
    ("name", Text(40)),
    ("city", Text(20)),
    ("country", Text(3)),
    ("category", Uint(9999)),
    ("merchant", Text(15)),
    ("terminal", Text(8)),
    ("acquirer", Uint(999)),
    ("rrn", Text(12)),
    ("approval", Text(6)),
)
TRIED: Final = Record(
    Tried,
    ("operation", _OPERATION),
    ("card", Bytes(CARD_LINK_BYTES)),
    ("amount_tiyn", Uint(AMOUNT_MAX_TIYN)),
    ("kind", Choice((*SPENDING, *CREDITS, BALANCE))),
    ("code", Text(40, least=1)),
    ("place", PLACE),
    ("time", TIME),
)
NOTED: Final = Record(Noted, ("operation", _OPERATION), ("code", _CODE))
