"""The desk every participant has: it opens signed orders, answers each once, logs both as evidence (DT-P-29),
and sends the participant's own orders, again and again with the same bytes until they are answered.

An order whose money is locked is written down with the lock, so that a restart finishes it (:meth:`tick`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from threading import Lock
from typing import Any, Final, Generic, TypeVar

from platform_stub.ports import Exchange
from platform_stub.store.base import Store
from platform_stub.store.desk_rows import IN, OUT, DeskRows, Outgoing
from platform_stub.vault import MESSAGES, KeyVault
from tender.account.eds import (
    MESSAGE_ID_BYTES,
    Order,
    Reply,
    SignedOrder,
    digest,
    key_id,
    make_order,
    make_reply,
    open_order,
    open_reply,
)
from tender.account.messages import Kind, kind_named, permitted
from tender.account.participants import CERTIFICATION_CENTRE, NBK
from tender.account.service_messages import Lists, ListsTold
from tender.crypto.directory import DirectoryBody, Trust, open_directory, sign_directory
from tender.errors import Code, LinkError, Refusal, RemoteProtocolError, StoreError, TenderError
from tender.ports import Clock, Entropy

R = TypeVar("R", bound=DeskRows)

NOT_FINAL: Final = frozenset(
    {Code.PEER_UNREACHABLE, Code.PLATFORM_UNREACHABLE, Code.STORE_BUSY, Code.PARTICIPANT_BLOCKED}
)
"""Refusals that may turn out otherwise when the same order comes again; they are not kept as the answer."""


def passing(refusal: Refusal) -> bool:
    """Whether a refusal says nothing of the order itself: trouble of the moment, or the gateway (it signs as
    the National Bank does) that does not let the sender in."""
    return refusal.code in NOT_FINAL or refusal.field == "order.sender"


def derive(operation: bytes, step: str) -> bytes:
    """The message id of a step of an operation: the same step is the same message."""
    return sha256(operation + step.encode()).digest()[:MESSAGE_ID_BYTES]


def operation_of(signed: SignedOrder) -> bytes:
    """Names what an order asks for (32 bytes): the same sender's same message is the same operation."""
    return sha256(signed.order.key_id + signed.order.message_id).digest()


def pending(operation: bytes) -> str:
    """The setting under which an order waits to be finished."""
    return f"pending.{operation.hex()}"


@dataclass(frozen=True, slots=True)
class Asked:
    """An order at the desk: verified, permitted, not answered yet; ``operation`` (32 bytes) names it."""

    signed: SignedOrder
    operation: bytes
    now: int

    @property
    def sender(self) -> int:
        """The participant that asks; 0 for a device."""
        return self.signed.order.sender


@dataclass(frozen=True, slots=True)
class Answered:
    """What a peer answered: the body's record, with the bytes of both ways for whoever must prove it."""

    body: Any
    order_raw: bytes
    reply_raw: bytes


TakeIn = Callable[[Any, "Answered | Refusal"], None]
"""Adds what a final answer changes to the rows of the transaction that logs it."""

Handler = Callable[[Asked, Any], Any]
"""Takes the order's record; returns the reply's record, or a Refusal."""


