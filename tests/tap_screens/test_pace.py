"""What a screen promises of a tap, held to a real card and to the clock of the model: nobody sleeps."""

import pytest

from hardware.airtime import MODELS, TimedReader
from hardware.tap_pace import card_pace
from pos.service.values import DT_OFFLINE
from tender.ports import CardReader
from tests.pos.market import Market
from tests.taps.pocket import carded
from tests.wallet.village import good
from town.cast import AIGUL


class Clock:
    """Seconds that the model adds."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def add(self, seconds: float) -> None:
        """So much later."""
        self.seconds += seconds


@pytest.mark.parametrize("model", ["air", "slow-phone"])
def test_a_card_takes_about_as_long_as_the_screen_says(market: Market, model: str) -> None:
    pocket, till, clock = carded(market, AIGUL, 500_000), market.till(), Clock()
    reader: CardReader = TimedReader(pocket.reader, MODELS[model], clock.add)
    good(till.add_item("Tea", 120_000))
    good(till.begin_payment(DT_OFFLINE))
    good(till.taps.at(reader, timeout_s=1))
    _, expected_s = card_pace(model)
    assert 0.75 * clock.seconds <= expected_s <= 1.25 * clock.seconds


def test_a_slow_chip_is_counted_and_an_unknown_air_promises_nothing() -> None:
    assert card_pace("slow-chip")[1] > card_pace("air")[1] + 0.8
    assert card_pace("")[1] == 0.0
