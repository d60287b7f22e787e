"""Askers who share one piece of work: each gets the answer of its own, or the trouble they all had."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from platform_stub.gathering import Gathering
from tender.errors import Code, StoreError


def test_whoever_comes_while_work_is_done_shares_the_next() -> None:
    batches: list[list[int]] = []
    first, go = threading.Event(), threading.Event()

    def work(items: list[int]) -> list[int]:
        batches.append(list(items))
        if len(batches) == 1:
            first.set()
            assert go.wait(10)
        return [item * 10 for item in items]

    gathering: Gathering[int, int] = Gathering(work, most=3)
    with ThreadPoolExecutor(8) as threads:
        leader = threads.submit(gathering.ask, 0)
        assert first.wait(10)
        others = [threads.submit(gathering.ask, item) for item in range(1, 8)]
        while gathering.waiting < 7:
            threading.Event().wait(0.001)
        go.set()
        assert leader.result() == 0
        assert sorted(one.result() for one in others) == [10, 20, 30, 40, 50, 60, 70]
    assert [len(batch) for batch in batches] == [1, 3, 3, 1]


def test_an_item_larger_than_a_batch_goes_alone() -> None:
    gathering: Gathering[int, int] = Gathering(lambda items: items, most=3, size=lambda item: item)
    assert gathering.ask(7) == 7


def test_trouble_is_everybodys_and_ends_with_them() -> None:
    def work(items: list[str]) -> list[str]:
        if "bad" in items:
            raise StoreError(Code.STORE_FULL, "nbk")
        return items

    gathering: Gathering[str, str] = Gathering(work, most=10)
    with pytest.raises(StoreError):
        gathering.ask("bad")
    assert gathering.ask("good") == "good"


def test_the_first_waits_for_those_who_are_about_to_come() -> None:
    batches: list[int] = []
    coming = threading.Event()

    def work(items: list[int]) -> list[int]:
        batches.append(len(items))
        return items

    gathering: Gathering[int, int] = Gathering(
        work, most=2, linger_s=30.0, more_come=lambda: not coming.is_set()
    )
    with ThreadPoolExecutor(2) as threads:
        one = threads.submit(gathering.ask, 1)
        other = threads.submit(gathering.ask, 2)
        assert (one.result(20), other.result(20)) == (1, 2)
    assert batches == [2]
