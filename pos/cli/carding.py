"""A payment card at the reader: it pays, or is given money back; what is said of each payment."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from pos.cli.card_hands import AtCard, Keyboard, reader_at
from pos.cli.opening import aside, say
from tender.errors import Refusal

if TYPE_CHECKING:
    from device.cli.speaking import Voice
    from pos.service.card_values import CardTold
    from pos.service.till import Till
    from pos.service.values import CardPayment, Sale


def take_card(voice: "Voice", till: "Till", at: AtCard, part_tiyn: int | None = None) -> None:
    """The card pays what is due; when it does not, the sale waits for another way to pay."""
    from device.cli.options import Outlet
    from pos.cli.paying import show_taken
    from pos.service.card_values import CardTold
    from pos.service.values import CARD, Taken

    hands = Keyboard(voice, till, at)
    voice.need(till.begin_payment(CARD, part_tiyn))
    paid = False
    try:
        stripe = partial(_stripe_at, at.card)
        with reader_at(at.card, hands) as reader:
            taking, wait_s = till.cards.taking, at.card_wait_s
            told = (
                taking.swipe(hands, stripe)
                if at.swipe
                else taking.pay(reader, hands, timeout_s=wait_s, swipe=stripe)
            )
        paid = isinstance(told, Taken) or (isinstance(told, CardTold) and told.taken is not None)
    finally:
        if not paid:
            _stays(
                voice, till.cancel_payment()
            )  # the basket stays, and cash or another card can be chosen (DT-Q-14)
    if isinstance(told, Refusal):
        voice.refuse(told)
    if isinstance(told, Taken):  # the purse on the card
        say(voice, "pos.tapped", amount_tiyn=told.amount_tiyn)
        show_taken(voice, till, replace(told, messages=()), Outlet())
        return
    hands.ended(told.refusal)
    if told.taken is None:
        refuse(voice, told, hands)
    show_approved(voice, told)
    show_taken(voice, till, told.taken, Outlet(), card=payment_json(told.payment))


def _stripe_at(where: str) -> bytes:
    """What the slot for stripes of this reader reads."""
    from hardware.readers import swiped

    return swiped(where)


def _stays(voice: "Voice", left: "Sale | Refusal") -> None:
    """What becomes of a sale that no card has paid."""
    if not isinstance(left, Refusal):
        aside(voice, "cardpay.sale-stays", due_tiyn=left.due_tiyn)


def give_by_card(voice: "Voice", till: "Till", receipt: str, amount_tiyn: int | None, at: AtCard) -> None:
    """Money goes back onto the card that paid."""
    from pos.cli.reporting import receipt_json

    hands = Keyboard(voice, till, at)
    with reader_at(at.card, hands) as reader:
        given = till.cards.giving.refund(receipt, amount_tiyn, reader, hands, timeout_s=at.card_wait_s)
    done = voice.need(given)
    hands.ended(done.told.refusal)
    if done.receipt is None:
        refuse(voice, done.told, hands)
    say(voice, "pos.gave-back", amount_tiyn=done.receipt.total_tiyn, receipt=done.receipt.name)
    voice.tell(receipts=[receipt_json(done.receipt)], card=payment_json(done.told.payment), waiting_tiyn=0)


def show_approved(voice: "Voice", told: "CardTold") -> None:
    """A yes, as the customer hears it."""
    payment = told.payment
    key = "cardpay.approved-dt" if payment.in_dt else "cardpay.approved"
    say(voice, key, amount_tiyn=payment.amount_tiyn, pan=payment.seen.pan, approval=payment.approval)


def refuse(voice: "Voice", told: "CardTold", hands: Keyboard) -> NoReturn:
    """A no, and whether a reversal waits; ends the command."""
    if told.reversal_waits:
        aside(voice, "cardpay.reversal-waits")
    assert told.refusal is not None
    left = tries_left(told.payment, hands.tries_left)
    more = {} if left is None else {"pin_tries_left": left}
    voice.refuse(told.refusal, given={"card": payment_json(told.payment), **more})


def tries_left(payment: "CardPayment", told: int | None) -> int | None:
    """PIN tries that the card has left: what it ``told`` last, and none once it found them used up."""
    from tender.card.values import Tvr

    tvr = payment.seen.tvr
    return 0 if len(tvr) == Tvr.BYTES and Tvr.PIN_TRIES_EXCEEDED in Tvr.read(tvr) else told


def payment_json(payment: "CardPayment") -> dict[str, Any]:
    """A card payment for programs; nothing of it is secret."""
    seen = payment.seen
    return {
        "number": payment.number,
        "kind": payment.kind,
        "phase": payment.phase.value,
        "amount_tiyn": payment.amount_tiyn,
        "pan": seen.pan,
        "aid": seen.aid.hex().upper(),
        "label": seen.label,
        "rrn": payment.rrn,
        "approval": payment.approval,
        "response": payment.response,
        "life_cycle": payment.life,
        "in_dt": payment.in_dt,
        "tvr": seen.tvr.hex().upper(),
        "tsi": seen.tsi.hex().upper(),
        "reversal": payment.reason,
        "batch": payment.batch,
    }
