"""What the till's screens say: the sale, its payment, receipts, shifts. Rules as in ``labels.py``."""

from collections.abc import Mapping
from typing import Final

TILL: Final[Mapping[str, str]] = {}
