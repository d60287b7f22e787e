"""What the operator is told of the books while answers between participants are lost on the way."""

from pathlib import Path

import pytest

from platform_stub.overview import equation
from tender.account.token_messages import Settle
from tests.platform_stub.people import NOW
from tests.settlement.offline import hand_over
from tests.simulation.base import base, copied, phone_of

ANSWERS = 8


@pytest.mark.parametrize("lost", range(ANSWERS))
def test_the_operators_books_are_equal_whichever_answer_about_a_fork_is_lost(
    tmp_path: Path, lost: int
) -> None:
    """A cheat's bank draws his account and says so; money that travels in that answer is in transit."""
    town, wires = copied(tmp_path / "town", NOW, "lost answers")
    aigul, dana, bolat = (phone_of(town, one) for one in base().enrolments[:3])
    (token,) = aigul.load(500)
    copies = [(payee, hand_over(aigul, token, payee)[0]) for payee in (dana, bolat)]
    for payee, copy in copies:
        claim = payee.claim(copy)
        wires.after.add(wires.count + lost)
        payee.ask("settle", Settle((), (claim,)))
        wires.after.clear()
        assert equation(town.platform).holds
    for _ in range(3):
        town.platform.tick()
        assert equation(town.platform).holds
    assert town.platform.settlement.forks()
    town.platform.close()
