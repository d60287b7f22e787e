"""The sale's table, one named line per case, and what the service refuses around it."""

from dataclasses import replace

import pytest

from pos.core.model import Asked, Item, Paid, Phase, Sale
from pos.core.sale import (
    TABLE,
    AddItem,
    Arrive,
    Ask,
    CountDropped,
    Drop,
    Event,
    Finish,
    MakeReceipt,
    RemoveItem,
    SetDiscount,
    Withdraw,
    step,
)
from pos.core.tenders import CASH, DT_OFFLINE
from pos.service.values import BY_RETURN, BY_TRANSFER
from tender.crypto.sealing import Pin
from tender.errors import Code, Refusal
from tests.mint import NOW
from tests.pos.market import CASHIER, CODE, Market, rung_up, sold
from tests.wallet.village import good
from town.cast import AIGUL

TEA = Item("Tea", 50_000)
EMPTY = Sale(b"12345678", 1, 1, "Aliya", NOW)
ASKED = Asked(DT_OFFLINE, 50_000, NOW, "ref", b"p" * 16, b"request")
CAME = Paid(DT_OFFLINE, 50_000, NOW, b"p" * 16)


def after(*events: Event) -> Sale:
    """The sale after these events, none of which may be refused."""
    sale = EMPTY
    for event in events:
        stepped = step(sale, event, NOW)
        assert not isinstance(stepped, Refusal), (event, stepped)
        sale = stepped[0]
    return sale


@pytest.mark.parametrize(
    ("events", "phase", "due_tiyn"),
    [
        pytest.param((AddItem(TEA),), Phase.BASKET, 50_000, id="something in the basket"),
        pytest.param((AddItem(TEA), RemoveItem(0)), Phase.BASKET, 0, id="and out again"),
        pytest.param((AddItem(TEA), SetDiscount(10_000)), Phase.BASKET, 40_000, id="a discount"),
        pytest.param((AddItem(TEA), Ask(ASKED)), Phase.PAYING, 50_000, id="asked for"),
        pytest.param((AddItem(TEA), Ask(ASKED), Withdraw()), Phase.BASKET, 50_000, id="withdrawn"),
        pytest.param((AddItem(TEA), Ask(ASKED), Arrive(CAME)), Phase.PAID, 0, id="paid"),
        pytest.param(
            (AddItem(TEA), Ask(replace(ASKED, amount_tiyn=30_000)), Arrive(Paid(CASH, 20_000, NOW))),
            Phase.PAYING,
            30_000,
            id="other money beside an open question leaves it open",
        ),
        pytest.param(
            (AddItem(TEA), Ask(ASKED), Arrive(replace(CAME, amount_tiyn=50_001))),
            Phase.PAID,
            0,
            id="more than is due, in answer to the question, is counted and not lost",
        ),
        pytest.param(
            (AddItem(TEA), Arrive(Paid(CASH, 20_000, NOW))), Phase.OWING, 30_000, id="a part in cash"
        ),
        pytest.param((AddItem(TEA), Drop()), Phase.DROPPED, 50_000, id="given up"),
        pytest.param((AddItem(TEA), Ask(ASKED), Arrive(CAME), Finish()), Phase.CLOSED, 0, id="over"),
    ],
)
def test_what_comes_of_what(events: tuple[Event, ...], phase: Phase, due_tiyn: int) -> None:
    sale = after(*events)
    assert (sale.phase, sale.due_tiyn) == (phase, due_tiyn)


@pytest.mark.parametrize(
    ("before", "event", "code"),
    [
        pytest.param((), AddItem(Item(" ", 100)), Code.NAME_WRONG, id="a thing without a name"),
        pytest.param(
            (), AddItem(Item("a\x1b[2J", 100)), Code.NAME_WRONG, id="a name that writes to printers"
        ),
        pytest.param((), AddItem(Item("Tea", 0)), Code.AMOUNT_OUT_OF_RANGE, id="for nothing"),
        pytest.param((), AddItem(Item("Tea", 1, 0)), Code.AMOUNT_OUT_OF_RANGE, id="none of it"),
        pytest.param((), AddItem(Item("Tea", 2**40)), Code.AMOUNT_OUT_OF_RANGE, id="more than there is"),
        pytest.param((), RemoveItem(0), Code.SALE_EMPTY, id="out of an empty basket"),
        pytest.param((), Ask(ASKED), Code.SALE_EMPTY, id="nothing to be paid for"),
        pytest.param((AddItem(TEA),), SetDiscount(50_000), Code.AMOUNT_OUT_OF_RANGE, id="all let off"),
        pytest.param((AddItem(TEA), Ask(ASKED)), AddItem(TEA), Code.SALE_BUSY, id="more while paying"),
        pytest.param((AddItem(TEA), Ask(ASKED)), Ask(ASKED), Code.SALE_BUSY, id="two questions at once"),
        pytest.param(
            (AddItem(TEA),), Arrive(Paid(CASH, 50_001, NOW)), Code.AMOUNT_MISMATCH, id="more than is due"
        ),
        pytest.param(
            (AddItem(TEA), Arrive(Paid(CASH, 20_000, NOW))), Drop(), Code.SALE_BUSY, id="half paid, dropped"
        ),
        pytest.param(
            (AddItem(TEA), Ask(ASKED)),
            Arrive(Paid(CASH, 1, NOW)),
            Code.AMOUNT_MISMATCH,
            id="one tiyn never lowers what an open question asks",
        ),
        pytest.param((AddItem(TEA), Ask(ASKED), Arrive(CAME)), Drop(), Code.SALE_BUSY, id="paid, dropped"),
        pytest.param((AddItem(TEA),), Finish(), Code.SALE_BUSY, id="finished before it is paid"),
    ],
)
def test_what_is_refused_changes_nothing(before: tuple[Event, ...], event: Event, code: Code) -> None:
    refused = step(after(*before), event, NOW)
    assert isinstance(refused, Refusal) and refused.code is code


