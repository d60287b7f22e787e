"""What somebody may type at a till and what not: a refusal names the field, and the book stays readable."""

from collections.abc import Callable

import pytest

from pos.service.till import Till
from pos.service.values import BY_CASH, BY_TRANSFER
from tender.errors import Code, Refusal
from tests.pos.market import Market
from tests.wallet.village import good

HUGE = 2**60
RIGHT_TO_LEFT = "Bank\u202e"


@pytest.mark.parametrize(
    ("door", "code", "field"),
    [
        (lambda till: till.configure(merchant="x" * 121), Code.NAME_WRONG, "merchant"),
        (lambda till: till.configure(merchant=RIGHT_TO_LEFT), Code.NAME_WRONG, "merchant"),
        (lambda till: till.configure(city="x" * 61), Code.NAME_WRONG, "city"),
        (lambda till: till.configure(address="x" * 201), Code.NAME_WRONG, "address"),
        (lambda till: till.configure(offline_most_tiyn=-5), Code.AMOUNT_OUT_OF_RANGE, "offline_most"),
        (lambda till: till.configure(offline_most_tiyn=HUGE), Code.AMOUNT_OUT_OF_RANGE, "offline_most"),
        (lambda till: till.configure(warn_percent=500), Code.AMOUNT_OUT_OF_RANGE, "warn_percent"),
        (lambda till: till.move_cash(HUGE), Code.AMOUNT_OUT_OF_RANGE, "drawer"),
        (lambda till: till.move_cash(-HUGE), Code.AMOUNT_OUT_OF_RANGE, "drawer"),
        (lambda till: till.z_report(-5), Code.AMOUNT_OUT_OF_RANGE, "counted"),
        (lambda till: till.z_report(HUGE), Code.AMOUNT_OUT_OF_RANGE, "counted"),
        (lambda till: till.cash(HUGE), Code.AMOUNT_OUT_OF_RANGE, "cash"),
        (lambda till: till.cash(5, -5), Code.AMOUNT_MISMATCH, "amount"),
        (lambda till: till.add_item("Tea", HUGE), Code.AMOUNT_OUT_OF_RANGE, "items"),
        (lambda till: till.add_item("Tea", 10, 1, "\x1b[2J"), Code.NAME_WRONG, "item.vat"),
        (lambda till: till.add_item("Tea", 10, 1, "x" * 13), Code.NAME_WRONG, "item.vat"),
        (lambda till: till.refund("1-0001", BY_TRANSFER, 10, "7" * 200), Code.PHONE_WRONG, "to"),
        (lambda till: till.refund("1-0001", BY_TRANSFER, 10, "abc"), Code.PHONE_WRONG, "to"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_field(
    market: Market, door: Callable[[Till], object], code: Code, field: str
) -> None:
    till = market.till()
    good(till.add_item("Tea", 1_000))
    good(till.cash(1_000))
    good(till.finish())
    good(till.add_item("Cake", 2_000))
    before = till.status()
    told = door(till)
    assert isinstance(told, Refusal) and (told.code, told.field) == (code, field)
    assert till.status() == before
    assert market.restarted(till).status() == before


def test_a_shift_begins_with_a_drawer_that_can_be(market: Market) -> None:
    till = market.till()
    good(till.z_report(0))
    for drawer_tiyn in (-1, HUGE):
        told = till.open_shift(drawer_tiyn)
        assert isinstance(told, Refusal) and told.field == "drawer"
    assert good(till.open_shift(5_000)).drawer_tiyn == 5_000
    assert isinstance(till.refund("1-0001", BY_CASH), Refusal)
