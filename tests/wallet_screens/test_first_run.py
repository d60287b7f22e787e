"""From nothing to a funded wallet; the safety rules once; the door, the lock, and who may not come in."""

import asyncio

import pytest

from faces.screens.fields import PinField
from faces.screens.waiting import Said
from faces.words import sentence
from tender.crypto.sealing import Pin
from tender.errors import Code, Refusal
from tests.wallet.village import PIN, Village
from tests.wallet_screens.street import VillageDoors, playing, pressed, settled, shown, told, typed
from town.cast import AIGUL
from wallet.tui.doors import Choices

LOADED = 500_000
KEYS_MOST = 40


@pytest.mark.row("DT-Z-12")
def test_a_newcomer_is_funded_in_few_keys_and_reads_the_rules_once(village: Village) -> None:
    client = village.client(AIGUL)
    code = village.platform.banks[AIGUL.bank].clients.activation_code(client.number)
    doors = VillageDoors(village, "aigul", pin=None, chosen=Choices())
    keys = 0

    async def play() -> None:
        nonlocal keys
        async with playing(doors) as (app, pilot):
            for question, text, last in (
                ("Which language", "", ("enter",)),
                ("six rules that keep your money safe", "", ("enter",)),
                ("Choose a PIN", "4071", ("enter",)),
                ("once more", "4071", ("enter",)),
                ("At which bank", "", ("down", "enter")),
                ("activation code", code, ("enter",)),
                ("500\u202f000,00\u00a0₸ of ordinary tenge", "", ("enter",)),
            ):
                assert question in shown(app)
                await typed(app, pilot, text)
                await pressed(app, pilot, *last)
                keys += len(text) + len(last)
            assert "Aigul · Altyn Bank" in shown(app)
            assert "5\u202f000,00\u00a0₸" in shown(app).partition("Accounts")[0] + shown(app)
            assert app.wallet.view.balance().spendable_tiyn == LOADED

    async def again() -> None:
        async with playing(VillageDoors(village, "aigul", chosen=doors.chosen, opened=3)) as (app, _):
            assert "In hand" in shown(app) and "six rules" not in shown(app)

    asyncio.run(play())
    assert keys <= KEYS_MOST
    asyncio.run(again())


@pytest.mark.row("DT-Z-12")
def test_a_wallet_made_by_command_shows_the_rules_when_it_is_first_opened(village: Village) -> None:
    village.wallet(AIGUL, LOADED).close()
    doors = VillageDoors(village, "aigul", chosen=Choices())

    async def play(*, first: bool) -> None:
        async with playing(doors) as (app, pilot):
            assert ("six rules" in shown(app)) is first
            if first:
                assert "Nobody from a bank will ever ask for it" in shown(app)
                await pressed(app, pilot, "enter")
            assert "In hand" in shown(app)

    asyncio.run(play(first=True))
    asyncio.run(play(first=False))


def test_what_cannot_be_is_said_and_the_question_stays(village: Village) -> None:
    """PINs that differ or are short, a code the bank does not know: nothing is lost, and one types again."""
    village.client(AIGUL)

    async def play() -> None:
        doors = VillageDoors(village, "aigul", pin=None, chosen=Choices(rules_seen=True))
        async with playing(doors) as (app, pilot):
            await pressed(app, pilot, "enter", "enter")
            await typed(app, pilot, "12")
            await pressed(app, pilot, "enter")
            assert "step 3" in shown(app) and sentence(Refusal(Code.PIN_TOO_SHORT))[:30] in shown(app)
            await typed(app, pilot, "4071")
            await pressed(app, pilot, "enter")
            await typed(app, pilot, "4072")
            await pressed(app, pilot, "enter")
            assert "The two PINs differ" in shown(app) and not doors.exists("aigul")
            for _ in range(2):
                await typed(app, pilot, "4071")
                await pressed(app, pilot, "enter")
            await pressed(app, pilot, "down", "enter")
            await typed(app, pilot, "1234567890")
            await pressed(app, pilot, "enter")
            assert "step 6" in shown(app)
            assert not app.wallet.desk.settings.enrolled

    asyncio.run(play())
    assert VillageDoors(village, "aigul").exists("aigul")


