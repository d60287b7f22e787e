"""How a bank card's operation stands in a history, in few words; imports next to nothing."""

from typing import Final

from faces.language import label
from faces.words import status

CARD_CHANNEL: Final = "card-"
"""How the channel of a bank card's operation begins (``device/service/bank_cards.py``)."""
BAD: Final = frozenset({"refused", "failed"})
QUIET: Final = frozenset({"cancelled", "declined", "returned", "taken-back"})


def card_status(name: str) -> str:
    """Where an operation stands, in a word that goes with whatever was done with a card."""
    return label(f"bankcards.is-{name}")


def changes_nothing(channel: str, status_name: str, amount_tiyn: int) -> bool:
    """Whether nothing of it came or went: one form of money for another, or a card that paid nothing."""
    by_card = channel.startswith(CARD_CHANNEL)
    return channel == "convert" or (by_card and (status_name in BAD | QUIET or not amount_tiyn))


def status_in(channel: str, name: str) -> str:
    """Where a line of this channel stands, or stood."""
    return card_status(name) if channel.startswith(CARD_CHANNEL) else status(name)
