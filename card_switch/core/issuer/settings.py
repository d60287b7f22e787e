"""How a card host is set up, and which dialect each of its links speaks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from card_switch.core.node import MASTERCARD, OWN_ACQUIRER, VISA
from card_switch.core.timing import Timing
from tender.account.capabilities import Profile
from tender.card.iso8583.dialects import MASTERCARD_STYLE, VISA_STYLE, Dialect


@dataclass(frozen=True, slots=True)
class IssuerSettings:
    """What is configured: the bank's number, its profile of Table 10, and everybody's patience."""

    bank: int
    profile: Profile = Profile.FULL
    timing: Timing = field(default_factory=Timing)


SPOKEN: Final[Mapping[str, Dialect]] = {
    VISA: VISA_STYLE,
    MASTERCARD: MASTERCARD_STYLE,
    OWN_ACQUIRER: VISA_STYLE,
}
"""The dialect of each link of a card host."""
