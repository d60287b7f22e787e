"""A bank's books beside its operations: added up by code of its own, they must say the same to the tiyn."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.platform_stub.people import TENGE, Town
from town.balance_sheet import BalanceSheet, as_event, read_balance_sheet

SUMS = {
    "converting": "CASE WHEN kind = 'purchase-dt' THEN 0 ELSE held_tiyn END",
    "card-owed": "-(owed_tiyn + giving_tiyn)",
    "card-payable": "-CASE WHEN state IN ('refused', 'confirming') OR kind = 'purchase-dt' THEN 0 ELSE "
    "(amount_tiyn - undone_tiyn) * CASE WHEN kind IN ('refund', 'return') THEN -1 ELSE 1 END END "
    "+ cleared_tiyn",
}
"""Account of the books → what each operation adds to it, minus for a liability."""


def check_store(file: Path) -> None:
    """The three accounts are the sums of the operations', and no address holds less than a card has spent."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as store:
        for account, each in SUMS.items():
            booked = store.execute(
                "SELECT COALESCE(SUM(change_tiyn), 0) FROM lines WHERE account = ?", (account,)
            ).fetchone()[0]
            summed = store.execute(f"SELECT COALESCE(SUM({each}), 0) FROM card_operations").fetchone()[0]
            assert booked == summed, (account, booked, summed)
        overspent = store.execute(
            "SELECT address, SUM(held_tiyn) AS spent FROM card_operations WHERE held_tiyn > 0 "
            "GROUP BY address HAVING spent > (SELECT COALESCE(SUM(amount_tiyn), 0) FROM outputs "
            "WHERE outputs.address = card_operations.address AND state IN ('unspent', 'locked'))"
        ).fetchall()
        assert not overspent
        wrong = store.execute(
            "SELECT operation FROM card_operations WHERE undone_tiyn + back_tiyn > amount_tiyn "
            "OR undone_tiyn < 0 OR back_tiyn < 0 OR held_tiyn < 0 OR owed_tiyn < 0 OR giving_tiyn < 0"
        ).fetchall()
        assert not wrong


def check_books(
    town: Town, bank: int, *, converting: int = 0, payable: int = 0, owed: int = 0, settlement: int = 0
) -> None:
    """The card accounts of a bank (whole tenge), the inventory's books against its outputs, the equation."""
    with town.platform.banks[bank].desk.store.reading() as rows:
        found = {
            name: rows.account(name) / TENGE
            for name in ("converting", "card-payable", "card-owed", "card-settlement")
        }
        inventory = rows.account("inventory")
        assert inventory == rows.balance(town.platform.banks[bank].office.inventory.address)
    assert found == {
        "converting": converting,
        "card-payable": payable,
        "card-owed": owed,
        "card-settlement": settlement,
    }
    located = town.equation()
    assert located[0] == located[1]


def check_sheet(folder: Path) -> BalanceSheet:
    """`tenge audit`, which reads the stores as they lie there."""
    sheet = read_balance_sheet(folder)
    assert sheet.holds, as_event(sheet)["verdict"]
    return sheet
