"""How a bank card's operation stands in a history, in few words; imports next to nothing."""

from typing import Final

from faces.language import label
from faces.words import status

CARD_CHANNEL: Final = "card-"
"""How the channel of a bank card's operation begins (``device/service/bank_cards.py``)."""


def card_status(name: str) -> str:
    """Where an operation stands, in a word that goes with whatever was done with a card."""
    return label(f"bankcards.is-{name}")


def status_in(channel: str, name: str) -> str:
    """Where a line of this channel stands, or stood."""
    return card_status(name) if channel.startswith(CARD_CHANNEL) else status(name)
