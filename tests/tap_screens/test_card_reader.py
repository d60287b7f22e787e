"""The wallet's screens over the doors of this machine, its card in a reader of a real PC/SC daemon."""

import asyncio
from pathlib import Path

import pytest
from textual.pilot import Pilot

from device.compose import create_wallet
from device.compose_card import NewCard
from hardware.cards.purse_card import PurseCard, blank_image
from hardware.entropy import SeededEntropy
from hardware.pcscd import Pcscd
from hardware.vpcd import InsertedCard, insert
from tender.crypto.keys import SigningKey
from tender.crypto.sealing import Pin
from tests.card_wallet.street import PUK
from tests.patience import looks
from tests.wallet_screens.street import pressed, settled, shown, typed
from wallet.cli.machine import MachineDoors
from wallet.cli.opening import configured, devices
from wallet.tui.app import WalletApp

LOOK_S = 0.05
DIGITS = "4071"
READER = 2
"""These tests' own of the daemon's four."""


def held(pcscd: Pcscd, card: PurseCard) -> InsertedCard:
    """The card in its reader."""
    return insert(card, pcscd.readers[READER].port)


@pytest.fixture
def card(pcscd: Pcscd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PurseCard:
    """Aigul's, with her wallet made on it; nobody has it."""
    monkeypatch.setenv("TENGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TENGE_ELEMENTS", str(tmp_path / "elements"))
    monkeypatch.delenv("TENGE_PIN", raising=False)
    monkeypatch.setattr("wallet.tui.app.CARD_LOOK_S", LOOK_S)
    made = PurseCard(blank_image(), SeededEntropy("chip"))
    inserted = held(pcscd, made)
    where, config = pcscd.readers[READER].name, configured("aigul")
    root = SigningKey(bytes(32)).public_key
    create_wallet(config, Pin(DIGITS), *devices(config), NewCard(where, root, 949, PUK)).close()
    inserted.remove()
    return made


async def locked(app: WalletApp, pilot: Pilot[int]) -> bool:
    """Whether the door stands before everything in good time."""
    for _ in looks():
        await pilot.pause(LOOK_S)
        if not app.open_wallets and type(app.screen).__name__ == "Unlock":
            await settled(app, pilot)
            return True
    return False


def test_a_card_taken_from_its_reader_locks_the_wallet(pcscd: Pcscd, card: PurseCard) -> None:
    async def play() -> None:
        inserted = held(pcscd, card)
        app = WalletApp(MachineDoors(configured("aigul")))
        async with app.run_test(size=(80, 24)) as pilot:
            await settled(app, pilot)
            await typed(app, pilot, DIGITS)
            await pressed(app, pilot, "enter")
            assert "aigul" in app.open_wallets
            await pilot.pause(4 * LOOK_S)
            assert "aigul" in app.open_wallets, "it stays open while the card lies there"
            inserted.remove()
            assert await locked(app, pilot), shown(app)
            said = " ".join(shown(app).replace("│", " ").split())
            assert f"The card {pcscd.readers[READER].name} was taken away" in said
            again = held(pcscd, card)
            await typed(app, pilot, DIGITS)
            await pressed(app, pilot, "enter")
            assert "aigul" in app.open_wallets, "with its card it goes on"
        again.remove()

    asyncio.run(play())
