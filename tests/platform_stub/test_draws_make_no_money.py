"""What a cheat's bank answers to a draw counts once, and never for more than is owed."""

from dataclasses import replace
from typing import Any

import pytest

from platform_stub.desk import Asked
from platform_stub.nbk.national_bank import guarantee
from platform_stub.overview import equation
from platform_stub.ports import Exchange
from tender.account.participant_messages import Draw, Drawn
from tender.account.participants import ALTYN
from tests.platform_stub.people import AIGUL, BOLAT, DANA, TENGE, Phone, Town, numbered
from tests.platform_stub.test_noncash_comes_back import Away
from tests.settlement.offline import claimed, hand_over, tenge_of


class SecondTick:
    """While one delivery of a draw has its answer in hand, another delivery of the same desk sends it too."""

    def __init__(self, real: Exchange, town: Town) -> None:
        self._real, self._town, self._left = real, town, 1

    def send(self, kind: str, raw: bytes) -> bytes:
        answer = self._real.send(kind, raw)
        if kind == "draw" and self._left:
            self._left = 0
            self._town.platform.nbk.desk.deliver()
        return answer


def cloned(town: Town, *, reserve: int = 0) -> tuple[Phone, bytes]:
    """Aigul's 500 went to Dana, who is paid, and to Bolat, who has not claimed yet."""
    town.stock(ALTYN, 10_000)
    assert town.platform.nbk.place_guarantee(ALTYN, 2_000 * TENGE, numbered("guarantee")) is None
    aigul = town.rich_phone(AIGUL, 500 + reserve)
    dana, bolat = town.phone(DANA), town.phone(BOLAT)
    (token,) = aigul.load(500)
    to_dana, _ = hand_over(aigul, token, dana)
    to_bolat, _ = hand_over(aigul, token, bolat)
    assert claimed(dana, to_dana).state == "settled"
    return bolat, to_bolat


@pytest.mark.parametrize("reserve", [0, 200, 800])
def test_a_draw_answered_to_two_at_once_is_taken_in_once(town: Town, reserve: int) -> None:
    bolat, token = cloned(town, reserve=reserve)
    desk = town.platform.nbk.desk
    whole, desk.exchange = desk.exchange, SecondTick(desk.exchange, town)
    assert claimed(bolat, token).state == "settled"
    desk.exchange = whole
    town.platform.tick()
    assert tenge_of(town, BOLAT) == 500
    assert town.equation()[0] == town.equation()[1]
    with desk.store.reading() as rows:
        assert rows.account(guarantee(ALTYN)) == (2_000 - max(0, 500 - reserve)) * TENGE


def draw_too_much(town: Town) -> None:
    """From now on Altyn takes a tiyn more off its client than it was asked for."""
    altyn = town.platform.banks[ALTYN].desk
    real = altyn.handlers["draw"]

    def generous(asked: Asked, order: Draw) -> Any:
        told = real(asked, replace(order, amount_tiyn=order.amount_tiyn + 1))
        assert isinstance(told, Drawn)
        return told

    altyn.handlers["draw"] = generous


@pytest.mark.parametrize("lost", ["notarise", "credit"])
def test_a_surplus_whose_way_back_is_cut_goes_back_once(town: Town, lost: str) -> None:
    bolat, token = cloned(town, reserve=800)
    draw_too_much(town)
    nbk = town.platform.nbk.desk
    whole, nbk.exchange = nbk.exchange, Away(nbk.exchange, lost)
    claimed(bolat, token)
    assert equation(town.platform).holds
    nbk.exchange = whole
    for _ in range(3):
        town.platform.tick()
    assert claimed(bolat, token).state == "settled"
    assert [tenge_of(town, one) for one in (AIGUL, BOLAT)] == [300, 500]
    assert town.phones["Aigul"].balances().dt_tiyn == 300 * TENGE
    assert equation(town.platform).holds


def test_a_draw_that_brings_too_much_gives_the_surplus_back(town: Town) -> None:
    bolat, token = cloned(town, reserve=800)
    draw_too_much(town)
    assert claimed(bolat, token).state == "settled"
    aigul = town.phones["Aigul"].balances()
    assert aigul.dt_tiyn == 300 * TENGE, "800 less the 500 that were asked for, and not a tiyn less"
    with town.platform.nbk.desk.store.reading() as rows:
        assert rows.account(guarantee(ALTYN)) == 2_000 * TENGE
    # Settlement goes on for everybody else.
    (other,) = town.phones["Dana"].load(100)
    assert claimed(town.phones["Dana"], other).state == "settled"
    assert tenge_of(town, BOLAT) == 500
    assert town.equation()[0] == town.equation()[1]