class Desk(Generic[R]):
    """One participant's desk."""

    def __init__(
        self,
        number: int,
        store: Store[R],
        vault: KeyVault,
        clock: Clock,
        entropy: Entropy,
        exchange: Exchange,
    ) -> None:
        self.number = number
        self.store = store
        self.vault = vault
        self.clock = clock
        self.entropy = entropy
        self.exchange = exchange
        self.trust: Trust = empty_trust(vault)
        self.handlers: dict[str, Handler] = {}
        self.alone: set[str] = set()
        """Kinds whose handler asks nobody: its work, the answer and the evidence are one transaction."""
        self.on_delivered: dict[str, Callable[[R, Outgoing, Any], None]] = {}
        self.on_refused: dict[str, Callable[[R, Outgoing, Refusal], None]] = {}
        self.device_key: Callable[[SignedOrder], bytes | None] = lambda _signed: None
        self._hands: dict[bytes, Lock] = {}
        self._hands_lock = Lock()

    # --- being asked

    def receive(self, raw: bytes) -> bytes:
        """The signed reply to an order; the same order gets the same reply.

        Raises RemoteProtocolError only for bytes that are no order at all.
        """
        return self.take(open_order(raw))

    def take(self, signed: SignedOrder, checked: bytes | None = None) -> bytes:
        """The same for an order that the gateway took apart, and ``checked`` under this key: when it is the
        key that we trust, a second look at the same signature in the same process finds nothing new."""
        try:
            key = self._key_of(signed)
            if checked != key:
                signed.check(key)
        except RemoteProtocolError as error:
            return self._refuse(signed, error.refusal, stranger=True)
        operation = operation_of(signed)
        with self._hands_lock:
            hand = self._hands.setdefault(operation, Lock())
        with hand:
            reply = self._known(signed) or self._work(signed, operation)
        with self._hands_lock:
            self._hands.pop(operation, None)
        return reply

    def _key_of(self, signed: SignedOrder) -> bytes:
        if not signed.from_device:
            return self.trust.messages_key(signed.order.sender, "order.sender")
        key = self.device_key(signed)
        if key is None:
            raise RemoteProtocolError(Code.SENDER_UNKNOWN, "order.key_id")
        return key

    def _known(self, signed: SignedOrder) -> bytes | None:
        order = signed.order
        with self.store.reading() as rows:
            known = rows.answer(order.key_id, order.message_id)
        if known is None:
            return None
        if known[0] != digest(signed.raw):
            return self._refuse(signed, Refusal(Code.REQUEST_REPLAYED, "order.message_id"))
        return known[1]

    def _work(self, signed: SignedOrder, operation: bytes) -> bytes:
        order, now = signed.order, self.clock.now()
        kind: Kind | None = None
        outcome: Any
        try:
            kind = kind_named(order.kind)
            if order.to != self.number or not permitted(kind, order.sender, self.number):
                raise RemoteProtocolError(Code.NOT_PERMITTED, "order.kind", kind=order.kind)
            handler = self.handlers.get(order.kind)
            if handler is None:
                raise RemoteProtocolError(Code.NOT_SUPPORTED, "order.kind", kind=order.kind)
            body = kind.order.decode(order.body, order.kind)
            asked = Asked(signed, operation, now)
            if kind.name in self.alone:
                with self.store.whole() as rows:
                    return self._answer(rows, asked, kind, handler(asked, body))
            outcome = handler(asked, body)
        except (RemoteProtocolError, StoreError) as error:
            outcome = error.refusal
        except LinkError as error:
            outcome = Refusal(Code.PEER_UNREACHABLE, error.field)
        with self.store.writing() as rows:
            return self._answer(rows, Asked(signed, operation, now), kind, outcome)

    def _answer(self, rows: R, asked: Asked, kind: Kind | None, outcome: Any) -> bytes:
        """The signed reply, kept as the answer and as evidence."""
        signed, order = asked.signed, asked.signed.order
        refused = outcome if isinstance(outcome, Refusal) else None
        payload = refused if refused is not None or kind is None else kind.reply.encode(outcome)
        assert payload is not None
        reply = make_reply(signed, self.number, asked.now, payload, self.vault.key(MESSAGES))
        waits = refused is not None and passing(refused)
        # What waits for somebody is taken up every few seconds: that it waits is one piece of evidence.
        self._log(rows, IN, order.sender, signed, reply, refused, once=waits)
        if not waits:
            rows.keep_answer(order.key_id, order.message_id, digest(signed.raw), reply)
            rows.forget_setting(pending(asked.operation))
        return reply

    def _refuse(self, signed: SignedOrder, refusal: Refusal, *, stranger: bool = False) -> bytes:
        """Say no without keeping it as the answer: whoever sent this proved nothing.

        Of a stranger's order the digest stays: its bytes are evidence of nothing and would fill the disk.
        """
        reply = make_reply(signed, self.number, self.clock.now(), refusal, self.vault.key(MESSAGES))
        kept = replace(signed, raw=digest(signed.raw)) if stranger else signed
        with self.store.writing() as rows:
            self._log(rows, IN, signed.order.sender, kept, reply, refusal)
        return reply

    def _log(
        self,
        rows: R,
        way: str,
        peer: int,
        signed: SignedOrder,
        reply: bytes,
        refused: Refusal | None,
        *,
        once: bool = False,
    ) -> None:
        code = refused.code.value if refused else ""
        order, now = signed.order, self.clock.now()
        rows.log(now, way, peer, order.kind, order.message_id, code, signed.raw, reply, once=once)

    # --- asking

    def inquire(self, to: int, kind: str, body: Any) -> Any:
        """Ask something that changes nothing; returns the reply's record, or a Refusal."""
        raw = self._seal(to, kind, body, self.entropy.draw(MESSAGE_ID_BYTES))
        answered, _ = self._send(to, kind, raw)
        return answered if isinstance(answered, Refusal) else answered.body

    def ask(self, to: int, kind: str, body: Any, message_id: bytes) -> Answered | Refusal:
        """Ask for something to be done, once: repeated with the same id, the same bytes are sent again."""
        with self.store.writing() as rows:
            sent = raw = rows.sent(message_id)
            if raw is None:
                raw = self._seal(to, kind, body, message_id)
                rows.post(Outgoing(message_id, to, kind, raw))

        def take_in(rows: R, answered: Answered | Refusal) -> None:
            rows.delivered(message_id, "refused" if isinstance(answered, Refusal) else "done")

        answered, _ = self._send(to, kind, raw, take_in, repeated=sent is not None)
        return answered

    def last_word(self, message_id: bytes) -> bool:
        """Whether the peer itself answered an order for good."""
        with self.store.reading() as rows:
            return not rows.outgoing(message_id)

    def post(self, rows: R, to: int, kind: str, body: Any, message_id: bytes) -> None:
        """Put an order into the outbox, inside the transaction that makes it necessary."""
        rows.post(Outgoing(message_id, to, kind, self._seal(to, kind, body, message_id)))

    def deliver(self, message_id: bytes | None = None) -> Refusal | None:
        """Send what lies in the outbox; whatever is not answered stays there. Returns the last trouble."""
        with self.store.reading() as rows:
            waiting = rows.outgoing(message_id)
        trouble: Refusal | None = None
        for outgoing in waiting:
            try:
                trouble = self._deliver_one(outgoing) or trouble
            except TenderError as error:
                # One order that goes wrong stays where it is, and stops no other.
                trouble = error.refusal
        return trouble

    def _deliver_one(self, outgoing: Outgoing) -> Refusal | None:
        def take_in(rows: R, answered: Answered | Refusal) -> None:
            refused = isinstance(answered, Refusal)
            # Two may ask at once; one of them takes the answer in, the other finds that done.
            first = rows.delivered(outgoing.message_id, "refused" if refused else "done")
            arrived, turned_down = self.on_delivered.get(outgoing.kind), self.on_refused.get(outgoing.kind)
            if first and arrived is not None and not isinstance(answered, Refusal):
                arrived(rows, outgoing, answered.body)
            if first and turned_down is not None and isinstance(answered, Refusal):
                turned_down(rows, outgoing, answered)

        answered, _ = self._send(outgoing.peer, outgoing.kind, outgoing.order_raw, take_in)
        return answered if isinstance(answered, Refusal) else None

    def _seal(self, to: int, kind: str, body: Any, message_id: bytes) -> bytes:
        key = self.vault.key(MESSAGES)
        encoded = kind_named(kind).order.encode(body)
        order = Order(kind, self.number, to, key_id(key.public_key), message_id, self.clock.now(), encoded)
        return make_order(order, key)

    def _send(
        self, to: int, kind: str, raw: bytes, take_in: TakeIn | None = None, *, repeated: bool = False
    ) -> tuple[Answered | Refusal, bool]:
        """The answer, and whether it is the peer's last word: what somebody else refused on the way, or what
        was refused for the moment, may turn out otherwise. The evidence and what a last word changes
        (``take_in``) are one transaction; an answer that cannot be taken in is evidence all the same."""
        reply_raw = self.exchange.send(kind, raw)
        reply = self._open(reply_raw, raw, to)
        signed = open_order(raw)
        refused = reply.refusal()
        final = refused is None or (reply.sender == to and not passing(refused))
        once = repeated or not final
        answered: Answered | Refusal
        try:
            if refused is not None:
                answered = refused
            else:
                answered = Answered(kind_named(kind).reply.decode(reply.body, kind), raw, reply_raw)
            with self.store.writing() as rows:
                self._log(rows, OUT, to, signed, reply_raw, refused, once=once)
                if final and take_in is not None:
                    take_in(rows, answered)
        except TenderError:
            with self.store.writing() as rows:
                self._log(rows, OUT, to, signed, reply_raw, refused, once=True)
            raise
        return answered, final

    def _open(self, reply_raw: bytes, order_raw: bytes, to: int) -> Reply:
        """A reply of the peer; or the platform's own refusal, signed by the National Bank's EDS service."""
        try:
            return open_reply(reply_raw, order_raw, to, self.trust.messages_key(to, "reply.sender"))
        except RemoteProtocolError:
            reply = open_reply(reply_raw, order_raw, NBK, self.trust.messages_key(NBK, "reply.sender"))
            if not reply.code:
                raise RemoteProtocolError(Code.SIGNATURE_WRONG, "reply.sender") from None
            return reply

    # --- keeping up

    def tick(self) -> None:
        """Finish what a crash interrupted, and deliver what was not answered."""
        with self.store.reading() as rows:
            interrupted = rows.settings("pending.")
        for raw in interrupted.values():
            self.receive(raw)
        self.deliver()

    def refresh(self) -> None:
        """Fetch a newer directory from the Certification Centre, if there is one."""
        if self.number == CERTIFICATION_CENTRE:
            return
        told = self.inquire(CERTIFICATION_CENTRE, "lists", Lists(self.trust.directory.number, 2**32 - 1))
        if isinstance(told, ListsTold) and told.directory is not None:
            self.adopt(told.directory)

    def adopt(self, directory: bytes) -> None:
        """Trust a newer root-signed directory, and remember it."""
        self.trust = self.trust.with_directory(directory)
        with self.store.writing() as rows:
            rows.keep_setting("directory", self.trust.directory.raw)

    def found(self, root_key: bytes, directory: bytes) -> None:
        """Begin to trust this root (once, at the founding or at a restart)."""
        self.trust = Trust(root_key, open_directory(directory, root_key))
        with self.store.writing() as rows:
            rows.keep_setting("directory", directory)

    def key_of(self, participant: int) -> bytes | None:
        """A participant's messages key, or None."""
        try:
            return self.trust.messages_key(participant, "participant")
        except RemoteProtocolError:
            return None


def empty_trust(vault: KeyVault) -> Trust:
    """Before the founding: a directory of our own with nobody in it."""
    own = vault.key(MESSAGES)
    raw = sign_directory(DirectoryBody(1, 0, 0, (), (), ()), own)
    return Trust(own.public_key, open_directory(raw, own.public_key))
