"""Double entry in tiyn: every entry's lines sum to zero; assets grow with plus, liabilities with minus.

The same rules for a bank's books and the National Bank's (its ABS).
"""

from dataclasses import dataclass
from typing import Final

from tender.errors import Code, LocalProtocolError

ASSETS: Final = (
    "cash",
    "correspondent",
    "inventory",
    "funding",
    "receivable",
    "guarantee-deposit",
    "converting",
    "loss",
)
LIABILITIES: Final = (
    "current",
    "capital",
    "correspondent-of",
    "dt-liability",
    "guarantee-of",
    "settling",
    "card-payable",
    "card-owed",
    "card-settlement",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One account's change. ``account`` is ``kind`` or ``kind:whose``, such as ``current:17``."""

    account: str
    change_tiyn: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of the books. ``reference`` makes it happen once."""

    reference: bytes
    memo: str
    lines: tuple[Line, ...]


def kind_of(account: str) -> str:
    """``current:17`` is of kind ``current``."""
    return account.partition(":")[0]


def entry(reference: bytes, memo: str, *lines: tuple[str, int]) -> Entry:
    """An entry, refused as our own bug when it does not sum to zero or names an account nobody keeps."""
    made = tuple(Line(account, change) for account, change in lines if change)
    if sum(line.change_tiyn for line in made) != 0:
        raise LocalProtocolError(Code.SUMS_DIFFER, f"books.{memo}")
    if any(kind_of(line.account) not in ASSETS + LIABILITIES for line in made):
        raise LocalProtocolError(Code.ACCOUNT_UNKNOWN, f"books.{memo}")
    return Entry(reference, memo, made)


def balance_shown(account: str, sum_tiyn: int) -> int:
    """The balance as people read it: a liability's minus shown as a plus."""
    return -sum_tiyn if kind_of(account) in LIABILITIES else sum_tiyn
