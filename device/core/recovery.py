"""What a cut-off payment means for the person: what is certain, what is waiting, what to do."""

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

from device.core.model import IN, OFFLINE, OUT, Payment

RESTORED: Final = "restored"
"""The channel of a line that a backup brought back: history, and never an open conversation."""
_UNSIGNED: Final = frozenset({"asked", "offered", "declined", "cancelled"})


@unique
class Todo(StrEnum):
    """What the person can do about an open payment."""

    NOTHING = "nothing"
    SHOW_REQUEST_AGAIN = "show-request-again"
    PAY_AGAIN = "pay-again"
    SEND_AGAIN = "send-again"
    WAIT_FOR_REST = "wait-for-rest"
    FETCH_RECEIPT = "fetch-receipt"
    SYNC = "sync"


@dataclass(frozen=True, slots=True)
class Open:
    """An open payment: ``certain`` is a status that holds whatever happens, ``todo`` what helps."""

    payment: Payment
    certain: str
    todo: Todo


_PAYER: Final = {
    "asked": ("nothing-signed", Todo.PAY_AGAIN),
    "offered": ("nothing-signed", Todo.PAY_AGAIN),
    "signing": ("perhaps-signed", Todo.SEND_AGAIN),
    "sent": ("signed-away", Todo.SEND_AGAIN),
    "handed-over": ("signed-away", Todo.SYNC),
}
_PAYEE: Final = {
    "created": ("nothing-moved", Todo.SHOW_REQUEST_AGAIN),
    "requested": ("nothing-counted", Todo.SHOW_REQUEST_AGAIN),
    "partial": ("part-arrived", Todo.WAIT_FOR_REST),
}


def paid_before(payment: Payment) -> bool:
    """Whether a restored line says that this request was paid, or may have been, or was our own: paying it
    now would pay it twice, for what the other device signed is not here to be sent again."""
    if payment.channel != RESTORED:
        return False
    return payment.direction == IN or payment.status not in _UNSIGNED


def by_card(payment: Payment) -> bool:
    """Whether a card paid this away from its wallet, which therefore never saw the request."""
    return payment.channel == OFFLINE and payment.direction == OUT and not payment.message


def still_open(payment: Payment) -> Open | None:
    """What is open about a payment, or None when it has ended, or when it is another device's to end."""
    if payment.channel == RESTORED:
        return None
    found = (_PAYEE if payment.direction == IN else _PAYER).get(payment.status)
    seen = payment.channel == OFFLINE and payment.direction == OUT and payment.status == "recorded"
    if seen and not payment.receipt:
        found = _PAYER["sent"]
    if payment.channel == "deposit" and payment.status == "claimed":
        found = ("claim-signed", Todo.SYNC)
    if found is not None and by_card(payment):
        found = ("signed-away", Todo.SYNC)  # the card itself tells its terminal again
    return None if found is None else Open(payment, *found)
