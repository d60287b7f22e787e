"""The thread that takes unfinished work up again outlives whatever goes wrong in one tick."""

import logging
from threading import Event
from types import SimpleNamespace
from typing import Any, cast

import pytest

from platform_stub.keeping_up import keep_up


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
