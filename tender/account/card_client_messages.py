"""What a customer's wallet asks its bank about cards: which there are, what was done with them, and what
waits for a yes (DT-C-01, DT-C-18)."""

from dataclasses import dataclass
from typing import Final

from tender.account.card_messages import CARD_LINK_BYTES, OPERATION_MOST, PLACE, Place
from tender.account.client_messages import BALANCE, KEY, TIME, Balances
from tender.account.client_messages import BALANCES as BALANCES_RECORD
from tender.schema import Bytes, Flag, Many, Record, Text, Uint

CARDS_MOST: Final = 100
OPERATIONS_MOST: Final = 200

DONE: Final = "done"
REFUSED: Final = "refused"
CONFIRMING: Final = "confirming"
"""It waits for its customer's yes, and may come to nothing."""
VOID: Final = "void"
"""Taken back before it was done."""


@dataclass(frozen=True, slots=True)
class CardsQuestion:
    """Which cards are mine?"""


@dataclass(frozen=True, slots=True)
class CardShown:
    """``card``: the 16-byte link id; ``masked``: its number as the holder may see it; ``account``: the one
    Digital Tenge account behind it; ``stopped``: by the customer."""

    card: bytes
    masked: str
    kind: str
    state: str
    expiry: str
    stopped: bool
    account: bytes


@dataclass(frozen=True, slots=True)
class CardsTold:
    """All of them."""

    cards: tuple[CardShown, ...]


@dataclass(frozen=True, slots=True)
class CardStop:
    """Stop a card, or let it be used again. The account stays usable either way."""

    card: bytes
    stopped: bool


@dataclass(frozen=True, slots=True)
class CardOperationsQuestion:
    """What was done with my cards lately?"""

    most: int


@dataclass(frozen=True, slots=True)
class CardOperation:
    """One operation, the customer's notice of it: ``kind`` purchase, purchase-dt, cash, ecommerce,
    verification, balance, refund, return; ``state`` refused (with a ``code``; by the bank or by its card
    host), confirming, void, done; ``undone_tiyn`` and ``back_tiyn`` what of it was undone and given back;
    ``original`` what a refund or return belongs to; ``masked`` the card's number as its holder may see it."""

    operation: str
    card: bytes
    kind: str
    amount_tiyn: int
    undone_tiyn: int
    back_tiyn: int
    state: str
    code: str
    place: Place
    time: int
    original: str
    masked: str

    @property
    def party(self) -> str:
        """Whom it was with."""
        return self.place.name


@dataclass(frozen=True, slots=True)
class CardOperationsTold:
    """Newest first."""

    operations: tuple[CardOperation, ...]


@dataclass(frozen=True, slots=True)
class CardConfirmationsQuestion:
    """What waits for my yes?"""


@dataclass(frozen=True, slots=True)
class CardConfirmation:
    """A purchase over the network that is charged only when its customer says yes before ``until``."""

    operation: str
    card: bytes
    amount_tiyn: int
    party: str
    city: str
    country: str
    time: int
    until: int


@dataclass(frozen=True, slots=True)
class CardConfirmationsTold:
    """Oldest first."""

    confirmations: tuple[CardConfirmation, ...]


@dataclass(frozen=True, slots=True)
class CardConfirm:
    """The customer's word, with the amount it was shown."""

    operation: str
    amount_tiyn: int
    yes: bool


@dataclass(frozen=True, slots=True)
class CardConfirmed:
    """What the account holds after it."""

    balances: Balances


_CARD: Final = Bytes(CARD_LINK_BYTES)
_OPERATION: Final = Text(OPERATION_MOST, least=1)

CARDS_QUESTION: Final = Record(CardsQuestion)
_CARD_SHOWN: Final = Record(
    CardShown,
    ("card", _CARD),
    ("masked", Text(19)),
    ("kind", Text(7)),
    ("state", Text(10)),
    ("expiry", Text(4)),
    ("stopped", Flag()),
    ("account", KEY),
)
CARDS_TOLD: Final = Record(CardsTold, ("cards", Many(_CARD_SHOWN, CARDS_MOST)))
CARD_STOP: Final = Record(CardStop, ("card", _CARD), ("stopped", Flag()))
CARD_OPERATIONS_QUESTION: Final = Record(CardOperationsQuestion, ("most", Uint(OPERATIONS_MOST, least=1)))
CARD_OPERATION: Final = Record(
    CardOperation,
    ("operation", _OPERATION),
    ("card", _CARD),
    ("kind", Text(14)),
    ("amount_tiyn", BALANCE),
    ("undone_tiyn", BALANCE),
    ("back_tiyn", BALANCE),
    ("state", Text(10)),
    ("code", Text(40)),
    ("place", PLACE),
    ("time", TIME),
    ("original", Text(OPERATION_MOST)),
    ("masked", Text(19)),
)
CARD_OPERATIONS_TOLD: Final = Record(
    CardOperationsTold, ("operations", Many(CARD_OPERATION, OPERATIONS_MOST))
)
CARD_CONFIRMATIONS_QUESTION: Final = Record(CardConfirmationsQuestion)
_CARD_CONFIRMATION: Final = Record(
    CardConfirmation,
    ("operation", _OPERATION),
    ("card", _CARD),
    ("amount_tiyn", BALANCE),
    ("party", Text(40)),
    ("city", Text(20)),
    ("country", Text(3)),
    ("time", TIME),
    ("until", TIME),
)
CARD_CONFIRMATIONS_TOLD: Final = Record(
    CardConfirmationsTold, ("confirmations", Many(_CARD_CONFIRMATION, OPERATIONS_MOST))
)
CARD_CONFIRM: Final = Record(
    CardConfirm, ("operation", _OPERATION), ("amount_tiyn", BALANCE), ("yes", Flag())
)
CARD_CONFIRMED: Final = Record(CardConfirmed, ("balances", BALANCES_RECORD))
