"""How much a tap is expected to say, and how long that takes by a model of the air: what screens promise.

The figures are those of a card that pays one token with a short history (``tests/tap_screens/test_pace.py``
holds them to a real one); each hop more adds its bytes.
"""

from typing import Final

from hardware.airtime import MODELS

CARD_COMMANDS: Final = 29
CARD_SENT_BYTES: Final = 720
CARD_RECEIVED_BYTES: Final = 3900
CARD_SIGNATURES: Final = 1
CARD_VERIFICATIONS: Final = 2
"""The payee's certificate and its request."""


def card_pace(model: str) -> tuple[int, float]:
    """(bytes both ways, seconds) of a tap with a card by this model; 0 seconds for a model nobody knows."""
    total_bytes = CARD_SENT_BYTES + CARD_RECEIVED_BYTES
    air = MODELS.get(model)
    if air is None:
        return total_bytes, 0.0
    once_s = air.of_bytes(CARD_SENT_BYTES // CARD_COMMANDS, CARD_RECEIVED_BYTES // CARD_COMMANDS)
    return total_bytes, CARD_COMMANDS * once_s + air.of_work(CARD_SIGNATURES, CARD_VERIFICATIONS)
