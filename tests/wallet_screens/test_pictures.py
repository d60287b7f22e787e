"""The main screens as they look, to the cell: a change that nobody meant shows as a picture in the report.

Drawn and compared by pytest-textual-snapshot. After a change that was meant:
``pytest tests/wallet_screens --snapshot-update``.
"""

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from faces.language import use
from tests.wallet.village import Village, approved, good, hand_over
from tests.wallet_screens.street import SMALL, VillageDoors, settled
from town.cast import AIGUL, DANA
from wallet.tui.app import WalletApp
from wallet.tui.doors import Choices

Compare = Callable[..., bool]


@pytest.fixture
def doors(village: Village) -> VillageDoors:
    """A wallet with one payment of each kind of end."""
    aigul, dana = village.wallet(AIGUL, 500_000), village.wallet(DANA, shown=True)
    hand_over(aigul, dana, 120_000, "lunch")
    approved(aigul.money, good(dana.money.request(45_000, "coffee")).message)
    good(aigul.money.request(10_000, "book"))
    aigul.close()
    dana.close()
    return VillageDoors(village, "aigul")


def keys(*pressed: str) -> Callable[[Pilot[Any]], Any]:
    """Come to rest, press each key, come to rest again."""

    async def before(pilot: Pilot[Any]) -> None:
        assert isinstance(pilot.app, WalletApp)
        await settled(pilot.app, pilot)
        for key in pressed:
            await pilot.press(key)
            await settled(pilot.app, pilot)

    return before


def test_home(doors: VillageDoors, snap_compare: Compare) -> None:
    assert snap_compare(WalletApp(doors), terminal_size=SMALL, run_before=keys())


def test_history_on_a_light_ground(doors: VillageDoors, snap_compare: Compare) -> None:
    doors.chosen = Choices(rules_seen=True, idle_s=0, look="light")
    assert snap_compare(WalletApp(doors), terminal_size=SMALL, run_before=keys("h"))


def test_a_payment_without_colour(
    doors: VillageDoors, snap_compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(WalletApp(doors), terminal_size=SMALL, run_before=keys("h", "down", "enter"))


def test_settings_where_the_terminal_is_not_utf8(doors: VillageDoors, snap_compare: Compare) -> None:
    use("kk")
    app = WalletApp(doors, environment={"LANG": "C"})
    assert snap_compare(app, terminal_size=SMALL, run_before=keys("d"))
