"""What an issuer's card host asks of the bank's node that keeps the accounts, and what the node answers: one
record each, carried by the framed link of ``tender/account/card_frames.py`` (DT-P-14, DT-C-01..18, ADR 0023).

Each order has an ``operation`` of its own (text, at most 40 characters), which its reply repeats: the
life-cycle id for :class:`Authorise`, any other name that is the same on every repeat for the rest. The same
operation with the same content has the same reply, however often and in whatever order it comes; with other
content it is refused as ``request-replayed``, and nothing changes. Replies come in any order.

A reply's ``code`` is empty when it was done, else the value of a :class:`tender.errors.Code`:

==========================  =======================================================================
funds-insufficient          less than the amount is free on the account
funds-encumbered            there is enough, but part of it is held
card-unknown                no such card at this bank
card-stopped                the card (not the account) is stopped, in the app or by the bank
account-unknown             the client has no Digital Tenge account
operation-undone            an undo of this operation came first: it will never be done
payer-declined              the customer said no to the confirmation
confirmation-missing        the customer did not answer in time
participant-blocked         the platform blocked this bank; whatever the operation had changed is undone
not-supported               the bank does not offer this (``tender/account/capabilities.py``)
order-unknown               the original of a credit is not known
refund-too-much             more than what is left of the original
payee-unknown               who shall get Digital Tenge has no account at the bank that is named
payee-is-payer              the card's own account shall get them
paid-in-dt                  an undo of Digital Tenge that are the payee's already, or on their way; a credit
                            of a purchase in them: only the payee gives them back
request-replayed            another order under an operation that is known
sums-differ                 a day whose sums do not meet; nothing of it was booked
merchant-unknown            no client here has this merchant's number
==========================  =======================================================================

Amounts are tiyn, times seconds since 1970 (UTC), cards the 16-byte link id that the issuer drew: the bank's
node never sees a card number.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from tender import canon
from tender.account import card_day_messages as days
from tender.account import card_notice_messages as notices
from tender.account.client_messages import AMOUNT, BALANCE, KEY, TIME
from tender.card.in_dt import DtOffer
from tender.errors import Code, LocalProtocolError, RemoteProtocolError
from tender.money import AMOUNT_MAX_TIYN
from tender.schema import Bytes, Choice, Flag, Maybe, Record, Text, Uint

OPERATION_MOST: Final = days.OPERATION_MOST
CARD_LINK_BYTES: Final = notices.CARD_LINK_BYTES

PURCHASE: Final = notices.PURCHASE
PURCHASE_IN_DT: Final = notices.PURCHASE_IN_DT
CASH: Final = notices.CASH
ECOMMERCE: Final = notices.ECOMMERCE
VERIFICATION: Final = notices.VERIFICATION
SPENDING: Final = notices.SPENDING
REFUND: Final = notices.REFUND
RETURN: Final = notices.RETURN
CREDITS: Final = notices.CREDITS

VIRTUAL: Final = "virtual"
REAL: Final = "real"

ORDERED: Final = "ordered"
PRODUCED: Final = "produced"
ACTIVE: Final = "active"
BLOCKED: Final = "blocked"
CLOSED: Final = "closed"
CARD_STATES: Final = (ORDERED, PRODUCED, ACTIVE, BLOCKED, CLOSED)

DAY_LINES_MOST: Final = days.DAY_LINES_MOST


PLACE: Final = notices.PLACE
Noted = notices.Noted
Place = notices.Place
Tried = notices.Tried


@dataclass(frozen=True, slots=True)
class Authorise:
    """May this card spend so much? If so it is spent: in the same instant the client's Digital Tenge are
    encumbered, no longer his, and converted in the bank's books.

    ``confirm_s``: how long the customer has to say yes in the wallet, 0 for no question (DT-C-18); the
    reply waits for that. ``time``: when it reached the issuer. ``payee``: whose they shall be, for a purchase
    in Digital Tenge; None otherwise.
    """

    operation: str
    card: bytes
    amount_tiyn: int
    kind: str
    place: Place
    confirm_s: int
    time: int
    payee: DtOffer | None = None


@dataclass(frozen=True, slots=True)
class Authorised:
    """``free_tiyn``: what the account may spend after it, as it stood at the decision."""

    operation: str
    code: str
    free_tiyn: int


@dataclass(frozen=True, slots=True)
class Undo:
    """Of the operation ``original`` (an authorisation or a credit) so much shall be undone **in total**:
    ``amount_tiyn`` counts what earlier undos took back already, 0 means all of it.

    So repeats and reorderings do no harm: the greatest total counts. One that comes before its original is
    remembered, and the original is refused when it comes (``operation-undone``).
    """

    operation: str
    original: str
    amount_tiyn: int


@dataclass(frozen=True, slots=True)
class Undone:
    """``amount_tiyn``: what is undone of the original by now, all undos together; 0 where it never was."""

    operation: str
    code: str
    amount_tiyn: int


@dataclass(frozen=True, slots=True)
class Credit:
    """Digital Tenge back to the client of ``card``. ``original``: the operation it gives back a part of;
    empty only for a refund whose purchase nobody can name."""

    operation: str
    original: str
    card: bytes
    amount_tiyn: int
    kind: str
    place: Place
    time: int


@dataclass(frozen=True, slots=True)
class Credited:
    """``rest_tiyn``: what of the original may still be given back; 0 without an original."""

    operation: str
    code: str
    rest_tiyn: int


@dataclass(frozen=True, slots=True)
class Balance:
    """What may this card spend? ``place``: who asks, for the customer's own list."""

    operation: str
    card: bytes
    place: Place
    time: int


