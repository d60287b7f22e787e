"""What the till's screens say and nobody else's; the rules are those of ``labels.py``."""

from collections.abc import Mapping
from typing import Final

POS: Final[Mapping[str, str]] = {}
