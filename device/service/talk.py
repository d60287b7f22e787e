"""Obeys the session's commands: one transaction a step, then signing, then sending.

The table in ``tender.cash.session`` decides; here its decisions meet the store and the element. What a step
changes is committed before anything is signed or sent, so that after a cut the same step is simply obeyed
again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from heapq import nlargest
from typing import Final

from device.core.model import (
    IN,
    OFFLINE,
    OUT,
    Coin,
    Conversation,
    Moment,
    Payment,
    Proof,
    Upload,
)
from device.core.recovery import RESTORED
from device.core.tallies import Seen
from device.ports import Changes
from device.service.desk import Desk
from device.service.incidents import note
from tender.cash.chain import Spend
from tender.cash.fork_proof import FORK_PROOF
from tender.cash.messages import RECEIPT, Receipt, Request
from tender.cash.session import step
from tender.cash.session_events import (
    Ask,
    Close,
    Command,
    Event,
    Keep,
    Known,
    News,
    NotSigned,
    Prove,
    Received,
    ReturnAtSync,
    Send,
    Show,
    Signed,
    SignLinks,
    SignReceipt,
    SignRequest,
    Spent,
    Store,
)
from tender.cash.session_state import Payee, Payer, Phase, Role, State, decode_state, encode_state
from tender.cash.token import INDEX_PAYMENT, Claim, Link, output_id
from tender.crypto.envelope import Typ, open_envelope
from tender.errors import NO_ANSWER, Code, DeviceError, LocalProtocolError, Refusal, RemoteProtocolError

SEEN_MOST: Final = 100
"""Histories looked at for a fork that comes by."""

STATUS: Final[Mapping[Phase, str]] = {
    Phase.NEW: "created",
    Phase.OPENING: "created",
    Phase.OPEN: "requested",
    Phase.OFFERED: "requested",
    Phase.CLOSING: "received",
    Phase.CLOSED: "received",
    Phase.CANCELLED: "cancelled",
    Phase.ASKING: "asked",
    Phase.OFFERING: "offered",
    Phase.SIGNING: "signing",
    Phase.SENT: "sent",
    Phase.DONE: "paid",
    Phase.DECLINED: "declined",
    Phase.RETURNED: "returned",
}
"""What the history calls each phase."""

OPEN_PHASES: Final = frozenset(
    {Phase.OPENING, Phase.OPEN, Phase.OFFERED, Phase.CLOSING, Phase.OFFERING, Phase.SIGNING, Phase.SENT}
)


@dataclass
class Heard:
    """What came of an event: bytes to send, a question for the person, news, or a refusal."""

    state: State
    sends: list[bytes] = field(default_factory=list)
    ask: Ask | None = None
    news: list[tuple[News, int]] = field(default_factory=list)
    refusal: Refusal | None = None
    closed: bool = False


class Talk:
    """Feeds events to a session and obeys what comes out."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def load(self, payment: bytes, role: Role) -> State | None:
        """The session of a payment as it was stored."""
        row = self._desk.store.get(Conversation, payment + role.value.encode())
        return None if row is None else decode_state(row.state)

    def nameless(self) -> list[Conversation]:
        """Payments not yet signed that would show the user's name, as they stand without it."""
        found: list[Conversation] = []
        for row in self._desk.store.all(Conversation):
            state = None if row.done or row.role != Role.PAYER else decode_state(row.state)
            if isinstance(state, Payer) and state.attestation and not state.signatures:
                found.append(replace(row, state=encode_state(replace(state, attestation=b""))))
        return found

    def known(self, *, open_requests: bool = False) -> Known:
        """What this device knows at this moment."""
        desk = self._desk
        return Known(
            trust=desk.trust,
            holding_tiyn=desk.promised_tiyn() if open_requests else desk.holding_tiyn(),
            own_keys=desk.key_tally.own,
            requests=desk.payment_tally.requests,
            seen=Seen(self._seen),
            verify=desk.holding,
        )

    def _seen(self) -> dict[bytes, Spend]:
        desk = self._desk
        newest = nlargest(SEEN_MOST, desk.coins(), key=lambda coin: coin.since)
        packed = [coin.packed for coin in newest]
        packed += [upload.packed for upload in desk.store.all(Upload)][-SEEN_MOST:]
        return {spend.parent: spend for one in packed for spend in desk.holding(one).spends}

    def tell(self, state: State, event: Event) -> Heard:
        """One event, and every step that follows from our own signatures."""
        heard = Heard(state)
        pending: Event | None = event
        while pending is not None:
            heard.state, commands = step(heard.state, pending, self._desk.now())
            self._write(heard.state, commands)
            pending = self._obey(commands, heard)
        if heard.refusal is not None and isinstance(event, Received):
            named = heard.state.payment_id if heard.state.payload else b""
            note(self._desk, named, heard.refusal)
        return heard

    def _obey(self, commands: Sequence[Command], heard: Heard) -> Event | None:
        following: Event | None = None
        for command in commands:
            match command:
                case SignRequest(request):
                    following = self._signed(partial(self._sign_request, request))
                case SignLinks(orders):
                    following = self._signed(partial(self._sign_links, heard.state, orders))
                case SignReceipt(key, receipt):
                    following = self._signed(partial(self._sign_receipt, key, receipt))
                case Send(data):
                    heard.sends.append(data)
                case Ask():
                    heard.ask = command
                case Show(outcome, amount_tiyn):
                    if isinstance(outcome, Refusal):
                        heard.refusal = outcome
                    else:
                        heard.news.append((outcome, amount_tiyn))
                case Close():
                    heard.closed = True
                case _:
                    pass
        return following

    def _sign_request(self, request: Request) -> tuple[bytes, ...]:
        return (self._desk.element.sign_request(request),)

    def _sign_links(self, state: State, orders: Sequence[tuple[bytes, Link]]) -> tuple[bytes, ...]:
        element = self._desk.element
        if isinstance(state, Payer):
            return element.sign_links(orders, state.request)
        element.take([coin.packed for coin in state.astray])  # what goes back was never counted here
        return element.sign_links(orders)

    def _sign_receipt(self, key: bytes, receipt: Receipt) -> tuple[bytes, ...]:
        return (self._desk.element.sign_receipt(key, receipt),)

    @staticmethod
    def _signed(sign: Callable[[], tuple[bytes, ...]]) -> Event:
        try:
            return Signed(sign())
        except DeviceError as error:
            if error.code in NO_ANSWER:
                raise
            return NotSigned(error.refusal)

    def _write(self, state: State, commands: Sequence[Command]) -> None:
        """Everything a step changes, in one transaction."""
        if not any(isinstance(one, Store) for one in commands):
            return
        if isinstance(state, Payee) and any(self._desk.store.get(Coin, one.output) for one in state.astray):
            # Counted money answers no request: whatever says so is wrong, and nothing is stored or signed.
            raise LocalProtocolError(Code.OUT_OF_ORDER, "return")
        if isinstance(state, Payee) and state.phase is Phase.CLOSING:
            self._desk.element.take(state.accepted)  # before the receipt says that it is here
        now = self._desk.now()
        with self._desk.commit() as changes:
            changes.put(
                Conversation(
                    state.payment_id,
                    state.role.value,
                    encode_state(state),
                    done=state.phase not in OPEN_PHASES,
                )
            )
            changes.put(self._payment(state, now))
            if isinstance(state, Payee) and state.phase is Phase.OPENING:
                entry = self._desk.key(state.asked.key)
                if entry is not None:
                    changes.put(self._desk.used(entry))
            for command in commands:
                match command:
                    case Keep(tokens):
                        for packed in tokens:
                            self._keep(packed, state.payment_id, changes, now)
                    case Spent(outputs, change):
                        self._spend(state, outputs, change, changes, now)
                    case Show(News.RETURNED) if isinstance(state, Payee):
                        for back in state.returned:
                            changes.put(self._upload(back.packed, state.payment_id))
                    case ReturnAtSync(tokens):
                        for packed in tokens:
                            changes.put(self._upload(packed, state.payment_id))
                    case Prove(proof):
                        changes.put(Proof(parent_of(proof), proof, now))
                    case _:
                        pass

    def _keep(self, packed: bytes, payment: bytes, changes: Changes, now: int) -> None:
        coin = self._desk.coin_of(packed, payment, now)
        # In another life of this file it may have come, and gone on: the element knows.
        if not self._desk.element.has_signed(coin.output):
            changes.put(coin)

    def _spend(
        self, state: State, outputs: tuple[bytes, ...], change: tuple[bytes, ...], changes: Changes, now: int
    ) -> None:
        spent_tiyn = 0
        for output in outputs:
            coin = self._desk.store.get(Coin, output)
            if coin is not None:
                spent_tiyn += coin.amount_tiyn
                changes.drop(coin)
        for packed in change:
            kept = self._desk.coin_of(packed, state.payment_id, now)
            spent_tiyn -= kept.amount_tiyn
            changes.put(kept)
        if isinstance(state, Payer):
            for packed in state.paid:
                changes.put(self._upload(packed, state.payment_id))
            settings = self._desk.settings
            paid_tiyn = settings.paid_since_sync_tiyn + spent_tiyn
            changes.put(replace(settings, paid_since_sync_tiyn=paid_tiyn))

    def _upload(self, packed: bytes, payment: bytes) -> Upload:
        return Upload(self._desk.holding(packed).output, packed, payment, "new")

    def _payment(self, state: State, now: int) -> Payment:
        asked = state.asked
        status = STATUS[state.phase]
        if isinstance(state, Payee) and state.phase is Phase.OPEN and state.accepted:
            status = "partial"
        was = self._desk.store.get(Payment, state.payment_id)
        if was is None or was.channel == RESTORED:
            was = Payment(
                id=state.payment_id,
                direction=OUT if state.role is Role.PAYER else IN,
                channel=OFFLINE,
                amount_tiyn=asked.amount_tiyn,
                time=now,
                party=state.name,
                purpose=asked.purpose,
                status=status,
                path=(Moment(status, now),),
                message=state.payload,
                number=self._desk.next_number(),
            )
        elif was.status in _BEYOND.get(status, ()):
            status = was.status  # the platform has seen it since; a repeated receipt takes nothing back
        return replace(
            was.moved(status, now),
            party=was.party or state.name,
            receipt=state.receipt or was.receipt,
            outputs=outputs_of(state),
        )


_SEEN: Final = frozenset({"claimed", "recorded", "settled", "refunded"})
_BEYOND: Final[Mapping[str, frozenset[str]]] = {
    "paid": _SEEN,
    "received": _SEEN,
    "sent": _SEEN | {"handed-over", "returned"},
}
"""Status of the conversation → what the platform has said since, which it does not take back."""


def outputs_of(state: State) -> tuple[bytes, ...]:
    """The outputs (32-byte ids) that this payment made for its payee, once they are certain."""
    if isinstance(state, Payee):
        return RECEIPT.decode(state.receipt_payload, "receipt").outputs if state.receipt_payload else ()
    if not state.signatures:
        return ()
    return tuple(output_id(coin.link().payload(), INDEX_PAYMENT) for coin in state.coins)


def parent_of(proof: bytes) -> bytes:
    """What a stored proof is found by: the output that was spent twice (its first spend names it)."""
    first = FORK_PROOF.decode(proof, "proof").first
    try:
        return Link.from_payload(open_envelope(first, Typ.LINK, "proof").payload, "proof").parent
    except RemoteProtocolError:
        return Claim.from_payload(open_envelope(first, Typ.CLAIM, "proof").payload, "proof").parent
