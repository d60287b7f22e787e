"""The payer's half of the session: what it does at each arrow of the table in ``session.py``.

Everything that can be refused is refused before the person is asked, everything the person approved is judged
before a link is signed, and a signed link is sent until it is acknowledged, always in the same bytes.
"""

from dataclasses import replace

from tender.cash.messages import (
    Offer,
    Ready,
    ReceiptMessage,
    Refused,
    RequestMessage,
    Return,
    Transfer,
    check_receipt,
    offer_id,
    pack,
)
from tender.cash.session_checks import (
    attested_name,
    check_list_age,
    check_request,
    find_fork,
    judge,
    proposed,
)
from tender.cash.session_events import (
    Approved,
    Ask,
    Came,
    Cancelled,
    Close,
    Command,
    Declined,
    Keep,
    News,
    NotSigned,
    Resumed,
    Send,
    Show,
    Signed,
    SignLinks,
    Spent,
)
from tender.cash.session_payee import refusal_of
from tender.cash.session_state import Payer, Phase
from tender.cash.token import INDEX_PAYMENT, output_id
from tender.crypto.certificates import DeviceCertificate
from tender.crypto.envelope import Typ, to_be_signed
from tender.crypto.keys import verify
from tender.errors import Code, LocalProtocolError, RemoteProtocolError

Result = tuple[Payer, list[Command]]


# ------------------------------------------------------------------------------------ before the links


def asked(state: Payer, came: Came[RequestMessage], now: int) -> Result:
    """A request: check all that can be checked, then ask the person."""
    message, known = came.message, came.known
    request = message.request
    payee = check_request(request, message.payment_id, known, now)
    name, phone = attested_name(request.attestation, (request.key,), payee.issuer, known)
    after = replace(
        state, phase=Phase.ASKING, request=came.data, payload=message.envelope.payload, name=name, phone=phone
    )
    return after, [_ask(after)]


def _ask(state: Payer) -> Ask:
    request = state.asked
    payee = DeviceCertificate.unpack(request.certificate, request.key, "request.certificate")
    return Ask(
        request,
        state.payment_id,
        payee.issuer,
        payee.category,
        payee.business_number,
        state.name,
        state.phone,
    )


def approved(state: Payer, event: Approved, now: int) -> Result:
    """The person agreed: judge the chosen tokens as the payee will, then offer them or have them signed."""
    request, known = state.asked, event.known
    payee = check_request(request, state.payment_id, known, now)
    total = sum(amount for _, _, amount in event.pieces)
    if total != request.amount_tiyn:
        code = Code.NOT_ENOUGH_MONEY if total < request.amount_tiyn else Code.AMOUNT_MISMATCH
        raise RemoteProtocolError(code, "amount", amount_tiyn=total, asked_tiyn=request.amount_tiyn)
    rows = [
        proposed(packed, certificate, amount, request, known, now, f"tokens[{place}]")
        for place, (packed, certificate, amount) in enumerate(event.pieces)
    ]
    pieces = tuple(piece for _, piece in rows)
    judge(pieces, request, payee, known, now)
    if find_fork((piece.holding for piece in pieces), known) is not None:
        raise RemoteProtocolError(Code.FORK_PROVED, "tokens")
    for place, piece in enumerate(pieces):
        profile = known.trust.profile(piece.payer.profile, f"tokens[{place}]")
        check_list_age(known, profile, request.amount_tiyn, now, "amount")
    after = replace(
        state,
        coins=tuple(coin for coin, _ in rows),
        two_way=event.two_way,
        attestation=event.attestation,
        offer=b"",
    )
    if not event.two_way:
        return replace(after, phase=Phase.SIGNING), [_sign(after)]
    offer = Offer(
        state.payment_id,
        tuple(coin.packed for coin in after.coins),
        tuple(coin.pay_tiyn for coin in after.coins),
        tuple(coin.certificate for coin in after.coins),
    )
    after = replace(after, phase=Phase.OFFERING, offer=pack(offer))
    return after, [Send(after.offer), Show(News.OFFERED, request.amount_tiyn)]


