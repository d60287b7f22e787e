"""A PIN out of a file that a card refused: it is not offered again before somebody says so."""

from dataclasses import dataclass
from typing import Final

from tender.errors import Code

MARK_BYTES: Final = 32
PIN_CODES: Final = frozenset({Code.PIN_WRONG, Code.CARD_PIN_SPENT})
"""Refusals that say it was the PIN."""


@dataclass(frozen=True, slots=True)
class RefusedPin:
    """``mark``: a digest of where the card was, and of the file's name, size and time: never of the PIN, so a
    file that was written anew is another one."""

    mark: bytes
