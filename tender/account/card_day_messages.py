"""The end of a day of cards, as the card host tells it to a bank's node and as the node answers (ADR 0023).

One file of the messages of ``tender/account/card_messages.py``, which names them too. Amounts in tiyn.
"""

from dataclasses import dataclass
from typing import Final

from tender.account.client_messages import BANK, TIME
from tender.money import AMOUNT_MAX_TIYN
from tender.schema import Int, Many, Record, Text, Uint

OPERATION_MOST: Final = 40
"""Characters of an operation's name."""
REASON_MOST: Final = 200
"""Characters of the reason for a decision."""
DAY_LINES_MOST: Final = 5_000
"""Lines of one part of a day; a busier day comes in more parts."""


@dataclass(frozen=True, slots=True)
class DayLine:
    """What an operation cost the card's client on this day (minus: he got it), as the issuer's host has it;
    undone parts already taken off. All days of one operation add up to what it cost in the end."""

    original: str
    change_tiyn: int


@dataclass(frozen=True, slots=True)
class MerchantCredit:
    """What a merchant of this bank (DE42) is owed for the day; an empty ``merchant``: the bank's own ATMs.
    ``back_tiyn`` of it was given back to cards or taken back after an earlier day had counted it: the
    takings were ``change_tiyn + back_tiyn``."""

    merchant: str
    change_tiyn: int
    back_tiyn: int = 0


@dataclass(frozen=True, slots=True)
class Position:
    """Between this bank and another: plus, this bank pays; minus, it is paid."""

    bank: int
    change_tiyn: int


@dataclass(frozen=True, slots=True)
class CloseDay:
    """The end of a day for one bank, as issuer (``lines``) and as acquirer (``merchants``).

    sum(lines) − sum(merchants) = sum(positions), or nothing is booked. A long day comes in ``parts`` parts
    (``part`` from 1), each with lines and merchants; positions of the last one count. ``until``: operations
    the bank took before this second and finds in no day are named as differences.
    """

    operation: str
    day: int
    part: int
    parts: int
    lines: tuple[DayLine, ...]
    merchants: tuple[MerchantCredit, ...]
    positions: tuple[Position, ...]
    until: int


@dataclass(frozen=True, slots=True)
class Difference:
    """``what``: the operation or merchant; ``ours_tiyn`` as the bank has it, ``theirs_tiyn`` as told."""

    what: str
    ours_tiyn: int
    theirs_tiyn: int


@dataclass(frozen=True, slots=True)
class Decided:
    """An undo of ``operation`` that could never be done, ended by somebody of the bank (DT-P-14): so much is
    borne by ``account`` of the bank's books. ``reason`` and ``officer`` are words of theirs."""

    operation: str
    amount_tiyn: int
    account: str
    reason: str
    officer: str


@dataclass(frozen=True, slots=True)
class DayClosed:
    """``issued_tiyn``: what the bank's own cards cost their clients on the day by the bank's books.
    ``decided``: what the bank's people have decided since the day before."""

    operation: str
    code: str
    issued_tiyn: int
    differences: tuple[Difference, ...]
    decided: tuple[Decided, ...] = ()


@dataclass(frozen=True, slots=True)
class MerchantAsked:
    """Has this bank a client of this number, whom the takings of a terminal would be credited to?"""

    operation: str
    merchant: str


@dataclass(frozen=True, slots=True)
class MerchantKnown:
    """``code``: empty, or ``merchant-unknown``; ``name``: as the client has it on receipts."""

    operation: str
    code: str
    name: str


_OPERATION: Final = Text(OPERATION_MOST, least=1)
_CODE: Final = Text(40)
_DAY_LINE: Final = Record(DayLine, ("original", _OPERATION), ("change_tiyn", Int()))
_MERCHANT_CREDIT: Final = Record(
    MerchantCredit, ("merchant", Text(15)), ("change_tiyn", Int()), ("back_tiyn", Uint(AMOUNT_MAX_TIYN))
)
_POSITION: Final = Record(Position, ("bank", BANK), ("change_tiyn", Int()))
CLOSE_DAY: Final = Record(
    CloseDay,
    ("operation", _OPERATION),
    ("day", Uint(2**20)),
    ("part", Uint(1000, least=1)),
    ("parts", Uint(1000, least=1)),
    ("lines", Many(_DAY_LINE, DAY_LINES_MOST)),
    ("merchants", Many(_MERCHANT_CREDIT, DAY_LINES_MOST)),
    ("positions", Many(_POSITION, 100)),
    ("until", TIME),
)
_DIFFERENCE: Final = Record(
    Difference, ("what", Text(OPERATION_MOST)), ("ours_tiyn", Int()), ("theirs_tiyn", Int())
)
_DECIDED: Final = Record(
    Decided,
    ("operation", _OPERATION),
    ("amount_tiyn", Uint(AMOUNT_MAX_TIYN)),
    ("account", Text(40)),
    ("reason", Text(REASON_MOST)),
    ("officer", Text(60)),
)
DAY_CLOSED: Final = Record(
    DayClosed,
    ("operation", _OPERATION),
    ("code", _CODE),
    ("issued_tiyn", Int()),
    ("differences", Many(_DIFFERENCE, DAY_LINES_MOST)),
    ("decided", Many(_DECIDED, DAY_LINES_MOST)),
)
MERCHANT_ASKED: Final = Record(MerchantAsked, ("operation", _OPERATION), ("merchant", Text(15, least=1)))
MERCHANT_KNOWN: Final = Record(MerchantKnown, ("operation", _OPERATION), ("code", _CODE), ("name", Text(120)))
