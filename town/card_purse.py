"""Somebody's purse card in a story: keys and money are on the chip, the wallet is only its host at home."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from device.compose import create_wallet, open_wallet
from device.compose_card import NewCard
from device.service.wallet import Wallet
from hardware.cards.card_file import CardFile
from hardware.entropy import SystemEntropy
from hardware.file_reader import FileReader
from hardware.readers import FILE
from tender.crypto.sealing import Pin
from tender.money import plain_tenge
from town.processes import Done
from town.purse import Purse, must
from town.stories.stage import Stage

PUK: Final = "31415926"


@dataclass
class CardPurse(Purse):
    """A wallet made with ``--card``, and the card in a file."""

    @property
    def card(self) -> Path:
        """The card's image."""
        return self.town.folder / "cards" / f"{self.name}.card"

    @property
    def where(self) -> str:
        """The reader it lies on, as it is typed."""
        return f"{FILE}{self.card}"

    @property
    def _chips(self) -> Path:
        return self.town.folder / "elements" / "chips"

    def _reader(self, where: str) -> FileReader:
        return FileReader(
            Path(where.removeprefix(FILE)), lambda path: CardFile.open(path, self._chips, SystemEntropy())
        )

    def _create(self) -> Wallet:
        """A blank card, and a wallet around it."""
        self.card.parent.mkdir(exist_ok=True)
        CardFile.create(self.card, self._chips, SystemEntropy()).close()
        card = NewCard(self.where, self.town.root_key(), self.person.bank, Pin(PUK))
        pin, devices = Pin(self.town.pin), self._devices()
        return create_wallet(self._config(), pin, *devices, card=card, reader_of=self._reader)

    def _open(self) -> Wallet:
        return open_wallet(self._config(), Pin(self.town.pin), *self._devices(), reader_of=self._reader)

    def tap_card(self, stage: Stage, payee: "CardPurse", amount_tiyn: int, terminal: Purse) -> Done:
        """Pay another card through somebody's laptop."""
        amount = plain_tenge(amount_tiyn)
        shown = f"tenge card pay {amount} --from file:{self.card.name} --to file:{payee.card.name}"
        stage.typed(terminal.shown, shown, network=False)
        words = ["card", "pay", amount, "--from", self.where, "--to", payee.where, "--wallet", terminal.name]
        return must(self.town.programs().start([*words, "--json"]).finish())
