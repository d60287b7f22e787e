"""Money from hand to hand: request, pay, receive, receipt, refund. No network is needed for any of it."""

from dataclasses import dataclass, field

from device.core.limits import may_hold, may_pay
from device.core.model import Coin, Payment
from device.core.purse import Piece, Wanted, choose
from device.core.recovery import paid_before
from device.service.desk import Desk
from device.service.incidents import note
from device.service.lists import ListKeeper
from device.service.refunds import Refunds
from device.service.talk import Heard, Talk
from tender.cash.messages import (
    Kind,
    Refused,
    Request,
    Terms,
    open_request,
    pack,
    payment_id_of,
    unwrap,
)
from tender.cash.session_events import (
    Approved,
    Ask,
    Begin,
    Cancelled,
    Declined,
    Freed,
    Received,
    Resumed,
)
from tender.cash.session_state import Payee, Payer, Phase, Role, State
from tender.cash.token import Rule
from tender.errors import Code, Refusal


@dataclass(frozen=True, slots=True)
class Requested:
    """A request that is ready to be handed over: the message, its payment id (16 bytes)."""

    payment: bytes
    amount_tiyn: int
    message: bytes


@dataclass(frozen=True, slots=True)
class Proposal:
    """Whom, how much, what for, and with which money: shown before anything is signed."""

    payment: bytes
    amount_tiyn: int
    purpose: str
    name: str
    phone: str
    bank: int
    business_number: str | None
    pieces: tuple[Piece, ...]
    state: State = field(repr=False)


@dataclass(frozen=True, slots=True)
class Told:
    """Where a payment stands after a step, and the messages the other side needs now.

    ``refusal``: what came was refused, and ``messages`` say so to the other side.
    """

    payment: bytes
    status: str
    amount_tiyn: int
    party: str = ""
    messages: tuple[bytes, ...] = ()
    closed: bool = False
    refusal: Refusal | None = None


