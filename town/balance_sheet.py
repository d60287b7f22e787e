"""The closing balance sheet: the equation of the money, recomputed from the stores by code of its own.

    issued − redeemed = liability account = accounts + devices + in transit        (docs/protocol/cash.md)

Nothing here is shared with the posting: it opens each participant's SQLite file read-only, adds up rows with
SQL, and rebuilds the tree of offline tokens from the signed bytes that were uploaded. A mistake in the
platform's own arithmetic therefore shows as a difference. Amounts in tiyn.
"""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faces.language import english
from tender.account.eds import open_order
from tender.account.participant_messages import DRAW, MOVEMENT
from tender.account.participants import BANKS, NBK
from tender.account.transaction import Output, Purpose, Transaction
from tender.errors import Code, StoreError
from town.card_sheet import NO_CARDS, CardSheet, card_sheet
from town.token_tree import purpose_report, roots_now


@dataclass(frozen=True, slots=True)
class BalanceSheet:
    """Each term of the equation, and each of its parts that a reader may want to see."""

    issued_tiyn: int
    redeemed_tiyn: int
    liability_tiyn: int
    accounts_tiyn: Mapping[int, int]
    """Bank → sum of the live outputs on its node."""
    devices_tiyn: int
    deliveries_tiyn: int
    """Final on the ledger, not yet on the payee bank's node."""
    announced_tiyn: int
    """What the senders themselves have down as on its way: less would mean that money vanished."""
    handed_in_tiyn: int
    """At the National Bank: waiting to be redeemed."""
    claims_tiyn: int
    """Claimed from devices (or drawn from a cheat), not yet paid out."""
    fraud_claims_tiyn: int
    """Paid to holders beyond what their money's root held."""
    fraud_drawn_tiyn: int
    """Drawn from cheats' accounts for that."""
    fraud_issued_tiyn: int
    """Issued for that at the cost of cheats' banks, where the accounts were empty."""
    cards: CardSheet = NO_CARDS
    """What cards have spent and is on its way into their banks' inventories, and back."""

    @property
    def outstanding_tiyn(self) -> int:
        """Issued less redeemed."""
        return self.issued_tiyn - self.redeemed_tiyn

    @property
    def fraud_cover_tiyn(self) -> int:
        """All that was paid in for forged copies."""
        return self.fraud_drawn_tiyn + self.fraud_issued_tiyn

    @property
    def on_accounts_tiyn(self) -> int:
        """All banks together."""
        return sum(self.accounts_tiyn.values())

    @property
    def in_transit_tiyn(self) -> int:
        """Debited in one book, not yet credited in another."""
        return self.deliveries_tiyn + self.handed_in_tiyn + self.claims_tiyn

    @property
    def located_tiyn(self) -> int:
        """Accounts, devices and in transit: where the money is."""
        return self.on_accounts_tiyn + self.devices_tiyn + self.in_transit_tiyn

    @property
    def holds(self) -> bool:
        """Whether everything is equal to the tiyn, and fraud moved money and made none."""
        equal = self.outstanding_tiyn == self.liability_tiyn == self.located_tiyn
        announced = self.deliveries_tiyn <= self.announced_tiyn
        cards = not self.cards.difference_tiyn
        return equal and announced and cards and self.fraud_claims_tiyn == self.fraud_cover_tiyn


@dataclass(frozen=True)
class _Ledger:
    """What the final movements of all nodes say together: outputs made, outputs consumed, by id."""

    made: Mapping[bytes, Output]
    consumed: frozenset[bytes]
    transactions: Mapping[bytes, Transaction]

    @property
    def live(self) -> dict[bytes, Output]:
        return {one: output for one, output in self.made.items() if one not in self.consumed}


