"""The payee's half of the session: what it does at each arrow of the table in ``session.py``.

It counts nothing until links bound to its key and nonce sum to the amount. What comes too late, or is more
than was asked, goes back as a link to whoever signed it.
"""

from dataclasses import replace
from typing import Final

from tender.cash.chain import Holding
from tender.cash.messages import (
    RECEIPT,
    REQUEST,
    Kind,
    Offer,
    Ready,
    Receipt,
    Refused,
    Transfer,
    offer_id,
    pack,
    pack_signed,
)
from tender.cash.session_astray import (
    check_room,
    forked,
    give_back,
    return_again,
    send_back,
    sort_out,
    unhandled,
    whole,
)
from tender.cash.session_checks import (
    arrived,
    attested_name,
    check_certificate,
    check_holding,
    check_list_age,
    find_fork,
    judge,
    proposed,
    received,
)
from tender.cash.session_events import (
    Begin,
    Came,
    Close,
    Command,
    Freed,
    Keep,
    Known,
    News,
    NotSigned,
    Prove,
    Resumed,
    Send,
    Show,
    Signed,
    SignReceipt,
    SignRequest,
)
from tender.cash.session_state import Payee, Phase
from tender.crypto.certificates import DeviceCertificate
from tender.crypto.envelope import Typ, to_be_signed
from tender.crypto.keys import verify
from tender.errors import Code, LocalProtocolError, Refusal, RemoteProtocolError

Result = tuple[Payee, list[Command]]

CLOSED_BEFORE: Final = "receipt"
"""The field an element names when it closed this request with another receipt."""
PERHAPS_LATER: Final = frozenset(
    {Code.LIMIT_HOLDING, Code.LIST_STALE, Code.DIRECTORY_OLD, Code.PROFILE_UNKNOWN}
)
"""What a payee may come to accept after a deposit or a sync; money refused for anything else goes back."""


def begin(state: Payee, event: Begin, now: int) -> Result:
    """Make a request: nothing is promised that this device would have to refuse."""
    request, known = event.request, event.known
    _, profile = check_certificate(request.certificate, request.key, known, now, 0, "request.certificate")
    check_holding(known, profile, request.amount_tiyn, "request.amount_tiyn")
    check_list_age(known, profile, request.amount_tiyn, request.time, "request.amount_tiyn")
    return replace(state, phase=Phase.OPENING, payload=REQUEST.encode(request)), [SignRequest(request)]


def request_signed(state: Payee, event: Signed, now: int) -> Result:
    """The request is open in the element: give it away."""
    signature = _one(event, Typ.REQUEST, state.payload, state.asked.key)
    message = pack_signed(Kind.REQUEST, Typ.REQUEST, state.payload, signature)
    show = Show(News.REQUEST_READY, state.asked.amount_tiyn)
    return replace(state, phase=Phase.OPEN, request=message), [Send(message), show]


def _one(event: Signed, typ: Typ, payload: bytes, key: bytes) -> bytes:
    if len(event.signatures) != 1 or not verify(event.signatures[0], to_be_signed(typ, payload), key):
        raise LocalProtocolError(Code.SIGNATURE_WRONG, typ.name.lower())
    return event.signatures[0]


def not_opened(state: Payee, event: NotSigned, now: int) -> Result:
    """The element would not open the request: it never existed."""
    return replace(state, phase=Phase.CANCELLED), [Show(event.refusal)]


def not_closed(state: Payee, event: NotSigned, now: int) -> Result:
    """The element closed this request in another life of the store: the money is here, the receipt was given
    then. What it has signed away since, the host leaves out. Any other refusal changes nothing."""
    if event.refusal.field != CLOSED_BEFORE:
        return state, [Show(event.refusal)]
    keep = Keep(state.accepted, state.name, state.phone)
    show = Show(News.RECEIVED, state.asked.amount_tiyn)
    after = replace(state, phase=Phase.CLOSED)
    return after, [keep, show, *(send_back(after) if state.astray else [Close()])]


# --------------------------------------------------------------------------------------- money arrives