class Money:
    """Use cases between two devices."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._talk = Talk(desk)
        self._lists = ListKeeper(desk)
        self._refunds = Refunds(desk)

    # --- the payee

    def request(self, amount_tiyn: int, purpose: str = "", terms: Terms | None = None) -> Requested | Refusal:
        """Ask for an amount; ``limit-holding`` when this device could not hold it."""
        desk = self._desk
        desk.check_writable()
        refused = may_hold(amount_tiyn, desk.profile(), desk.standing())
        if refused is not None:
            return refused
        entry, nonce = desk.fresh_key()
        shown = desk.settings.name_shown and entry.attestation
        request = Request(
            amount_tiyn=amount_tiyn,
            key=entry.key,
            certificate=entry.certificate,
            nonce=nonce,
            purpose=purpose,
            directory_number=desk.trust.directory.number,
            list_number=desk.trust.revocations.number,
            time=desk.now(),
            terms=terms or Terms(),
            attestation=entry.attestation if shown else None,
        )
        heard = self._talk.tell(Payee(), Begin(request, self._talk.known(open_requests=True)))
        if heard.refusal is not None:
            return heard.refusal
        return Requested(heard.state.payment_id, amount_tiyn, heard.sends[-1])

    def requested(self, payment: bytes) -> Requested | Refusal:
        """A request made earlier, once more: the same bytes."""
        state = self._talk.load(payment, Role.PAYEE)
        if not isinstance(state, Payee) or not state.request:
            return Refusal(Code.PAYMENT_UNKNOWN, "payment")
        return Requested(payment, state.asked.amount_tiyn, state.request)

    def receive(self, data: bytes) -> Told | Refusal:
        """Whatever came from the other side of a payment: a transfer, an offer, a receipt, a return …

        A request is refused here (``out-of-order``): paying starts with :meth:`propose`.
        """
        self._desk.check_writable()
        kind, _ = unwrap(data)
        if kind in (Kind.REQUEST, Kind.FORK_PROOF):
            return Refusal(Code.OUT_OF_ORDER, "message.kind")
        data, false_news = self._lists.take_from(data)
        payment = payment_id_of(data)
        for false in false_news:
            note(self._desk, payment, false)
        role = Role.PAYEE if kind in (Kind.OFFER, Kind.TRANSFER) else Role.PAYER
        state = self._talk.load(payment, role)
        if state is None and kind is Kind.REFUSED:
            state = self._talk.load(payment, Role.PAYEE)
        if state is None:
            unknown = Code.REQUEST_NOT_OURS if role is Role.PAYEE else Code.PAYMENT_UNKNOWN
            return Refusal(unknown, "payment_id")
        heard = self._talk.tell(state, Received(data, self._talk.known()))
        if heard.refusal is not None and not heard.sends:
            return heard.refusal
        return self._told(heard)

    def say_no(self, request: bytes, refusal: Refusal) -> bytes:
        """The message that tells the payee why its request will not be paid."""
        asked = open_request(request)
        no = pack(Refused(asked.payment_id, refusal.code.value, refusal.field[:120]))
        return self._lists.put_to_asker(asked.request, no)

    # --- the payer

    def propose(self, data: bytes, *, two_way: bool = False) -> Proposal | Told | Refusal:
        """Read a request. Returns a proposal to show, or, when it is paid already, the same links again;
        over one-way carriers as whole tokens, which need no offer that the payee remembers.
        ``request-replayed`` when the history that a backup brought back shows it as paid."""
        desk = self._desk
        desk.check_writable()
        payment = open_request(data).payment_id
        known = desk.store.get(Payment, payment)
        if known is not None and paid_before(known):
            return Refusal(Code.REQUEST_REPLAYED, "request", (("status", known.status),))
        state = self._talk.load(payment, Role.PAYER) or Payer()
        if state.phase in (Phase.OFFERING, Phase.SIGNING, Phase.SENT, Phase.DONE, Phase.RETURNED):
            return self._told(self._talk.tell(state, Resumed(one_way=not two_way)))
        heard = self._talk.tell(state, Received(data, self._talk.known()))
        if heard.refusal is not None:
            return heard.refusal
        if heard.ask is None:
            return Refusal(Code.OUT_OF_ORDER, "request")
        return self._proposal(heard.ask, heard.state)

    def _proposal(self, ask: Ask, state: State) -> Proposal | Refusal:
        desk = self._desk
        request = ask.request
        refused = may_pay(request.amount_tiyn, desk.profile(), desk.standing())
        if refused is not None:
            return refused
        coins = desk.spendable()
        wanted = Wanted(
            request.amount_tiyn,
            request.terms,
            self._colours(coins, ask.category, ask.business_number),
            desk.now(),
        )
        pieces = choose(coins, wanted)
        if isinstance(pieces, Refusal):
            return pieces
        return Proposal(
            ask.payment_id,
            request.amount_tiyn,
            request.purpose,
            ask.name,
            ask.phone,
            ask.bank,
            ask.business_number,
            pieces,
            state,
        )

    def _colours(self, coins: tuple[Coin, ...], category: int, business_number: str | None) -> frozenset[str]:
        """The purposes whose rule allows this payee; the rules stand in the tokens themselves."""
        allowed: set[str] = set()
        barred: set[str] = set()
        for coin in coins:
            if coin.purpose:
                rule: Rule | None = self._desk.holding(coin.packed).rule
                good = rule is not None and rule.allows(category, business_number)
                (allowed if good else barred).add(coin.purpose)
        return frozenset(allowed - barred)

    def confirm(self, proposal: Proposal, *, two_way: bool = False) -> Told | Refusal:
        """The person said yes. One-way: signs and returns the transfer. Two-way: returns the offer."""
        desk = self._desk
        pieces = tuple(
            (piece.coin.packed, desk.certificate_of(piece.coin.holder), piece.pay_tiyn)
            for piece in proposal.pieces
        )
        entry = desk.key(proposal.pieces[0].coin.holder)
        attestation = entry.attestation if entry is not None and desk.settings.name_shown else b""
        event = Approved(pieces, self._talk.known(), two_way=two_way, attestation=attestation)
        heard = self._talk.tell(proposal.state, event)
        return heard.refusal if heard.refusal is not None else self._told(heard)

    def decline(self, proposal: Proposal) -> Told:
        """The person said no; the payee is told."""
        return self._told(self._talk.tell(proposal.state, Declined()))

    # --- both

    def resume(self, payment: bytes) -> Told | Refusal:
        """Go on with a payment that was cut off: the last bytes again, or the signature that is missing."""
        self._desk.check_writable()
        for role in (Role.PAYER, Role.PAYEE):
            state = self._talk.load(payment, role)
            if state is not None:
                return self._told(self._talk.tell(state, Resumed(one_way=True)))
        return Refusal(Code.PAYMENT_UNKNOWN, "payment")

    def free(self, payment: bytes) -> Told | Refusal:
        """Let anybody pay a request whose first payer offered and went away. What that one has signed
        meanwhile still completes the payment, or goes back: nothing is lost or counted twice.
        ``request-free`` when nobody has begun."""
        self._desk.check_writable()
        state = self._talk.load(payment, Role.PAYEE)
        if state is None:
            return Refusal(Code.PAYMENT_UNKNOWN, "payment")
        if state.phase is not Phase.OFFERED:
            return Refusal(Code.REQUEST_FREE, "payment")
        return self._told(self._talk.tell(state, Freed()))

    def cancel(self, payment: bytes) -> Told | Refusal:
        """Give a payment up; frees only what was never signed."""
        self._desk.check_writable()
        for role in (Role.PAYER, Role.PAYEE):
            state = self._talk.load(payment, role)
            if state is not None:
                heard = self._talk.tell(state, Cancelled(self._talk.known()))
                return heard.refusal if heard.refusal is not None else self._told(heard)
        return Refusal(Code.PAYMENT_UNKNOWN, "payment")

    def receipt(self, payment: bytes) -> Payment | Refusal:
        """A payment with its signed receipt; ``payment-unknown`` when there is none yet."""
        found = self._desk.store.get(Payment, payment)
        if found is None or not found.receipt:
            return Refusal(Code.PAYMENT_UNKNOWN, "payment")
        return found

    def refund(self, payment: bytes) -> Told | Refusal:
        """Give the very same money back to whoever paid it; ``already-spent`` when part of it has moved on
        or was split. The links are signed once; asking again gives the same message.
        """
        self._desk.check_writable()
        back = self._refunds.refund(payment)
        if isinstance(back, Refusal):
            return back
        return Told(payment, "refunded", back.amount_tiyn, back.party, (back.message,), True)

    def _told(self, heard: Heard) -> Told:
        payment = heard.state.payment_id
        row = self._desk.store.get(Payment, payment)
        return Told(
            payment=payment,
            status=row.status if row else heard.state.phase.value,
            amount_tiyn=heard.state.asked.amount_tiyn,
            party=row.party if row else "",
            messages=tuple(self._lists.put_to(heard.state, one) for one in heard.sends),
            closed=heard.closed,
            refusal=heard.refusal,
        )
