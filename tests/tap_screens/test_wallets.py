"""Two wallets held together: one asks at its reader, the other is held there and pays."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from hardware.field import Field
from tender.errors import Code, DeviceError
from tests.wallet.village import Village
from tests.wallet_conversation.street import Seat, seated
from town.cast import AIGUL, DANA
from wallet.tui.doors import Choices
from wallet.tui.tap import TakeByTap

NEAR = "near"


@pytest.fixture
def village(market: Village) -> Village:
    """The same, without its tills."""
    return market


@asynccontextmanager
async def held_together(
    village: Village, loaded_tiyn: int, between: Field | None = None
) -> AsyncIterator[tuple[Seat, Seat, Field]]:
    """Aigul who pays, Dana who asks, and what is between them."""
    village.wallet(AIGUL, loaded_tiyn).close()
    village.wallet(DANA, shown=True).close()
    between = between or Field(NEAR)
    async with seated(
        village, "aigul", "dana", choices=Choices(rules_seen=True, idle_s=0, reader=NEAR)
    ) as two:
        for one in two:
            one.doors.fields[NEAR] = between
        yield two[0], two[1], between


async def asks(dana: Seat, amount: str, *, waits: bool = True) -> None:
    """Dana asks for so much, by tap; ``waits``: nothing lies there yet."""
    await dana.press("r")
    await dana.comes_to("Ask")
    await dana.types(amount)
    await dana.press("enter")
    await dana.types("tea")
    await dana.press("enter")
    await dana.comes_to("Handing")
    await dana.press("n")
    if waits:
        await dana.comes_to("TakeByTap")
        await dana.says("[ 1 Hold ]")


async def is_held_there(aigul: Seat) -> None:
    """Aigul holds her device there."""
    await aigul.press("p")
    await aigul.comes_to("Pay")
    await aigul.press("n")


def test_a_wallet_pays_a_wallet_by_tap(village: Village) -> None:
    async def play() -> None:
        async with held_together(village, 100_000) as (aigul, dana, _):
            await asks(dana, "500")
            await is_held_there(aigul)
            await aigul.comes_to("Agree")
            assert "Pay 500,00 ₸" in aigul.text() and "Dana" in aigul.text()
            assert dana.app.wallet.view.balance().spendable_tiyn == 0, "nothing before the yes"
            await aigul.press("y")
            await aigul.says("[ 3 Done ]")
            await dana.says("[ 3 Done ]")
            await aigul.press("enter")
            await aigul.comes_to("Ended")
            await dana.press("enter")
            await dana.comes_to("Ended")
            assert "Received" in dana.text()
            assert aigul.app.wallet.view.balance().spendable_tiyn == 50_000
            assert dana.app.wallet.view.balance().spendable_tiyn == 50_000

    asyncio.run(play())


def test_a_no_is_told_and_nothing_moves(village: Village) -> None:
    async def play() -> None:
        async with held_together(village, 100_000) as (aigul, dana, _):
            await asks(dana, "500")
            await is_held_there(aigul)
            await aigul.comes_to("Agree")
            await aigul.press("n")
            await dana.says("Not done")
            await aigul.says("Not done")
            assert aigul.app.wallet.view.balance().spendable_tiyn == 100_000

    asyncio.run(play())


def test_a_large_sum_wants_the_pin_and_a_wrong_one_asks_again(village: Village) -> None:
    async def play() -> None:
        async with held_together(village, 2_000_000) as (aigul, dana, _):
            limit_tiyn = aigul.app.wallet.desk.profile().without_pin_tiyn
            await asks(dana, str(limit_tiyn // 100 + 1))
            await is_held_there(aigul)
            await aigul.comes_to("Agree")
            await aigul.types("9999")
            await aigul.press("enter")
            await aigul.says("PIN is wrong")
            await aigul.types("4071")
            await aigul.press("enter")
            await dana.says("[ 3 Done ]")
            assert dana.app.wallet.view.balance().spendable_tiyn == (limit_tiyn // 100 + 1) * 100

    asyncio.run(play())


def test_leaving_before_anybody_came_leaves_the_request_open(village: Village) -> None:
    async def play() -> None:
        async with held_together(village, 100_000) as (_, dana, _between):
            await asks(dana, "500")
            await dana.press("escape")
            await dana.comes_to("Handing")
            assert "500,00" in dana.text()

    asyncio.run(play())


class Dying(Field):
    """A field that is dead as soon as the payee has said that it is ready, until somebody holds it right."""

    dana: Seat | None = None
    held_right = False

    def pass_on(self, here: Any, command: bytes) -> bytes:
        """Nothing comes through a dead field."""
        screen = self.dana.app.screen if self.dana is not None else None
        if isinstance(screen, TakeByTap) and screen._bound and not self.held_right:
            raise DeviceError(Code.CARD_OUTCOME_UNKNOWN, "reader", reader=self.name)
        return super().pass_on(here, command)


def test_taken_away_while_it_is_signed_both_say_what_is_certain_and_it_goes_on(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when it takes longer to be held right than the screen looks for somebody who wants to leave."""
    monkeypatch.setattr("wallet.tui.tap.LOOK_UP_S", 0.01)

    async def play() -> None:
        between = Dying(NEAR)
        async with held_together(village, 100_000, between) as (aigul, dana, _):
            between.dana = dana
            await asks(dana, "500")
            await is_held_there(aigul)
            await aigul.comes_to("Agree")
            await aigul.press("y")
            await dana.says("nothing is paid twice")
            between.held_right = True
            await dana.says("[ 3 Done ]")
            await aigul.says("[ 3 Done ]")
            assert dana.app.wallet.view.balance().spendable_tiyn == 50_000
            assert aigul.app.wallet.view.balance().spendable_tiyn == 50_000

    asyncio.run(play())
