"""Client, shop and both banks end exact to the tiyn, whatever the links and the processes did.

``make test`` plays 600 operations; ``make soak`` 100,000. Chips, security module, hosts, banks' rows and the
table of the till are the real ones; sockets are in ``tests/switch``.
"""

import os
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from platform_stub.bank.cards import Cards, GroupOrder
from pos.core.card_tender import Answered, CardPhase
from tender.account.card_messages import Authorise, BankReply
from tender.card.iso8583.message import Message
from tests.simulation.cards import play, till
from tests.simulation.cards.play import played, run
from tests.simulation.cards.world import Act
from tests.simulation.play import WorldFailed

OPERATIONS = int(os.environ.get("TENGE_CARD_OPERATIONS", "300"))


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_links_and_processes_do_everybody_ends_exact(tmp_path: Path, seed: int) -> None:
    counted = run(tmp_path, seed, OPERATIONS)
    assert counted["operations"] >= OPERATIONS and counted["approved"] > OPERATIONS // 2
    assert counted["dropped"] and counted["delayed"] and counted["doubled"] and counted["reordered"]
    assert counted["no answer"] and counted["bank lines cut"] and counted["days closed"]
    switch = counted["switch died before the commit"] + counted["switch died after the commit"]
    banks = counted["banks died before the commit"] + counted["banks died after the commit"]
    assert switch and banks and counted["tills died"]


def test_a_world_that_fails_says_its_seed_its_command_and_the_shortest_story(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A till that forgets a reversal it owes: the client has paid for what the shop has not sold."""
    honest = till.Till._say_reversals

    def forgets(self: till.Till) -> Generator[Message, till.Reply, bool]:
        for payment in [one for one in self.payments.values() if one.phase is CardPhase.REVERSING]:
            self._step(payment, Answered())
        return honest(self)

    monkeypatch.setattr(till.Till, "_say_reversals", forgets)
    monkeypatch.setattr(play, "SHORTER_TRIES", 5)
    with pytest.raises(WorldFailed) as failed:
        run(tmp_path, 4, 12)
    told = str(failed.value)
    assert "card world 4 failed: bank " in told and "and the tills differ" in told
    assert "python -m tests.simulation.cards.play --seed 4 --operations 12" in told
    assert len(told.partition("the shortest way there")[2].splitlines()) <= 6, told


def test_a_bank_that_converts_what_it_was_asked_twice_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own books still fit together; the till's do not fit them."""
    honest = Cards.work
    count = iter(range(1_000))

    def twice(self: Cards, orders: Sequence[GroupOrder]) -> list[BankReply | None]:
        again = [replace(one, operation=f"t{next(count)}") for one in orders if isinstance(one, Authorise)]
        honest(self, again)
        return honest(self, orders)

    monkeypatch.setattr(Cards, "work", twice)
    _, error = played(tmp_path, 5, [Act("pay", 0, 0, 0, 400)], fault_share=0.0)
    assert isinstance(error, AssertionError) and "and the tills differ" in str(error)