def offered(state: Payee, came: Came[Offer], now: int) -> Result:
    """Judge what would be paid while refusing still costs nobody anything."""
    offer, asked = came.message, state.asked
    if state.accepted:
        raise RemoteProtocolError(Code.OUT_OF_ORDER, "offer")
    if state.phase is Phase.OFFERED and came.data != state.offer:
        # Its payer may have signed already, for tails that only the kept offer completes.
        raise RemoteProtocolError(Code.REQUEST_TAKEN, "offer")
    if not len(offer.tokens) == len(offer.amounts_tiyn) == len(offer.certificates):
        raise RemoteProtocolError(Code.FIELD_WRONG, "offer.tokens")
    if sum(offer.amounts_tiyn) != asked.amount_tiyn:
        raise RemoteProtocolError(Code.AMOUNT_MISMATCH, "offer.amounts", amount_tiyn=sum(offer.amounts_tiyn))
    rows = zip(offer.tokens, offer.certificates, offer.amounts_tiyn, strict=True)
    pieces = tuple(
        proposed(packed, certificate, amount, asked, came.known, now, f"offer.tokens[{place}]")[1]
        for place, (packed, certificate, amount) in enumerate(rows)
    )
    proof = find_fork((piece.holding for piece in pieces), came.known)
    if proof is not None:
        return state, forked(state, proof)
    judge(pieces, asked, _accept_limits(state, came.known, now), came.known, now)
    answer = pack(Ready(state.payment_id, offer_id(came.data)))
    return replace(state, phase=Phase.OFFERED, offer=came.data), [Send(answer)]


def _accept_limits(state: Payee, known: Known, now: int) -> DeviceCertificate:
    asked = state.asked
    own = DeviceCertificate.unpack(asked.certificate, asked.key, "request.certificate")
    profile = known.trust.profile(own.profile, "request.certificate")
    check_holding(known, profile, asked.amount_tiyn, "transfer.amount")
    check_list_age(known, profile, asked.amount_tiyn, asked.time, "transfer.amount")
    return own


def transferred(state: Payee, came: Came[Transfer], now: int) -> Result:
    """Links came: verify them, keep the parts, and close when they sum to the amount."""
    asked, known = state.asked, came.known
    arrivals = [
        arrived(packed, asked, known, f"transfer.tokens[{place}]")
        for place, packed in enumerate(whole(state, came.message))
    ]
    if len({holding.output for holding, _ in arrivals}) != len(arrivals):
        raise RemoteProtocolError(Code.TOKEN_DUPLICATED, "transfer.tokens")
    before = [arrived(packed, asked, known, "accepted")[0] for packed in state.accepted]
    counted = {holding.output for holding in before}
    again, fresh = unhandled(state, [holding for holding, _ in arrivals])
    new = [holding for holding in fresh if holding.output not in counted]
    if not new and {holding.output for holding, _ in arrivals} & {coin.output for coin in state.astray}:
        return state, [*again, *send_back(state)]  # the device died before it could sign the returns
    if again and not new:
        return state, again
    proof = find_fork((*before, *new), known)
    if proof is not None:
        after, commands = give_back(state, before, new, known.trust, Refusal(Code.FORK_PROVED, "tokens"))
        return after, [Prove(proof), *commands]
    total = sum(holding.amount_tiyn for holding in before)
    taken: list[Holding] = []
    excess: list[Holding] = []
    for holding in new:
        fits = total + holding.amount_tiyn <= asked.amount_tiyn
        (taken if fits else excess).append(holding)
        total += holding.amount_tiyn if fits else 0
    try:
        _judge_arrived(state, (*before, *taken), came, now)
    except RemoteProtocolError as error:
        if error.code in PERHAPS_LATER:
            raise
        return give_back(state, before, new, known.trust, error.refusal)
    check_room(state, excess)
    accepted = (*state.accepted, *(holding.packed for holding in taken))
    astray, stuck, handed_over = sort_out(excess, asked.certificate, known.trust)
    after = replace(state, accepted=accepted, astray=(*state.astray, *astray), stuck=(*state.stuck, *stuck))
    if total < asked.amount_tiyn:
        partial = Refusal(
            Code.AMOUNT_PARTIAL, "transfer", (("amount_tiyn", total), ("asked_tiyn", asked.amount_tiyn))
        )
        answer = pack(Refused(state.payment_id, Code.AMOUNT_PARTIAL.value, "transfer"))
        return replace(after, phase=Phase.OPEN), [*handed_over, Send(answer), Show(partial, total)]
    closing, commands = _complete(after, [*before, *taken], came, now)
    return closing, [*handed_over, *commands]


