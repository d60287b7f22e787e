"""Conversations that between them pass every arrow of the session's table.

A step is an act of one person (:mod:`tests.tears.acts`), what it is about, the name its message gets, and,
for a session that only a death leaves behind, the arrow after whose commit that person dies first.
"""

from dataclasses import dataclass
from typing import Final

AIGUL, DANA, BOLAT = "aigul", "dana", "bolat"


@dataclass(frozen=True)
class Step:
    """One act."""

    who: str
    act: str
    what: str = ""
    makes: str = ""
    dies_after: str = ""


def hear(who: str, what: str, makes: str = "") -> Step:
    """Somebody takes a message."""
    return Step(who, "hear", what, makes)


REQUEST: Final = Step(DANA, "request", makes="request")
PAY: Final = Step(AIGUL, "agree", makes="transfer")
OFFER: Final = Step(AIGUL, "agree", "two-way", makes="offer")
TAKE_OFFER: Final = hear(DANA, "offer", "ready")

SCRIPTS: Final[dict[str, tuple[Step, ...]]] = {
    "paid by files, then everything once more": (
        REQUEST,
        PAY,
        hear(AIGUL, "request"),
        Step(AIGUL, "resume"),
        hear(DANA, "transfer", "receipt"),
        hear(AIGUL, "receipt"),
        hear(AIGUL, "receipt"),
        hear(AIGUL, "request"),
        Step(AIGUL, "resume"),
        hear(DANA, "transfer"),
        Step(DANA, "resume"),
    ),
    "paid over a wire, each message twice": (
        REQUEST,
        Step(DANA, "resume"),
        OFFER,
        hear(AIGUL, "request"),
        Step(AIGUL, "resume"),
        TAKE_OFFER,
        hear(DANA, "offer"),
        Step(DANA, "resume"),
        hear(AIGUL, "ready", "transfer"),
        hear(AIGUL, "ready"),
        hear(DANA, "transfer", "receipt"),
        hear(DANA, "offer"),
        hear(AIGUL, "receipt"),
        hear(AIGUL, "ready"),
    ),
    "declined, and asked again": (
        REQUEST,
        Step(AIGUL, "ask"),
        hear(AIGUL, "request"),
        Step(AIGUL, "resume"),
        Step(AIGUL, "decline", makes="no"),
        hear(DANA, "no"),
        Step(AIGUL, "resume"),
        hear(AIGUL, "request"),
        Step(AIGUL, "cancel"),
    ),
    "the payer offers and thinks better of it": (
        REQUEST,
        OFFER,
        TAKE_OFFER,
        Step(AIGUL, "cancel", makes="no"),
        hear(DANA, "no"),
    ),
    "the payee takes an offer and gives up": (
        REQUEST,
        OFFER,
        TAKE_OFFER,
        Step(DANA, "cancel", makes="no"),
        hear(AIGUL, "no"),
        hear(DANA, "offer"),
        Step(DANA, "resume"),
    ),
    "the payee frees a request that was offered for": (
        REQUEST,
        OFFER,
        TAKE_OFFER,
        Step(DANA, "free"),
        Step(BOLAT, "agree", makes="transfer"),
        hear(DANA, "transfer", "receipt"),
    ),
    "too late: the money comes back": (
        REQUEST,
        PAY,
        Step(DANA, "cancel"),
        hear(DANA, "transfer", "return"),
        hear(AIGUL, "return"),
        hear(AIGUL, "return"),
        hear(AIGUL, "request"),
        Step(AIGUL, "resume"),
    ),
    "given back after the receipt": (
        REQUEST,
        PAY,
        hear(DANA, "transfer", "receipt"),
        hear(AIGUL, "receipt"),
        Step(DANA, "refund", makes="return"),
        hear(AIGUL, "return"),
    ),
    "two pay one request": (
        REQUEST,
        PAY,
        Step(BOLAT, "agree", makes="other"),
        hear(DANA, "transfer"),
        hear(DANA, "other", "return"),
        hear(BOLAT, "return"),
    ),
    "the money expired on the way": (REQUEST, PAY, Step(DANA, "hear_late", "transfer", "return")),
    "only words": (REQUEST, PAY, Step(DANA, "say_refused", makes="no"), hear(AIGUL, "no")),
    "the payee died while it opened a request": (
        Step(DANA, "request", dies_after="payee new Begin"),
        Step(DANA, "begun", makes="request"),
        PAY,
    ),
    "the payee died while it opened a request, and gives it up": (
        Step(DANA, "request", dies_after="payee new Begin"),
        Step(DANA, "cancel_begun"),
    ),
    "the payee died before its receipt": (
        REQUEST,
        PAY,
        Step(DANA, "hear", "transfer", dies_after="payee open Transfer"),
        hear(DANA, "transfer", "receipt"),
    ),
    "the payee died before its receipt, and goes on by itself": (
        REQUEST,
        PAY,
        Step(DANA, "hear", "transfer", dies_after="payee open Transfer"),
        Step(DANA, "resume", makes="receipt"),
    ),
    "the payer died while it signed": (
        REQUEST,
        Step(AIGUL, "agree", dies_after="payer asking Approved"),
        hear(AIGUL, "request", "transfer"),
    ),
    "the payer died while it signed, and goes on by itself": (
        REQUEST,
        Step(AIGUL, "agree", dies_after="payer asking Approved"),
        Step(AIGUL, "resume", makes="transfer"),
    ),
    "the payer died while it signed over a wire": (
        REQUEST,
        OFFER,
        TAKE_OFFER,
        Step(AIGUL, "hear", "ready", dies_after="payer offering Ready"),
        hear(AIGUL, "ready", "transfer"),
    ),
    "the element will not open a request": (Step(DANA, "request_with_used_key"),),
    "the element will not pay": (
        REQUEST,
        Step(AIGUL, "ask"),
        Step(AIGUL, "spoil_coin"),
        Step(AIGUL, "approve_spoilt"),
    ),
    "the element closed the request in another life": (
        REQUEST,
        PAY,
        Step(DANA, "spoil_receipt"),
        hear(DANA, "transfer"),
    ),
    "the element will not give back, cancelled": (
        REQUEST,
        PAY,
        Step(DANA, "cancel"),
        Step(DANA, "spoil_return", "transfer"),
        hear(DANA, "transfer"),
    ),
    "the element will not give back, closed": (
        REQUEST,
        PAY,
        Step(BOLAT, "agree", makes="other"),
        hear(DANA, "transfer"),
        Step(DANA, "spoil_return", "other"),
        hear(DANA, "other"),
    ),
    "the element will not give back, open": (
        REQUEST,
        PAY,
        Step(DANA, "spoil_return", "transfer"),
        Step(DANA, "hear_late", "transfer"),
    ),
}

