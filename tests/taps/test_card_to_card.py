"""Two cards on two readers of one terminal, and what is left when either is taken away."""

from contextlib import suppress
from itertools import count

import pytest

from device.service.guest_pair import pay_between
from tender.errors import Code, DeviceError, Refusal
from tests.pos.market import Market
from tests.taps.pocket import CARD_PIN, LOST_ANSWER, LOST_COMMAND, Tearing, carded
from tests.wallet.village import good
from town.cast import AIGUL, BOLAT, DANA


def test_card_pays_card(market: Market) -> None:
    aigul, dana = carded(market, AIGUL, 500_000), carded(market, DANA)
    terminal = market.wallet(BOLAT)
    market.line.away = True
    passed = good(pay_between(aigul.at(terminal), dana.at(terminal), 150_000))
    assert passed.amount_tiyn == 150_000 and not passed.again
    assert (aigul.money_tiyn, dana.money_tiyn) == (350_000, 150_000)
    back = good(pay_between(dana.at(terminal), aigul.at(terminal), 50_000, ask_pin=lambda: CARD_PIN))
    assert back.amount_tiyn == 50_000
    assert (aigul.money_tiyn, dana.money_tiyn) == (400_000, 100_000)


def test_a_card_does_not_pay_itself_nor_more_than_it_has(market: Market) -> None:
    aigul, dana = carded(market, AIGUL, 100_000), carded(market, DANA)
    terminal = market.wallet(BOLAT)
    much = pay_between(aigul.at(terminal), dana.at(terminal), 150_000)
    assert isinstance(much, Refusal) and much.code is Code.NOT_ENOUGH_MONEY
    assert (aigul.money_tiyn, dana.money_tiyn) == (100_000, 0)


@pytest.mark.parametrize("who", ["payer", "payee"])
@pytest.mark.parametrize("way", [LOST_COMMAND, LOST_ANSWER])
def test_a_card_pulled_at_any_command_pays_once(market: Market, who: str, way: str) -> None:
    """Pulled at the first command, at the second … until there is none left: the same request again finishes
    what was torn, or does it; each payment arrives once, and no tiyn is lost."""
    aigul, dana = carded(market, AIGUL, 900_000), carded(market, DANA)
    terminal = market.wallet(BOLAT)
    torn = Tearing(aigul if who == "payer" else dana, way)
    pictures = aigul.picture(), dana.picture()
    for place in count(1):
        aigul.put_back(pictures[0])
        dana.put_back(pictures[1])
        payments: set[bytes] = set()
        torn.arm(place)
        with suppress(DeviceError):
            told = pay_between(aigul.at(terminal), dana.at(terminal), 1_000, ask_pin=lambda: CARD_PIN)
            payments.add(good(told).payment)
        torn.put_back()
        torn_once = torn.fired
        again = pay_between(aigul.at(terminal), dana.at(terminal), 1_000, ask_pin=lambda: CARD_PIN)
        payments.add(good(again).payment)
        paid_tiyn = 1_000 * len(payments)
        assert (aigul.money_tiyn, dana.money_tiyn) == (900_000 - paid_tiyn, paid_tiyn), place
        if not torn_once:
            break
    assert place > 15
