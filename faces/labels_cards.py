"""What the commands about cards and readers say."""

from collections.abc import Mapping
from typing import Final

CARDS: Final[Mapping[str, str]] = {
    "cards.up": "Virtual readers stand, apart from those of this computer. Readers: {count}",
    "cards.for-others": "For other programs: {variable}",
    "cards.down": "The virtual readers are gone; cards in files keep what they hold.",
    "cards.none-up": "No virtual readers stand.",
    "cards.no-readers": "There is no reader here. Plug one in, or use `tenge card up`. "
    "A card in a file works without: file:PATH.",
    "cards.inserted": "{file} is held to {reader}.",
    "cards.removed": "The card was taken from {reader}.",
    "cards.empty": "no card",
    "cards.blank": "blank purse of Digital Tenge, version {version}: nobody's yet",
    "cards.purse": "purse of Digital Tenge, version {version}",
    "cards.phone": "a phone that answers as a card",
    "cards.other": "another card",
    "cards.taken": "used by another program",
    "cards.shell": "Commands in hexadecimal, such as 00A4040009F04B5A445450555253 (or: select, reset, quit).",
    "cards.not-hexadecimal": "This is no command: give at least four bytes in hexadecimal.",
    # --- what the card of a wallet says of itself
    "purse.money": "money on the card",
    "purse.per-payment": "most for one payment",
    "purse.since-sync": "paid since the last sync",
    "purse.without-pin": "paid without the PIN",
    "purse.pin-tries": "tries left for the PIN",
    "purse.puk-tries": "tries left for the PUK",
    "purse.free-tokens": "room for more pieces of money",
    "purse.free-payments": "room for more payments",
    "purse.number": "number of the card",
}
"""Under keys of ours."""
