"""A card that is pulled, swapped or locked while it pays at a till: paid once, or not at all, and said so."""

from itertools import count

import pytest

from pos.service.till import Till
from pos.service.values import DT_OFFLINE
from tender.crypto.sealing import Pin
from tender.errors import Code, DeviceError, Refusal
from tender.purse.commands import Ins
from tests.pos.market import Market
from tests.taps.pocket import CARD_PIN, LOST_ANSWER, LOST_COMMAND, Tearing, carded
from tests.wallet.village import good
from town.cast import AIGUL, BOLAT

PRICE_TIYN = 1_000


def rung_up(till: Till, amount_tiyn: int = PRICE_TIYN) -> None:
    good(till.add_item("Tea", amount_tiyn))
    good(till.begin_payment(DT_OFFLINE))


@pytest.mark.parametrize("way", [LOST_COMMAND, LOST_ANSWER])
def test_pulled_at_any_command_the_till_is_paid_once(market: Market, way: str) -> None:
    pocket, till = carded(market, AIGUL, 900_000), market.till()
    market.line.away = True
    torn = Tearing(pocket, way)
    for sales in count(1):
        torn.arm(sales)
        rung_up(till)
        taken = good(till.taps.at(pocket.reader, timeout_s=0.1, pulled=torn.put_back))
        torn.put_back()
        assert taken.receipt is not None and taken.receipt.total_tiyn == PRICE_TIYN, sales
        good(till.finish())
        assert pocket.money_tiyn == 900_000 - sales * PRICE_TIYN, sales
        assert till.takings_standing().held_tiyn == sales * PRICE_TIYN
        if not torn.fired:
            break
    assert sales > 20


def test_what_was_signed_for_a_question_that_is_gone_comes_back_to_the_card(market: Market) -> None:
    pocket, till = carded(market, AIGUL, 500_000, single=True), market.till()
    rung_up(till, 120_000)
    torn = Tearing(pocket, LOST_ANSWER, Ins.SIGN_LINKS)
    with pytest.raises(DeviceError):
        till.taps.at(pocket.reader, timeout_s=0.05)
    torn.put_back()
    assert pocket.money_tiyn == 380_000 and till.takings_standing().held_tiyn == 0
    good(till.cancel_payment())
    good(till.begin_payment(DT_OFFLINE, 100_000))
    taken = good(till.taps.at(pocket.reader, timeout_s=0.1))
    assert taken.amount_tiyn == 100_000
    assert (pocket.money_tiyn, till.takings_standing().held_tiyn) == (400_000, 100_000)


def test_another_card_does_not_go_on_with_what_the_first_began(market: Market) -> None:
    aigul, bolat, till = carded(market, AIGUL, 500_000), carded(market, BOLAT, 500_000), market.till()
    rung_up(till)
    torn = Tearing(aigul, LOST_ANSWER, Ins.SIGN_LINKS)

    def other() -> None:
        aigul.field.insert(bolat.card)

    with pytest.raises(DeviceError) as swapped:
        till.taps.at(aigul.reader, timeout_s=0.1, pulled=other)
    assert swapped.value.code is Code.CARD_SWAPPED
    assert till.takings_standing().held_tiyn == 0
    aigul.field.remove()
    torn.put_back()
    assert good(till.taps.at(aigul.reader, timeout_s=0.1)).receipt is not None
    assert till.takings_standing().held_tiyn == PRICE_TIYN


def test_a_large_amount_needs_the_pin_and_a_wrong_one_pays_nothing(market: Market) -> None:
    pocket, till = carded(market, AIGUL, 2_000_000), market.till()
    rung_up(till, 1_500_000)
    asked = till.taps.at(pocket.reader, timeout_s=0.1)
    assert isinstance(asked, Refusal) and asked.code is Code.CARD_PIN_NEEDED
    for left in (2, 1, 0):
        with pytest.raises(DeviceError) as wrong:
            till.taps.at(pocket.reader, timeout_s=0.1, ask_pin=lambda: Pin("0000"))
        if left:
            assert wrong.value.code is Code.PIN_WRONG and dict(wrong.value.refusal.facts)["left"] == left
    with pytest.raises(DeviceError) as blocked:
        till.taps.at(pocket.reader, timeout_s=0.1, ask_pin=lambda: CARD_PIN)
    assert blocked.value.code is Code.CARD_BLOCKED
    assert pocket.money_tiyn == 2_000_000
    good(till.cancel_payment())
    rung_up_again = good(till.begin_payment(DT_OFFLINE, 1_000))
    assert rung_up_again.amount_tiyn == 1_000
    small = till.taps.at(pocket.reader, timeout_s=0.1)
    assert isinstance(small, Refusal) and small.code is Code.CARD_BLOCKED, "small sums too"
    assert pocket.money_tiyn == 2_000_000
