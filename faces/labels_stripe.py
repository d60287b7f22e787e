"""What a till says of a card's magnetic stripe, and of notes in doubt. Rules as in ``labels.py``."""

from collections.abc import Mapping
from typing import Final

STRIPE: Final[Mapping[str, str]] = {
    "cardpay.swipe": "The chip cannot be read: swipe the card.",
    "cardpay.step-swipe": "Swipe the card",
    "cardpay.doubted": "In doubt since the power went: {doubted_tiyn}. The withdrawal was taken back; count "
    "the cassette by hand.",
    "receipt.card-stripe": "Read from the stripe",
}
"""Under keys of ours."""
