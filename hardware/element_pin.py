"""The PIN of a secure element: what it costs to guess (wrong tries: ``tender.crypto.tries``)."""

from typing import Final

from tender.crypto.sealing import PinCost
from tender.schema import Record, Uint

COST: Final = Record(PinCost, ("passes", Uint(64, least=1)), ("memory_bytes", Uint(1 << 32, least=8 << 10)))