@dataclass(frozen=True, slots=True)
class BalanceTold:
    """``free_tiyn``: what may be spent; ``ledger_tiyn``: with what is held on the account."""

    operation: str
    code: str
    free_tiyn: int
    ledger_tiyn: int


@dataclass(frozen=True, slots=True)
class CardIssued:
    """A card of a client (IIN, BIN or phone): linked for life to this client's one Digital Tenge account.

    ``masked``: the number as the customer may see it (``411111******1111``); ``expiry``: YYMM.
    """

    operation: str
    card: bytes
    client: str
    masked: str
    kind: str
    state: str
    expiry: str


@dataclass(frozen=True, slots=True)
class CardState:
    """The issuer changed a card's state; ``why`` in words, may be empty."""

    operation: str
    card: bytes
    state: str
    why: str


@dataclass(frozen=True, slots=True)
class CardLinked:
    """The one account behind a card (32-byte address; None when refused) and the state the bank keeps."""

    operation: str
    code: str
    account: bytes | None
    state: str


@dataclass(frozen=True, slots=True)
class CardLink:
    """Which account is behind this card? (DT-P-14, DT-C-01)"""

    operation: str
    card: bytes


CLOSE_DAY: Final = days.CLOSE_DAY
DAY_CLOSED: Final = days.DAY_CLOSED
CloseDay = days.CloseDay
DayClosed = days.DayClosed
Decided = days.Decided
MerchantAsked = days.MerchantAsked
MerchantKnown = days.MerchantKnown
DayLine = days.DayLine
Difference = days.Difference
MerchantCredit = days.MerchantCredit
Position = days.Position


@dataclass(frozen=True, slots=True)
class BankState:
    """Said by the bank's side unasked, first of all and at every change: ``blocked`` by the platform, it
    refuses every authorisation; whatever is approved and not answered towards the network must be undone
    (DT-M-07). ``operation`` is empty."""

    operation: str
    blocked: bool


Grouped = Authorise | Undo | Credit | Balance | Tried
"""Orders of which a bank's node may decide many in one commit."""
Order = Grouped | CardIssued | CardState | CardLink | CloseDay | MerchantAsked
BankReply = (
    Authorised | Undone | Credited | BalanceTold | Noted | CardLinked | DayClosed | BankState | MerchantKnown
)

