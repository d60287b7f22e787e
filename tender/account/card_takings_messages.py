"""What cards brought a merchant, day by day, as its own bank has it in its books (DT-P-14). Amounts in tiyn,
times in seconds since 1970 (UTC)."""

from dataclasses import dataclass
from typing import Final

from tender.account.client_messages import TIME
from tender.money import AMOUNT_MAX_TIYN
from tender.schema import Int, Many, Record, Text, Uint

DAYS_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class CardTakingsQuestion:
    """The last days of my card terminals, newest first, at most so many."""

    most: int


@dataclass(frozen=True, slots=True)
class CardTakings:
    """One day that the acquirer closed for one number of the merchant (DE 42): ``paid_tiyn`` by cards, of
    which ``back_tiyn`` went back to them; ``change_tiyn`` came onto the current account at ``credited`` (0:
    it waits, for want of money to give back, or of a client). ``closed``: when the bank had the day."""

    day: int
    merchant: str
    paid_tiyn: int
    back_tiyn: int
    change_tiyn: int
    closed: int
    credited: int


@dataclass(frozen=True, slots=True)
class CardTakingsTold:
    """Newest first."""

    days: tuple[CardTakings, ...]


CARD_TAKINGS_QUESTION: Final = Record(CardTakingsQuestion, ("most", Uint(DAYS_MOST, least=1)))
CARD_TAKINGS: Final = Record(
    CardTakings,
    ("day", Uint(2**20)),
    ("merchant", Text(15, least=1)),
    ("paid_tiyn", Int()),
    ("back_tiyn", Uint(AMOUNT_MAX_TIYN)),
    ("change_tiyn", Int()),
    ("closed", TIME),
    ("credited", TIME),
)
CARD_TAKINGS_TOLD: Final = Record(CardTakingsTold, ("days", Many(CARD_TAKINGS, most=DAYS_MOST)))
