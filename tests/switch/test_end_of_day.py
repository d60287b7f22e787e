"""The end of a day: what each bank is told, that it adds up, and what the report says when it does not."""

from typing import Any

import pytest

from card_switch.core import end_of_day
from card_switch.core.end_of_day import NAME
from card_switch.service.closing import closing_questions
from tender.account.card_messages import (
    CloseDay,
    DayClosed,
    Difference,
    Position,
    decode_order,
    encode_reply,
)
from tender.account.participants import CENTERCREDIT, EURASIAN, HALYK
from tender.card.iso8583.message import Message
from tender.errors import Refusal
from tests.switch.stand_ins import World, card, purchase, reversal

MERCHANT = "990140000385"


def closed(world: World, refusing: int = 0) -> tuple[dict[int, CloseDay], dict[str, Any]]:
    """Close the day with banks that check that what they are told adds up; their orders and the report."""
    close = closing_questions(world.board, world.end, world.batches)["close-day"]
    later = close({}, world.now_ms)
    assert callable(later)
    world.turn()
    asked, world.orders = world.orders, []
    orders = {}
    for one in asked:
        order = decode_order(one.order)
        assert isinstance(order, CloseDay)
        orders[one.bank] = order
        spent = sum(line.change_tiyn for line in order.lines)
        owed = sum(merchant.change_tiyn for merchant in order.merchants)
        adds_up = spent - owed == sum(position.change_tiyn for position in order.positions)
        code = "" if adds_up and one.bank != refusing else "sums-differ"
        differs = (Difference("x", 1, 2),) if code else ()
        reply = DayClosed(one.operation, code, 0 if code else spent, differs)
        world.board.bank_said(one.bank, one.operation, encode_reply(reply), world.now_ms)
    world.turn()
    told = later()
    assert told is not None and not isinstance(told, Refusal)
    return orders, dict(told)


def spend(world: World) -> None:
    """Off-us 3 779 of Halyk, on-us 500 of CenterCredit, off-us 700 of Eurasian, 200 of it given back, and
    1 000 of cash by Halyk's card; all at CenterCredit. One purchase of 900 is taken back."""
    terminal = world.terminal(CENTERCREDIT)
    asked = [
        purchase(world, card(HALYK), stan=1),
        purchase(world, card(CENTERCREDIT), 500_00, stan=2),
        purchase(world, card(EURASIAN), 700_00, stan=3),
        purchase(world, card(EURASIAN), 200_00, stan=4, processing="200000"),
        purchase(world, card(HALYK), 1_000_00, stan=5, processing="010000", mti="0200"),
        purchase(world, card(HALYK), 900_00, stan=6),
    ]
    for one in asked:
        assert terminal.ask(one).code == "00"
    assert terminal.ask(reversal(asked[-1])).code == "00"


def totals(world: World, sales: int, sales_tiyn: int, stan: int = 70) -> Message:
    """0500 with one refund of 200."""
    fields = {
        number: value
        for number, value in purchase(world, card(), stan=stan).fields.items()
        if number in (7, 11, 12, 13, 41, 42)
    }
    counted = {74: f"{1:010}", 76: f"{sales:010}", 86: f"{200_00:016}", 88: f"{sales_tiyn:016}"}
    return Message("0500", {**fields, **counted})


def test_a_day_adds_up_for_every_bank() -> None:
    world = World()
    spend(world)
    orders, told = closed(world)
    assert told["agrees"] is True
    halyk, center = orders[HALYK], orders[CENTERCREDIT]
    assert [line.change_tiyn for line in halyk.lines] == [3_779_00, 1_000_00]
    assert halyk.positions == (Position(CENTERCREDIT, 4_779_00),)
    assert [line.change_tiyn for line in center.lines] == [500_00]
    credits = {one.merchant: one.change_tiyn for one in center.merchants}
    assert credits == {MERCHANT: 3_779_00 + 500_00 + 700_00 - 200_00, "": 1_000_00}
    assert center.positions == (Position(HALYK, -4_779_00), Position(EURASIAN, -500_00))
    assert orders[EURASIAN].positions == (Position(CENTERCREDIT, 500_00),)


def test_what_a_day_has_counted_no_other_counts_and_a_late_reversal_takes_it_back() -> None:
    world = World()
    terminal = world.terminal(CENTERCREDIT)
    asked = purchase(world, card(HALYK))
    terminal.ask(asked)
    closed(world)
    second, _ = closed(world)
    assert not second[HALYK].lines and not second[CENTERCREDIT].merchants
    world.start()
    terminal = world.terminal(CENTERCREDIT)
    terminal.ask(reversal(asked))
    third, told = closed(world)
    assert [line.change_tiyn for line in third[HALYK].lines] == [-3_779_00]
    assert third[CENTERCREDIT].positions == (Position(HALYK, 3_779_00),)
    assert told["agrees"] is True


def test_a_bank_that_refused_is_asked_for_the_same_with_the_next_day() -> None:
    world = World()
    spend(world)
    _, told = closed(world, refusing=HALYK)
    assert told["agrees"] is False
    again, told = closed(world)
    assert [line.change_tiyn for line in again[HALYK].lines] == [3_779_00, 1_000_00]
    assert not again[CENTERCREDIT].lines
    assert told["agrees"] is True


