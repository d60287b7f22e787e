"""The middle of things at the till: closed windows, requests taken back, money that goes back, bad codes."""

import asyncio

import pytest
from textual.events import Paste
from textual.geometry import Size
from textual.widgets import Input

from tender.account.client_messages import TO_DT
from tender.account.merchant_messages import QR
from tender.cash.armour import to_text
from tender.qr.payment_code import decode
from tests.pos.market import Market
from tests.pos_screens.stage import (
    SMALL,
    TYPICAL,
    MarketDoors,
    at_the_till,
    fetched_receipt,
    held_up,
    paid_by_code,
    pressed,
    seen_message,
    shown,
    typed,
    until,
)
from tests.qr.pixels import codes_in, screen_picture
from tests.wallet.village import approved, good
from town.cast import AIGUL


def test_a_window_closed_while_waiting_and_another_closed_before_the_receipt(market: Market) -> None:
    aigul = market.wallet(AIGUL, 100_000)
    market.till().close()
    market.line.away = True

    async def evening() -> None:
        async with at_the_till(MarketDoors(market)) as (app, pilot):
            await typed(app, pilot, "600 Tea", "enter", "enter", "1")
            request = await seen_message(app, pilot)
        async with at_the_till(MarketDoors(market)) as (app, pilot):
            assert await seen_message(app, pilot) == request, "the very same question"
            await paid_by_code(app, pilot, aigul)
        async with at_the_till(MarketDoors(market)) as (app, pilot):
            assert "Paid: 600,00" in shown(app)
            await fetched_receipt(app, pilot, aigul)
            await pressed(app, pilot, "enter")
            assert "Basket" in shown(app)

    asyncio.run(evening())
    till = market.opened_till()
    assert [one.total_tiyn for one in till.receipts()] == [60_000]
    assert till.takings_standing().held_tiyn == 60_000


def test_the_very_money_goes_back_by_code_and_the_receipt_is_printed_as_a_copy(market: Market) -> None:
    aigul = market.wallet(AIGUL, 100_000)
    market.till().close()
    market.line.away = True
    doors = MarketDoors(market)

    async def returned() -> None:
        async with at_the_till(doors) as (app, pilot):
            await typed(app, pilot, "600 Tea", "enter", "enter", "1")
            await paid_by_code(app, pilot, aigul)
            await pressed(app, pilot, "p", "g", "t", "enter")
            await pressed(app, pilot, "f2", "p", "k")
            await fetched_receipt(app, pilot, aigul)
            await pressed(app, pilot, "escape", "u", "y")
            back = good(aigul.money.receive(await seen_message(app, pilot)))
            assert back.status == "returned"
            await pressed(app, pilot, "escape")
            assert "cancelled" in shown(app)

    asyncio.run(returned())
    assert aigul.view.balance().spendable_tiyn == 100_000
    assert market.opened_till().takings_standing().held_tiyn == 0
    assert [name.rpartition(".")[2] for name in doors.saved] == ["png", "txt"]
    words = doors.saved["receipt-1-0001.txt"].decode()
    assert "600,00" in words and "COPY" not in words
    first, again = doors.paper
    assert b"COPY" not in first and b"COPY" in again


def test_online_by_a_payment_code_while_the_bank_comes_and_goes(market: Market) -> None:
    aigul = market.wallet(AIGUL)
    good(aigul.bank.convert(TO_DT, 100_000))
    market.till().close()

    async def bought() -> None:
        async with at_the_till(MarketDoors(market), TYPICAL) as (app, pilot):
            await typed(app, pilot, "600 Tea", "enter", "enter", "2")
            assert "Waiting for the bank" in shown(app)
            (scanned,) = codes_in(screen_picture(app))
            market.line.away = True
            await until(app, pilot, "The bank cannot be reached")
            market.line.away = False
            code = decode(scanned.decode())
            assert code.amount_tiyn == 60_000
            good(aigul.merchants.pay(code.merchant, 60_000, code.reference_label, channel=QR))
            await until(app, pilot, "Paid: 600,00")
            await pressed(app, pilot, "enter")

    asyncio.run(bought())
    assert [one.total_tiyn for one in market.opened_till().receipts()] == [60_000]


def test_a_request_is_taken_back_after_a_question(market: Market) -> None:
    market.till().close()

    async def changed_mind() -> None:
        async with at_the_till(MarketDoors(market)) as (app, pilot):
            await typed(app, pilot, "600 Tea", "enter", "enter", "1", "escape")
            assert "Take this request back?" in shown(app)
            await pressed(app, pilot, "n")
            assert "The customer scans this code" in shown(app)
            await pressed(app, pilot, "escape", "y")
            assert "600,00" in shown(app) and "Basket" in shown(app)
            await pressed(app, pilot, "f9", "y")
            assert "TOTAL  0,00" in shown(app)

    asyncio.run(changed_mind())