def _judge_arrived(state: Payee, holdings: tuple[Holding, ...], came: Came[Transfer], now: int) -> None:
    """Whether what came may pay this request. What the platform has recorded is money though it expired: it
    is claimed, and not passed on."""
    asked, known, at = state.asked, came.known, 0 if came.recorded else now
    pieces = tuple(
        received(one, one.spends[-1], asked, known, at, f"transfer.tokens[{place}]")
        for place, one in enumerate(holdings)
    )
    judge(pieces, asked, _accept_limits(state, known, now), known, at)


def _complete(state: Payee, holdings: list[Holding], came: Came[Transfer], now: int) -> Result:
    asked, trust = state.asked, came.known.trust
    lasts = [holding.spends[-1] for holding in holdings]
    receipt = Receipt(
        payment_id=state.payment_id,
        amount_tiyn=asked.amount_tiyn,
        outputs=tuple(holding.output for holding in holdings),
        list_number=trust.revocations.number,
        list_date=trust.list_date,
        time_floor=trust.now(0),
        time=now,
    )
    bank = lasts[0].device_certificate().issuer
    name, phone = attested_name(came.message.attestation, (one.signer for one in lasts), bank, came.known)
    payload = RECEIPT.encode(receipt)
    after = replace(state, phase=Phase.CLOSING, receipt_payload=payload, name=name, phone=phone)
    return after, [SignReceipt(asked.key, receipt)]


def closing_again(state: Payee, came: Came[Transfer] | Resumed, now: int) -> Result:
    """All is here already; only the receipt's signature is missing."""
    return state, [SignReceipt(state.asked.key, RECEIPT.decode(state.receipt_payload, "receipt"))]


def receipt_signed(state: Payee, event: Signed, now: int) -> Result:
    """The request is closed for good: the money counts, the receipt goes out, what was too much goes back."""
    asked = state.asked
    signature = _one(event, Typ.RECEIPT, state.receipt_payload, asked.key)
    message = pack_signed(Kind.RECEIPT, Typ.RECEIPT, state.receipt_payload, signature)
    after = replace(state, phase=Phase.CLOSED, receipt=message)
    commands: list[Command] = [Keep(state.accepted, state.name, state.phone), Send(message)]
    commands.append(Show(News.RECEIVED, asked.amount_tiyn))
    return after, [*commands, *(send_back(after) if state.astray else [Close()])]


def closed_offer(state: Payee, came: Came[Offer], now: int) -> Result:
    """Nothing may be paid to this request any more; said before anything is signed."""
    raise RemoteProtocolError(Code.REQUEST_CLOSED, "request")


def payer_declined(state: Payee, came: Came[Refused], now: int) -> Result:
    """The payer will not pay; the request stays open, and what comes nevertheless is welcome."""
    return replace(state, phase=Phase.OPEN), [Show(refusal_of(came.message))]


def refusal_of(message: Refused) -> Refusal:
    """What the other side says, as our own code; a word we do not know is ``message-unknown``."""
    known = {code.value: code for code in Code}
    return Refusal(known.get(message.code, Code.MESSAGE_UNKNOWN), message.field)


# ---------------------------------------------------------------------------------------- coming back


def resume_opening(state: Payee, event: Resumed, now: int) -> Result:
    """The request was never given away unsigned: sign the same one."""
    return state, [SignRequest(state.asked)]


def resume_open(state: Payee, event: Resumed, now: int) -> Result:
    """Show the same request again, and give back again what could not be taken."""
    if state.astray:
        return state, send_back(state)
    show = Show(News.REQUEST_READY, state.asked.amount_tiyn)
    return state, [Send(state.request), *return_again(state), show]


def freed(state: Payee, event: Freed, now: int) -> Result:
    """Nobody is waited for any more: the request is open to all. The offer is kept, for its payer may have
    signed for it."""
    show = Show(News.REQUEST_READY, state.asked.amount_tiyn)
    return replace(state, phase=Phase.OPEN), [Send(state.request), show]


def resume_offered(state: Payee, event: Resumed, now: int) -> Result:
    """Say again that the offer is good."""
    return state, [Send(pack(Ready(state.payment_id, offer_id(state.offer))))]
