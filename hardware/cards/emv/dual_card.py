"""One chip with two lives: an application of a payment network, and the Digital Tenge purse beside it.

Whoever selects the purse talks to the purse; whoever selects anything else talks to the payment card. Each
has its own memory and its own PIN, and neither sees the other. It speaks T=1, which carries both.
"""

from typing import Final

from hardware.cards.chip import Session as PurseSession
from hardware.cards.chip import Work
from hardware.cards.emv.chip import Session
from hardware.cards.emv.payment_card import PaymentCard
from hardware.cards.memory_map import EEPROM_BYTES
from hardware.cards.purse_card import PurseCard
from tender.errors import Code, DeviceError
from tender.ports import Entropy
from tender.purse import commands

_SELECT: Final = b"\x00\xa4"
_NAME_AT: Final = 5
_DONE: Final = (0x90, 0x61, 0x62)
_T1: Final = 1


class DualCard:
    """A :class:`tender.ports.Card` over the memories of both: the purse's, then the payment card's."""

    def __init__(self, image: bytearray, entropy: Entropy) -> None:
        self.purse: Final = PurseCard(image[:EEPROM_BYTES], entropy)
        self.payment: Final = PaymentCard(image[EEPROM_BYTES:], entropy, protocol=_T1)
        self._selected: PurseCard | PaymentCard = self.payment

    @property
    def atr(self) -> bytes:
        """The payment card's: it is what terminals are strict about."""
        return self.payment.atr

    @property
    def work(self) -> Work:
        """Of both together."""
        one, other = self.purse.work, self.payment.work
        return Work(
            one.signatures + other.signatures,
            one.verifications + other.verifications,
            one.eeprom_bytes + other.eeprom_bytes,
        )

    @property
    def stripe(self) -> bytes:
        """The payment card's."""
        return self.payment.stripe

    @property
    def image(self) -> bytes:
        """Both memories as they stand."""
        return self.purse.image + self.payment.image

    @property
    def is_mid_chain(self) -> bool:
        """Only the purse takes commands in parts."""
        return self.purse.is_mid_chain

    def power(self, on: bool) -> None:
        """Power or none; also the reset."""
        self._selected = self.payment
        self.purse.power(on)
        self.payment.power(on)

    def transmit(self, command: bytes) -> bytes:
        """To whichever was selected last; torn away, both are off."""
        if self.payment.is_broken:
            return self.payment.transmit(command)  # one chip, broken for both
        asked: PurseCard | PaymentCard = self._selected
        selects = command[:2] == _SELECT
        if selects:
            is_purse = command[_NAME_AT:].startswith(commands.AID)
            asked = self.purse if is_purse else self.payment
        try:
            answer = asked.transmit(command)
        except DeviceError as error:
            if error.code is Code.CARD_GONE:
                self.power(False)
            raise
        if selects and answer[-2] in _DONE and asked is not self._selected:
            # What was begun with the other is over.
            self.purse.chip.session = self.purse.chip.session if asked is self.purse else PurseSession()
            self.payment.chip.session = self.payment.chip.session if asked is self.payment else Session()
            self._selected = asked
        return answer
