"""A village whose people keep their money on cards: each card in a reader of its own, in this process."""

from pathlib import Path

from device.compose import create_wallet, open_wallet
from device.compose_card import NewCard
from device.compose_guest import guest_at
from device.service.guest import Guest
from device.service.wallet import Wallet
from hardware.card_element import CardElement
from hardware.cards.purse_card import PurseCard, blank_image
from hardware.entropy import SeededEntropy
from hardware.field import Field, InProcessReader
from tender.crypto.sealing import Pin
from tender.ports import CardReader
from tests.wallet.village import PIN, Village

PUK = Pin("12345678")


class CardStreet(Village):
    """:class:`Village`, with cards for elements."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.cards: dict[str, PurseCard] = {}
        self.fields: dict[str, Field] = {}
        self.guests: dict[str, CardReader] = {}
        self.software: set[str] = set()
        """Names of wallets that are no cards here."""

    def reader(self, where: str) -> CardReader:
        """As ``hardware.readers.open_reader``: the reader in which this person's card lies."""
        return InProcessReader(self.fields[where])

    def where(self, name: str) -> str:
        """How the reader with this person's card is called."""
        return name

    def has_card(self, name: str) -> bool:
        """Whether there is a card for this person."""
        return name in self.fields

    def new_card(self, name: str) -> None:
        """A blank card, in a reader that is called like its owner."""
        self.cards[name] = PurseCard(blank_image(), SeededEntropy(f"chip {name}"))
        self.fields[name] = Field(name, self.cards[name])

    def blank(self, name: str, bank: int = 949, pin: Pin = PIN) -> Wallet:
        """A new wallet on a new card."""
        if name in self.software:
            return super().blank(name)
        if not self.has_card(name):
            self.new_card(name)
        card = NewCard(self.where(name), self.platform.root_key, bank, PUK)
        entropy = SeededEntropy(name)
        return create_wallet(
            self.config(name), pin, self.clock, entropy, lambda _: self.line, card, self.reader
        )

    def reopen(self, wallet: Wallet | None, name: str, seed: str = "again", pin: Pin = PIN) -> Wallet:
        """The wallet after its process ended."""
        if wallet is not None:
            wallet.close()
        entropy = SeededEntropy(name + seed)
        return open_wallet(self.config(name), pin, self.clock, entropy, lambda _: self.line, self.reader)

    def pull(self, name: str) -> None:
        """Take the card out of its reader."""
        self.fields[name].remove()

    def put_back(self, name: str, other: str = "") -> None:
        """Put the card (or somebody else's) into this reader."""
        self.fields[name].insert(self.cards[other or name])

    def guest(self, name: str, terminal: Wallet) -> Guest:
        """The card alone, on a terminal of somebody else's; whoever had it there before lets go."""
        earlier = self.guests.pop(name, None)
        if earlier is not None:
            earlier.disconnect()
        self.guests[name] = self.reader(name)
        return guest_at(self.guests[name], terminal.desk, 0.0)

    def bring_home(self, *names: str) -> None:
        """No terminal has these cards any more."""
        for name in names:
            self.guests.pop(name).disconnect()

    def copy_of_store(self, name: str) -> bytes:
        """The wallet's file as it is now."""
        return self.config(name).store.read_bytes()

    def put_store_back(self, name: str, data: bytes) -> None:
        """An older copy of the wallet's file, without whatever SQLite kept beside it."""
        store = self.config(name).store
        for beside in store.parent.glob(store.name + "-*"):
            beside.unlink()
        store.write_bytes(data)


def chip(wallet: Wallet) -> CardElement:
    """The card of an open wallet."""
    element = wallet.desk.element
    assert isinstance(element, CardElement)
    return element
