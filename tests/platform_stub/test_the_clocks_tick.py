"""The thread that takes unfinished work up again outlives whatever goes wrong in one tick."""

import logging
from sqlite3 import Connection
from threading import Event
from types import SimpleNamespace
from typing import Any, cast

import pytest

from platform_stub.keeping_up import keep_up
from tender.account.participants import KAZPOST
from tests.platform_stub.people import Town


def test_one_tick_that_goes_wrong_is_told_and_the_next_one_comes(caplog: pytest.LogCaptureFixture) -> None:
    ended, ticks = Event(), list[int]()

    def tick() -> None:
        ticks.append(len(ticks))
        if len(ticks) == 1:
            raise RuntimeError("a bug of the moment")
        ended.set()

    platform = SimpleNamespace(refresh=lambda: None, tick=tick)
    with caplog.at_level(logging.ERROR, "platform_stub.keeping_up"):
        keep_up(cast(Any, platform), ended, 0.001)
    assert ticks == [0, 1]
    assert [one.getMessage() for one in caplog.records] == ["unfinished work stays for the next tick"]


def test_a_town_in_which_nothing_happens_keeps_nothing(town: Town) -> None:
    """A tick comes every few seconds, for years."""

    def kept() -> dict[str, int]:
        found = {}
        for name, store in town.platform.stores.items():
            with store.reading() as rows:
                found[name] = len(rows.evidence(most=100_000))
        return found

    before = kept()
    for _ in range(3):
        town.clock.advance(5)
        town.platform.refresh()
        town.platform.tick()
    assert kept() == before
    town.platform.withdraw(KAZPOST)
    newest = town.platform.certification.directory_number
    assert {bank.desk.trust.directory.number for bank in town.platform.banks.values()} == {newest}


def test_what_waits_is_found_without_looking_at_all_that_is_done(town: Town) -> None:
    """A bank notes for ever what it paid out; a tick costs no more for it."""
    steps = []
    with town.platform.banks[KAZPOST].desk.store.writing() as rows:
        driver = rows.connection.connection.driver_connection
        assert isinstance(driver, Connection)
        for number in range(600):
            rows.keep_setting(f"noncash.paid.{number}", b"")
        rows.keep_setting("pending.7", b"waits")
        driver.set_progress_handler(lambda: steps.append(1), 100)
        assert rows.settings("pending.") == {"pending.7": b"waits"}
        driver.set_progress_handler(None, 100)
        assert (len(rows.settings("noncash.paid.")), len(rows.settings("noncash.paid.59"))) == (600, 11)
    assert len(steps) <= 3, "hundreds of steps of the database"
