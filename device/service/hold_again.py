"""A card that was taken away too early is held there again, and the tap goes on with the same card."""

from collections.abc import Callable
from typing import Final, TypeVar

from device.service.guest import Guest
from tender.errors import Code, DeviceError

T = TypeVar("T")
PULLED: Final = frozenset({Code.CARD_GONE, Code.CARD_OUTCOME_UNKNOWN, Code.CARD_MISSING})
"""What was there a moment ago is gone, and knows what it did."""
TRIES: Final = 3


def held(meet: Callable[[], Guest], use: Callable[[Guest], T], pulled: Callable[[], None]) -> T:
    """Wait for a card (``meet``) and use it; ``pulled`` is told when it went, so that somebody can say so.

    Raises what meeting and using raise, once the tries are over; ``card-swapped`` when another card than the
    one that began is held there, which is asked nothing. What was signed by then another tap finishes.
    """
    number = b""
    for last in (*[False] * (TRIES - 1), True):
        met = False
        try:
            with meet() as guest:
                met = True
                if number not in (b"", guest.number):
                    raise DeviceError(Code.CARD_SWAPPED, "card")
                number = guest.number
                return use(guest)
        except DeviceError as error:
            nobody_came = error.code is Code.CARD_MISSING and not met
            if last or nobody_came or error.code not in PULLED:
                raise
            pulled()
    raise AssertionError("the last try raises or returns")