def _sign(state: Payer) -> SignLinks:
    return SignLinks(tuple((coin.holder, coin.link()) for coin in state.coins))


def declined(state: Payer, event: Declined | Cancelled, now: int) -> Result:
    """The person will not pay. Nothing was signed, so nothing has to be remembered as spent."""
    answer = pack(Refused(state.payment_id, Code.PAYER_DECLINED.value, "request"))
    after = replace(state, phase=Phase.DECLINED, coins=(), offer=b"")
    return after, [Send(answer), Show(News.NOTHING_MOVED), Close()]


def offer_refused(state: Payer, came: Came[Refused], now: int) -> Result:
    """The payee cannot take these tokens, and said so before a link was signed."""
    after = replace(state, phase=Phase.DECLINED, coins=(), offer=b"")
    return after, [Show(refusal_of(came.message)), Show(News.NOTHING_MOVED), Close()]


def ready(state: Payer, came: Came[Ready], now: int) -> Result:
    """The payee verified this very offer: now the links may be signed."""
    if came.message.offer != offer_id(state.offer):
        raise RemoteProtocolError(Code.OUT_OF_ORDER, "ready.offer")
    return replace(state, phase=Phase.SIGNING), [_sign(state)]


# ------------------------------------------------------------------------------------- the money moves


def links_signed(state: Payer, event: Signed, now: int) -> Result:
    """All links of the payment exist: commit their exact bytes, then send them."""
    if len(event.signatures) != len(state.coins):
        raise LocalProtocolError(Code.SIGNATURE_WRONG, "links")
    for coin, signature in zip(state.coins, event.signatures, strict=True):
        if not verify(signature, to_be_signed(Typ.LINK, coin.link().payload()), coin.holder):
            raise LocalProtocolError(Code.SIGNATURE_WRONG, "links")
    pairs = list(zip(state.coins, event.signatures, strict=True))
    tokens = () if state.two_way else tuple(coin.paid(signature) for coin, signature in pairs)
    tails = tuple(coin.tail(signature) for coin, signature in pairs) if state.two_way else ()
    message = pack(Transfer(state.payment_id, tokens, tails, state.attestation or None))
    after = replace(state, phase=Phase.SENT, signatures=event.signatures, out=message)
    spent = Spent(tuple(coin.output for coin in state.coins), after.change)
    return after, [spent, Send(message), Show(News.PAID, state.asked.amount_tiyn)]


def links_not_signed(state: Payer, event: NotSigned, now: int) -> Result:
    """The element signed none of them (an output was spent elsewhere): nothing moved."""
    after = replace(state, phase=Phase.DECLINED, coins=(), offer=b"")
    answer = pack(Refused(state.payment_id, Code.PAYER_DECLINED.value, "request"))
    return after, [Send(answer), Show(event.refusal), Show(News.NOTHING_MOVED)]


def acknowledged(state: Payer, came: Came[ReceiptMessage], now: int) -> Result:
    """The payee has it, in writing: the receipt must name exactly what was paid."""
    receipt = check_receipt(came.message, state.asked, state.payment_id)
    ours = {output_id(coin.link().payload(), INDEX_PAYMENT) for coin in state.coins}
    if set(receipt.outputs) != ours or len(receipt.outputs) != len(ours):
        raise RemoteProtocolError(Code.RECEIPT_WRONG, "receipt.outputs")
    after = replace(state, phase=Phase.DONE, receipt=state.receipt or came.data)
    return after, [Show(News.ACKNOWLEDGED, receipt.amount_tiyn), Close()]


