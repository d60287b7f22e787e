"""What the books of client, merchant and banks say while their processes run, and what the tills say: each
adds up by itself, from rows of its own.

A bank is looked at in one snapshot of its file, read-only. What is on its way between two of them differs for
a moment and must agree soon (:meth:`tests.simulation.cards.kill_streets.Streets.until_nothing_differs`).
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from hardware.clock import SetClock
from hardware.entropy import SystemEntropy
from platform_stub.bank.office import current
from platform_stub.compose import build_platform
from platform_stub.config import PlatformConfig
from pos.core.card_tender import REFUND, CardPhase
from tender.account.client_messages import Balances
from tender.account.participants import BANKS
from tests.bank_cards.books import check_sheet, check_store
from tests.platform_stub.people import NOW, Person
from tests.simulation.cards.kill_streets import CLIENTS, SHOPS, START_TIYN, Streets

ENDS: Final = frozenset({CardPhase.APPROVED, CardPhase.DECLINED, CardPhase.REVERSED})
NET: Final = """
SELECT operation, CASE
  WHEN kind IN ('refund', 'return') THEN CASE state WHEN 'refused' THEN 0 ELSE undone_tiyn - amount_tiyn END
  WHEN state IN ('converted', 'moving', 'moved') THEN amount_tiyn - undone_tiyn ELSE 0 END AS net
FROM card_operations WHERE client = ? AND net <> 0
"""
"""What each operation costs its client."""
HAS: Final = """
SELECT (SELECT COALESCE(SUM(amount_tiyn), 0) FROM outputs WHERE state IN ('unspent', 'locked')
        AND address IN (SELECT address FROM cards WHERE client = :client))
     + (SELECT COALESCE(SUM(owed_tiyn + giving_tiyn - held_tiyn), 0) FROM card_operations
        WHERE client = :client)
"""
"""Digital Tenge of a client."""
TAKINGS: Final = "SELECT COALESCE(-SUM(change_tiyn), 0) FROM lines WHERE account = ?"
"""Tenge on a current account."""


class Books:
    """Of a town whose processes run."""

    def __init__(self, streets: Streets) -> None:
        self._streets = streets

    def compare(self) -> None:
        """Every operation, client, merchant and bank, as soon as everybody is quiet."""
        self._streets.until_nothing_differs(lambda: [*self._days(), *self._operations()])
        self._streets.until_nothing_differs(self._stores)

    def _days(self) -> Iterator[str]:
        """Till, switch and bank close a day."""
        told = self._streets.ask("close-day")
        if not told["agrees"]:
            yield f"the day: {told['mismatches']}, {[bank['differences'] for bank in told['banks']]}"

    def _operations(self) -> Iterator[str]:
        spent, takings = said(self._streets)
        for client in CLIENTS:
            net, has_tiyn = self._of_client(client, self._streets.numbers[client])
            if net != spent[client]:
                yield f"{client.name}: {sorted(set(net.items()) ^ set(spent[client].items()))[:4]}"
            if has_tiyn != START_TIYN[client] - sum(spent[client].values()):
                yield f"{client.name} has {has_tiyn}, spent {sum(spent[client].values())}"
        for shop in SHOPS:
            with self._snapshot(shop.bank) as rows:
                [[tiyn]] = rows.execute(TAKINGS, (current(self._streets.numbers[shop]),))
            if tiyn != takings[shop]:
                yield f"{shop.name} got {tiyn}, sold {takings[shop]}"

    def _of_client(self, client: Person, number: int) -> tuple[dict[str, int], int]:
        with self._snapshot(client.bank) as rows:
            net = {name.lstrip("0"): tiyn for name, tiyn in rows.execute(NET, (number,))}
            [[has_tiyn]] = rows.execute(HAS, {"client": number})
        return net, has_tiyn

    def _stores(self) -> list[str]:
        """The banks' books beside their operations, and the equation of all of it."""
        platform = self._streets.town / "platform"
        try:
            for bank in BANKS:
                check_store(bank_file(platform, bank))
            check_sheet(platform)
        except AssertionError as error:
            return [str(error)]
        return []

    def _snapshot(self, bank: int) -> "closing[sqlite3.Connection]":
        file = bank_file(self._streets.town / "platform", bank)
        rows = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        rows.execute("BEGIN")
        return closing(rows)


def bank_file(platform: Path, bank: int) -> Path:
    """A bank's store."""
    return platform / f"bank-{bank}.db"


def payments(streets: Streets) -> list[list[Any]]:
    """All that the tills told of them."""
    return [row for lane in streets.all_lanes for row in lane.told]


def said(streets: Streets) -> tuple[dict[Person, dict[str, int]], Counter[Person]]:
    """By the tills' own books: what each operation costs its client, and what each shop has sold (tiyn)."""
    spent: dict[Person, dict[str, int]] = {client: {} for client in CLIENTS}
    takings: Counter[Person] = Counter()
    for lane in streets.all_lanes:
        for kind, phase, life, amount_tiyn, _ in lane.told:
            assert phase in ENDS, f"{lane.folder.name} left {phase}"
            if phase == CardPhase.APPROVED:
                name, cost_tiyn = life.lstrip("0"), -amount_tiyn if kind == REFUND else amount_tiyn
                assert name not in spent[lane.client], f"one life cycle twice: {life}"
                spent[lane.client][name] = cost_tiyn
                takings[lane.shop] += cost_tiyn
    return spent, takings


def wholly(streets: Streets) -> None:
    """All the money at rest, nobody running: what has to move has moved, and everybody has what he should by
    the word of his bank."""
    folder = streets.town / "platform"
    clock = SetClock(NOW + 10_000_000)
    platform = build_platform(folder, PlatformConfig(durable=False), clock, SystemEntropy())
    has: dict[Person, Balances] = {}
    try:
        for _ in range(3):
            platform.tick()
        for person, number in streets.numbers.items():
            has[person] = platform.banks[person.bank].balances(number)
    finally:
        platform.close()
    spent, takings = said(streets)
    for client in CLIENTS:
        assert has[client].dt_tiyn == START_TIYN[client] - sum(spent[client].values()), client.name
    for shop in SHOPS:
        assert has[shop].noncash_tiyn == takings[shop], shop.name
    check_sheet(folder)
