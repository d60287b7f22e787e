"""Whoever ticks at the same time as whom, here or in another process, each claim is credited once."""

import threading
from typing import Any

import pytest

from platform_stub.nbk.settler_credits import CreditDesk
from tender.errors import Refusal
from tests.platform_stub.people import TENGE, Town
from tests.settlement.test_engine_credits import movements, paid_phones, written


def test_a_claim_that_another_process_names_meanwhile_is_credited_once(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    payees, claims = paid_phones(town)
    written(town, claims[1:2])
    nbk = town.platform.nbk
    prepare, refused = nbk.node.prepare, list[Refusal | None]()

    def other_first(*given: Any, **named: Any) -> Refusal | None:
        monkeypatch.setattr(nbk.node, "prepare", prepare)
        written(town, claims[2:])
        CreditDesk(nbk).tick()  # an operator's command: a process with gatherings of its own
        refused.append(prepare(*given, **named))
        return refused[0]

    monkeypatch.setattr(nbk.node, "prepare", other_first)
    town.platform.settlement.tick()
    town.platform.tick()
    assert [str(one.code) for one in refused if one is not None] == ["store-busy"]
    assert movements(town) == [("done", 2)]
    assert [one.balances().dt_tiyn // TENGE for one in payees[1:]] == [200, 300]
    assert town.equation()[0] == town.equation()[1]


def test_ticks_of_one_process_never_run_together(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hand-overs, reviews, refunds and the clock's tick wait for one another as uploads do."""
    both, together, ticks = threading.Barrier(2), list[int](), list[int]()

    def deliver() -> None:
        ticks.append(threading.get_ident())
        try:
            together.append(both.wait(timeout=0.2))
        except threading.BrokenBarrierError:
            return

    monkeypatch.setattr(town.platform.nbk.desk, "deliver", deliver)
    threads = [threading.Thread(target=town.platform.settlement.tick) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert ticks
    assert together == []


def test_a_tick_that_is_asked_for_by_whom_it_asks_does_not_wait_for_itself(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    settlement, asked = town.platform.settlement, list[bool]()

    def deliver() -> None:
        settlement.tick()
        asked.append(True)

    monkeypatch.setattr(town.platform.nbk.desk, "deliver", deliver)
    ticking = threading.Thread(target=settlement.tick, daemon=True)
    ticking.start()
    ticking.join(10)
    assert asked == [True]
    assert not ticking.is_alive()
