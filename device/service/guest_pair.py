"""Two cards on two readers of one terminal: one pays the other, and each checks the other itself."""

from dataclasses import dataclass
from typing import Final

from device.service.guest import AskPin, Guest
from tender.errors import Code, Refusal

SAME_TAP_S: Final = 120
"""Whoever was told that a tap was torn, when the payee's card had the money already, tries again within this
time; later the same amount is another payment."""


@dataclass(frozen=True, slots=True)
class Passed:
    """Money that went from card to card (tiyn). ``again``: a torn payment was finished, and nothing new was
    signed."""

    payment: bytes
    amount_tiyn: int
    again: bool = False


def pay_between(
    payer: Guest, payee: Guest, amount_tiyn: int, purpose: str = "", ask_pin: AskPin | None = None
) -> Passed | Refusal:
    """Pay this much from one card to the other.

    What the payer's card has signed for the payee's before, and nobody acknowledged, is finished first: if it
    was this amount, that was the payment. A refusal says that nothing moved now; after ``DeviceError`` hold
    both cards there again and ask for the same.
    """
    if payer.number == payee.number:
        return Refusal(Code.PAYEE_IS_PAYER, "card")
    finished: Passed | None = None
    for payment, links in payer.unfinished().items():
        request = payee.asked_before(payment)
        if isinstance(request, Refusal):
            continue
        asked_for = request.amount_tiyn == amount_tiyn
        received = payee.received_at(payment)
        told = payer.go_on(request.message, links, payee.answer)
        if isinstance(told, Refusal):
            if asked_for:
                return told
            continue
        # What the payee's card had in its hands long ago is no answer to whoever asks for money now.
        just_now = received is None or payee.desk.now() - received <= SAME_TAP_S
        if asked_for and just_now and told.closed:
            finished = Passed(payment, amount_tiyn, again=True)
    if finished is not None:
        return finished
    asked = payee.request(amount_tiyn, purpose)
    if isinstance(asked, Refusal):
        return asked
    told = payer.pay(asked.message, payee.answer, ask_pin)
    if isinstance(told, Refusal):
        return told
    if not told.closed:
        return told.refusal or Refusal(Code.OUT_OF_ORDER, "tap")
    return Passed(asked.payment, amount_tiyn)