def test_codes_that_are_not_this_payment_change_nothing(market: Market) -> None:
    aigul = market.wallet(AIGUL, 100_000)
    till = market.till()
    till.close()
    other = good(aigul.money.request(5_000)).message

    async def annoyed() -> None:
        async with at_the_till(MarketDoors(market)) as (app, pilot):
            await typed(app, pilot, "600 Tea", "enter", "enter", "1")
            request = await seen_message(app, pilot)
            await held_up(app, pilot, other)
            await until(app, pilot, "expected")
            (market.folder / "torn.png").write_bytes(b"no picture")
            await typed(app, pilot, "ftorn.png", "enter")
            await until(app, pilot, "torn.png")
            await typed(app, pilot, "fnothing.png", "enter")
            await until(app, pilot, "nothing.png")
            assert await seen_message(app, pilot) == request
            await held_up(app, pilot, approved(aigul.money, request).messages[-1])
            await until(app, pilot, "Paid: 600,00")

    asyncio.run(annoyed())


def test_a_window_too_small_and_then_large_shows_the_same_request(market: Market) -> None:
    market.till().close()

    async def resized() -> None:
        async with at_the_till(MarketDoors(market), SMALL) as (app, pilot):
            await typed(app, pilot, "600 Tea", "enter", "enter", "1")
            request = await seen_message(app, pilot)
            await pilot.resize_terminal(60, 15)
            await until(app, pilot, "60 columns and 15 rows")
            await pilot.resize_terminal(*TYPICAL)
            await until(app, pilot, "The customer scans")
            assert app.size == Size(*TYPICAL)
            assert await seen_message(app, pilot) == request

    asyncio.run(resized())


@pytest.mark.parametrize("tag", ["en", "ru", "kk"])
def test_the_keys_of_the_counter_stand_on_the_smallest_screen_in_every_language(
    market: Market, tag: str
) -> None:
    market.till().close()

    async def seen() -> None:
        async with at_the_till(MarketDoors(market), SMALL, tongue=tag) as (app, pilot):
            await typed(app, pilot, "2*500 Tea", "enter")
            words = shown(app)
            assert "1 000,00 ₸" in words
            foot = "\n".join(words.splitlines()[-3:])
            assert all(key in foot.lower() for key in ("f2", "f3", "f4", "f8", "f9", "f10")), foot

    asyncio.run(seen())


def test_a_payment_pasted_as_text_is_taken_and_a_cut_one_is_said_to_be_cut(market: Market) -> None:
    aigul = market.wallet(AIGUL, 100_000)
    market.till().close()
    market.line.away = True

    async def evening() -> None:
        async with at_the_till(MarketDoors(market)) as (app, pilot):
            await typed(app, pilot, "600 Tea", "enter", "enter", "1")
            payment = approved(aigul.money, await seen_message(app, pilot)).messages[-1]
            text = to_text(payment)
            app.screen.post_message(Paste("good morning"))
            app.screen.post_message(Paste(text[: len(text) // 2]))
            await until(app, pilot, "Part of the message")
            await pressed(app, pilot, "f")
            assert app.focused is not None
            app.focused.post_message(Paste(text))
            await until(app, pilot, "Paid: ")

    asyncio.run(evening())


@pytest.mark.parametrize("size", [SMALL, (100, 24)])
def test_the_code_of_an_online_payment_is_read_from_the_smallest_screen(
    market: Market, size: tuple[int, int]
) -> None:
    market.till().close()

    async def bought() -> None:
        async with at_the_till(MarketDoors(market), size) as (app, pilot):
            await typed(app, pilot, "3779 Shoes", "enter", "f5", "2")
            (scanned,) = codes_in(screen_picture(app))
            code = decode(scanned.decode())
            assert (code.amount_tiyn, code.dynamic) == (377_900, True)
            assert code.merchant and code.bank and code.reference_label
            await pressed(app, pilot, "escape")
            assert "f Full screen" in shown(app) and "s Save picture" in shown(app)
            await pressed(app, pilot, "f")
            assert codes_in(screen_picture(app)) == [scanned]

    asyncio.run(bought())


def test_a_new_pin_is_begun_anew_in_both_fields_and_an_activation_code_is_dots(market: Market) -> None:
    doors = MarketDoors(market, "new", pin=None)

    async def begun() -> None:
        async with at_the_till(doors) as (app, pilot):
            await typed(app, pilot, "1234", "enter")
            await typed(app, pilot, "12", "shift+tab")
            assert [one.value for one in app.screen.query(Input)] == ["1234", "12"]
            await pressed(app, pilot, "backspace", "backspace", "backspace", "backspace")
            assert [one.value for one in app.screen.query(Input)] == ["", ""]
            await typed(app, pilot, "1234", "enter")
            await typed(app, pilot, "1234", "enter")
            await until(app, pilot, "Activation code")
            await pressed(app, pilot, "tab")
            await typed(app, pilot, "1234567890123456")
            assert "1234567890" not in shown(app) and "••••••••••" in shown(app)

    asyncio.run(begun())
