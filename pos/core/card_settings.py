"""What makes a till a card terminal: where its acquirer is, who it is there, its keys, and how far it has
counted."""

import re
from dataclasses import dataclass, field, replace
from typing import Final

from pos.core.card_tender import NUMBERS, next_number
from tender.account.capabilities import Profile
from tender.card.certificates import CaKey
from tender.errors import Code, Refusal

CARD_SETTINGS_ROW: Final = b"card-settings"
"""What the settings are found by: there is one of them."""
TERMINAL_KEY_BYTES: Final = 16
CA_KEYS_MOST: Final = 40
_TERMINAL: Final = re.compile(r"[0-9A-Za-z]{1,8}")
_MERCHANT: Final = re.compile(r"[0-9A-Za-z]{1,15}")
_ACQUIRER: Final = re.compile(r"[0-9]{1,11}")


@dataclass(frozen=True, slots=True)
class CardSettings:
    """The terminal as its acquirer knows it. ``number``: the last trace number given (DE 11); ``batch``: the
    open one; ``key``: the double-length key under which a PIN leaves the PIN pad. ``accepts_dt``: cards pay
    here in Digital Tenge where their bank offers it in this ``profile`` of the world (DT-C-06, DT-C-27)."""

    host: str
    port: int
    acquirer: str
    terminal: str
    merchant: str
    key: bytes = field(repr=False)
    category: int = 5999
    accepts_dt: bool = False
    cash_machine: bool = False
    profile: str = Profile.FULL.value
    batch: int = 1
    number: int = 0
    ca_keys: tuple[CaKey, ...] = ()
    mac_key: bytes = field(default=b"", repr=False)
    """Of the code in its sign-on; empty for an acquirer that wants none."""

    @property
    def who(self) -> tuple[str, str, str]:
        """Who this terminal is to its acquirer."""
        return self.acquirer, self.terminal, self.merchant

    def counted(self) -> "CardSettings":
        """With the next trace number given."""
        return replace(self, number=next_number(self.number))

    def closed_batch(self) -> "CardSettings":
        """With the next batch open."""
        return replace(self, batch=self.batch % NUMBERS + 1)


def card_settings_refused(settings: CardSettings) -> Refusal | None:
    """None for what a terminal can be set to; else the refusal of the first field that does not fit."""
    checks = (
        (bool(settings.host) and len(settings.host) <= 200 and settings.host.isprintable(), "host"),
        (0 < settings.port < 65_536, "port"),
        (bool(_ACQUIRER.fullmatch(settings.acquirer)), "acquirer"),
        (bool(_TERMINAL.fullmatch(settings.terminal)), "terminal"),
        (bool(_MERCHANT.fullmatch(settings.merchant)), "merchant"),
        (len(settings.key) == TERMINAL_KEY_BYTES, "key"),
        (len(settings.mac_key) in (0, TERMINAL_KEY_BYTES), "mac_key"),
        (0 < settings.category <= 9_999, "category"),
        (settings.profile in tuple(Profile), "profile"),
        (len(settings.ca_keys) <= CA_KEYS_MOST, "ca_keys"),
    )
    wrong = next((name for fits, name in checks if not fits), None)
    return None if wrong is None else Refusal(Code.FIELD_WRONG, f"card.{wrong}")