def refused_after(state: Payer, came: Came[Refused], now: int) -> Result:
    """A refusal frees nothing: the links are out, and can be sent again or handed to the bank.

    Tails complete only the offer they were signed for. A payee that refuses them may keep another one, or
    none: from now on the whole tokens are sent, which need nothing but themselves.
    """
    show = Show(refusal_of(came.message), state.asked.amount_tiyn)
    whole = _whole(state)
    if not state.two_way or state.out == whole:
        return state, [show]
    return replace(state, out=whole), [Send(whole), show]


def came_back(state: Payer, came: Came[Return], now: int) -> Result:
    """The payee returned what it could not keep: whole outputs of this payment, back to the key that paid."""
    ours = {output_id(coin.link().payload(), INDEX_PAYMENT): coin for coin in state.coins}
    back: dict[bytes, bytes] = {}
    for packed in state.returned:
        back[came.known.holding(packed, "returned").spends[-1].parent] = packed
    new: list[bytes] = []
    amount_tiyn = 0
    for place, packed in enumerate(came.message.tokens):
        field = f"return.tokens[{place}]"
        holding = came.known.holding(packed, field)
        last = holding.last
        coin = None if last is None else ours.get(last.parent)
        if last is None or coin is None or last.change_tiyn or holding.holder != coin.holder:
            raise RemoteProtocolError(Code.REQUEST_NOT_OURS, field)
        if last.nonce:  # it pays a request of ours, and would be counted for both
            raise RemoteProtocolError(Code.REQUEST_NOT_OURS, f"{field}.nonce")
        if last.parent not in back:
            back[last.parent] = packed
            new.append(packed)
            amount_tiyn += holding.amount_tiyn
    phase = Phase.RETURNED if set(back) == set(ours) else state.phase
    after = replace(state, phase=phase, returned=tuple(back.values()))
    commands: list[Command] = [Keep(tuple(new))] if new else []
    commands.append(Show(News.RETURNED, amount_tiyn))
    return after, [*commands, Close()] if phase is Phase.RETURNED else commands


# ---------------------------------------------------------------------------------------- coming back


def ask_again(state: Payer, event: Came[RequestMessage] | Resumed, now: int) -> Result:
    """The person has not answered yet."""
    return state, [_ask(state)]


def offer_again(state: Payer, event: Came[RequestMessage] | Resumed, now: int) -> Result:
    """The same offer, in the same bytes."""
    return state, [Send(state.offer)]


def sign_again(state: Payer, event: Came[RequestMessage] | Came[Ready] | Resumed, now: int) -> Result:
    """The element gives the same signatures to the same question."""
    if isinstance(event, Resumed) and event.one_way:
        state = replace(state, two_way=False)
    return state, [_sign(state)]


def send_again(state: Payer, event: Came[RequestMessage] | Came[Ready] | Resumed, now: int) -> Result:
    """Paying a request again sends the same links again: where the payee may know nothing of the offer, as
    whole tokens."""
    if isinstance(event, Resumed) and event.one_way:
        state = replace(state, out=_whole(state))
    return state, [Send(state.out), Show(News.PAID, state.asked.amount_tiyn)]


def _whole(state: Payer) -> bytes:
    """The payment as whole tokens, which need nothing but themselves."""
    return pack(Transfer(state.payment_id, state.paid, (), state.attestation or None))


def done_already(state: Payer, event: Came[ReceiptMessage] | Resumed, now: int) -> Result:
    """Acknowledged before."""
    return state, [Show(News.ACKNOWLEDGED, state.asked.amount_tiyn), Close()]


def returned_already(state: Payer, event: Came[Return] | Resumed, now: int) -> Result:
    """All of it came back before."""
    return state, [Show(News.RETURNED, state.asked.amount_tiyn), Close()]


def nothing_moved(state: Payer, event: Resumed, now: int) -> Result:
    """Declined before."""
    return state, [Show(News.NOTHING_MOVED), Close()]


def closed_request(state: Payer, came: Came[RequestMessage], now: int) -> Result:
    """This payment came back whole; a new one needs a new request."""
    raise RemoteProtocolError(Code.REQUEST_CLOSED, "request")
