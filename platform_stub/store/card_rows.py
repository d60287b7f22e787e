"""Cards of a bank's clients, what was done with them, and the days that were settled.

An operation's four sums say where its money is (``ledger/card_operations.py``); the queries here add them up
for an account, so that nothing which a card has spent is spent again by any other way.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table

from platform_stub.ledger.card_operations import (
    COLUMNS,
    CONFIRMING,
    CONVERTED,
    MOVING,
    Card,
    Operation,
)
from platform_stub.store.ledger_rows import LedgerRows
from platform_stub.store.node_rows import LOCKED, UNSPENT
from tender.account.card_messages import PURCHASE_IN_DT
from tender.account.transaction import SIGNED_TRANSACTION

_CARD = tuple(Card.__slots__)
_NUMBERS = frozenset(name for name in COLUMNS if name.endswith("_tiyn"))
_TEXTS = {"operation": 40, "kind": 14, "state": 10, "code": 40, "original": 40, "payee_reference": 25}
_BYTES = {"content": 32, "card": 16, "address": 32, "place": 200, "payee": 32}


def card_tables(tables: MetaData) -> None:
    """The tables of cards."""
    Table(
        "cards",
        tables,
        Column("card", LargeBinary(16), primary_key=True),
        Column("client", Integer, nullable=False, index=True),
        Column("address", LargeBinary(32), nullable=False),
        Column("masked", String(19), nullable=False),
        Column("kind", String(7), nullable=False),
        Column("state", String(10), nullable=False),
        Column("expiry", String(4), nullable=False),
        Column("stopped", Boolean, nullable=False),
    )
    operations = Table(
        "card_operations",
        tables,
        Column("seq", Integer, primary_key=True, autoincrement=True),
        *(_column(name) for name in COLUMNS if name != "movement"),
        Column("movement", LargeBinary(32), nullable=True),
        Column("given_by", LargeBinary(32), nullable=True),
    )
    Index("card_operations_once", operations.c.operation, unique=True)
    Index("card_operations_of", operations.c.client, operations.c.seq)
    # Small ones: what is settled leaves them.
    held, owed = operations.c.held_tiyn > 0, operations.c.owed_tiyn + operations.c.giving_tiyn > 0
    waits = operations.c.state == CONFIRMING
    for name, column, where in (
        ("card_operations_held", operations.c.address, held),
        ("card_operations_owed", operations.c.client, owed),
        ("card_operations_asked", operations.c.client, waits),
    ):
        Index(name, column, sqlite_where=where, postgresql_where=where)
    Table(
        "card_days",
        tables,
        Column("operation", String(40), primary_key=True),
        Column("content", LargeBinary(32), nullable=False),
        Column("day", Integer, nullable=False),
        Column("part", Integer, nullable=False),
        Column("raw", LargeBinary, nullable=False),
        Column("reply", LargeBinary, nullable=False),
    )


def _column(name: str) -> Column[Any]:
    if name in _NUMBERS:
        return Column(name, BigInteger, nullable=False)
    if name in _TEXTS:
        return Column(name, String(_TEXTS[name]), nullable=False)
    if name in _BYTES:
        return Column(name, LargeBinary(_BYTES[name]), nullable=False)
    return Column(name, Integer, nullable=False)


class CardRows(LedgerRows):
    """Queries over cards; what their operations hold counts as held wherever money is spent."""

    tables: MetaData

    # --- cards

    def add_card(self, card: Card) -> bool:
        """Keep a card; False when it is known."""
        return self.add_once(self.tables.tables["cards"], {name: getattr(card, name) for name in _CARD})

    def cards_named(self, cards: Iterable[bytes]) -> dict[bytes, Card]:
        """Those of them that are known."""
        return {card.card: card for card in map(_card, self.find_many("cards", _CARD, "card", cards))}

    def cards_of(self, client: int) -> list[Card]:
        """All cards of a client."""
        return [_card(row) for row in self.find_many("cards", _CARD, "client", (client,))]

    def change_card(self, card: bytes, **values: str | bool) -> bool:
        """Set its state, or whether the customer stopped it; False for no such card."""
        return self.change_row("cards", values, card=card)

    # --- operations

    def operations_named(self, names: Iterable[str], key: str = "operation") -> dict[str, Operation]:
        """Those of them that are known; ``key`` operation or original."""
        found = self.find_many("card_operations", COLUMNS, key, names)
        return {row[0]: Operation(*row) for row in found}

    def operations_of(self, client: int, most: int) -> list[Operation]:
        """A client's, newest first."""
        query = f"{_SELECT} WHERE client = {self._place} ORDER BY seq DESC LIMIT {int(most)}"
        return self._operations(query, client)

    def waiting_for(self, client: int | None = None) -> list[Operation]:
        """What waits for a customer's yes: of one client, or of all."""
        if client is None:
            return self._operations(f"{_SELECT} WHERE state = '{CONFIRMING}'")
        return self._operations(f"{_SELECT} WHERE state = '{CONFIRMING}' AND client = {self._place}", client)

    def to_move(self, before: int) -> list[bytes]:
        """Addresses with conversions decided until this second whose outputs were not moved."""
        query = (
            "SELECT DISTINCT address FROM card_operations "  # noqa: S608
            f"WHERE held_tiyn > 0 AND state = '{CONVERTED}' AND taken <= {self._place} AND {_CONVERSIONS}"
        )
        return [bytes(row[0]) for row in self._said(query, (before,)).fetchall()]

    def converted_at(self, address: bytes, before: int) -> list[Operation]:
        """The same of one address, oldest first."""
        where = (
            f"address = {self._place} AND held_tiyn > 0 AND state = '{CONVERTED}' AND taken <= {self._place} "
            f"AND {_CONVERSIONS}"
        )
        return self._operations(f"{_SELECT} WHERE {where} ORDER BY seq", address, before)

    def to_pay(self, before: int, now: int) -> list[Operation]:
        """Purchases in Digital Tenge on their way, or decided until the first of these seconds and due by the
        second, oldest first."""
        due = f"state = '{CONVERTED}' AND taken <= {self._place} AND due <= {self._place}"
        ready = f"state = '{MOVING}' OR ({due})"
        where = f"held_tiyn > 0 AND NOT {_CONVERSIONS} AND ({ready})"
        return self._operations(f"{_SELECT} WHERE {where} ORDER BY seq", before, now)

    def awaits(self, payee: bytes) -> bool:
        """Whether Digital Tenge that a card has paid are still to come to this address."""
        where = f"payee = {self._place} AND held_tiyn > 0 AND NOT {_CONVERSIONS}"
        return bool(self._operations(f"{_SELECT} WHERE {where} LIMIT 1", payee))

    def moved_by(self, movement: bytes) -> list[Operation]:
        """What is on its way by this movement."""
        where = f"movement = {self._place} AND held_tiyn > 0 AND state = '{MOVING}'"
        return self._operations(f"{_SELECT} WHERE {where}", movement)

    def moving(self) -> list[bytes]:
        """Movements into the inventory on their way."""
        where = f"held_tiyn > 0 AND state = '{MOVING}' AND {_CONVERSIONS}"
        query = f"SELECT DISTINCT movement FROM card_operations WHERE {where}"  # noqa: S608
        return [bytes(row[0]) for row in self._said(query, ()).fetchall()]

    def owing(self, now: int) -> list[int]:
        """Clients whom the bank owes Digital Tenge that are due, or on their way."""
        query = (
            "SELECT DISTINCT client FROM card_operations WHERE owed_tiyn + giving_tiyn > 0 "  # noqa: S608
            f"AND (giving_tiyn > 0 OR due <= {self._place})"
        )
        return [int(row[0]) for row in self._said(query, (now,)).fetchall()]

    def owed_to(self, client: int) -> list[Operation]:
        """What the bank owes a client, or is giving, oldest first."""
        where = f"client = {self._place} AND owed_tiyn + giving_tiyn > 0"
        return self._operations(f"{_SELECT} WHERE {where} ORDER BY seq", client)

    def given_by(self, operations: Iterable[str]) -> dict[str, bytes]:
        """By which movement each of them is being given."""
        rows = self.find_many("card_operations", ("operation", "given_by"), "operation", operations)
        return {row[0]: bytes(row[1]) for row in rows if row[1] is not None}

    def give_by(self, operation: str, movement: bytes | None) -> None:
        """Note by which movement it is given."""
        self.change_row("card_operations", {"given_by": movement}, operation=operation)

    def uncleared(self, until: int) -> list[Operation]:
        """Operations decided before this second that no day has settled as they stand."""
        where = f"taken < {self._place} AND state IN {_COSTING} AND {_CONVERSIONS} AND cleared_tiyn <> {_NET}"
        return self._operations(f"{_SELECT} WHERE {where} ORDER BY seq", until)

    def keep_operations(self, operations: Iterable[Operation], known: Iterable[str]) -> None:
        """Write them as they are by now; ``known``: those that have a row."""
        old = set(known)
        rows = list(operations)
        fresh = [tuple(getattr(row, name) for name in COLUMNS) for row in rows if row.operation not in old]
        changed = [
            (*(getattr(row, name) for name in COLUMNS[1:]), row.operation)
            for row in rows
            if row.operation in old
        ]
        self.add_many("card_operations", COLUMNS, fresh)
        self.change_many("card_operations", COLUMNS[1:], "operation", changed)

    def _operations(self, query: str, *values: Any) -> list[Operation]:
        return [Operation(*row) for row in self._said(query, values).fetchall()]

    # --- what that leaves for an account to spend

    def held(self, address: bytes) -> int:
        """How much of an address's free outputs nobody may spend: encumbered, or a card's already (tiyn)."""
        return super().held(address) + self._card_sum(address, f"state = '{CONVERTED}'")

    def encumbered(self, address: bytes) -> int:
        """How much of an address is held, as its owner sees it (tiyn)."""
        return super().held(address)

    def converting(self, address: bytes) -> int:
        """How much of what lies on an address is the client's no more: a card has spent it (tiyn)."""
        return self._card_sum(address, "0 = 0")

    def _card_sum(self, address: bytes, where: str) -> int:
        query = (
            "SELECT COALESCE(SUM(held_tiyn), 0) FROM card_operations "  # noqa: S608
            f"WHERE address = {self._place} AND held_tiyn > 0 AND {where}"
        )
        return int(self._said(query, (address,)).fetchone()[0])

    def sums_of(self, addresses: Iterable[bytes]) -> dict[bytes, tuple[int, int]]:
        """(free, held) of each address, tiyn; change that comes back for certain counts as free."""
        wanted = list(set(addresses))
        sums = {address: [0, 0, 0] for address in wanted}  # unspent or on its way back, held, a card's
        for address, state, amount in self.find_many(
            "outputs",
            ("address", "state", "SUM(amount_tiyn)"),
            "address",
            wanted,
            f"AND state IN ('{UNSPENT}', '{LOCKED}') GROUP BY address, state",
        ):
            own = sums[bytes(address)]
            own[0] += int(amount) if state == UNSPENT else self._change_of(bytes(address))
        for place, table, column, where in (
            (1, "holds", "amount_tiyn", "state = 'held'"),
            (2, "card_operations", "held_tiyn", f"held_tiyn > 0 AND state = '{CONVERTED}'"),
        ):
            then = f"AND {where} GROUP BY address"
            for address, amount in self.find_many(
                table, ("address", f"SUM({column})"), "address", wanted, then
            ):
                sums[bytes(address)][place] += int(amount)
        return {address: (have - held - spent, held) for address, (have, held, spent) in sums.items()}

    def _change_of(self, address: bytes) -> int:
        """What the movements that have locked outputs of an address bring back to it; if one of them fails,
        no less comes back."""
        where = f"address = {self._place} AND state = '{LOCKED}'"
        query = f"SELECT DISTINCT spent_by FROM outputs WHERE {where}"  # noqa: S608
        makers = [bytes(row[0]) for row in self._said(query, (address,)).fetchall()]
        signed = self.find_many("movements", ("signed",), "txid", makers)
        transactions = (SIGNED_TRANSACTION.decode(bytes(row[0]), "transaction").transaction for row in signed)
        return sum(
            payee.amount_tiyn for one in transactions for payee in one.payees if payee.address == address
        )

    # --- days

    def day_part(self, operation: str) -> tuple[bytes, bytes] | None:
        """(digest, reply) of a part that came before."""
        row = self.find_one("card_days", ("content", "reply"), operation=operation)
        return None if row is None else (bytes(row[0]), bytes(row[1]))

    def day_parts(self, day: int) -> list[bytes]:
        """The orders of the parts of a day that came, in their order."""
        rows = self.find_many("card_days", ("raw",), "day", (day,), "ORDER BY part")
        return [bytes(row[0]) for row in rows]

    def keep_day_part(self, operation: str, content: bytes, day: int, part: int, raw: bytes) -> None:
        """Keep a part of a day; its reply comes with :meth:`answer_day_part`."""
        values = (operation, content, day, part, raw, b"")
        self.add_many("card_days", ("operation", "content", "day", "part", "raw", "reply"), [values])

    def answer_day_part(self, operation: str, reply: bytes) -> None:
        """What was answered to it."""
        self.change_row("card_days", {"reply": reply}, operation=operation)


_SELECT = f"SELECT {', '.join(COLUMNS)} FROM card_operations"  # noqa: S608
_NET = "(amount_tiyn - undone_tiyn) * CASE WHEN kind IN ('refund', 'return') THEN -1 ELSE 1 END"
_CONVERSIONS = f"kind <> '{PURCHASE_IN_DT}'"
_COSTING = "('converted', 'moving', 'moved', 'credited')"


def _card(row: Any) -> Card:
    made: tuple[Any, ...] = (*row[:-1], bool(row[-1]))
    return Card(*made)
