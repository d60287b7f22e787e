"""The history through its screen: found as one types, quick however long, and each payment's whole way."""

import asyncio
from dataclasses import replace
from hashlib import sha256

import pytest

from tests.wallet.village import Village, hand_over
from tests.wallet_screens.street import WIDE, VillageDoors, playing, pressed, shown, typed
from town.cast import AIGUL, DANA

LOADED = 500_000


@pytest.mark.row("DT-A-07")
def test_an_offline_payment_shows_its_full_way_after_a_reconnect(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA, shown=True)
    village.line.away = True
    hand_over(aigul, dana, 120_000, "lunch")
    aigul.close()
    dana.close()
    village.clock.advance(3_600)

    async def play() -> None:
        async with playing(VillageDoors(village, "aigul")) as (app, pilot):
            await pressed(app, pilot, "h", "enter")
            offline = shown(app)
            assert "1\u202f200,00" in offline and "lunch" in offline and "Dana" in offline
            assert "seen by the platform" not in offline
            village.line.away = False  # the network is back
            await pressed(app, pilot, "escape", "escape", "y", "escape", "h", "enter")
            told = shown(app)
        way = told.partition("Its way")[2].split("\n")
        steps = [line.strip() for line in way if line.strip()[:2].isdigit()]
        assert (steps[0][:16], steps[-1][:16]) == ("15.01.2027 13:00", "15.01.2027 14:00")
        assert [line[18:] for line in steps] == [
            "asked of you",
            "agreed to, being signed",
            "sent, receipt not back yet",
            "paid, receipt held",
            "seen by the platform",
        ]

    asyncio.run(play())


def test_typing_finds_and_a_thousand_lines_are_drawn_one_screen_at_a_time(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    hand_over(aigul, dana, 120_000, "lunch")
    (real,) = aigul.view.history(1)
    with aigul.desk.commit() as changes:
        for place in range(1, 1_001):
            name = sha256(b"%d" % place).digest()[:16]
            row = replace(real, id=name, time=real.time - place, purpose=f"thing-{place}", number=place)
            changes.put(row)
    aigul.close()
    dana.close()

    async def play() -> None:
        async with playing(VillageDoors(village, "aigul"), WIDE) as (app, pilot):
            await pressed(app, pilot, "h")
            assert "Payments: 1003" in shown(app)
            assert "thing-900" not in shown(app)
            await typed(app, pilot, "thing-900")
            assert "Found: 1\n" in shown(app) and "thing-900" in shown(app)
            await pressed(app, pilot, "enter")
            assert "thing-900" in shown(app).partition("Its way")[0]
            await pressed(app, pilot, "escape", *["backspace"] * 9)
            await pressed(app, pilot, "pagedown", "pagedown")
            assert "thing-90\n" not in shown(app)
            assert any(f"thing-{near}" in shown(app) for near in range(95, 120))

    asyncio.run(play())


def test_what_can_be_done_about_a_payment_is_done_there(village: Village) -> None:
    aigul = village.wallet(AIGUL, LOADED)
    aigul.money.request(10_000, "book")
    aigul.close()

    async def play() -> None:
        async with playing(VillageDoors(village, "aigul")) as (app, pilot):
            assert "Not finished: 1" in shown(app)
            await pressed(app, pilot, "enter", "c")
            assert "Give up this payment?" in shown(app)
            await pressed(app, pilot, "n")
            assert "asked for" in shown(app)
            await pressed(app, pilot, "c", "y")
            assert "given up" in shown(app)
            await pressed(app, pilot, "escape")
            assert "Not finished" not in shown(app)

    asyncio.run(play())
