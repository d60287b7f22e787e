"""Electronic digital signature over orders and replies: every message between a client and its bank, and
between participants, is one signed envelope (DT-P-09, DT-P-29).

An order names its sender by number (0: a client's device) and key; its 16-byte message id makes it safe to
repeat: the same order gets the same reply. A reply names the order it answers by the hash of the order's
bytes, so it fits no other.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from tender import canon
from tender.account.participants import DEVICE
from tender.canon import Value
from tender.crypto.envelope import Envelope, Typ, open_envelope, sign
from tender.crypto.keys import SigningKey
from tender.errors import Code, Refusal, RemoteProtocolError
from tender.schema import Bytes, Record, Text, Uint

KEY_ID_BYTES: Final = 8
MESSAGE_ID_BYTES: Final = 16
BODY_MAX_BYTES: Final = 1_000_000


def key_id(public_key: bytes) -> bytes:
    """How an order names the key it is signed with: the first 8 bytes of its SHA-256."""
    return sha256(public_key).digest()[:KEY_ID_BYTES]


def digest(data: bytes) -> bytes:
    """SHA-256 of an order's envelope, as its reply repeats it."""
    return sha256(data).digest()


@dataclass(frozen=True, slots=True)
class Order:
    """Somebody asks somebody for something. ``body`` is the CBOR of the kind's own record."""

    kind: str
    sender: int
    to: int
    key_id: bytes
    message_id: bytes
    time: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one order, signed by the participant that answers.

    ``code`` is empty when the order was done; else ``field`` and ``facts`` say what was refused and why.
    """

    sender: int
    order: bytes
    message_id: bytes
    time: int
    code: str
    field: str
    facts: tuple[tuple[str, str | int], ...]
    body: bytes

    def refusal(self) -> Refusal | None:
        """The refusal this reply carries, or None when the order was done."""
        if not self.code:
            return None
        try:
            code = Code(self.code)
        except ValueError as error:
            raise RemoteProtocolError(Code.FIELD_WRONG, "reply.code") from error
        return Refusal(code, self.field, self.facts)


class Facts:
    """Schema field of a refusal's facts: an array of ``[name, text or integer]``."""

    def to_value(self, item: tuple[tuple[str, str | int], ...]) -> Value:
        """The array."""
        return [[name, fact] for name, fact in item]

    def from_value(self, value: Value, path: str) -> tuple[tuple[str, str | int], ...]:
        """At most 16 facts, each of at most 200 characters."""
        if not isinstance(value, list) or len(value) > 16:
            raise RemoteProtocolError(Code.FIELD_WRONG, path)
        facts: list[tuple[str, str | int]] = []
        for place, one in enumerate(value):
            name, fact = canon.as_list(one, 2, f"{path}[{place}]")
            name = Text(40, least=1).from_value(name, f"{path}[{place}]")
            if isinstance(fact, bool) or not isinstance(fact, int | str):
                raise RemoteProtocolError(Code.FIELD_WRONG, f"{path}[{place}]")
            if isinstance(fact, str):
                fact = Text(200).from_value(fact, f"{path}[{place}]")
            facts.append((name, fact))
        return tuple(facts)


ORDER: Final = Record(
    Order,
    ("kind", Text(40, least=1)),
    ("sender", Uint(999)),
    ("to", Uint(999, least=100)),
    ("key_id", Bytes(KEY_ID_BYTES)),
    ("message_id", Bytes(MESSAGE_ID_BYTES)),
    ("time", Uint(2**40)),
    ("body", Bytes(most=BODY_MAX_BYTES)),
)
REPLY: Final = Record(
    Reply,
    ("sender", Uint(999, least=100)),
    ("order", Bytes(32)),
    ("message_id", Bytes(MESSAGE_ID_BYTES)),
    ("time", Uint(2**40)),
    ("code", Text(40)),
    ("field", Text(160)),
    ("facts", Facts()),
    ("body", Bytes(most=BODY_MAX_BYTES)),
)


@dataclass(frozen=True, slots=True)
class SignedOrder:
    """An order taken apart; its signature is checked by :meth:`check`, once its key is known."""

    order: Order
    envelope: Envelope
    raw: bytes

    @property
    def from_device(self) -> bool:
        """Whether a client's device sent it, and not a participant."""
        return self.order.sender == DEVICE

    def check(self, public_key: bytes) -> None:
        """Verify under this key; raises ``signature-wrong`` or ``sender-unknown`` (another key is named)."""
        if key_id(public_key) != self.order.key_id:
            raise RemoteProtocolError(Code.SENDER_UNKNOWN, "order.key_id")
        self.envelope.check(public_key, "order.signature")


def seal_order(payload: bytes, signature: bytes) -> bytes:
    """An order whose payload was signed elsewhere, in a secure element for instance."""
    return Envelope(Typ.ORDER, payload, signature).to_bytes()


def make_order(order: Order, key: SigningKey) -> bytes:
    """Sign an order with a participant's own key."""
    return sign(Typ.ORDER, ORDER.encode(order), key).to_bytes()


def open_order(data: bytes) -> SignedOrder:
    """Read an order strictly; raises :class:`RemoteProtocolError`. The signature is not checked yet."""
    envelope = open_envelope(data, Typ.ORDER, "order")
    return SignedOrder(ORDER.decode(envelope.payload, "order"), envelope, data)


def make_reply(
    signed: SignedOrder, sender: int, now: int, outcome: bytes | Refusal, key: SigningKey
) -> bytes:
    """Sign the answer to an order: the body of its kind's reply record, or a refusal."""
    refused = outcome if isinstance(outcome, Refusal) else None
    reply = Reply(
        sender=sender,
        order=digest(signed.raw),
        message_id=signed.order.message_id,
        time=now,
        code=refused.code.value if refused else "",
        field=refused.field[:160] if refused else "",
        facts=refused.facts[:16] if refused else (),
        body=b"" if isinstance(outcome, Refusal) else outcome,
    )
    return sign(Typ.REPLY, REPLY.encode(reply), key).to_bytes()


def open_reply(data: bytes, order_raw: bytes, sender: int, public_key: bytes) -> Reply:
    """Read and verify the answer to ``order_raw`` from participant ``sender``.

    Raises :class:`RemoteProtocolError`: ``signature-wrong`` for a forged one, ``receipt-wrong`` for the
    answer to another order or from another participant.
    """
    envelope = open_envelope(data, Typ.REPLY, "reply")
    envelope.check(public_key, "reply.signature")
    reply = REPLY.decode(envelope.payload, "reply")
    if reply.order != digest(order_raw) or reply.sender != sender:
        raise RemoteProtocolError(Code.RECEIPT_WRONG, "reply.order")
    return reply
