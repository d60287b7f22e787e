"""Purse cards with money on them: filled at home by their holder's own host, then carried away alone."""

from dataclasses import dataclass
from functools import cached_property

from device.compose_guest import guest_at
from device.core.model import Settings
from device.service.desk import Desk
from device.service.guest import Guest
from device.service.wallet import Wallet
from device.store.card_rows import rows_for_a_tap
from hardware.card_element import CardElement
from hardware.cards.purse_card import PurseCard, blank_image
from hardware.entropy import SeededEntropy
from hardware.field import Field, InProcessReader
from hardware.purse_client import PurseClient
from tender.account.client_messages import TO_DT
from tender.crypto.sealing import PIN_COST_CHEAP, Pin
from tender.errors import Code, DeviceError
from tender.purse.commands import Ins
from tests.wallet.village import Village, good
from town.cast import Person

LOST_COMMAND, LOST_ANSWER = "the command is lost", "the answer is lost"
CARD_PIN = Pin("2580")
PUK = Pin("12345678")


@dataclass
class Pocket:
    """A card in software and the field it is held to."""

    card: PurseCard
    field: Field

    @cached_property
    def reader(self) -> InProcessReader:
        return InProcessReader(self.field)

    def picture(self) -> bytes:
        """Its memory as it is."""
        return bytes(self.card.chip.memory.eeprom.image)

    def put_back(self, picture: bytes) -> None:
        """The card as it was then."""
        self.field.remove()
        self.card.chip.memory.eeprom.image[:] = picture
        self.field.insert(self.card)

    def at(self, host: Wallet) -> Guest:
        """The card on the reader of this terminal."""
        return guest_at(self.reader, host.desk, 1.0)

    @property
    def money_tiyn(self) -> int:
        client = PurseClient.opened(self.reader, 1.0)
        try:
            return client.status().money_tiyn
        finally:
            client.close()


class Tearing:
    """Takes a card away at a chosen command, before or after the card has done it; put back by hand."""

    def __init__(self, pocket: Pocket, way: str, at: Ins | None = None) -> None:
        """``at``: the first command of this kind, instead of one that :meth:`arm` counts."""
        self._pocket, self._way, self._at = pocket, way, at
        self._left = -1
        self.fired = False
        """Whether it was taken away since it was armed."""
        self._transmit = pocket.card.transmit
        pocket.card.transmit = self._torn  # type: ignore[method-assign]

    def arm(self, place: int) -> None:
        """At the ``place``-th command from now (1 …)."""
        self._left, self.fired = place, False

    @property
    def is_gone(self) -> bool:
        """Whether it has been taken away."""
        return self._left == 0

    def put_back(self) -> None:
        """Hold the card to its field again, and leave it there."""
        if self.is_gone:
            self._pocket.field.insert(self._pocket.card)
        self._left = -1

    def _torn(self, command: bytes) -> bytes:
        if command[1] == self._at:
            self._left, self._at = 1, None
        self._left -= self._left > 0
        if self._left != 0:
            return self._transmit(command)
        self.fired = True
        if self._way == LOST_ANSWER:
            self._transmit(command)
        raise DeviceError(Code.CARD_GONE, "card")


def carded(village: Village, person: Person, load_tiyn: int = 0, *, single: bool = False) -> Pocket:
    """A person's card, enrolled, with so much on it."""
    card = PurseCard(blank_image(), SeededEntropy(f"card of {person.name}"))
    pocket = Pocket(card, Field(person.name, card))
    client = PurseClient.opened(pocket.reader, 1.0)
    client.personalise(village.platform.root_key, CARD_PIN, PUK, person.bank)
    element = CardElement(client, CARD_PIN)
    store = rows_for_a_tap(element.counter)
    changes = store.changes()
    changes.put(Settings(person.name, element.number, gateway="http://127.0.0.1:1"))
    store.commit(changes, element.counter)
    entropy = SeededEntropy(f"host of {person.name}")
    desk = Desk(store, element, village.clock, entropy, lambda _: village.line, PIN_COST_CHEAP)
    with Wallet(desk) as wallet:
        number = village.client(person).number
        code = village.platform.banks[person.bank].clients.activation_code(number)
        good(wallet.membership.enrol(person.bank, code, shown=False, root_key=village.platform.root_key))
        good(wallet.membership.open_account())
        if load_tiyn:
            good(wallet.bank.convert(TO_DT, load_tiyn))
            good(wallet.bank.load(load_tiyn, single=single))
    return pocket
