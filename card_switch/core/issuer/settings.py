"""How a card host is set up, and which dialect each of its links speaks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from card_switch.core.node import MASTERCARD, OWN_ACQUIRER, VISA
from card_switch.core.timing import Timing
from tender.account.capabilities import Profile
from tender.card.iso8583.dialects import MASTERCARD_STYLE, VISA_STYLE, Dialect


@dataclass(frozen=True, slots=True)
class Fallback:
    """What an issuer lets be paid with the stripe of a card whose chip failed (entry mode 80). Anybody can
    break a chip, and a stripe can be copied; so it takes the PIN, as a chip does, and not much at once."""

    allowed: bool = True
    with_pin: bool = True
    operation_tiyn: int = 50_000_00


@dataclass(frozen=True, slots=True)
class IssuerSettings:
    """What is configured: the bank's number, its profile of Table 10, everybody's patience, what a stripe
    may do."""

    bank: int
    profile: Profile = Profile.FULL
    timing: Timing = field(default_factory=Timing)
    fallback: Fallback = Fallback()


SPOKEN: Final[Mapping[str, Dialect]] = {
    VISA: VISA_STYLE,
    MASTERCARD: MASTERCARD_STYLE,
    OWN_ACQUIRER: VISA_STYLE,
}
"""The dialect of each link of a card host."""
