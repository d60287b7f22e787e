"""The main screens of the till as pictures that no change alters unseen."""

from collections.abc import Awaitable, Callable
from typing import Any

from textual.pilot import Pilot

from pos.tui.app import TillApp
from tests.pos.market import Market, sold
from tests.pos_screens.stage import SMALL, MarketDoors, pressed, settled, typed, until
from town.cast import AIGUL

SnapCompare = Callable[..., bool]


def _before(
    *acts: Callable[[TillApp, Pilot[int]], Awaitable[None]],
) -> Callable[[Pilot[Any]], Awaitable[None]]:
    async def run(pilot: Pilot[Any]) -> None:
        app = pilot.app
        assert isinstance(app, TillApp)
        await settled(app, pilot)
        for act in acts:
            await act(app, pilot)
        app.set_focus(None)  # a cursor that blinks is in half of all pictures
        await pilot.pause(0.3)
        await settled(app, pilot)

    return run


async def _rung_up(app: TillApp, pilot: Pilot[int]) -> None:
    await typed(app, pilot, "2*500 Tea", "enter")
    await typed(app, pilot, "2779 Cake", "enter")


async def _asked(app: TillApp, pilot: Pilot[int]) -> None:
    await pressed(app, pilot, "enter")


async def _receipts(app: TillApp, pilot: Pilot[int]) -> None:
    await pressed(app, pilot, "f2")
    await until(app, pilot, "COPY")


async def _offline(app: TillApp, pilot: Pilot[int]) -> None:
    await pressed(app, pilot, "f4")


def _sold_offline(market: Market) -> TillApp:
    aigul, till = market.wallet(AIGUL, 400_000), market.till()
    till.configure(offline_most_tiyn=400_000)
    sold(till, aigul, 377_900)
    till.close()
    return TillApp(MarketDoors(market), tongue="en")


def test_the_counter(market: Market, snap_compare: SnapCompare) -> None:
    market.till().close()
    app = TillApp(MarketDoors(market), tongue="en")
    assert snap_compare(app, terminal_size=SMALL, run_before=_before(_rung_up))


def test_how_it_is_paid(market: Market, snap_compare: SnapCompare) -> None:
    market.till().close()
    app = TillApp(MarketDoors(market), tongue="en", look="light")
    assert snap_compare(app, terminal_size=SMALL, run_before=_before(_rung_up, _asked))


def test_receipts(market: Market, snap_compare: SnapCompare) -> None:
    assert snap_compare(_sold_offline(market), terminal_size=SMALL, run_before=_before(_receipts))


def test_offline_money_near_its_limit(market: Market, snap_compare: SnapCompare) -> None:
    assert snap_compare(_sold_offline(market), terminal_size=SMALL, run_before=_before(_offline))
