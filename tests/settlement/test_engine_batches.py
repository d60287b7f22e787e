"""However uploads are put together into commits, and on whichever engine, they leave the same rows."""

import random
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from hardware.disks import open_disk
from platform_stub.nbk.settlement import examine
from platform_stub.nbk.settlement_claims import Effect, Terms
from platform_stub.nbk.settler import Settler, Upload
from platform_stub.nbk.store import TABLES, NbkRows
from platform_stub.store.base import Store
from platform_stub.store.token_rows import LostKeyRow
from tender.account.token_messages import ItemState, Settle
from tender.errors import Code, StoreError
from tests.mint import NOW
from tests.platform_stub.postgres_server import PostgresServer, postgres_programs
from tests.settlement.engine_world import PEOPLE, TRUST, EngineWorld, draw_world
from tests.settlement.ledger import Ledger

Dump = dict[str, list[tuple[Any, ...]]]
LOOKED_UP = "token_holders"
"""Only where to look for a lost device's money: it may name more coins than it must, so what is found there
is compared and not the rows."""


class Books:
    """A ledger, and a settler that writes into it; cover always comes in."""

    def __init__(self, folder: Path, world: EngineWorld, url: str | None = None) -> None:
        self.ledger = Ledger(folder / "nbk.db", TRUST)
        if url is not None:
            self.ledger.store = Store(open_disk(url, "nbk"), TABLES, NbkRows)
        for root in world.roots:
            self.ledger.issue(root)
        self.settler = Settler(self.ledger.store, lambda: TRUST, self._follow, examine)

    def _follow(self, rows: NbkRows, effects: Sequence[Effect]) -> None:
        for effect in effects:
            self.ledger.follow(rows, effect)

    def settle(self, uploads: Sequence[Settle], cuts: Sequence[int]) -> list[tuple[ItemState, ...]]:
        """Settle in commits of these many uploads, over and over; what each was told of its records."""
        told: list[tuple[ItemState, ...]] = []
        left = [Upload(examine(one, TRUST), NOW, Terms(list_number=one.list_number)) for one in uploads]
        turn = 0
        while left:
            size = cuts[turn % len(cuts)]
            told += [one.records for one in self.settler.write(left[:size])]
            left, turn = left[size:], turn + 1
        return told

    def dump(self) -> Dump:
        """Every row of settlement."""
        found: Dump = {}
        with self.ledger.store.reading() as rows:
            for name, table in TABLES.tables.items():
                if name.startswith("token_") and name != LOOKED_UP:
                    columns = [one for one in table.columns if one.name != "seq"]
                    found[name] = sorted(tuple(row) for row in rows.connection.execute(select(*columns)))
        return found

    def if_all_were_lost(self) -> list[Any]:
        """What would go home in the end if everybody lost every device."""
        with self.ledger.store.writing() as rows:
            for person in PEOPLE:
                rows.add_lost_key(LostKeyRow(person.key.public_key, b"", 949, bytes(32)))
            return [*rows.lost_money(2**40), *rows.lost_roots(2**40)]

    def essence(self, world: EngineWorld) -> dict[str, Any]:
        """What no order of uploads may change."""
        with self.ledger.store.reading() as rows:
            outputs = [world.holding(place).output for place in range(len(world.held))]
            return {
                "outputs": [rows.token_output(one) for one in outputs],
                "spends": [[spend.digest for spend in rows.spends_of(one)] for one in outputs],
                "claims": sorted(
                    (one.digest, one.amount_tiyn) for out in outputs for one in rows.claims_on(out)
                ),
                "forks": {(one.parent, one.key) for one in rows.forks()},
                "devices": rows.on_devices_tiyn(),
                "on the way": rows.claimed_on_the_way_tiyn(),
                "paid": self.ledger.paid,
                "drawn": self.ledger.drawn,
            }


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.integers(1, 9), min_size=1, max_size=3))
def test_commits_of_any_size_leave_the_rows_of_one_upload_a_commit(seed: int, cuts: list[int]) -> None:
    world = draw_world(seed)
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        alone, together = Books(Path(one), world), Books(Path(other), world)
        assert together.settle(world.uploads, cuts) == alone.settle(world.uploads, [1])
        assert together.dump() == alone.dump()
        assert together.if_all_were_lost() == alone.if_all_were_lost()


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(1, 20))
def test_any_order_of_uploads_ends_in_the_same_owners_and_culprits(seed: int, order: int, size: int) -> None:
    world = draw_world(seed)
    shuffled = list(world.uploads)
    random.Random(order).shuffle(shuffled)
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        first, second = Books(Path(one), world), Books(Path(other), world)
        first.settle(world.uploads, [1])
        second.settle(shuffled, [size])
        assert second.essence(world) == first.essence(world)


def test_the_worlds_of_these_tests_hold_what_they_are_about(tmp_path: Path) -> None:
    forks = claims = repeats = 0
    for seed in range(12):
        world = draw_world(seed)
        folder = tmp_path / str(seed)
        folder.mkdir()
        books = Books(folder, world)
        told = books.settle(world.uploads, [5])
        repeats += sum(one.state == "already" for records in told for one in records)
        forks += len(books.ledger.fork_keys())
        claims += len(books.ledger.paid)
    assert forks > 5
    assert claims > 20
    assert repeats > 5


def test_postgresql_keeps_the_same_rows(tmp_path: Path) -> None:
    programs = postgres_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server here: apt install postgresql")
    server = PostgresServer(programs)
    server.start()
    try:
        url = server.make_databases(["engine"]).format(name="engine")
        world = draw_world(4)
        here, there = Books(tmp_path, world), Books(tmp_path, world, url)
        assert there.settle(world.uploads, [4]) == here.settle(world.uploads, [3, 1])
        assert there.dump() == here.dump()
        there.ledger.store.close()
    finally:
        server.stop()


def test_an_upload_that_cannot_be_written_spoils_no_other(tmp_path: Path) -> None:
    world = draw_world(7)
    books = Books(tmp_path, world)
    bad = world.uploads[1]

    def follow(rows: NbkRows, effects: Sequence[Effect]) -> None:
        if any(rows.token_output(one.output) for one in examine(bad, TRUST)[1]):
            raise StoreError(Code.STORE_FULL, "nbk")

    settler = Settler(books.ledger.store, lambda: TRUST, follow, examine)
    good = Settle((world.roots[0],), ())
    uploads = [Upload(examine(one, TRUST), NOW, Terms()) for one in (good, Settle((), bad.claims))]
    told = settler.commit(uploads)
    assert not isinstance(told[0], StoreError)
    assert isinstance(told[1], StoreError) == bool(bad.claims)