def test_a_till_that_counted_otherwise_is_named() -> None:
    for sales_tiyn, agrees in ((5_979_00, True), (5_978_99, False)):
        world = World()
        spend(world)
        terminal = world.terminal(CENTERCREDIT)
        asked = totals(world, 4, sales_tiyn)
        answer = terminal.ask(asked)
        assert answer.code == ("00" if agrees else "95")
        assert answer.fields[88] == f"{5_979_00:016}"
        assert terminal.ask(asked) == answer
        _, told = closed(world)
        [batch] = told["batches"]
        assert (batch["terminal"], batch["agrees"]) == ("T0000001", agrees)
        assert told["agrees"] is agrees
        assert terminal.ask(totals(world, 4, sales_tiyn, stan=71)).fields[88] == f"{0:016}"


def test_nobody_closes_the_batch_of_another_merchants_terminal_of_the_same_number() -> None:
    world = World()
    spend(world)
    terminal = world.terminal(CENTERCREDIT)
    other = {42: f"{'120440001234':<15}"}
    assert terminal.ask(purchase(world, card(HALYK), 20_99, stan=60).having(other)).code == "00"
    answer = terminal.ask(totals(world, 1, 20_99).having(other).having({74: "0" * 10, 86: "0" * 16}))
    assert (answer.code, answer.fields[88]) == ("00", f"{20_99:016}")
    # Under the same trace number in the same second, too: it is no repeat.
    answer = terminal.ask(totals(world, 4, 5_979_00))
    assert (answer.code, answer.fields[88]) == ("00", f"{5_979_00:016}")
    _, told = closed(world)
    assert [one["agrees"] for one in told["batches"]] == [True, True] and not told["open_batches"]
    nameless = totals(world, 0, 0, stan=71).without(42)
    assert terminal.ask(nameless).code == "30"


def test_a_batch_may_span_two_days_and_an_open_one_is_named_as_such() -> None:
    world = World()
    spend(world)
    _, told = closed(world)
    assert told["agrees"] is True and not told["batches"]
    assert [one["terminal"] for one in told["open_batches"]] == ["T0000001"]
    assert told["date"] == "2026-09-21 19:13"
    world.pass_time(86_400)
    terminal = world.terminal(CENTERCREDIT)
    assert terminal.ask(purchase(world, card(HALYK), 20_99, stan=80)).code == "00"
    assert terminal.ask(totals(world, 5, 5_979_00 + 20_99)).code == "00"
    _, told = closed(world)
    assert told["agrees"] is True and not told["open_batches"]
    [batch] = told["batches"]
    assert batch["agrees"] and batch["till"]["debits_tiyn"] == 5_999_99


def test_an_operation_that_does_not_stand_alike_everywhere_is_named() -> None:
    world = World()
    spend(world)
    issuer = world.issuers[HALYK]
    issuer.stands_tiyn["000001/T0000001"] = 1_00
    _, told = closed(world)
    [wrong] = told["mismatches"]
    assert [wrong[f"{host}_tiyn"] for host in ("acquirer", "network", "issuer")] == [3_779_00, 3_779_00, 1_00]
    assert told["agrees"] is False


def test_one_that_differs_stops_no_bank_and_counts_once_it_stands_alike() -> None:
    world = World()
    spend(world)
    issuer = world.issuers[HALYK]
    asked = purchase(world, card(HALYK), 7_00, stan=9)
    terminal = world.terminal(CENTERCREDIT)
    assert terminal.ask(asked).code == "00"
    assert terminal.ask(reversal(asked, stan=10)).code == "00"
    issuer.stands_tiyn["000009/T0000001"] = 7_00  # it has not done what it said
    orders, told = closed(world)
    assert len(told["mismatches"]) == 1 and not [one for one in told["banks"] if one.get("code")]
    assert sum(line.change_tiyn for line in orders[HALYK].lines) == 3_779_00 + 1_000_00
    issuer.stands_tiyn["000009/T0000001"] = 0
    orders, told = closed(world)
    assert not told["mismatches"] and not orders[HALYK].lines


def test_a_day_that_waits_for_a_bank_is_asked_for_again_after_a_restart() -> None:
    world = World()
    spend(world)
    close = closing_questions(world.board, world.end, world.batches)["close-day"]
    assert callable(close({}, world.now_ms))
    world.turn()
    before = {one.operation: one.order for one in world.orders}
    world.orders = []
    world.start()
    assert {one.operation: one.order for one in world.orders} == before
    refused = closing_questions(world.board, world.end, world.batches)["close-day"]({}, world.now_ms)
    assert isinstance(refused, Refusal)
    assert {name[0] for name in world.rows.rows} >= {NAME}


def test_a_bank_of_more_merchants_than_one_message_holds_is_told_in_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(end_of_day, "DAY_LINES_MOST", 2)
    world = World()
    terminal = world.terminal(CENTERCREDIT)
    for number in range(1, 6):
        asked = purchase(world, card(HALYK), number * 100_00, stan=number).having({42: f"{number:012}   "})
        assert terminal.ask(asked).code == "00"
    closed_day = world.end.close(world.now_ms)
    assert not isinstance(closed_day, Refusal)
    day = world.end.days[closed_day[0]]
    told = [one for one in day.closings if one.operation.split("-")[2] == str(CENTERCREDIT)]
    assert [len(one.merchants) for one in told] == [2, 2, 1]
    assert [(one.part, one.parts, len(one.positions)) for one in told] == [(1, 3, 0), (2, 3, 0), (3, 3, 1)]
    assert sum(one.change_tiyn for part in told for one in part.merchants) == 1_500_00
