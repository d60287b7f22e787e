"""Store and forward: offline takings wait at the till until it reaches its bank, and how much may wait."""

from dataclasses import dataclass
from enum import StrEnum, unique

from tender.errors import Code, Refusal


@unique
class Room(StrEnum):
    """How much more offline money the till can take."""

    PLENTY = "plenty"
    LITTLE = "little"
    """So much waits that the cashier is told to deposit."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Standing:
    """What waits at the till (tiyn).

    ``held``: money in hand, not claimed yet; ``claimed``: signed over to the bank, not credited yet;
    ``promised``: asked for and not here. ``most``: how much of these three together may wait; ``oldest_at``:
    since when the oldest piece waits, 0 for none. ``unmatched``: money on the device or in the account that
    belongs to no receipt.
    """

    held_tiyn: int
    claimed_tiyn: int
    promised_tiyn: int
    refused_tiyn: int
    most_tiyn: int
    oldest_at: int
    room: Room
    settled_tiyn: int = 0
    unmatched_tiyn: int = 0

    @property
    def waiting_tiyn(self) -> int:
        """What counts against the limit: a deposit that never reached the bank is still at risk here."""
        return self.held_tiyn + self.claimed_tiyn + self.promised_tiyn

    @property
    def left_tiyn(self) -> int:
        """How much more may come."""
        return max(0, self.most_tiyn - self.waiting_tiyn)


def most_held(profile_tiyn: int, own_tiyn: int) -> int:
    """The lower of what the scheme lets a device of this profile hold, and what the merchant chose (0:
    nothing)."""
    return min(profile_tiyn, own_tiyn) if own_tiyn else profile_tiyn


def room(held_tiyn: int, most_tiyn: int, warn_percent: int) -> Room:
    """Whether to warn, in whole percent of the limit."""
    if held_tiyn >= most_tiyn:
        return Room.NONE
    return Room.LITTLE if held_tiyn * 100 >= most_tiyn * warn_percent else Room.PLENTY


def may_ask(amount_tiyn: int, held_tiyn: int, most_tiyn: int) -> Refusal | None:
    """None, or ``limit-holding``: the till must deposit before it takes so much more."""
    if held_tiyn + amount_tiyn <= most_tiyn:
        return None
    return Refusal(Code.LIMIT_HOLDING, "amount", (("most_tiyn", most_tiyn), ("amount_tiyn", amount_tiyn)))
