"""Client, shop and both banks end exact to the tiyn, whatever the links and the processes did.

``make test`` plays 300 operations; ``make soak`` 100,000. Chips, kernel, the till's card counter, security
module, hosts and banks' rows are the real ones; sockets are in ``tests/switch``.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from platform_stub.bank.cards import Cards
from pos.core.card_tender import Answered, CardPayment, Say
from pos.service.card_desk import CardDesk
from tender.account.card_messages import Authorise, BankReply
from tests.simulation.cards import play
from tests.simulation.cards.acts import Act
from tests.simulation.cards.play import played, run
from tests.simulation.cards.weather import FAULTS
from tests.simulation.play import WorldFailed

OPERATIONS = int(os.environ.get("TENGE_CARD_OPERATIONS", "150"))


@pytest.mark.parametrize("seed", [2, 7])
def test_whatever_links_and_processes_do_everybody_ends_exact(tmp_path: Path, seed: int) -> None:
    counted = run(tmp_path, seed, OPERATIONS)
    assert counted["operations"] > OPERATIONS * 9 // 10 and counted["approved"] > OPERATIONS // 2
    assert sum(counted[one] for one in FAULTS) > OPERATIONS // 30
    assert counted["no answer"] and counted["bank lines cut"] and counted["days closed"]
    assert sum(count for name, count in counted.items() if " died" in name) >= 3
    done = ("purchase done", "online done", "cash done", "balance done", "refund done", "taken back in part")
    assert all(counted[one] for one in done), counted


def test_a_world_that_fails_says_its_seed_its_command_and_the_shortest_story(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A till that forgets a reversal it owes: the client has paid for what the shop has not sold."""

    def forgets(self: CardDesk, payment: CardPayment) -> bool:
        self.step(self.step(payment, Say()), Answered())
        return True

    monkeypatch.setattr(CardDesk, "_said", forgets)
    monkeypatch.setattr(play, "SHORTER_TRIES", 3)
    with pytest.raises(WorldFailed) as failed:
        run(tmp_path, 4, 12)
    told = str(failed.value)
    assert "card world 4 failed: bank " in told and "and the tills differ" in told
    assert "python -m tests.simulation.cards.play --seed 4 --operations 12" in told
    assert len(told.partition("the shortest way there")[2].splitlines()) <= 8, told


def test_a_bank_that_converts_what_it_was_asked_twice_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own books still fit together; the till's do not fit them."""
    honest = Cards.work
    count = iter(range(1_000))

    def twice(self: Cards, orders: Sequence[Any]) -> list[BankReply | None]:
        again = [replace(one, operation=f"t{next(count)}") for one in orders if isinstance(one, Authorise)]
        honest(self, again)
        return honest(self, orders)

    monkeypatch.setattr(Cards, "work", twice)
    _, error = played(tmp_path, 5, [Act("pay", 0, 0, 0, 112)], fault_share=0.0)
    assert isinstance(error, AssertionError) and "and the tills differ" in str(error)
