"""How banks pay one another what their cards spent on a day, over their correspondent accounts."""

from dataclasses import dataclass
from typing import Final

from tender.account.client_messages import BANK, HASH
from tender.schema import Record, Uint

_SUM: Final = Uint(2**53 - 1, least=1)
_DAY: Final = Uint(2**20)


@dataclass(frozen=True, slots=True)
class CardSettlement:
    """The asking bank pays what its cards spent with merchants of another bank on this day (days since
    1970); ``reference``: 32 bytes of its own choice, one payment each."""

    to_bank: int
    day: int
    amount_tiyn: int
    reference: bytes


@dataclass(frozen=True, slots=True)
class CardSettled:
    """The National Bank has moved it to the correspondent account of the bank that reads this."""

    from_bank: int
    day: int
    amount_tiyn: int
    reference: bytes


CARD_SETTLEMENT: Final = Record(
    CardSettlement, ("to_bank", BANK), ("day", _DAY), ("amount_tiyn", _SUM), ("reference", HASH)
)
CARD_SETTLED: Final = Record(
    CardSettled, ("from_bank", BANK), ("day", _DAY), ("amount_tiyn", _SUM), ("reference", HASH)
)