class _Stores:
    """The participants' files in a folder, told apart by the tables they have."""

    def __init__(self, folder: Path) -> None:
        self.all: dict[Path, sqlite3.Connection] = {}
        self.nbk: sqlite3.Connection | None = None
        self.banks: list[sqlite3.Connection] = []
        for file in sorted(folder.rglob("*.db")):
            connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
            tables = {
                row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
            }
            if not {"outputs", "movements"} <= tables:
                connection.close()
                continue
            self.all[file] = connection
            if "roots" in tables:
                self.nbk = connection
            elif "clients" in tables:
                self.banks.append(connection)

    def close(self) -> None:
        for connection in self.all.values():
            connection.close()

    def ledger(self) -> _Ledger:
        transactions: dict[bytes, Transaction] = {}
        for connection in self.all.values():
            for (raw,) in connection.execute("SELECT movement FROM movements WHERE movement IS NOT NULL"):
                transaction = MOVEMENT.decode(raw, "movement").signed.transaction
                transactions[transaction.id] = transaction
        made = {output.id: output for one in transactions.values() for output in one.outputs()}
        consumed = frozenset(output.id for one in transactions.values() for output in one.inputs)
        return _Ledger(made, consumed, transactions)


def _one(connection: sqlite3.Connection, query: str, *values: Any) -> int:
    found = connection.execute(query, values).fetchone()[0]
    return int(found or 0)


def read_balance_sheet(folder: Path) -> BalanceSheet:
    """Add everything up from the stores under ``folder``; raises StoreError ``store-missing``."""
    stores = _Stores(folder)
    try:
        with closing(stores):
            return _add_up(stores)
    except sqlite3.Error as error:
        raise StoreError(Code.STORE_MISSING, "platform", file=folder.name) from error


def read_purposes(folder: Path) -> dict[str, dict[str, int]]:
    """The sponsors' report, from the same stores; raises StoreError ``store-missing``."""
    with closing(_Stores(folder)) as stores:
        if stores.nbk is None:
            raise StoreError(Code.STORE_MISSING, "platform")
        return purpose_report(stores.nbk)


def _add_up(stores: _Stores) -> BalanceSheet:
    nbk = stores.nbk
    if nbk is None:
        raise StoreError(Code.STORE_MISSING, "platform")
    ledger = stores.ledger()
    accounts = dict.fromkeys(BANKS, 0)
    present: set[bytes] = set()
    for bank in stores.banks:
        for output, number, amount in bank.execute("SELECT id, bank, amount_tiyn FROM outputs"):
            present.add(bytes(output))
            state = bank.execute("SELECT state FROM outputs WHERE id = ?", (output,)).fetchone()[0]
            if state in ("unspent", "locked"):
                accounts[number] = accounts.get(number, 0) + amount
    at_nbk = dict(nbk.execute("SELECT id, state FROM outputs"))
    deliveries = sum(
        output.amount_tiyn for one, output in ledger.live.items() if one not in present and one not in at_nbk
    )
    redeemed = _one(nbk, "SELECT sum(amount_tiyn) FROM requests WHERE kind='redeem' AND state='approved'")
    handed_in = _one(nbk, "SELECT sum(amount_tiyn) FROM outputs WHERE state IN ('unspent', 'locked')")
    issued = sum(
        payee.amount_tiyn
        for one in ledger.transactions.values()
        if one.purpose == Purpose.ISSUE
        for payee in one.payees
    )
    liability = -_one(nbk, "SELECT sum(change_tiyn) FROM lines WHERE account = 'dt-liability'")
    claims, fraud_claims = _claims(nbk)
    drawn, issued_cover = _cover(nbk)
    return BalanceSheet(
        issued_tiyn=issued + issued_cover,
        redeemed_tiyn=redeemed,
        liability_tiyn=liability,
        accounts_tiyn=accounts,
        devices_tiyn=sum(root.left_tiyn for root in roots_now(nbk)),
        deliveries_tiyn=deliveries,
        announced_tiyn=_unanswered_draws(nbk)
        + sum(
            _one(one, "SELECT sum(amount_tiyn) FROM transit WHERE state = 'open'")
            for one in stores.all.values()
        ),
        handed_in_tiyn=handed_in,
        claims_tiyn=claims,
        fraud_claims_tiyn=fraud_claims,
        fraud_drawn_tiyn=drawn,
        fraud_issued_tiyn=issued_cover,
        cards=card_sheet(stores.banks),
    )


