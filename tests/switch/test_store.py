"""The switch's rows on a real PostgreSQL server: the same rows as in a SQLite file, through restarts and the
archive. Where no server is installed the test says so and is skipped."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy.exc import InterfaceError

from card_switch.compose import STORE_NAME, store_at
from card_switch.store.rows import RowSealing, SwitchStore
from hardware.disks import open_disk, sqlite_url
from hardware.entropy import SeededEntropy
from tender.crypto.sealing import KEY_BYTES, SealingKey
from tender.errors import Code, StoreError
from tests.patience import soon
from tests.platform_stub.postgres_server import PostgresServer, postgres_programs
from tests.switch.stand_ins import reversal
from tests.switch.test_archive import OFF_US, ON_US, Months

PROGRAMS = postgres_programs()
KEYS = ("b/1", "B/1", "a/2", "a-b", "a b", "a/10", "a/1", "Z")
"""A language's own order of words would mix them up; keys are in the order of their octets."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A database of its own."""
    if PROGRAMS is None:
        pytest.skip("no PostgreSQL server here: apt install postgresql")
    server = PostgresServer(PROGRAMS)
    server.start()
    try:
        yield server.make_databases(["rows", "rails", "alone"])
    finally:
        server.stop()


def test_rows_are_the_same_rows_in_the_same_order(url: str, tmp_path: Path) -> None:
    stores = [
        SwitchStore(open_disk(url.format(name="rows"), "switch")),
        SwitchStore(open_disk(sqlite_url(tmp_path / "switch.db"), "switch")),
    ]
    for store in stores:
        store.write({("host", "kind", key): key.encode() for key in KEYS})
        store.write({("host", "other", "a/1"): bytes(range(256)), ("else", "kind", "a/1"): b""})
        store.write(
            {("host", "kind", "a/2"): None, ("host", "kind", "Z"): b"again", ("no", "such", "row"): None}
        )
    looks = [
        ("host", "", ""),
        ("host", "kind", ""),
        ("host", "kind", "a/"),
        ("host", "kind", "a/1"),
        ("none", "", ""),
    ]
    for look in looks:
        here, there = (store.rows_of(*look) for store in stores)
        assert here == there, look
    assert [row.key for row in stores[0].rows_of("host", "kind", "a/")] == ["a/1", "a/10"]
    for store in stores:
        store.close()


def test_a_switch_goes_on_from_its_rows_on_postgresql(url: str, tmp_path: Path) -> None:
    sealing = RowSealing(SealingKey(bytes(KEY_BYTES)), SeededEntropy("rows"))
    store = store_at(tmp_path, sealing, url.format(name="rails"))
    months = Months(store)
    asked = {number: months.chip(months.cards[number], 3_779) for number in (ON_US, OFF_US)}
    first = {number: months.ask(message) for number, message in asked.items()}
    months.restart()
    assert {number: months.ask(message) for number, message in asked.items()} == first
    months.close_day()
    months.days_later(5)
    months.close_day()
    months.restart()
    assert not months.remembered(), "all of it is put away"
    assert months.ask(asked[OFF_US]) == first[OFF_US], "the same answer, from the archive"
    assert months.code(reversal(asked[OFF_US].without(126))) == "00"
    assert months.close_day()["agrees"] is True
    assert not (tmp_path / STORE_NAME).exists()
    store.close()


def test_a_database_has_one_switch_at_a_time(url: str, tmp_path: Path) -> None:
    sealing = RowSealing(SealingKey(bytes(KEY_BYTES)), SeededEntropy("rows"))
    where = url.format(name="alone")
    first = store_at(tmp_path, sealing, where)
    with pytest.raises(StoreError) as busy:
        store_at(tmp_path, sealing, where)
    assert busy.value.code is Code.STORE_BUSY
    first.write({("host", "kind", "a"): b"mine"})
    first.close()
    second = store_at(tmp_path, sealing, where)
    assert [row.data for row in second.rows_of("host")] == [b"mine"]
    second.close()


def test_whose_claim_the_server_has_ended_writes_no_more(url: str, tmp_path: Path) -> None:
    """The claim is that of the connection that writes: nobody goes on beside the next switch."""
    sealing = RowSealing(SealingKey(bytes(KEY_BYTES)), SeededEntropy("rows"))
    where = url.format(name="alone")
    first = store_at(tmp_path, sealing, where)
    first.write({("claims", "kind", "a"): b"first's"})
    server = open_disk(where, "a server's own")
    with server.reading() as connection:
        claims = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        assert connection.exec_driver_sql(claims).scalars().all() == [True]
    opened: list[SwitchStore] = []

    def second_opens() -> bool:
        with suppress(StoreError):
            opened.append(store_at(tmp_path, sealing, where))
        return bool(opened)

    soon(second_opens)  # the ended one lets go of its lock when it is gone
    [second] = opened
    for _ in range(2):
        with pytest.raises(StoreError) as ended:
            first.write({("claims", "kind", "a"): b"first's, too late"})
        assert ended.value.code is Code.STORE_FAILED
    second.write({("claims", "kind", "b"): b"second's"})
    assert [row.data for row in second.rows_of("claims")] == [b"first's", b"second's"]
    for one in (first, second, server):
        one.close()


def test_what_a_server_breaks_off_is_an_error_of_the_store(url: str, tmp_path: Path) -> None:
    """Whatever the driver calls it: the switch ends, as with any disk that cannot be written."""
    sealing = RowSealing(SealingKey(bytes(KEY_BYTES)), SeededEntropy("rows"))
    disk = open_disk(url.format(name="alone"), "switch")
    store = SwitchStore(disk, sealing)
    for way in ("closed", "its cursor closed"):
        with pytest.raises(StoreError) as broken, disk.writing() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            if way == "closed":
                driver.close()
                connection.exec_driver_sql("SELECT 1")
            raise InterfaceError("SELECT 1", (), Exception("the cursor is closed"))
        assert broken.value.code is Code.STORE_FAILED
    store.close()
