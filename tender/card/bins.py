"""Whose card a number is: the first six digits of the pilot's card banks, as data (DT-C-02).

The numbers are our own: the scheme's first digits, then the bank's IBAN code. Kazpost issues no cards.
Networks route by this table and by nothing else; cards are made from it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tender.account.participants import ALTYN, CENTERCREDIT, EURASIAN, HALYK

BIN_DIGITS: Final = 6

BINS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "440601": HALYK,
        "440949": ALTYN,
        "440856": CENTERCREDIT,
        "520948": EURASIAN,
    }
)
"""First six digits → the issuing bank."""


def issuer_of(digits: str) -> int | None:
    """The bank whose card has this number; None: nobody's here."""
    return BINS.get(digits[:BIN_DIGITS])


def bin_of(bank: int) -> str:
    """The first six digits of a bank's cards; raises ``KeyError`` for a bank that issues none."""
    return {owner: digits for digits, owner in BINS.items()}[bank]
