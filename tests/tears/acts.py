"""What one wallet does in one step of a conversation, as a function that may be killed inside and done again.

An act gets an open wallet and the bytes it reads, and gives the messages it would send. Done again after a
death it goes on from wherever its session stands. The ``spoil`` acts bring the secure element into the state
in which it must refuse, as a rolled-back or modified store would.
"""

from collections.abc import Callable, Mapping
from typing import Final

from device.core.model import KEY_FRESH
from device.service.money import Proposal, Told
from device.service.talk import Talk
from device.service.wallet import Wallet
from hardware.clock import SetClock
from tender.cash.beside import take_apart
from tender.cash.messages import (
    Kind,
    Receipt,
    Refused,
    Request,
    Terms,
    Transfer,
    open_message,
    open_request,
    pack,
    unwrap,
)
from tender.cash.session_events import Approved, Begin, Declined, Received
from tender.cash.session_state import Payee, Payer, Phase, Role, State
from tender.cash.token import Link
from tender.errors import Code, Refusal
from tests.mint import NOW
from tests.tears.street import PRICE_TIYN
from tests.wallet.village import good

Given = Mapping[str, bytes]
"""The messages there are, by name."""
Act = Callable[[Wallet, Given, str], list[bytes]]
LATE_S: Final = 40 * 86_400
"""Tokens live a month."""
ELSEWHERE: Final = b"\x07" * 32


def messages(told: Told | Refusal) -> list[bytes]:
    """What is to be sent."""
    return list(told.messages) if isinstance(told, Told) else []


def payment_of(given: Given) -> bytes:
    """The payment everybody is talking about."""
    return open_request(given["request"]).payment_id


def request(wallet: Wallet, given: Given, what: str) -> list[bytes]:
    """Ask for money, or, if that was begun before, go on with it."""
    begun = [one for one in wallet.view.history() if one.direction == "in" and one.channel == "offline"]
    if begun:
        return messages(wallet.money.resume(begun[0].id))
    return [good(wallet.money.request(int(what or PRICE_TIYN))).message]


def ask(wallet: Wallet, given: Given, what: str) -> list[bytes]:
    """Look at a request and do not answer yet."""
    wallet.money.propose(given["request"])
    return []


def agree(wallet: Wallet, given: Given, what: str) -> list[bytes]:
    """Pay a request; ``two-way``: offer first."""
    found = wallet.money.propose(given["request"])
    if isinstance(found, Proposal):
        found = wallet.money.confirm(found, two_way=what == "two-way")
    return messages(good(found))


def state_of(wallet: Wallet, given: Given, role: Role) -> State:
    """The session as it is stored."""
    found = Talk(wallet.desk).load(payment_of(given), role)
    if found is None:
        return Payer() if role is Role.PAYER else Payee()
    return found


def hear(wallet: Wallet, given: Given, what: str) -> list[bytes]:
    """Take a message, whatever state one is in."""
    if unwrap(given[what])[0] is not Kind.REQUEST:
        return messages(wallet.money.receive(given[what]))
    talk = Talk(wallet.desk)
    return talk.tell(state_of(wallet, given, Role.PAYER), Received(given[what], talk.known())).sends


def hear_late(wallet: Wallet, given: Given, what: str) -> list[bytes]:
    """Take a message when the money in it has expired on the way."""
    clock: SetClock = vars(wallet.desk)["_clock"]
    clock.set(NOW + LATE_S)
    return hear(wallet, given, what)


def resume(wallet: Wallet, given: Given, what: str) -> list[bytes]:
    """Go on with a payment."""
    return messages(wallet.money.resume(payment_of(given)))


def begun(wallet: Wallet, given: Given, what: str) -> list[bytes]:
    """Go on with the only payment there is, whose request was never given away."""
    return messages(wallet.money.resume(wallet.view.history()[0].id))