def test_money_told_twice_is_counted_once() -> None:
    part = Paid(DT_OFFLINE, 20_000, NOW, b"q" * 16)
    sale = after(AddItem(TEA), Arrive(part), Arrive(part))
    assert sale.paid == (part,)


def test_a_receipt_is_made_by_the_last_of_the_money_and_by_nothing_else() -> None:
    made = step(after(AddItem(TEA), Ask(ASKED)), Arrive(CAME), NOW)
    dropped = step(after(AddItem(TEA)), Drop(), NOW)
    assert not isinstance(made, Refusal) and made[1] == (MakeReceipt(),)
    assert not isinstance(dropped, Refusal) and dropped[1] == (CountDropped(),)


def test_nothing_leaves_a_sale_that_is_over() -> None:
    assert not [phase for phase, _ in TABLE if phase in (Phase.CLOSED, Phase.DROPPED)]


def test_who_may_sell_and_when(market: Market) -> None:
    till = market.till(selling=False)

    def code_of(outcome: object) -> Code:
        assert isinstance(outcome, Refusal), outcome
        return outcome.code

    assert code_of(till.add_item("Tea", 100)) is Code.CASHIER_MISSING
    assert code_of(till.add_cashier(CASHIER, Pin("1"))) is Code.PIN_TOO_SHORT
    assert till.add_cashier(CASHIER, CODE) is None
    assert code_of(till.add_cashier("Somebody", CODE)) is Code.CASHIER_MISSING
    assert code_of(till.sign_on(CASHIER, Pin("1112"))) is Code.CASHIER_WRONG
    assert code_of(till.sign_on("Nobody", CODE)) is Code.CASHIER_WRONG
    assert good(till.sign_on("aliya", CODE)) == CASHIER
    assert code_of(till.add_item("Tea", 100)) is Code.SHIFT_CLOSED
    good(till.open_shift())
    assert code_of(till.open_shift()) is Code.SHIFT_OPEN
    assert code_of(till.begin_payment(DT_OFFLINE)) is Code.SALE_NONE
    good(till.add_item("Tea", 100))
    assert code_of(till.begin_payment("seashells")) is Code.TENDER_UNKNOWN
    assert code_of(till.begin_payment("card")) is Code.TENDER_UNKNOWN
    assert code_of(till.z_report()) is Code.SALE_BUSY
    good(till.drop())
    assert good(till.z_report()).dropped == 1


def test_what_cannot_be_given_back(market: Market) -> None:
    aigul, till = market.wallet(AIGUL, 200_000), market.till()
    first = sold(till, aigul, 50_000)

    def code_of(outcome: object) -> Code:
        assert isinstance(outcome, Refusal), outcome
        return outcome.code

    assert code_of(till.refund("7-0001", BY_RETURN)) is Code.RECEIPT_UNKNOWN
    assert code_of(till.refund("seven", BY_RETURN)) is Code.RECEIPT_UNKNOWN
    assert code_of(till.refund(first.name, BY_RETURN, 50_001)) is Code.REFUND_TOO_MUCH
    assert code_of(till.refund(first.name, BY_RETURN, 10_000)) is Code.ALREADY_SPENT
    assert code_of(till.refund(first.name, BY_TRANSFER)) is Code.PHONE_WRONG
    assert code_of(till.refund(first.name, "smoke")) is Code.TENDER_UNKNOWN
    good(till.z_report())
    good(till.open_shift())
    assert code_of(till.void(first.name)) is Code.RECEIPT_OLD
    rung_up(till, 50_000)
    assert code_of(till.add_item("Tea", 100)) is Code.SALE_BUSY
