"""What the stories show of the platform, read from its stores with SQL and from nothing else."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from faces.amounts import amount_text
from tender.account.participants import BANKS, DEVICE
from tender.cash.fork_proof import Verdict


@contextmanager
def _store_with(folder: Path, table: str) -> Iterator[list[sqlite3.Connection]]:
    """Every store under the folder that has this table, opened read-only."""
    found: list[sqlite3.Connection] = []
    try:
        for file in sorted(folder.rglob("*.db")):
            connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
            query = "SELECT count(*) FROM sqlite_master WHERE type='table' AND name=?"
            if connection.execute(query, (table,)).fetchone()[0]:
                found.append(connection)
            else:
                connection.close()
        yield found
    finally:
        for connection in found:
            connection.close()


def issuance_lines(folder: Path) -> list[str]:
    """Who asked the National Bank for Digital Tenge, how much, and what it said."""
    with _store_with(folder, "roots") as stores:
        query = "SELECT bank, amount_tiyn, state FROM requests WHERE kind='issue' ORDER BY number"
        rows = [row for store in stores for row in store.execute(query)]
    return [f"{BANKS[bank]} asked for {amount_text(amount)}: {state}." for bank, amount, state in rows]


def fork_proofs(folder: Path) -> list[bytes]:
    """Every proof of double spending the National Bank holds, oldest first."""
    with _store_with(folder, "token_forks") as stores:
        query = "SELECT proof FROM token_forks ORDER BY time, parent"
        return [bytes(row[0]) for store in stores for row in store.execute(query)]


def account_tiyn(folder: Path, identifier: str) -> int:
    """Digital Tenge on the account of the client with this IIN or BIN: the sum of its live outputs."""
    query = """
        SELECT coalesce(sum(outputs.amount_tiyn), 0) FROM clients
        JOIN accounts ON accounts.client = clients.number
        JOIN outputs ON outputs.address = accounts.address
        WHERE clients.identifier = ? AND outputs.state IN ('unspent', 'locked')
    """
    with _store_with(folder, "clients") as stores:
        return sum(int(store.execute(query, (identifier,)).fetchone()[0]) for store in stores)


def owner_of(folder: Path, verdict: Verdict) -> str:
    """The IIN or BIN behind a proved key: only the store of the bank that certified it can say."""
    query = """
        SELECT clients.identifier FROM device_keys
        JOIN devices ON devices.number = device_keys.device
        JOIN clients ON clients.number = devices.client
        WHERE device_keys.key = ?
    """
    with _store_with(folder, "device_keys") as stores:
        found = [row[0] for store in stores for row in store.execute(query, (verdict.key,))]
    return str(found[0]) if len(found) == 1 else ""


def orders_heard(folder: Path) -> int:
    """How many orders devices have sent to anybody: the evidence logs forget nothing. (Participants speak to
    each other all the time: they look for new lists every few seconds.)"""
    with _store_with(folder, "evidence") as stores:
        query = "SELECT count(*) FROM evidence WHERE way = ? AND peer = ?"
        return sum(int(store.execute(query, ("in", DEVICE)).fetchone()[0]) for store in stores)


@dataclass(frozen=True, slots=True)
class Cover:
    """How one proved loss was paid (tiyn)."""

    amount_tiyn: int
    from_client_tiyn: int
    owed_tiyn: int
    """What the cheat still owes the bank."""


def covers(folder: Path) -> list[Cover]:
    """Every loss that a bank booked against its client."""
    query = "SELECT amount_tiyn, paid_tiyn FROM receivables ORDER BY reference"
    with _store_with(folder, "receivables") as stores:
        rows = [row for store in stores for row in store.execute(query)]
    return [Cover(amount, paid, amount - paid) for amount, paid in rows]


def fees_tiyn(folder: Path) -> int:
    """Whatever any participant ever booked as a fee: there is no such account (DT-Q-09)."""
    query = "SELECT coalesce(sum(abs(change_tiyn)), 0) FROM lines WHERE account LIKE '%fee%'"
    with _store_with(folder, "lines") as stores:
        return sum(int(store.execute(query).fetchone()[0]) for store in stores)