def _unanswered_draws(nbk: sqlite3.Connection) -> int:
    """At most this much may be on its way in answers: what a cheat's bank draws travels in its reply."""
    orders = nbk.execute(
        "SELECT order_raw FROM outbox WHERE kind = 'draw' AND state NOT IN ('done', 'refused')"
    )
    draws = (DRAW.decode(open_order(raw).order.body, "draw") for (raw,) in orders)
    return sum(draw.amount_tiyn for draw in draws)


def _claims(nbk: sqlite3.Connection) -> tuple[int, int]:
    """(claimed and not paid out yet, paid or to be paid beyond what roots held)."""
    waiting = _one(
        nbk,
        "SELECT sum(from_root_tiyn - credited_tiyn) FROM token_claims "
        "WHERE state IN ('open', 'ready', 'coloured', 'nowhere')",
    )
    waiting += _one(
        nbk,
        "SELECT sum(covered_tiyn) FROM token_losses WHERE claim IN "
        "(SELECT digest FROM token_claims WHERE state IN ('open', 'ready', 'coloured', 'nowhere'))",
    )
    return waiting, _one(nbk, "SELECT sum(covered_tiyn) FROM token_losses")


def _cover(nbk: sqlite3.Connection) -> tuple[int, int]:
    """(drawn from cheats' accounts, issued at the cost of their banks) to cover forged copies."""
    drawn = _one(
        nbk, "SELECT sum(amount_tiyn) FROM outputs WHERE spent_by IN (SELECT reference FROM token_losses)"
    )
    issued = -_one(
        nbk,
        "SELECT sum(change_tiyn) FROM lines JOIN entries USING (reference) "
        "WHERE account = 'dt-liability' AND memo = 'issue' "
        "AND reference NOT IN (SELECT operation FROM requests)",
    )
    return drawn, issued


def _difference(sheet: BalanceSheet) -> int:
    """The greatest difference among the terms that should be equal."""
    terms = (sheet.outstanding_tiyn, sheet.liability_tiyn, sheet.located_tiyn)
    fraud = abs(sheet.fraud_claims_tiyn - sheet.fraud_cover_tiyn)
    late = sheet.deliveries_tiyn - sheet.announced_tiyn
    return max(max(terms) - min(terms), fraud, late, sheet.cards.difference_tiyn)


def as_event(sheet: BalanceSheet, say: Callable[..., str] = english) -> dict[str, Any]:
    """The sheet as plain rows for the stage, ``--json`` and people. ``say``: where its words are from,
    ``faces.language.label`` for people."""
    cards = sheet.cards
    rows: list[tuple[str, int, bool]] = [
        (say("audit.issued"), sheet.issued_tiyn, False),
        (say("audit.redeemed"), -sheet.redeemed_tiyn, False),
        (say("audit.outstanding"), sheet.outstanding_tiyn, True),
        (say("audit.liability"), sheet.liability_tiyn, True),
        *(
            (say("audit.accounts", bank=BANKS[bank]), tiyn, False)
            for bank, tiyn in sheet.accounts_tiyn.items()
            if tiyn
        ),
        (say("audit.devices"), sheet.devices_tiyn, False),
        (say("audit.in-transit"), sheet.in_transit_tiyn, False),
        (say("audit.located"), sheet.located_tiyn, True),
    ]
    if sheet.fraud_claims_tiyn:
        rows += [
            (say("audit.fraud-claims"), sheet.fraud_claims_tiyn, False),
            (say("audit.fraud-drawn"), sheet.fraud_drawn_tiyn, False),
            (say("audit.fraud-issued"), sheet.fraud_issued_tiyn, False),
        ]
    if cards.converting_tiyn or cards.owed_tiyn:
        rows += [
            (say("audit.card-converting"), cards.converting_tiyn, False),
            (say("audit.card-owed"), cards.owed_tiyn, False),
        ]
    rows += [(say(f"audit.card-{name}"), tiyn, False) for name, tiyn in cards.totals]
    verdict = say("audit.holds") if sheet.holds else say("audit.differs", count=_difference(sheet))
    return {
        "title": say("audit.title"),
        "rows": [{"name": name, "tiyn": tiyn, "total": total} for name, tiyn, total in rows],
        "holds": sheet.holds,
        "verdict": verdict,
    }


__all__ = ["NBK", "BalanceSheet", "as_event", "read_balance_sheet"]
