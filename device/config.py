"""Where a wallet's two folders are, who its bank's gateway is: the only reader of the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tender.crypto.sealing import PIN_COST, PIN_COST_CHEAP, PinCost

GATEWAY_DEFAULT: Final = "http://127.0.0.1:8125"
NAME_DEFAULT: Final = "default"
NAME_MOST: Final = 60
GATEWAY_MOST: Final = 200
SECONDS_DIGITS_MOST: Final = 12
"""No clock shows more: a longer number is no time, and is not converted."""


@dataclass(frozen=True, slots=True)
class Config:
    """One wallet on one machine. ``element`` lies elsewhere than ``folder``: copying one copies not both."""

    name: str
    folder: Path
    element: Path
    gateway: str
    pin_cost: PinCost
    at: int | None = None
    card: str = ""
    """In which reader the wallet's card lies, where that is another one than its file remembers."""

    @property
    def store(self) -> Path:
        """The sealed file."""
        return self.folder / "wallet.db"

    @property
    def fits(self) -> bool:
        """Whether the name names one folder among the wallets, and both texts can be kept."""
        if not (self.name.isprintable() and self.gateway.isprintable()):
            return False
        plain = 1 <= len(self.name) <= NAME_MOST and "/" not in self.name and self.name not in (".", "..")
        return plain and len(self.name.encode()) < 256 and len(self.gateway) <= GATEWAY_MOST


def read_config(name: str | None, environment: Mapping[str, str] | None = None) -> Config:
    """The configuration of the wallet of this name (or ``TENGE_WALLET``, or ``default``).

    ``TENGE_HOME`` and ``TENGE_ELEMENTS`` move the two folders, ``TENGE_GATEWAY`` names the gateway, and
    ``TENGE_PIN_COST=cheap`` makes new PINs cheap to check, ``TENGE_AT`` sets the clock (seconds since 1970):
    both for simulated towns and tests only. ``TENGE_CARD`` names the reader in which the wallet's card lies.
    """
    given = os.environ if environment is None else environment
    called = name or given.get("TENGE_WALLET") or NAME_DEFAULT
    home = Path(given.get("TENGE_HOME") or Path.home() / ".local" / "share" / "tenge")
    at = given.get("TENGE_AT", "")
    elements = Path(given.get("TENGE_ELEMENTS") or Path.home() / ".local" / "state" / "tenge" / "elements")
    return Config(
        name=called,
        folder=home / "wallets" / called,
        element=elements / called,
        gateway=given.get("TENGE_GATEWAY") or GATEWAY_DEFAULT,
        card=given.get("TENGE_CARD", ""),
        at=int(at) if at.isdecimal() and len(at) <= SECONDS_DIGITS_MOST else None,
        pin_cost=PIN_COST_CHEAP if given.get("TENGE_PIN_COST") == "cheap" else PIN_COST,
    )
