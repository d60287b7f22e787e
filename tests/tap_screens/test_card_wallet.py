"""A wallet whose keys are on a card: what the door says, and what happens when the card is taken away."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest
from textual.pilot import Pilot

from device.compose import card_of, open_wallet
from device.service.wallet import Wallet
from hardware.card_element import CardElement
from hardware.entropy import SeededEntropy
from tender.crypto.sealing import Pin
from tests.card_wallet.street import CardStreet
from tests.patience import looks
from tests.wallet_screens.street import VillageDoors, playing, pressed, settled, shown, typed
from town.cast import AIGUL
from wallet.tui.app import WalletApp


@dataclass
class CardDoors(VillageDoors):
    """Doors of a street whose people have cards."""

    def open(self, name: str, pin: Pin) -> Wallet:
        """With the card in the reader that is called like its owner."""
        street = self.street
        self.opened += 1
        entropy = SeededEntropy(f"{name} screen {self.opened} at {street.clock.now()}")
        return open_wallet(
            street.config(name), pin, street.clock, entropy, lambda _: street.line, street.reader
        )

    @property
    def street(self) -> CardStreet:
        """The street."""
        assert isinstance(self.village, CardStreet)
        return self.village

    def card(self, name: str) -> str:
        """As the wallet's file remembers it, which nobody can read while the wallet is open."""
        found = card_of(self.street.config(name))
        return "" if found is None else found[0]

    def card_gone(self, wallet: Wallet) -> bool:
        """As its reader says."""
        assert isinstance(wallet.desk.element, CardElement)
        return wallet.desk.element.gone()


@pytest.fixture
def street(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CardStreet:
    """Aigul with money on her card; a card that is not there is not waited for."""
    monkeypatch.setattr("hardware.card_element.AGAIN_S", 0.0)
    monkeypatch.setattr("device.compose_card.WAIT_S", 0.0)
    monkeypatch.setattr("wallet.tui.app.CARD_LOOK_S", 0.05)
    found = CardStreet(tmp_path)
    found.wallet(AIGUL, 100_000).close()
    return found


async def locked(app: WalletApp, pilot: Pilot[int]) -> None:
    """Until the door stands before everything."""
    for _ in looks():
        await pilot.pause(0.01)
        if not app.open_wallets and type(app.screen).__name__ == "Unlock":
            await settled(app, pilot)
            return
    raise AssertionError(shown(app))


def test_without_its_card_a_wallet_is_locked_and_with_it_goes_on(street: CardStreet) -> None:
    async def play() -> None:
        doors = CardDoors(street, "aigul", pin=None)
        async with playing(doors) as (app, pilot):
            assert "The keys of this wallet are on the card aigul." in " ".join(shown(app).split())
            await typed(app, pilot, "4071")
            await pressed(app, pilot, "enter")
            assert "1\u202f000,00" in shown(app)
            await pressed(app, pilot, "h")
            street.pull("aigul")
            await locked(app, pilot)
            assert "The card aigul was taken away" in " ".join(shown(app).replace("│", " ").split())
            assert "1\u202f000,00" not in shown(app)
            await typed(app, pilot, "4071")
            await pressed(app, pilot, "enter")
            await settled(app, pilot)
            assert "There is no card on the reader" in " ".join(shown(app).replace("│", " ").split())
            street.put_back("aigul")
            await typed(app, pilot, "4071")
            await pressed(app, pilot, "enter")
            await settled(app, pilot)
            assert app.open_wallets and type(app.screen).__name__ == "History", "it is where it was"

    asyncio.run(play())


def test_another_card_opens_nothing(street: CardStreet) -> None:
    async def play() -> None:
        async with playing(CardDoors(street, "aigul", pin=None)) as (app, pilot):
            street.pull("aigul")
            street.new_card("other")
            street.fields["other"].remove()
            street.put_back("aigul", "other")
            await typed(app, pilot, "4071")
            await pressed(app, pilot, "enter")
            await settled(app, pilot)
            assert "another card" in " ".join(shown(app).replace("│", " ").split())
            assert not app.open_wallets

    asyncio.run(play())
