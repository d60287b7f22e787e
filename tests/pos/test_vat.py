"""What a report says of each VAT rate: what stayed of its sales, to the tiyn."""

import random

import pytest

from pos.core.model import REFUND, SALE, VOID, Item, Receipt, Shift
from pos.core.totals import report
from pos.service.values import BY_CASH
from tests.mint import NOW
from tests.pos.market import Market
from tests.wallet.village import good

TEA, BREAD = Item("Tea", 11_200, 1, "12 %"), Item("Bread", 5_000, 2, "5 %")
BAG = Item("Bag", 1_000)


def receipt(
    number: int, kind: str, total_tiyn: int, *items: Item, shift: int = 1, off_tiyn: int = 0
) -> Receipt:
    of = (0, 0) if kind == SALE else (1, 1)
    return Receipt(shift, number, kind, NOW, "Aliya", b"12345678", items, off_tiyn, total_tiyn, (), *of)


def vat(*receipts: Receipt, shift: int = 1) -> dict[str, int]:
    return dict(report(Shift(shift, "Aliya", NOW, 0), receipts, NOW).vat)


SOLD = receipt(1, SALE, 22_200, TEA, BREAD, BAG)
LESS = receipt(1, SALE, 11_100, TEA, BREAD, BAG, off_tiyn=11_100)


@pytest.mark.parametrize(
    ("receipts", "told"),
    [
        pytest.param((SOLD,), {"12 %": 11_200, "5 %": 10_000}, id="sold; what has no rate is left out"),
        pytest.param((LESS,), {"12 %": 5_600, "5 %": 5_000}, id="a discount on the whole basket"),
        pytest.param((SOLD, receipt(2, REFUND, 22_200)), {"12 %": 0, "5 %": 0}, id="all given back"),
        pytest.param(
            (LESS, receipt(2, VOID, 11_100)), {"12 %": 0, "5 %": 0}, id="made void, with a discount"
        ),
        pytest.param((SOLD, receipt(2, REFUND, 11_100)), {"12 %": 5_600, "5 %": 5_000}, id="half given back"),
    ],
)
def test_a_rate_is_told_net(receipts: tuple[Receipt, ...], told: dict[str, int]) -> None:
    assert vat(*receipts) == told


def test_a_refund_of_an_earlier_shifts_sale_takes_from_the_shift_it_is_made_in() -> None:
    back = receipt(1, REFUND, 22_200, shift=2)
    assert vat(SOLD, back) == {"12 %": 11_200, "5 %": 10_000}
    assert vat(SOLD, back, shift=2) == {"12 %": -11_200, "5 %": -10_000}


@pytest.mark.parametrize("seed", range(20))
def test_whatever_the_pieces_the_parts_add_up_to_the_tiyn(seed: int) -> None:
    chance = random.Random(seed)
    items = tuple(Item("Thing", chance.randint(1, 99), chance.randint(1, 9), f"{n} %") for n in range(3))
    gross_tiyn = sum(one.amount_tiyn for one in items)
    off_tiyn = chance.randint(0, gross_tiyn - 1)
    receipts, left_tiyn = (
        [receipt(1, SALE, gross_tiyn - off_tiyn, *items, off_tiyn=off_tiyn)],
        gross_tiyn - off_tiyn,
    )
    assert sum(vat(*receipts).values()) == left_tiyn
    while left_tiyn:
        back_tiyn = chance.randint(1, left_tiyn)
        left_tiyn -= back_tiyn
        receipts.append(receipt(len(receipts) + 1, REFUND, back_tiyn))
        assert sum(vat(*receipts).values()) == left_tiyn
    assert set(vat(*receipts).values()) == {0}


def test_the_tills_own_report_is_net(market: Market) -> None:
    till = market.till()
    good(till.add_item("Tea", 11_200, 1, "12 %"))
    good(till.discount(1_200))
    good(till.cash(10_000))
    good(till.finish())
    assert good(till.x_report()).vat == {"12 %": 10_000}
    good(till.refund("1-0001", BY_CASH, 4_000))
    assert good(till.x_report()).vat == {"12 %": 6_000}
