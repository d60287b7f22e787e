"""The payment between two devices as one table: ``step(state, event, now) -> (state, commands)``.

Both roles and both flows stand in :data:`TABLE`: over one-way carriers request → transfer → receipt, over
two-way wires request → offer → ready → transfer → receipt. Each arrow names the phases it may lead to and
what is true if the device dies there; docs/protocol/session.md is drawn from it. What is not in the table
cannot happen: such a message is refused and changes nothing.

A step that changes or keeps anything begins with :class:`Store`; only then may anything be signed or sent.
After a power cut, load the state and step it with :class:`Resumed`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tender.cash import session_astray as astray
from tender.cash import session_payee as payee
from tender.cash import session_payer as payer
from tender.cash.messages import (
    Offer,
    Ready,
    ReceiptMessage,
    Refused,
    RequestMessage,
    Return,
    Transfer,
    open_message,
    pack,
)
from tender.cash.session_events import (
    Approved,
    Begin,
    Came,
    Cancelled,
    Command,
    Declined,
    Event,
    Freed,
    Keep,
    NotSigned,
    Prove,
    Received,
    Resumed,
    ReturnAtSync,
    Send,
    Show,
    Signed,
    Spent,
    Store,
)
from tender.cash.session_state import Phase, Role, State
from tender.errors import Code, LocalProtocolError, Refusal, RemoteProtocolError


@dataclass(frozen=True, slots=True)
class Arrow:
    """One transition: what runs, where it may lead, and what is true if the device dies on the way."""

    run: Callable[[Any, Any, int], tuple[Any, list[Command]]]
    to: tuple[Phase, ...]
    if_we_die: str


_NOTHING: Final = "nothing moved"
_SAME: Final = "the stored state is unchanged; the same bytes are sent again"
_ELEMENT: Final = "nothing moved, or the element re-emits the identical signature when asked again"
_PAYER_KNOWS: Final = "the payer holds the signed links and sends them again"
_BACK: Final = "the returns are signed again, identically, and sent again"

P = Phase

PAYEE_TABLE: Final[dict[tuple[Role, Phase, type[Any]], Arrow]] = {
    (Role.PAYEE, P.NEW, Begin): Arrow(payee.begin, (P.OPENING,), _NOTHING),
    (Role.PAYEE, P.OPENING, Signed): Arrow(payee.request_signed, (P.OPEN,), _ELEMENT),
    (Role.PAYEE, P.OPENING, NotSigned): Arrow(payee.not_opened, (P.CANCELLED,), _NOTHING),
    (Role.PAYEE, P.OPENING, Resumed): Arrow(payee.resume_opening, (P.OPENING,), _ELEMENT),
    (Role.PAYEE, P.OPENING, Cancelled): Arrow(astray.cancelled, (P.CANCELLED,), _NOTHING),
    (Role.PAYEE, P.OPEN, Resumed): Arrow(payee.resume_open, (P.OPEN,), _SAME),
    (Role.PAYEE, P.OPEN, Signed): Arrow(astray.return_signed, (P.OPEN,), _BACK),
    (Role.PAYEE, P.OPEN, NotSigned): Arrow(astray.return_not_signed, (P.OPEN,), _BACK),
    (Role.PAYEE, P.OPEN, Offer): Arrow(
        payee.offered, (P.OPEN, P.OFFERED), "nothing moved; the payer offers again"
    ),
    (Role.PAYEE, P.OPEN, Transfer): Arrow(payee.transferred, (P.OPEN, P.CLOSING), _PAYER_KNOWS),
    (Role.PAYEE, P.OPEN, Refused): Arrow(payee.payer_declined, (P.OPEN,), _NOTHING),
    (Role.PAYEE, P.OPEN, Cancelled): Arrow(astray.cancelled, (P.CANCELLED,), "nothing counts; parts go back"),
    (Role.PAYEE, P.OFFERED, Resumed): Arrow(payee.resume_offered, (P.OFFERED,), _SAME),
    (Role.PAYEE, P.OFFERED, Freed): Arrow(
        payee.freed,
        (P.OPEN,),
        "nothing moved; links signed meanwhile still complete the kept offer, or come whole",
    ),
    (Role.PAYEE, P.OFFERED, Offer): Arrow(
        payee.offered, (P.OFFERED,), "nothing moved; only the same offer is answered, another is refused"
    ),
    (Role.PAYEE, P.OFFERED, Transfer): Arrow(payee.transferred, (P.OFFERED, P.OPEN, P.CLOSING), _PAYER_KNOWS),
    (Role.PAYEE, P.OFFERED, Refused): Arrow(payee.payer_declined, (P.OPEN,), _NOTHING),
    (Role.PAYEE, P.OFFERED, Cancelled): Arrow(
        astray.cancelled, (P.CANCELLED,), "nothing moved, or the late transfer goes back"
    ),
    (Role.PAYEE, P.CLOSING, Signed): Arrow(
        payee.receipt_signed, (P.CLOSED,), "the links are stored; the element re-emits the receipt"
    ),
    (Role.PAYEE, P.CLOSING, NotSigned): Arrow(
        payee.not_closed,
        (P.CLOSING, P.CLOSED),
        "the request was closed before a rollback: what the element signed away since counts no more",
    ),
    (Role.PAYEE, P.CLOSING, Resumed): Arrow(payee.closing_again, (P.CLOSING,), _ELEMENT),
    (Role.PAYEE, P.CLOSING, Transfer): Arrow(payee.closing_again, (P.CLOSING,), _ELEMENT),
    (Role.PAYEE, P.CLOSED, Transfer): Arrow(
        astray.late, (P.CLOSED,), "the same payment gets the same receipt; other money goes back"
    ),
    (Role.PAYEE, P.CLOSED, Offer): Arrow(payee.closed_offer, (P.CLOSED,), _NOTHING),
    (Role.PAYEE, P.CLOSED, Signed): Arrow(astray.return_signed, (P.CLOSED,), _BACK),
    (Role.PAYEE, P.CLOSED, NotSigned): Arrow(astray.return_not_signed, (P.CLOSED,), _BACK),
    (Role.PAYEE, P.CLOSED, Resumed): Arrow(astray.resume_closed, (P.CLOSED,), _SAME),
    (Role.PAYEE, P.CANCELLED, Transfer): Arrow(astray.late, (P.CANCELLED,), _BACK),
    (Role.PAYEE, P.CANCELLED, Offer): Arrow(payee.closed_offer, (P.CANCELLED,), _NOTHING),
    (Role.PAYEE, P.CANCELLED, Signed): Arrow(astray.return_signed, (P.CANCELLED,), _BACK),
    (Role.PAYEE, P.CANCELLED, NotSigned): Arrow(astray.return_not_signed, (P.CANCELLED,), _BACK),
    (Role.PAYEE, P.CANCELLED, Resumed): Arrow(astray.resume_closed, (P.CANCELLED,), _SAME),
}

PAYER_TABLE: Final[dict[tuple[Role, Phase, type[Any]], Arrow]] = {
    (Role.PAYER, P.NEW, RequestMessage): Arrow(payer.asked, (P.ASKING,), _NOTHING),
    (Role.PAYER, P.ASKING, RequestMessage): Arrow(payer.ask_again, (P.ASKING,), _NOTHING),
    (Role.PAYER, P.ASKING, Resumed): Arrow(payer.ask_again, (P.ASKING,), _NOTHING),
    (Role.PAYER, P.ASKING, Approved): Arrow(payer.approved, (P.OFFERING, P.SIGNING), _NOTHING),
    (Role.PAYER, P.ASKING, Declined): Arrow(payer.declined, (P.DECLINED,), _NOTHING),
    (Role.PAYER, P.ASKING, Cancelled): Arrow(payer.declined, (P.DECLINED,), _NOTHING),
    (Role.PAYER, P.OFFERING, RequestMessage): Arrow(payer.offer_again, (P.OFFERING,), _SAME),
    (Role.PAYER, P.OFFERING, Resumed): Arrow(payer.offer_again, (P.OFFERING,), _SAME),
    (Role.PAYER, P.OFFERING, Ready): Arrow(
        payer.ready, (P.SIGNING,), "nothing moved; the offer is sent again"
    ),
    (Role.PAYER, P.OFFERING, Refused): Arrow(payer.offer_refused, (P.DECLINED,), _NOTHING),
    (Role.PAYER, P.OFFERING, Cancelled): Arrow(payer.declined, (P.DECLINED,), _NOTHING),
    (Role.PAYER, P.SIGNING, Signed): Arrow(payer.links_signed, (P.SENT,), _ELEMENT),
    (Role.PAYER, P.SIGNING, NotSigned): Arrow(payer.links_not_signed, (P.DECLINED,), _NOTHING),
    (Role.PAYER, P.SIGNING, RequestMessage): Arrow(payer.sign_again, (P.SIGNING,), _ELEMENT),
    (Role.PAYER, P.SIGNING, Ready): Arrow(payer.sign_again, (P.SIGNING,), _ELEMENT),
    (Role.PAYER, P.SIGNING, Resumed): Arrow(payer.sign_again, (P.SIGNING,), _ELEMENT),
    (Role.PAYER, P.SENT, RequestMessage): Arrow(payer.send_again, (P.SENT,), _SAME),
    (Role.PAYER, P.SENT, Ready): Arrow(payer.send_again, (P.SENT,), _SAME),
    (Role.PAYER, P.SENT, Resumed): Arrow(payer.send_again, (P.SENT,), _SAME),
    (Role.PAYER, P.SENT, ReceiptMessage): Arrow(
        payer.acknowledged, (P.DONE,), "the payee has it; asked again, it gives the same receipt"
    ),
    (Role.PAYER, P.SENT, Refused): Arrow(
        payer.refused_after,
        (P.SENT,),
        "the links stand; refused as tails, they are sent again as whole tokens",
    ),
    (Role.PAYER, P.SENT, Return): Arrow(
        payer.came_back, (P.SENT, P.RETURNED), "the payee holds the signed returns and sends them again"
    ),
    (Role.PAYER, P.DONE, RequestMessage): Arrow(payer.send_again, (P.DONE,), _SAME),
    (Role.PAYER, P.DONE, Ready): Arrow(payer.send_again, (P.DONE,), _SAME),
    (Role.PAYER, P.DONE, ReceiptMessage): Arrow(payer.done_already, (P.DONE,), _SAME),
    (Role.PAYER, P.DONE, Resumed): Arrow(payer.done_already, (P.DONE,), _SAME),
    (Role.PAYER, P.DONE, Return): Arrow(
        payer.came_back, (P.DONE, P.RETURNED), "the payee holds the signed returns and sends them again"
    ),
    (Role.PAYER, P.DECLINED, RequestMessage): Arrow(payer.asked, (P.ASKING,), _NOTHING),
    (Role.PAYER, P.DECLINED, Resumed): Arrow(payer.nothing_moved, (P.DECLINED,), _NOTHING),
    (Role.PAYER, P.RETURNED, RequestMessage): Arrow(payer.closed_request, (P.RETURNED,), _SAME),
    (Role.PAYER, P.RETURNED, Return): Arrow(payer.returned_already, (P.RETURNED,), _SAME),
    (Role.PAYER, P.RETURNED, Resumed): Arrow(payer.returned_already, (P.RETURNED,), _SAME),
}

TABLE: Final[Mapping[tuple[Role, Phase, type[Any]], Arrow]] = {**PAYEE_TABLE, **PAYER_TABLE}
"""Everything that can happen: (role, phase, event or message) → arrow."""


def step(state: State, event: Event, now: int) -> tuple[State, tuple[Command, ...]]:
    """One event of one session; obey the commands in their order.

    ``now`` is the device's clock; events that bring knowledge raise it to the time floor. What a peer sent
    wrong, and what the person chose that cannot be paid, comes back as ``Show(Refusal)`` with the state as it
    was. Raises :class:`LocalProtocolError` only for an event this program should not have given.
    """
    given: Any = event
    if not isinstance(event, Declined | Signed | NotSigned | Resumed | Freed):
        now = event.known.trust.now(now)
    if isinstance(event, Received):
        try:
            message = open_message(event.data)
        except RemoteProtocolError as error:
            # Only the payee answers what it cannot read: it may be the payer's money, garbled on the way.
            return _refuse(state, error.refusal, state.payment_id if state.role is Role.PAYEE else None)
        given = Came(message, event.data, event.known, event.recorded)
        if state.payload and message.payment_id != state.payment_id:
            return _refuse(state, Refusal(Code.REQUEST_NOT_OURS, "message.payment_id"), _answer_to(given))
    what = type(given.message) if isinstance(given, Came) else type(given)
    arrow = TABLE.get((state.role, state.phase, what))
    if arrow is None:
        refusal = Refusal(Code.OUT_OF_ORDER, what.__name__.removesuffix("Message").lower())
        if isinstance(given, Came):
            return _refuse(state, refusal, _answer_to(given))
        if isinstance(given, Cancelled):
            return _refuse(state, refusal, None)
        raise LocalProtocolError(Code.OUT_OF_ORDER, f"{state.phase.value}.{refusal.field}")
    try:
        after, commands = arrow.run(state, given, now)
    except RemoteProtocolError as error:
        answer = _answer_to(given) if isinstance(given, Came) else None
        return _refuse(state, error.refusal, answer)
    if after.phase not in arrow.to:
        raise LocalProtocolError(Code.OUT_OF_ORDER, f"{state.phase.value}→{after.phase.value}")
    if after != state or any(isinstance(one, Keep | Spent | Prove | ReturnAtSync) for one in commands):
        commands = [Store(after), *commands]
    return after, tuple(commands)


def _answer_to(came: Came[Any]) -> bytes | None:
    """Whom a refusal would help: whoever waits for an answer. An acknowledgement or a refusal gets none, or
    two devices would refuse each other for ever."""
    waits = isinstance(came.message, RequestMessage | Offer | Ready | Transfer)
    return bytes(came.message.payment_id) if waits else None


def _refuse(state: State, refusal: Refusal, payment_id: bytes | None) -> tuple[State, tuple[Command, ...]]:
    show = Show(refusal)
    if not payment_id:
        return state, (show,)
    return state, (Send(pack(Refused(payment_id, refusal.code.value, refusal.field[:120]))), show)
