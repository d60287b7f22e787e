"""A card with a payment that another terminal never got: it pays everywhere else, and nothing is called paid
that was not."""

import pytest

from device.service.guest_pair import pay_between
from hardware.purse_client import PurseClient
from pos.service.till import Till
from tender.errors import Code, DeviceError, Refusal
from tender.purse.commands import Ins
from tests.pos.market import Market, rung_up
from tests.taps.pocket import LOST_ANSWER, LOST_COMMAND, Pocket, Tearing, carded
from tests.wallet.village import good
from town.cast import AIGUL, BOLAT, DANA


def kept(pocket: Pocket) -> int:
    """How many signatures the card keeps for somebody."""
    client = PurseClient.opened(pocket.reader, 1.0)
    try:
        return len(client.kept())
    finally:
        client.close()


def torn_at(till: Till, pocket: Pocket, amount_tiyn: int) -> None:
    """The card signs for this till and is gone before anybody reads what."""
    rung_up(till, amount_tiyn)
    torn = Tearing(pocket, LOST_ANSWER, Ins.SIGN_LINKS)
    with pytest.raises(DeviceError):
        till.taps.at(pocket.reader, timeout_s=0.05)
    torn.put_back()


@pytest.mark.parametrize("single", [True, False], ids=["one note", "many notes"])
def test_a_card_torn_at_one_till_buys_at_another_again_and_again(market: Market, single: bool) -> None:
    """Honest card, honest tills: one waits for its money, the other sells, the card's room does not fill."""
    pocket = carded(market, AIGUL, 900_000, single=single)
    here, there = market.till(name="till"), market.till(name="other")
    market.line.away = True
    torn_at(there, pocket, 3_000)
    for sales in (1, 2, 3):
        rung_up(here, 500)
        assert good(here.taps.at(pocket.reader, timeout_s=0.05)).amount_tiyn == 500
        good(here.finish())
        assert (pocket.money_tiyn, kept(pocket)) == (897_000 - 500 * sales, 1)
    assert good(there.taps.at(pocket.reader, timeout_s=0.05)).amount_tiyn == 3_000
    assert (pocket.money_tiyn, kept(pocket)) == (895_500, 0)
    held_tiyn = [till.takings_standing().held_tiyn for till in (here, there)]
    assert held_tiyn == [1_500, 3_000]


def test_change_of_what_a_tap_finishes_is_spent_in_the_same_tap(market: Market) -> None:
    """The card's one note was torn at this till for a sale that was given up: what comes back, and the change
    that the card made, pay the sale that is open now."""
    pocket, till = carded(market, AIGUL, 500_000, single=True), market.till()
    torn_at(till, pocket, 120_000)
    good(till.cancel_payment())
    asked_tiyn = 120_000
    good(till.begin_payment("dt-offline", asked_tiyn))
    assert good(till.taps.at(pocket.reader, timeout_s=0.05)).amount_tiyn == asked_tiyn
    assert pocket.money_tiyn == 500_000 - asked_tiyn and kept(pocket) == 0


def test_two_cards_tap_the_same_sum_often_and_each_time_money_moves(market: Market) -> None:
    """A payment that Bolat's card never got stays kept; Dana is paid each time she is said to be."""
    aigul, bolat, dana = carded(market, AIGUL, 10_000), carded(market, BOLAT), carded(market, DANA)
    terminal = market.till().device
    market.line.away = True
    torn = Tearing(aigul, LOST_ANSWER, Ins.SIGN_LINKS)
    with pytest.raises(DeviceError):
        pay_between(aigul.at(terminal), bolat.at(terminal), 2_000)
    torn.put_back()
    for times in (1, 2, 3):
        passed = good(pay_between(aigul.at(terminal), dana.at(terminal), 500))
        assert not passed.again and dana.money_tiyn == 500 * times
    assert good(pay_between(aigul.at(terminal), bolat.at(terminal), 2_000)).again
    assert not good(pay_between(aigul.at(terminal), bolat.at(terminal), 2_000)).again
    assert (aigul.money_tiyn, bolat.money_tiyn, dana.money_tiyn) == (4_500, 4_000, 1_500)


def test_a_receipt_of_long_ago_is_not_the_payment_that_is_asked_for_now(market: Market) -> None:
    """The payee's card had the money when the payer's went away unacknowledged. The next day the same sum is
    a payment of its own."""
    aigul, dana = carded(market, AIGUL, 10_000), carded(market, DANA)
    terminal = market.till().device
    torn = Tearing(aigul, LOST_COMMAND, Ins.ACKNOWLEDGE)
    good(pay_between(aigul.at(terminal), dana.at(terminal), 500))
    torn.put_back()
    assert kept(aigul) == 1, "paid, and the card could not be told"
    market.clock.advance(86_400)
    passed = good(pay_between(aigul.at(terminal), dana.at(terminal), 500))
    assert not passed.again and kept(aigul) == 0
    assert (aigul.money_tiyn, dana.money_tiyn) == (9_000, 1_000)


def test_money_comes_back_to_a_key_that_held_a_load_and_never_asked(market: Market) -> None:
    """Dana's card was loaded, paid Aigul's, and is paid by her: with the very money that it once held."""
    aigul, dana = carded(market, AIGUL), carded(market, DANA, 50_000, single=True)
    terminal = market.till().device
    for _ in range(3):
        good(pay_between(dana.at(terminal), aigul.at(terminal), 50_000))
        good(pay_between(aigul.at(terminal), dana.at(terminal), 50_000))
    assert (aigul.money_tiyn, dana.money_tiyn) == (0, 50_000)


@pytest.mark.parametrize("ins", [Ins.SIGN_LINKS, Ins.READ_TOKEN])
def test_what_a_card_garbles_is_called_the_cards_fault(market: Market, ins: Ins) -> None:
    """A bit wrong in a signature or a history: one sentence, nothing lost, and it pays then."""
    pocket, till = carded(market, AIGUL, 50_000), market.till()
    market.line.away = True
    rung_up(till, 1_000)
    honest = pocket.card.transmit
    asked = 0

    def lying(command: bytes) -> bytes:
        nonlocal asked
        asked = command[1] if command[1] != Ins.GET_RESPONSE else asked
        answer = honest(command)
        place = len(answer) // 2
        flipped = answer[:place] + bytes((answer[place] ^ 1,)) + answer[place + 1 :]
        return flipped if asked == ins and len(answer) > 2 else answer

    pocket.card.transmit = lying  # type: ignore[method-assign]
    with pytest.raises(DeviceError) as wrong:
        till.taps.at(pocket.reader, timeout_s=0.05)
    assert wrong.value.code is Code.CARD_WRONG
    pocket.card.transmit = honest  # type: ignore[method-assign]
    taken = till.taps.at(pocket.reader, timeout_s=0.05)
    assert not isinstance(taken, Refusal) and taken.amount_tiyn == 1_000
    assert (pocket.money_tiyn, till.takings_standing().held_tiyn) == (49_000, 1_000)
