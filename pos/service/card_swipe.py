"""The magnetic stripe: only where there is no chip, or the chip could not be read.

A stripe proves nothing but that somebody once read it. So a card whose stripe says that it has a chip
(service code 2xx or 6xx) is to be inserted; only after the kernel could not begin with its chip does the
stripe serve. The issuer is told so (entry mode 80) and gets the PIN with it; what it lets pass then is its
own policy (docs/protocol/emv-kernel.md, docs/protocol/card-issuer.md).
"""

from collections.abc import Callable
from typing import Final

from pos.core.card_tender import STRIPE, STRIPE_FOR_CHIP
from pos.core.emv.outcome import CardRead, Outcome, Reason, Verdict
from pos.core.emv.steps import Answered, GoOnline, Unanswered
from pos.ports import PinPad
from pos.service.card_kernel import GoAsk, typed_block
from pos.service.card_values import CardHands, CardStep, Swipe
from tender.card.pan import Track2
from tender.card.response_codes import is_approval
from tender.errors import RemoteProtocolError

_HAS_CHIP: Final = ("2", "6")
"""Beginnings of the service code of a card with a chip (ISO/IEC 7813)."""
By = Callable[[str], GoAsk]
"""Asks the acquirer and says how the card was read (first two digits of DE 22)."""


def read_stripe(swipe: Swipe) -> Track2 | None:
    """The stripe of the card that is pulled through; None when nothing can be read of it."""
    try:
        return Track2.from_bytes(swipe())
    except RemoteProtocolError:
        return None


def has_chip(track: Track2) -> bool:
    """Whether the stripe says that there is a chip, too."""
    return track.service_code.startswith(_HAS_CHIP)


def by_stripe(track: Track2, hands: CardHands, pad: PinPad, by: By) -> Outcome:
    """Ask the issuer with what stands on the stripe and the PIN; there is no chip to have the last word."""
    block = typed_block(hands, pad, track.pan)
    hands.tell(CardStep.ONLINE)
    ask = by(STRIPE_FOR_CHIP if has_chip(track) else STRIPE)
    said = ask(GoOnline({}, block, track.pan, track.expiry, None, track.to_bytes()))
    read = CardRead(track.pan, track.expiry, None, track.to_bytes())
    if isinstance(said, Unanswered):
        return Outcome(Verdict.DECLINED_ONLINE, Reason.ISSUER_UNREACHABLE, card=read, reverse=said.was_sent)
    return _answered(said, read)


def _answered(said: Answered, read: CardRead) -> Outcome:
    if is_approval(said.code):
        return Outcome(Verdict.APPROVED_ONLINE, Reason.APPROVED, card=read, response_code=said.code)
    return Outcome(Verdict.DECLINED_ONLINE, Reason.ISSUER_REFUSED, card=read, response_code=said.code)