def cancel_begun(wallet: Wallet, given: Given, what: str) -> list[bytes]:
    """Give it up instead."""
    return messages(wallet.money.cancel(wallet.view.history()[0].id))


def cancel(wallet: Wallet, given: Given, what: str) -> list[bytes]:
    """Give a payment up."""
    return messages(wallet.money.cancel(payment_of(given)))


def free(wallet: Wallet, given: Given, what: str) -> list[bytes]:
    """Let anybody pay, although somebody has offered."""
    return messages(wallet.money.free(payment_of(given)))


def decline(wallet: Wallet, given: Given, what: str) -> list[bytes]:
    """Say no to what one is asked."""
    state = state_of(wallet, given, Role.PAYER)
    return Talk(wallet.desk).tell(state, Declined()).sends if state.phase is Phase.ASKING else []


def refund(wallet: Wallet, given: Given, what: str) -> list[bytes]:
    """Give the very same money back."""
    return messages(wallet.money.refund(payment_of(given)))


def say_refused(wallet: Wallet, given: Given, what: str) -> list[bytes]:
    """Only words: the payee (or a liar) says that it refuses."""
    return [pack(Refused(payment_of(given), Code.TERMS_UNMET.value, "transfer"))]


# --- the element in a state in which it refuses


def spoil_coin(wallet: Wallet, given: Given, what: str) -> list[bytes]:
    """The largest coin is signed away elsewhere, and the wallet's file does not know."""
    coin = wallet.view.coins()[0]
    wallet.desk.element.sign_links([(coin.holder, Link(coin.output, ELSEWHERE, coin.amount_tiyn, 0, b""))])
    return []


def approve_spoilt(wallet: Wallet, given: Given, what: str) -> list[bytes]:
    """Agree to pay with that coin."""
    talk, coin = Talk(wallet.desk), wallet.view.coins()[0]
    state = state_of(wallet, given, Role.PAYER)
    if state.phase is not Phase.ASKING:
        return resume(wallet, given, what)
    pieces = ((coin.packed, wallet.desk.certificate_of(coin.holder), PRICE_TIYN),)
    return talk.tell(state, Approved(pieces, talk.known())).sends


def spoil_return(wallet: Wallet, given: Given, what: str) -> list[bytes]:
    """What is going to come is signed away before it has come."""
    transfer = open_message(take_apart(given[what])[0])
    assert isinstance(transfer, Transfer)
    for packed in transfer.tokens:
        coming = wallet.desk.holding(packed)
        link = Link(coming.output, ELSEWHERE, coming.amount_tiyn, 0, b"")
        wallet.desk.element.sign_links([(coming.holder, link)])
    return []


def spoil_receipt(wallet: Wallet, given: Given, what: str) -> list[bytes]:
    """The request was closed with another receipt, in another life of the store."""
    asked = open_request(given["request"]).request
    other = Receipt(payment_of(given), asked.amount_tiyn, (ELSEWHERE,), 1, 1, 1, 1)
    wallet.desk.element.sign_receipt(asked.key, other)
    return []


def request_with_used_key(wallet: Wallet, given: Given, what: str) -> list[bytes]:
    """Ask under a key that has asked before, as if it were fresh."""
    desk, talk = wallet.desk, Talk(wallet.desk)
    entry = desk.own_keys(KEY_FRESH)[-1]
    for purpose in ("first", "second"):
        asked = Request(
            PRICE_TIYN, entry.key, entry.certificate, b"", purpose, 1, 1, desk.now(), Terms(), None
        )
        if purpose == "first":
            desk.element.sign_request(asked)
    return talk.tell(Payee(), Begin(asked, talk.known(open_requests=True))).sends


ACTS: Final[dict[str, Act]] = {
    act.__name__: act
    for act in (
        *(request, ask, agree, hear, hear_late, resume, begun, cancel_begun, cancel, free, decline, refund),
        *(say_refused, spoil_coin, approve_spoilt, spoil_return, spoil_receipt),
        request_with_used_key,
    )
}
