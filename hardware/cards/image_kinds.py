"""Which card a memory belongs to: the kinds of images, told apart by their first four bytes."""

from typing import Final, Protocol

from hardware.cards.chip import Work
from hardware.cards.memory_map import EEPROM_BYTES
from hardware.cards.purse_card import PurseCard
from tender.ports import Card, Entropy

PURSE: Final = b"dtC1"
PAYMENT: Final = b"dtC2"
DUAL: Final = b"dtC3"


class CardInMemory(Card, Protocol):
    """A card whose whole memory can be written down."""

    @property
    def work(self) -> Work:
        """What its chip has computed and written."""

    @property
    def image(self) -> bytes:
        """Its memory as it stands."""

    @property
    def is_mid_chain(self) -> bool:
        """Whether a command is only half there: what it wrote does not count yet."""


def stripe_of(card: CardInMemory) -> bytes:
    """Track 2 of its magnetic stripe, in the form of tag 57; empty for a card without one."""
    stripe: bytes = getattr(card, "stripe", b"")
    return stripe


def image_bytes(kind: bytes) -> int:
    """How long a memory of this kind is; 0 for no kind of ours."""
    if kind == PURSE:
        return EEPROM_BYTES
    if kind not in (PAYMENT, DUAL):
        return 0
    from hardware.cards.emv.memory import IMAGE_BYTES  # pay for a payment chip where there is one

    return IMAGE_BYTES + (EEPROM_BYTES if kind == DUAL else 0)


def card_of(kind: bytes, image: bytearray, entropy: Entropy) -> CardInMemory:
    """The card over its memory."""
    if kind == PURSE:
        return PurseCard(image, entropy)
    from hardware.cards.emv.dual_card import DualCard
    from hardware.cards.emv.payment_card import PaymentCard

    return PaymentCard(image, entropy) if kind == PAYMENT else DualCard(image, entropy)
