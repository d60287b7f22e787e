"""Keep or return: what a device, its bank and the National Bank say about a payment whose receipt never came
(docs/adr/0015).

The payer hands the signed tokens over; the payee's bank keeps them for the payee's device, which answers at
its next sync with a receipt, with a return, or with a claim in the payer's favour. A request, a purpose and a
name are in none of these: nobody on the way needs them.
"""

from dataclasses import dataclass
from typing import Final

from tender.account.client_messages import BANK, HASH, KEY, TIME
from tender.account.token_messages import CLAIM_ITEM, TOKEN, ClaimItem
from tender.schema import Bytes, Choice, Many, Maybe, Record

ASKED: Final = "asked"
KEPT: Final = "kept"
RETURNED: Final = "returned"
SILENT: Final = "silent"
STATES: Final = (ASKED, KEPT, RETURNED, SILENT)
"""Where a hand-over stands; ``silent``: nobody answered by the end of the claim window, and the payer was
credited."""
DELIVERIES_MOST: Final = 16


@dataclass(frozen=True, slots=True)
class HandOver:
    """A device: "I signed these away and have no receipt." ``tokens`` are packed, the new link last;
    ``certificate`` is the payee's, packed, as its request showed it."""

    payment_id: bytes
    certificate: bytes
    tokens: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class PassedOver:
    """The bank passes it on: what nobody keeps is credited to ``address`` on its node."""

    payment_id: bytes
    certificate: bytes
    tokens: tuple[bytes, ...]
    address: bytes


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Where it stands. ``until`` (seconds): silence to then returns it. ``answers``: what the payee said, as
    messages for the payer's device (receipt, return)."""

    state: str
    until: int
    answers: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class KeepOrReturn:
    """The National Bank asks the payee's bank, which asks the device that holds ``key``.

    ``return_bank`` and ``return_to`` name the payer's account only where no link could bring the money back;
    else the address is None.
    """

    reference: bytes
    payment_id: bytes
    key: bytes
    tokens: tuple[bytes, ...]
    until: int
    return_bank: int
    return_to: bytes | None


@dataclass(frozen=True, slots=True)
class Answer:
    """To one hand-over, by its reference: a receipt or a return as a device would send it (empty for none),
    and claims in the payer's favour."""

    reference: bytes
    message: bytes
    claims: tuple[ClaimItem, ...]


@dataclass(frozen=True, slots=True)
class LateMoney:
    """A device: these are my answers; what else was handed over to me?"""

    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What waits for this device's answer, oldest first, as much as one reply carries."""

    waiting: tuple[KeepOrReturn, ...]


_PAYMENT: Final = Bytes(16)
_CERTIFICATE: Final = Bytes(least=76, most=81)
_TOKENS: Final = Many(TOKEN, most=64, least=1)
_MESSAGE: Final = Bytes(most=1 << 18)

HAND_OVER: Final = Record(
    HandOver, ("payment_id", _PAYMENT), ("certificate", _CERTIFICATE), ("tokens", _TOKENS)
)
PASSED_OVER: Final = Record(
    PassedOver,
    ("payment_id", _PAYMENT),
    ("certificate", _CERTIFICATE),
    ("tokens", _TOKENS),
    ("address", KEY),
)
HANDED_OVER: Final = Record(
    HandedOver, ("state", Choice(STATES)), ("until", TIME), ("answers", Many(_MESSAGE, most=8))
)
KEEP_OR_RETURN: Final = Record(
    KeepOrReturn,
    ("reference", HASH),
    ("payment_id", _PAYMENT),
    ("key", KEY),
    ("tokens", _TOKENS),
    ("until", TIME),
    ("return_bank", BANK),
    ("return_to", Maybe(KEY)),
)
ANSWER: Final = Record(
    Answer, ("reference", HASH), ("message", _MESSAGE), ("claims", Many(CLAIM_ITEM, most=64))
)
LATE_MONEY: Final = Record(LateMoney, ("answers", Many(ANSWER, most=DELIVERIES_MOST)))
DELIVERED: Final = Record(Delivered, ("waiting", Many(KEEP_OR_RETURN, most=DELIVERIES_MOST)))
