"""A card with both sides: a chip, perhaps with a fault, and a magnetic stripe."""

from hardware.cards.emv.flaws import lived
from hardware.cards.emv.memory import new_image
from hardware.cards.emv.payment_card import PaymentCard
from hardware.entropy import SeededEntropy
from tests.pos_cards.shop import HALYK, PIN, hsm, pan_of, personal

STRIPE = hsm().stripe(HALYK, pan_of(HALYK), "3012", "201", PIN)
"""As its bank wrote it."""


def striped_card(flaw: str = "") -> PaymentCard:
    """The card, with this fault of its chip."""
    image = new_image([personal("visa-cvn10-online")], STRIPE.to_bytes())
    lived(image, flaw)
    return PaymentCard(image, SeededEntropy("striped"))
