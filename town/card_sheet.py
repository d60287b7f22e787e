"""The cards' part of the closing balance sheet, added up from a bank's store by code of its own.

    converting   = what cards have spent and still lies on their clients' addresses
    card-owed    = what the bank still has to give back to cards' clients
    card-payable = what cards have spent less what was given back and what days have settled

What a card has spent in Digital Tenge is on its way to whom it paid: in no account of its bank.

Amounts in tiyn.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_SPENT: Final = "('converted', 'moving', 'moved')"
_IN_DT: Final = "kind = 'purchase-dt'"
_GIVEN: Final = "('refund', 'return')"
_NET: Final = (
    f"CASE WHEN kind IN {_GIVEN} AND state <> 'refused' THEN undone_tiyn - amount_tiyn "
    f"WHEN kind NOT IN {_GIVEN} AND NOT {_IN_DT} AND state IN {_SPENT} THEN amount_tiyn - undone_tiyn "
    "ELSE 0 END - cleared_tiyn"
)
_SUMS: Final = (
    # account of the books, the sign with which it grows, what each operation adds
    ("converting", 1, f"CASE WHEN {_IN_DT} THEN 0 ELSE held_tiyn END"),
    ("card-owed", -1, "owed_tiyn + giving_tiyn"),
    ("card-payable", -1, _NET),
)


_OF_OPERATIONS: Final = {
    "converted": f"CASE WHEN kind NOT IN {_GIVEN} AND NOT {_IN_DT} AND state IN {_SPENT} "
    "THEN amount_tiyn END",
    "undone": f"CASE WHEN kind NOT IN {_GIVEN} AND NOT {_IN_DT} THEN undone_tiyn END",
    "given-back": f"CASE WHEN kind IN {_GIVEN} AND state <> 'refused' THEN amount_tiyn - undone_tiyn END",
    "in-dt": f"CASE WHEN {_IN_DT} AND state IN {_SPENT} THEN amount_tiyn - undone_tiyn END",
    "unsettled": _NET,
}
_OF_BOOKS: Final = {
    "between-banks": "SELECT sum(change_tiyn) FROM lines JOIN entries USING (reference) "
    "WHERE account = 'card-settlement' AND memo IN ('card settlement', 'card settlement refused')",
    "credited": "SELECT sum(change_tiyn) FROM client_entries WHERE kind = 'card takings'",
    "waits": "SELECT -sum(change_tiyn) FROM lines WHERE account LIKE 'card-settlement:%'",
    "borne": "SELECT sum(change_tiyn) FROM lines WHERE account IN ('loss:cards', 'receivable:card-undos')",
}
"""The tenge side of conversions, total by total: what each operation adds to it, or the books' own query.
Each has its words under ``audit.card-…`` (``faces/labels_audit.py``)."""


@dataclass(frozen=True, slots=True)
class CardSheet:
    """``converting_tiyn``: on clients' addresses, and the banks' own already; ``owed_tiyn`` the other way;
    ``difference_tiyn``: the greatest difference between any bank's books and its cards' operations."""

    converting_tiyn: int = 0
    owed_tiyn: int = 0
    difference_tiyn: int = 0
    totals: tuple[tuple[str, int], ...] = ()
    """The tenge side, all banks together, name by name; those that are nothing are left out."""


NO_CARDS: Final = CardSheet()


def card_sheet(banks: Sequence[sqlite3.Connection]) -> CardSheet:
    """All banks together."""
    totals = {"converting": 0, "card-owed": 0, "card-payable": 0}
    tenge = dict.fromkeys((*_OF_OPERATIONS, *_OF_BOOKS), 0)
    difference = 0
    for bank in banks:
        if not _one(bank, "SELECT count(*) FROM sqlite_master WHERE name = 'card_operations'"):
            continue
        bank.execute("BEGIN")  # one look: a bank at work changes its books and its operations together
        for account, sign, each in _SUMS:
            operations = _one(bank, f"SELECT sum({each}) FROM card_operations")  # noqa: S608
            booked = sign * _one(bank, "SELECT sum(change_tiyn) FROM lines WHERE account = ?", account)
            totals[account] += operations
            difference = max(difference, abs(operations - booked))
        difference = max(difference, _spent_twice(bank))
        for name, each in _OF_OPERATIONS.items():
            tenge[name] += _one(bank, f"SELECT sum({each}) FROM card_operations")  # noqa: S608
        for name, query in _OF_BOOKS.items():
            tenge[name] += _one(bank, query)
        bank.execute("ROLLBACK")
    told = tuple((name, tiyn) for name, tiyn in tenge.items() if tiyn)
    return CardSheet(totals["converting"], totals["card-owed"], difference, told)


def _spent_twice(bank: sqlite3.Connection) -> int:
    """What cards have spent of an address beyond the outputs that lie on it; nothing, if all is well."""
    return _one(
        bank,
        "SELECT max(spent - have) FROM (SELECT address, sum(held_tiyn) AS spent, (SELECT coalesce("
        "sum(amount_tiyn), 0) FROM outputs WHERE outputs.address = card_operations.address "
        "AND outputs.state IN ('unspent', 'locked')) AS have FROM card_operations WHERE held_tiyn > 0 "
        "GROUP BY address) WHERE spent > have",
    )


def _one(bank: sqlite3.Connection, query: str, *values: str) -> int:
    return int(bank.execute(query, values).fetchone()[0] or 0)
