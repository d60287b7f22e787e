"""A purse card, alone, pays at a till."""

from pos.service.values import DT_OFFLINE
from tests.pos.market import Market
from tests.taps.pocket import carded
from tests.wallet.village import good
from town.cast import AIGUL


def test_a_card_alone_pays_the_till(market: Market) -> None:
    pocket, till = carded(market, AIGUL, 500_000), market.till()
    market.line.away = True
    good(till.add_item("Tea", 120_000))
    good(till.begin_payment(DT_OFFLINE))
    taken = good(till.taps.at(pocket.reader, timeout_s=1))
    assert taken.receipt is not None and taken.receipt.total_tiyn == 120_000
    assert pocket.money_tiyn == 380_000
