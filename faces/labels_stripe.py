"""What a till says of a card's magnetic stripe. Rules as in ``labels.py``."""

from collections.abc import Mapping
from typing import Final

STRIPE: Final[Mapping[str, str]] = {
    "cardpay.swipe": "The chip cannot be read: swipe the card.",
    "cardpay.step-swipe": "Swipe the card",
    "receipt.card-stripe": "Read from the stripe",
}
"""Under keys of ours."""