def test_a_wrong_pin_a_wallet_open_elsewhere_and_a_lock_while_nobody_is_there(village: Village) -> None:
    wallet = village.wallet(AIGUL, LOADED)

    async def elsewhere() -> None:
        async with playing(VillageDoors(village, "aigul", pin=None)) as (app, pilot):
            await typed(app, pilot, "4071")
            await pressed(app, pilot, "enter")
            assert "In hand" not in shown(app)
            assert sentence(Refusal(Code.STORE_BUSY))[:30] in shown(app)

    asyncio.run(elsewhere())
    wallet.close()

    async def door() -> None:
        doors = VillageDoors(village, "aigul", pin=None, chosen=Choices(rules_seen=True, idle_s=600))
        async with playing(doors) as (app, pilot):
            await typed(app, pilot, "9999")
            assert "9999" not in shown(app)
            await pressed(app, pilot, "enter")
            assert "PIN" in shown(app) and "In hand" not in shown(app)
            village.clock.advance(3_600)
            await typed(app, pilot, "4071")
            await pressed(app, pilot, "enter")
            assert "In hand" in shown(app)
            app._nobody_there()
            await settled(app, pilot)
            assert "is locked" in shown(app) and not app.open_wallets
            village.reopen(None, "aigul", seed="while locked").close()  # the store is closed, others may
            await typed(app, pilot, "4071")
            await pressed(app, pilot, "enter")
            assert "In hand" in shown(app) and "5\u202f000,00" in shown(app)

    asyncio.run(door())


def test_after_wrong_pins_the_wait_is_counted_down_and_then_the_right_one_opens(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    village.wallet(AIGUL, LOADED).close()
    seconds = iter([100.0, 100.0, 101.2, 129.5, *[130.0] * 1_000])
    monkeypatch.setattr(Said, "now", lambda _: next(seconds))
    monkeypatch.setattr(Said, "TICK_S", 3_600.0)

    async def door() -> None:
        async with playing(VillageDoors(village, "aigul", pin=None)) as (app, pilot):
            for _ in range(4):
                await typed(app, pilot, "9999")
                await pressed(app, pilot, "enter")
            assert "30 seconds" in shown(app)
            said, field = app.screen.query_one(Said), app.screen.query_one(PinField)
            for left_s in (29, 1):
                said._count()
                await settled(app, pilot)
                assert f"{left_s} seconds" in shown(app) and field.disabled
            said._count()
            await settled(app, pilot)
            assert "seconds" not in shown(app) and field.has_focus
            village.clock.advance(30)
            await typed(app, pilot, "4071")
            await pressed(app, pilot, "enter")
            assert "In hand" in shown(app)

    asyncio.run(door())


def test_another_pin_and_a_backup_through_the_settings(village: Village) -> None:
    village.wallet(AIGUL, LOADED).close()
    doors = VillageDoors(village, "aigul")

    async def play() -> None:
        async with playing(doors) as (app, pilot):
            await pressed(app, pilot, "o", "down", "enter")
            await typed(app, pilot, "771177")
            await pressed(app, pilot, "enter")
            await typed(app, pilot, "771177")
            await pressed(app, pilot, "enter")
            assert "The PIN is changed" in told(app)
            await pressed(app, pilot, "down", "enter", "enter")
            await typed(app, pilot, "771177")
            await pressed(app, pilot, "enter")
            assert "holds no money and no keys" in told(app)

    asyncio.run(play())
    assert doors.saved["aigul.backup"]
    from device.service.life import Backup, open_backup

    assert isinstance(open_backup(doors.saved["aigul.backup"], Pin("771177")), Backup)
    assert not isinstance(open_backup(doors.saved["aigul.backup"], PIN), Backup)
