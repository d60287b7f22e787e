"""What the wallet shows when it is opened: money by purpose, accounts and their sum, what waits, names."""

import asyncio

import pytest

from device.service.wallet import Wallet
from faces.screens.rows import Rows
from tender.cash.token import Rule
from tender.crypto.sealing import Pin
from tests.wallet.village import Village, approved, good, hand_over
from tests.wallet_screens.street import SMALL, WIDE, VillageDoors, playing, pressed, settled, shown, typed
from town.cast import AIGUL, BOLAT, DANA, Person
from wallet.tui.doors import Choices

LOADED = 500_000


def closed(*wallets: Wallet) -> None:
    """Their processes have ended: the screen's may open them."""
    for one in wallets:
        one.close()


@pytest.mark.row("DT-F-11")
def test_two_accounts_at_two_banks_and_their_sum(village: Village) -> None:
    """Aigul has accounts at Altyn and Eurasian: one PIN opens both, and home shows each and the sum."""
    at_altyn = village.wallet(AIGUL, LOADED)
    aigul_there = Person("aigul-2", "Aigul", BOLAT.bank, AIGUL.number, AIGUL.phone, 30_000_000)
    at_eurasian = village.wallet(aigul_there, 120_000)
    good(at_eurasian.settling.deposit(20_000))
    closed(at_altyn, at_eurasian)

    async def play() -> None:
        doors = VillageDoors(village, "aigul", chosen=Choices(rules_seen=True, others=("aigul-2",)))
        async with playing(doors) as (app, pilot):
            home = shown(app)
            assert "Altyn Bank" in home and "Eurasian Bank" in home
            assert "200,00\u00a0₸" in home  # on the account at Eurasian
            await pressed(app, pilot, "a")
            accounts = shown(app)
            assert "6\u202f200,00\u00a0₸" in accounts.partition("All Digital Tenge")[2]
            assert all(
                sum_text in accounts
                for sum_text in ("5\u202f000,00", "1\u202f000,00", "6\u202f000,00", "200,00")
            )
            await pressed(app, pilot, "down", "enter")
            assert "Aigul · Eurasian Bank" in shown(app)
            assert "1\u202f000,00\u00a0₸" in shown(app)

    asyncio.run(play())


def test_another_pin_leaves_the_other_account_shut_and_home_opens_all_the_same(village: Village) -> None:
    aigul = village.wallet(AIGUL, LOADED)
    bolat = village.wallet(BOLAT)
    bolat.life.change_pin(Pin("990099"))
    closed(aigul, bolat)

    async def play() -> None:
        doors = VillageDoors(village, "aigul", chosen=Choices(rules_seen=True, others=("bolat",)))
        async with playing(doors) as (app, pilot):
            assert "bolat: closed" in shown(app)
            await pressed(app, pilot, "a", "down", "enter")
            assert "Wallet bolat" in shown(app)
            await typed(app, pilot, "990099")
            await pressed(app, pilot, "enter")
            assert "Eurasian Bank" in shown(app)

    asyncio.run(play())


def test_a_wallet_that_opens_stands_as_shut_until_the_next_look(village: Village) -> None:
    """Its line may be drawn in between."""
    aigul, bolat = village.wallet(AIGUL, LOADED), village.wallet(BOLAT)
    bolat.life.change_pin(Pin("990099"))
    closed(aigul, bolat)

    async def play() -> None:
        doors = VillageDoors(village, "aigul", chosen=Choices(rules_seen=True, others=("bolat",)))
        async with playing(doors) as (app, pilot):
            await pressed(app, pilot, "a")
            before = shown(app)
            assert "bolat: " in before
            app.shut.clear()
            app.screen.query_one(Rows).refresh()
            await pilot.pause()
            assert shown(app) == before

    asyncio.run(play())


def test_money_of_a_purpose_has_a_sign_a_colour_and_its_name(village: Village) -> None:
    aigul = village.wallet(AIGUL, LOADED, rule=Rule("school meals", (5814,), ()).to_bytes())
    closed(aigul)

    async def play() -> None:
        async with playing(VillageDoors(village, "aigul")) as (app, _):
            (line,) = (one for one in shown(app).splitlines() if "school meals" in one)
            assert "▲ school meals" in line and "5\u202f000,00" in line

    asyncio.run(play())


def test_offline_is_calm_and_says_what_is_certain_and_since_when(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    asked = good(dana.money.request(30_000))
    approved(aigul.money, asked.message)
    closed(aigul, dana)
    village.line.away = True

    async def play() -> None:
        async with playing(VillageDoors(village, "aigul"), WIDE) as (app, pilot):
            assert "signed away to this payee" in shown(app)
            assert "since 15.01.2027 13:00" in shown(app)
            await pressed(app, pilot, "y")
            told = shown(app)
            assert "out of reach since 15.01.2027 13:00" in told and "Nothing is lost" in told
            await pressed(app, pilot, "escape")
            assert "Offline since 15.01.2027 13:00" in shown(app)
            village.line.away = False
            await pressed(app, pilot, "y")
            assert "✓ Shown to the bank" in shown(app)
            await pressed(app, pilot, "escape")
            assert "Synced 15.01.2027 13:00" in shown(app)

    asyncio.run(play())


@pytest.mark.row("DT-A-01")
def test_a_hidden_name_is_shown_nowhere_and_a_shown_one_is(village: Village) -> None:
    """Aigul decides on her screen; Dana's wallet and history say what she decided."""
    aigul, dana = village.wallet(AIGUL, LOADED, shown=True), village.wallet(DANA)
    closed(aigul)

    async def toggle() -> None:
        async with playing(VillageDoors(village, "aigul")) as (app, pilot):
            await pressed(app, pilot, "o")
            (before,) = (one for one in shown(app).splitlines() if "My name" in one)
            await pressed(app, pilot, "enter")
            (after,) = (one for one in shown(app).splitlines() if "My name" in one)
            assert {before.split()[-1], after.split()[-1]} == {"shown", "hidden"}

    async def danas_history(doors: VillageDoors) -> str:
        async with playing(doors, WIDE) as (app, pilot):
            await pressed(app, pilot, "h")
            return shown(app)

    def paid(dana: Wallet) -> None:
        aigul = village.reopen(None, "aigul", seed=str(village.clock.now()))
        hand_over(aigul, dana, 12_300, "tea")
        closed(aigul, dana)
        village.clock.advance(60)

    asyncio.run(toggle())  # hidden now
    paid(dana)
    hidden = asyncio.run(danas_history(VillageDoors(village, "dana")))
    assert "tea" in hidden and "Aigul" not in hidden and AIGUL.phone not in hidden
    asyncio.run(toggle())  # shown again
    paid(village.reopen(None, "dana", seed="again"))
    both = asyncio.run(danas_history(VillageDoors(village, "dana", opened=5)))
    assert sum("Aigul" in line for line in both.splitlines()) == 1


def test_a_window_too_small_says_so_calmly_and_the_screen_comes_back(village: Village) -> None:
    closed(village.wallet(AIGUL, LOADED))

    async def play() -> None:
        async with playing(VillageDoors(village, "aigul"), (60, 15)) as (app, pilot):
            assert "60 columns and 15 rows" in shown(app) and "Nothing is lost" in shown(app)
            await pilot.resize_terminal(*SMALL)
            await settled(app, pilot)
            assert "In hand" in shown(app)
            await pilot.resize_terminal(60, 15)
            await settled(app, pilot)
            assert "In hand" not in shown(app)

    asyncio.run(play())
