"""Sending by phone through the screen, and money between tenge, account and device."""

import asyncio

import pytest

from tender.account.client_messages import TO_DT
from tests.wallet.village import Village, good
from tests.wallet_screens.street import WIDE, VillageDoors, playing, pressed, shown, told, typed
from town.cast import AIGUL, DANA

STRANGER = "+77019999999"


@pytest.mark.row("DT-S-08")
def test_by_phone_online_and_what_happens_when_that_cannot_be(village: Village) -> None:
    """10,000.00: 2,500.00 to Dana's phone; an unknown phone debits nothing; offline: another way."""
    aigul, dana = village.wallet(AIGUL), village.wallet(DANA)
    good(aigul.bank.convert(TO_DT, 1_000_000))
    aigul.close()

    async def play() -> None:
        async with playing(VillageDoors(village, "aigul"), WIDE) as (app, pilot):
            await pressed(app, pilot, "t")
            await typed(app, pilot, DANA.phone)
            await pressed(app, pilot, "enter")
            await typed(app, pilot, "2500")
            await pressed(app, pilot, "enter", "enter")
            assert "Send 2\u202f500,00\u00a0₸ from your account" in shown(app)
            assert good(dana.bank.statement(1)).balances.dt_tiyn == 0, "nothing before the yes"
            await pressed(app, pilot, "y")
            assert "7\u202f500,00" in shown(app)
            await pressed(app, pilot, "t")
            await typed(app, pilot, STRANGER)
            await pressed(app, pilot, "enter")
            await typed(app, pilot, "100")
            await pressed(app, pilot, "enter", "enter", "y")
            assert "Send from the account" in shown(app), "refused: one may mend it"
            village.line.gone = True
            await pressed(app, pilot, "f2", "y")
            assert "nothing was sent" in shown(app) and "Pay hand to hand" in shown(app)
            await pressed(app, pilot, "n", "escape")
            village.line.gone = False
            stated = good(app.wallet.bank.statement(10))
            assert stated.balances.dt_tiyn == 750_000

    asyncio.run(play())
    assert good(dana.bank.statement(1)).balances.dt_tiyn == 250_000
    dana.close()


def test_a_lost_answer_offers_no_other_way_and_is_sent_once(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL), village.wallet(DANA)
    good(aigul.bank.convert(TO_DT, 1_000_000))
    aigul.close()

    async def play() -> None:
        async with playing(VillageDoors(village, "aigul"), WIDE) as (app, pilot):
            await pressed(app, pilot, "t")
            await typed(app, pilot, DANA.phone)
            await pressed(app, pilot, "enter")
            await typed(app, pilot, "2500")
            village.line.lose_answers = 1
            await pressed(app, pilot, "enter", "enter", "y")
            assert "It may have been sent" in told(app)
            assert "Pay hand to hand" not in shown(app) and "nothing was sent" not in shown(app)
            await pressed(app, pilot, "f2", "y")
            assert "7\u202f500,00" in shown(app), "asked again: the same order"

    asyncio.run(play())
    assert good(dana.bank.statement(1)).balances.dt_tiyn == 250_000, "once"
    dana.close()


def test_a_large_sum_is_sent_with_the_pin_only(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL), village.wallet(DANA)
    limit_tiyn = aigul.desk.profile().without_pin_tiyn
    good(aigul.bank.convert(TO_DT, limit_tiyn + 100))
    aigul.close()

    async def play() -> None:
        async with playing(VillageDoors(village, "aigul"), WIDE) as (app, pilot):
            await pressed(app, pilot, "t")
            await typed(app, pilot, DANA.phone)
            await pressed(app, pilot, "enter")
            await typed(app, pilot, str(limit_tiyn // 100 + 1))
            await pressed(app, pilot, "enter", "enter", "y", *"9999", "enter")
            assert good(dana.bank.statement(1)).balances.dt_tiyn == 0
            await pressed(app, pilot, "f2", "y", *"4071", "enter")

    asyncio.run(play())
    assert good(dana.bank.statement(1)).balances.dt_tiyn == limit_tiyn + 100
    dana.close()


def test_a_contact_is_kept_chosen_and_removed(village: Village) -> None:
    village.wallet(AIGUL).close()

    async def play() -> None:
        async with playing(VillageDoors(village, "aigul")) as (app, pilot):
            await pressed(app, pilot, "t", "f3")
            await typed(app, pilot, "Dana")
            await pressed(app, pilot, "enter")
            await typed(app, pilot, DANA.phone)
            await pressed(app, pilot, "enter")
            assert [one.to for one in app.wallet.life.contacts()] == [DANA.phone]
            assert DANA.phone in shown(app)
            await pressed(app, pilot, "f4", "y")
            assert not app.wallet.life.contacts()

    asyncio.run(play())


def test_tenge_into_digital_tenge_onto_the_device_and_home_again(village: Village) -> None:
    village.wallet(AIGUL).close()

    async def play() -> None:
        async with playing(VillageDoors(village, "aigul")) as (app, pilot):
            await pressed(app, pilot, "a")
            for key, amount in (("c", "3000"), ("l", "2000"), ("e", "500"), ("b", "100")):
                await pressed(app, pilot, key)
                await typed(app, pilot, amount)
                await pressed(app, pilot, "enter")
            settings, balance = app.wallet.desk.settings, app.wallet.view.balance()
            assert (balance.spendable_tiyn, settings.account_tiyn) == (150_000, 140_000)
            assert settings.noncash_tiyn == AIGUL.cash_tiyn - 290_000
            await pressed(app, pilot, "l")
            await typed(app, pilot, "999999999")
            await pressed(app, pilot, "enter")
            assert app.wallet.view.balance().spendable_tiyn == 150_000
            await pressed(app, pilot, "escape", "d")
            assert "Most in one payment" in shown(app) and "so far 1\u202f500,00" in shown(app)

    asyncio.run(play())