_OPERATION: Final = Text(OPERATION_MOST, least=1)
_CARD: Final = Bytes(CARD_LINK_BYTES)
_CODE: Final = Text(40)
_MAYBE_NOTHING: Final = Uint(AMOUNT_MAX_TIYN)
PAYEE: Final = Record(
    DtOffer, ("bank", Uint(999)), ("business_number", Text(12, least=12)), ("reference", Text(25))
)
AUTHORISE: Final = Record(
    Authorise,
    ("operation", _OPERATION),
    ("card", _CARD),
    ("amount_tiyn", _MAYBE_NOTHING),
    ("kind", Choice(SPENDING)),
    ("place", PLACE),
    ("confirm_s", Uint(3600)),
    ("time", TIME),
    ("payee", Maybe(PAYEE)),
)
AUTHORISED: Final = Record(Authorised, ("operation", _OPERATION), ("code", _CODE), ("free_tiyn", BALANCE))
UNDO: Final = Record(
    Undo, ("operation", _OPERATION), ("original", _OPERATION), ("amount_tiyn", _MAYBE_NOTHING)
)
UNDONE: Final = Record(Undone, ("operation", _OPERATION), ("code", _CODE), ("amount_tiyn", _MAYBE_NOTHING))
CREDIT: Final = Record(
    Credit,
    ("operation", _OPERATION),
    ("original", Text(OPERATION_MOST)),
    ("card", _CARD),
    ("amount_tiyn", AMOUNT),
    ("kind", Choice(CREDITS)),
    ("place", PLACE),
    ("time", TIME),
)
CREDITED: Final = Record(Credited, ("operation", _OPERATION), ("code", _CODE), ("rest_tiyn", _MAYBE_NOTHING))
BALANCE_ASKED: Final = Record(
    Balance, ("operation", _OPERATION), ("card", _CARD), ("place", PLACE), ("time", TIME)
)
BALANCE_TOLD: Final = Record(
    BalanceTold,
    ("operation", _OPERATION),
    ("code", _CODE),
    ("free_tiyn", BALANCE),
    ("ledger_tiyn", BALANCE),
)
CARD_ISSUED: Final = Record(
    CardIssued,
    ("operation", _OPERATION),
    ("card", _CARD),
    ("client", Text(20, least=1)),
    ("masked", Text(19, least=8)),
    ("kind", Choice((VIRTUAL, REAL))),
    ("state", Choice(CARD_STATES)),
    ("expiry", Text(4, least=4)),
)
CARD_STATE: Final = Record(
    CardState, ("operation", _OPERATION), ("card", _CARD), ("state", Choice(CARD_STATES)), ("why", Text(60))
)
CARD_LINKED: Final = Record(
    CardLinked, ("operation", _OPERATION), ("code", _CODE), ("account", Maybe(KEY)), ("state", Text(10))
)
CARD_LINK: Final = Record(CardLink, ("operation", _OPERATION), ("card", _CARD))
BANK_STATE: Final = Record(BankState, ("operation", Text(0)), ("blocked", Flag()))

RECORDS: Final[tuple[tuple[type, Record[Any]], ...]] = (
    (Authorise, AUTHORISE),
    (Authorised, AUTHORISED),
    (Undo, UNDO),
    (Undone, UNDONE),
    (Credit, CREDIT),
    (Credited, CREDITED),
    (Balance, BALANCE_ASKED),
    (BalanceTold, BALANCE_TOLD),
    (CardIssued, CARD_ISSUED),
    (CardState, CARD_STATE),
    (CardLink, CARD_LINK),
    (CardLinked, CARD_LINKED),
    (CloseDay, days.CLOSE_DAY),
    (DayClosed, days.DAY_CLOSED),
    (BankState, BANK_STATE),
    (Tried, notices.TRIED),
    (Noted, notices.NOTED),
    (MerchantAsked, days.MERCHANT_ASKED),
    (MerchantKnown, days.MERCHANT_KNOWN),
)
"""A message on the link is the CBOR array [number of its record here, its fields]."""
_NUMBER: Final = {made: number for number, (made, _) in enumerate(RECORDS)}
_ORDERS: Final = (
    Authorise,
    Undo,
    Credit,
    Balance,
    Tried,
    CardIssued,
    CardState,
    CardLink,
    CloseDay,
    MerchantAsked,
)


def _encode(message: Order | BankReply) -> bytes:
    number = _NUMBER[type(message)]
    return canon.encode([number, RECORDS[number][1].to_value(message)])


def _decode(data: bytes, path: str) -> Any:
    value = canon.decode(data, path)
    if not isinstance(value, list) or len(value) != 2:
        raise RemoteProtocolError(Code.FIELD_WRONG, path)
    number, fields = value
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(RECORDS):
        raise RemoteProtocolError(Code.MESSAGE_UNKNOWN, path)
    return RECORDS[number][1].from_value(fields, path)


def encode_order(order: Order) -> bytes:
    """The bytes of an order; :class:`LocalProtocolError` for anything that is none."""
    if not isinstance(order, _ORDERS):
        raise LocalProtocolError(Code.TYPE_CONFUSED, "card-order")
    return _encode(order)


def encode_reply(reply: BankReply) -> bytes:
    """The bytes of a reply; :class:`LocalProtocolError` for anything that is none."""
    if isinstance(reply, _ORDERS):
        raise LocalProtocolError(Code.TYPE_CONFUSED, "card-reply")
    return _encode(reply)


def decode_order(data: bytes) -> Order:
    """An order, strictly; raises :class:`RemoteProtocolError` with the field's path."""
    found = _decode(data, "card-order")
    if not isinstance(found, _ORDERS):
        raise RemoteProtocolError(Code.TYPE_CONFUSED, "card-order")
    return found


@lru_cache(maxsize=1)  # who carries it and whom it is for look at it one right after the other
def decode_reply(data: bytes) -> BankReply:
    """A reply, strictly; raises :class:`RemoteProtocolError` with the field's path."""
    found: Any = _decode(data, "card-reply")
    if isinstance(found, _ORDERS):
        raise RemoteProtocolError(Code.TYPE_CONFUSED, "card-reply")
    reply: BankReply = found
    return reply