KILLS: Final[dict[str, tuple[str, ...]]] = {
    "paid by files, then everything once more": (
        "payee new Begin",
        "payee opening Signed",
        "payer new RequestMessage",
        "payer asking Approved",
        "payer signing Signed",
        "payer sent RequestMessage",
        "payer sent Resumed",
        "payee open Transfer",
        "payee closing Signed",
        "payer sent ReceiptMessage",
        "payer done ReceiptMessage",
        "payer done RequestMessage",
        "payer done Resumed",
        "payee closed Transfer",
        "payee closed Resumed",
    ),
    "paid over a wire, each message twice": (
        "payee open Resumed",
        "payer offering RequestMessage",
        "payer offering Resumed",
        "payee open Offer",
        "payee offered Offer",
        "payee offered Resumed",
        "payer offering Ready",
        "payer sent Ready",
        "payee offered Transfer",
        "payee closed Offer",
        "payer done Ready",
    ),
    "declined, and asked again": (
        "payer asking RequestMessage",
        "payer asking Resumed",
        "payer asking Declined",
        "payee open Refused",
        "payer declined Resumed",
        "payer declined RequestMessage",
        "payer asking Cancelled",
    ),
    "the payer offers and thinks better of it": (
        "payer offering Cancelled",
        "payee offered Refused",
    ),
    "the payee takes an offer and gives up": (
        "payee offered Cancelled",
        "payer offering Refused",
        "payee cancelled Offer",
        "payee cancelled Resumed",
    ),
    "the payee frees a request that was offered for": ("payee offered Freed",),
    "too late: the money comes back": (
        "payee open Cancelled",
        "payee cancelled Transfer",
        "payee cancelled Signed",
        "payer sent Return",
        "payer returned Return",
        "payer returned RequestMessage",
        "payer returned Resumed",
    ),
    "given back after the receipt": ("payer done Return",),
    "two pay one request": ("payee closed Signed",),
    "the money expired on the way": (
        "payee open Transfer",
        "payee open Signed",
    ),
    "only words": ("payer sent Refused",),
    "the payee died while it opened a request": ("payee opening Resumed",),
    "the payee died while it opened a request, and gives it up": ("payee opening Cancelled",),
    "the payee died before its receipt": ("payee closing Transfer",),
    "the payee died before its receipt, and goes on by itself": ("payee closing Resumed",),
    "the payer died while it signed": ("payer signing RequestMessage",),
    "the payer died while it signed, and goes on by itself": ("payer signing Resumed",),
    "the payer died while it signed over a wire": ("payer signing Ready",),
    "the element will not open a request": ("payee opening NotSigned",),
    "the element will not pay": ("payer signing NotSigned",),
    "the element closed the request in another life": ("payee closing NotSigned",),
    "the element will not give back, cancelled": ("payee cancelled NotSigned",),
    "the element will not give back, closed": ("payee closed NotSigned",),
    "the element will not give back, open": ("payee open NotSigned",),
}
"""In which conversation who is killed at which arrow: each arrow of the table at least once."""
