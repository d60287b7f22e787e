"""Money gone astray: what reaches a closed or cancelled request, or exceeds one, comes back only as a link.

The return goes to the key that signed the link before. At once if that link could be
verified (a hop left, the certificate long enough), else at sync.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from tender.cash.chain import Holding, append_hop
from tender.cash.messages import (
    MESSAGE_MAX_BYTES,
    TOKENS_MAX,
    Offer,
    Refused,
    Return,
    Transfer,
    open_message,
    pack,
)
from tender.cash.session_checks import arrived, coin_of, find_fork, may_sign
from tender.cash.session_events import (
    Came,
    Cancelled,
    Close,
    Command,
    News,
    NotSigned,
    Prove,
    Resumed,
    ReturnAtSync,
    Send,
    Show,
    Signed,
    SignLinks,
)
from tender.cash.session_state import ASTRAY_MAX, ASTRAY_MAX_BYTES, Coin, Payee, Phase, Returned
from tender.crypto.directory import Trust
from tender.crypto.envelope import Typ, to_be_signed
from tender.crypto.keys import verify
from tender.errors import Code, LocalProtocolError, Refusal, RemoteProtocolError

Result = tuple[Payee, list[Command]]

_RETURN_BYTES: Final = MESSAGE_MAX_BYTES - 1024
"""What the tokens of one return message may take together, with their heads."""
_HEAD_BYTES: Final = 5


def whole(state: Payee, transfer: Transfer) -> tuple[bytes, ...]:
    """The packed tokens of a transfer, put together from the offer when only the tails came."""
    if transfer.tokens and not transfer.tails:
        return transfer.tokens
    if transfer.tokens or not transfer.tails:
        raise RemoteProtocolError(Code.FIELD_WRONG, "transfer.tokens")
    if not state.offer:
        raise RemoteProtocolError(Code.OUT_OF_ORDER, "transfer.tails")
    offer = open_message(state.offer)
    if not isinstance(offer, Offer) or len(offer.tokens) != len(transfer.tails):
        raise RemoteProtocolError(Code.FIELD_WRONG, "transfer.tails")
    return tuple(append_hop(packed, tail) for packed, tail in zip(offer.tokens, transfer.tails, strict=True))


def forked(state: Payee, proof: bytes) -> list[Command]:
    """Somebody signed twice: keep the proof, take nothing."""
    answer = pack(Refused(state.payment_id, Code.FORK_PROVED.value, "tokens"))
    return [Prove(proof), Send(answer), Show(Refusal(Code.FORK_PROVED, "tokens"))]


def sort_out(
    holdings: Iterable[Holding], certificate: bytes, trust: Trust
) -> tuple[tuple[Coin, ...], tuple[bytes, ...], list[Command]]:
    """Returns to sign, packed tokens that wait for the sync, and the commands that hand those over.

    Each holding goes back whole to the key that signed the link before. A return nobody could verify is not
    signed: it would lose its sender's money for good.
    """
    back: list[Coin] = []
    stuck: list[bytes] = []
    refused: list[Command] = []
    for holding in holdings:
        to = holding.returns_to()
        if to is None:
            raise LocalProtocolError(Code.REQUEST_NOT_OURS, "return")
        coin = coin_of(holding, certificate, to, holding.amount_tiyn, b"")
        refusal = may_sign(holding, coin.link(), certificate, trust, "return")
        if refusal is None:
            back.append(coin)
        else:
            stuck.append(holding.packed)
            refused.append(Show(refusal))
    commands = [ReturnAtSync(tuple(stuck)), *refused] if stuck else []
    return tuple(back), tuple(stuck), commands


def check_room(state: Payee, more: Sequence[Holding]) -> None:
    """Giving back costs the payee memory, and a stranger nothing: raises ``returns-full`` above so many
    tokens or bytes for one request. What is refused so is neither kept nor signed; its payer can show it to
    the platform."""
    kept = [one.packed for one in state.astray] + [one.packed for one in state.returned]
    kept += [*state.stuck, *(one.packed for one in more)]
    if more and (len(kept) > ASTRAY_MAX or sum(map(len, kept)) > ASTRAY_MAX_BYTES):
        raise RemoteProtocolError(Code.RETURNS_FULL, "transfer.tokens", most=ASTRAY_MAX)


def give_back(
    state: Payee, parts: Sequence[Holding], new: Sequence[Holding], trust: Trust, why: Refusal
) -> Result:
    """Money that is bound to this request and will never be taken, the parts that came before with it:
    whoever signed it gets it back, and the request is open to others."""
    check_room(state, new)
    astray, stuck, handed_over = sort_out((*parts, *new), state.asked.certificate, trust)
    after = replace(
        state,
        phase=Phase.OPEN,
        accepted=(),
        astray=(*state.astray, *astray),
        stuck=(*state.stuck, *stuck),
    )
    commands: list[Command] = [one for one in handed_over if isinstance(one, ReturnAtSync)]
    commands.append(Show(why))
    if not after.astray:
        return after, [*commands, Send(pack(Refused(state.payment_id, why.code.value, why.field[:120])))]
    return after, [*commands, *send_back(after)]


def unhandled(state: Payee, arrivals: list[Holding]) -> tuple[list[Command], list[Holding]]:
    """What was given back before is given back again, word for word; and what is new here."""
    sent_back = {one.output: one.packed for one in state.returned}
    again = tuple(sent_back[one.output] for one in arrivals if one.output in sent_back)
    waiting = {coin.output for coin in state.astray}
    new = {one.output: one for one in arrivals if one.output not in waiting | set(sent_back)}
    fresh = [one for one in new.values() if one.packed not in state.stuck]
    if not again:
        return [], fresh
    return [*_returns(state, again), Show(News.RETURNED)], fresh


def _returns(state: Payee, tokens: Iterable[bytes]) -> list[Command]:
    """Signed returns in messages of a size that their receiver reads."""
    messages: list[list[bytes]] = [[]]
    size = 0
    for packed in tokens:
        size += len(packed) + _HEAD_BYTES
        if len(messages[-1]) == TOKENS_MAX or size > _RETURN_BYTES:
            messages.append([])
            size = len(packed) + _HEAD_BYTES
        messages[-1].append(packed)
    return [Send(pack(Return(state.payment_id, tuple(one)))) for one in messages]


def return_again(state: Payee) -> list[Command]:
    """The returns that were signed, once more."""
    if not state.returned:
        return []
    return _returns(state, (one.packed for one in state.returned))


def send_back(state: Payee) -> list[Command]:
    """Have every waiting return signed."""
    orders = tuple((coin.holder, coin.link()) for coin in state.astray)
    return [SignLinks(orders), Show(News.RETURNING, sum(coin.pay_tiyn for coin in state.astray))]


def late(state: Payee, came: Came[Transfer], now: int) -> Result:
    """A transfer to a closed or cancelled request: the same payment gets the same receipt, other money goes
    back."""
    asked, known = state.asked, came.known
    arrivals = [
        arrived(packed, asked, known, f"transfer.tokens[{place}]")[0]
        for place, packed in enumerate(whole(state, came.message))
    ]
    before = [arrived(packed, asked, known, "accepted")[0] for packed in state.accepted]
    proof = find_fork((*before, *arrivals), known)
    if proof is not None:
        return state, forked(state, proof)
    ours = {holding.output for holding in before}
    again, new = unhandled(state, arrivals)
    fresh = [one for one in new if one.output not in ours]
    check_room(state, fresh)
    astray, stuck, handed_over = sort_out(fresh, asked.certificate, known.trust)
    after = replace(state, astray=(*state.astray, *astray), stuck=(*state.stuck, *stuck))
    commands: list[Command] = []
    if state.receipt and any(one.output in ours for one in arrivals):
        commands += [Send(state.receipt), Show(News.RECEIVED, asked.amount_tiyn)]
    commands += [*(one for one in again if isinstance(one, Send)), *handed_over]
    if after.astray:
        commands += send_back(after)
    return after, commands


def return_signed(state: Payee, event: Signed, now: int) -> Result:
    """The returns are signed: remember them word for word, then send them."""
    coins = state.astray
    if not coins or len(event.signatures) != len(coins):
        raise LocalProtocolError(Code.OUT_OF_ORDER, "return")
    for coin, signature in zip(coins, event.signatures, strict=True):
        if not verify(signature, to_be_signed(Typ.LINK, coin.link().payload()), coin.holder):
            raise LocalProtocolError(Code.SIGNATURE_WRONG, "return")
    back = tuple(
        Returned(coin.output, coin.paid(signature))
        for coin, signature in zip(coins, event.signatures, strict=True)
    )
    after = replace(state, astray=(), returned=(*state.returned, *back))
    sends = _returns(state, (one.packed for one in back))
    return after, [*sends, Show(News.RETURNED, sum(coin.pay_tiyn for coin in coins)), Close()]


def return_not_signed(state: Payee, event: NotSigned, now: int) -> Result:
    """The element would not sign the return: the bank settles it at sync."""
    packed = tuple(coin.packed for coin in state.astray)
    after = replace(state, astray=(), stuck=(*state.stuck, *packed))
    return after, [ReturnAtSync(packed), Show(event.refusal)]


def cancelled(state: Payee, event: Cancelled, now: int) -> Result:
    """Nobody waits any more. Parts that came go back; what still comes will go back too."""
    asked = state.asked
    parts = [arrived(packed, asked, event.known, "accepted")[0] for packed in state.accepted]
    astray, stuck, handed_over = sort_out(parts, asked.certificate, event.known.trust)
    after = replace(
        state,
        phase=Phase.CANCELLED,
        accepted=(),
        astray=(*state.astray, *astray),
        stuck=(*state.stuck, *stuck),
    )
    commands: list[Command] = []
    if state.phase is Phase.OFFERED:
        commands.append(Send(pack(Refused(state.payment_id, Code.REQUEST_CLOSED.value, "request"))))
    commands += handed_over
    return after, [*commands, *(send_back(after) if after.astray else [Show(News.NOTHING_MOVED)])]


def resume_closed(state: Payee, event: Resumed, now: int) -> Result:
    """Say again what was said last: the receipt, the returns."""
    commands: list[Command] = [Send(state.receipt)] if state.receipt else []
    if state.astray:
        return state, [*commands, *send_back(state)]
    commands += return_again(state)
    return state, commands or [Show(News.NOTHING_MOVED)]
