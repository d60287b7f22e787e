"""Two cards on two readers of one terminal: one pays the other, and each checks the other itself."""

from dataclasses import dataclass

from device.service.earlier import NOBODY, SAME_TAP_S, Earlier, Finished, finished, only
from device.service.guest import AskPin, Guest
from tender.errors import Code, Refusal


@dataclass(frozen=True, slots=True)
class Passed:
    """Money that went from card to card (tiyn). ``again``: a torn payment was finished, begun at ``begun_at``
    (seconds UTC), and nothing new was signed."""

    payment: bytes
    amount_tiyn: int
    again: bool = False
    begun_at: int = 0


def pay_between(
    payer: Guest,
    payee: Guest,
    amount_tiyn: int,
    purpose: str = "",
    ask_pin: AskPin | None = None,
    earlier: Earlier = NOBODY,
) -> Passed | Refusal:
    """Pay this much from one card to the other.

    What the payer's card has signed for the payee's before, and nobody acknowledged, is finished first: if it
    was this amount, that was the payment. One of another amount is told to ``earlier``, and this amount goes
    on top of it only if that says so: else ``earlier-finished``. A refusal says that nothing of
    this amount moved now; after ``DeviceError`` hold both cards there again and ask for the same.
    """
    if payer.number == payee.number:
        return Refusal(Code.PAYEE_IS_PAYER, "card")
    passed: Passed | None = None
    others: list[Finished] = []
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
        if not (just_now and told.closed):
            continue
        done = finished(request)
        if asked_for:
            passed = Passed(payment, amount_tiyn, again=True, begun_at=done.begun_at)
        else:
            others.append(done)
            earlier.finished(done)
    if passed is not None:
        return passed
    if others and not earlier.goes_on():
        return only(others)
    asked = payee.request(amount_tiyn, purpose)
    if isinstance(asked, Refusal):
        return asked
    told = payer.pay(asked.message, payee.answer, ask_pin)
    if isinstance(told, Refusal):
        return told
    if not told.closed:
        return told.refusal or Refusal(Code.OUT_OF_ORDER, "tap")
    return Passed(asked.payment, amount_tiyn)
