"""Everything two devices say to each other about a payment, as closed records (docs/protocol/cash.md).

Each message travels in one container, the CBOR array ``[kind, body]``, the same on every wire: a file, a
socket, a QR code, a paste, NFC. Request and receipt are signed (COSE_Sign1); the others are not, because what
they carry is signed link by link and nothing in them can move money by itself.
"""

from dataclasses import dataclass
from enum import IntEnum, unique
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, TypeAlias

from tender import canon
from tender.crypto.certificates import PACKED_MERCHANT_BYTES, PACKED_PERSON_BYTES
from tender.crypto.directory import TIERS
from tender.crypto.envelope import Envelope, Typ, open_envelope
from tender.errors import Code, RemoteProtocolError
from tender.money import AMOUNT_MAX_TIYN, CURRENCY_KZT
from tender.schema import Bytes, Choice, Many, Maybe, Record, Text, Uint

VERSION: Final = 1
NONCE_BYTES: Final = 8
PAYMENT_ID_BYTES: Final = 16
TOKENS_MAX: Final = 64
"""Most tokens one payment may carry; a payee may ask for fewer in its terms."""

TOKEN_MAX_BYTES: Final = 1 << 16
MESSAGE_MAX_BYTES: Final = 1 << 18
"""A message of people is refused beyond this before it is decoded: a 10 MB paste costs nothing."""

ANY_COLOUR: Final = "*"
"""In the terms: every colour whose own rule allows this payee."""


@unique
class Kind(IntEnum):
    """The first field of the container."""

    REQUEST = 1
    OFFER = 2
    READY = 3
    TRANSFER = 4
    RECEIPT = 5
    REFUSED = 6
    RETURN = 7
    FORK_PROOF = 8


@dataclass(frozen=True, slots=True)
class Terms:
    """All a payee may refuse for, said in advance, so that an honest payer never signs in vain.

    ``hops_left_min``: hops still free after the payment's own link; ``days_left_min``: whole days to the
    token's expiry; ``tiers``: the tiers of a payer's device the payee takes (empty: every tier);
    ``colours``: purposes it takes, ``*`` for every one whose rule allows it, none for plain money only.
    """

    tokens_max: int = 16
    bytes_max: int = 65_536
    hops_left_min: int = 0
    days_left_min: int = 0
    tiers: tuple[str, ...] = ()
    colours: tuple[str, ...] = (ANY_COLOUR,)


@dataclass(frozen=True, slots=True)
class Request:
    """Payee → payer, signed by ``key``: pay me this. ``nonce`` is empty when the key is fresh (then the key
    is the nonce), else 8 random bytes never repeated under that key. ``time`` is the payee's now, seconds.
    """

    amount_tiyn: int
    key: bytes
    certificate: bytes
    nonce: bytes
    purpose: str
    directory_number: int
    list_number: int
    time: int
    terms: Terms
    attestation: bytes | None = None
    version: int = VERSION
    currency: int = CURRENCY_KZT


@dataclass(frozen=True, slots=True)
class Offer:
    """Payer → payee on two-way wires: what I would pay with, and the certificates I would sign under.

    One amount and one packed certificate for each token. It moves nothing: the links come last.
    """

    payment_id: bytes
    tokens: tuple[bytes, ...]
    amounts_tiyn: tuple[int, ...]
    certificates: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """Payee → payer: the offered histories are good; ``offer`` is SHA-256 of the Offer message."""

    payment_id: bytes
    offer: bytes


@dataclass(frozen=True, slots=True)
class Transfer:
    """Payer → payee: the money. Whole packed tokens whose last hop is the new link; or, after a Ready, only
    those last hops (``tails``), in the order of the offer.
    """

    payment_id: bytes
    tokens: tuple[bytes, ...]
    tails: tuple[bytes, ...] = ()
    attestation: bytes | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Payee → payer, signed by the request's key: I have it. The same payment always has the same receipt."""

    payment_id: bytes
    amount_tiyn: int
    outputs: tuple[bytes, ...]
    list_number: int
    list_date: int
    time_floor: int
    time: int
    note: str = ""
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Refused:
    """Either → either: I will not, with the code and the field at fault. Moves and frees nothing."""

    payment_id: bytes
    code: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Return:
    """Payee → payer: what reached a closed request or exceeded it, as tokens whose last link pays the key
    that signed the link before."""

    payment_id: bytes
    tokens: tuple[bytes, ...]


_PAYMENT_ID = Bytes(PAYMENT_ID_BYTES)
_KEY = Bytes(32)
_CERTIFICATE = Bytes(least=PACKED_PERSON_BYTES, most=PACKED_MERCHANT_BYTES)
_TOKENS = Many(Bytes(least=1, most=TOKEN_MAX_BYTES), most=TOKENS_MAX)
_TIME = Uint(2**40)


class _Nonce:
    """Empty, or exactly eight bytes: nothing between, or short nonces would repeat."""

    def to_value(self, item: bytes) -> canon.Value:
        return bytes(item)

    def from_value(self, value: canon.Value, path: str) -> bytes:
        if not isinstance(value, bytes) or len(value) not in (0, NONCE_BYTES):
            raise RemoteProtocolError(Code.FIELD_WRONG, path)
        return value


class _Nested:
    """A record inside a record."""

    def __init__(self, record: "Record[Terms]") -> None:
        self._record = record

    def to_value(self, item: Terms) -> canon.Value:
        return self._record.to_value(item)

    def from_value(self, value: canon.Value, path: str) -> Terms:
        return self._record.from_value(value, path)


TERMS: Final = Record(
    Terms,
    ("tokens_max", Uint(TOKENS_MAX, least=1)),
    ("bytes_max", Uint(MESSAGE_MAX_BYTES, least=1)),
    ("hops_left_min", Uint(255)),
    ("days_left_min", Uint(3650)),
    ("tiers", Many(Choice(TIERS), most=len(TIERS))),
    ("colours", Many(Text(60, least=1), most=16)),
)
REQUEST: Final = Record(
    Request,
    ("version", Uint(255)),
    ("currency", Uint(999)),
    ("amount_tiyn", Uint(AMOUNT_MAX_TIYN, least=1)),
    ("key", _KEY),
    ("certificate", _CERTIFICATE),
    ("nonce", _Nonce()),
    ("purpose", Text(140)),
    ("directory_number", Uint(2**32 - 1)),
    ("list_number", Uint(2**32 - 1)),
    ("time", _TIME),
    ("terms", _Nested(TERMS)),
    ("attestation", Maybe(Bytes(least=1, most=512))),
)
OFFER: Final = Record(
    Offer,
    ("payment_id", _PAYMENT_ID),
    ("tokens", _TOKENS),
    ("amounts_tiyn", Many(Uint(AMOUNT_MAX_TIYN, least=1), most=TOKENS_MAX)),
    ("certificates", Many(_CERTIFICATE, most=TOKENS_MAX)),
)
READY: Final = Record(Ready, ("payment_id", _PAYMENT_ID), ("offer", _KEY))
TRANSFER: Final = Record(
    Transfer,
    ("payment_id", _PAYMENT_ID),
    ("tokens", _TOKENS),
    ("tails", Many(Bytes(least=97, most=512), most=TOKENS_MAX)),
    ("attestation", Maybe(Bytes(least=1, most=512))),
)
RECEIPT: Final = Record(
    Receipt,
    ("version", Uint(255)),
    ("payment_id", _PAYMENT_ID),
    ("amount_tiyn", Uint(AMOUNT_MAX_TIYN, least=1)),
    ("outputs", Many(_KEY, most=TOKENS_MAX, least=1)),
    ("list_number", Uint(2**32 - 1)),
    ("list_date", _TIME),
    ("time_floor", _TIME),
    ("time", _TIME),
    ("note", Text(140)),
)
REFUSED: Final = Record(
    Refused, ("payment_id", _PAYMENT_ID), ("code", Text(40, least=1)), ("field", Text(120))
)
RETURN: Final = Record(Return, ("payment_id", _PAYMENT_ID), ("tokens", _TOKENS))


@dataclass(frozen=True, slots=True)
class RequestMessage:
    """A request and the envelope it came in; its signature is checked."""

    envelope: Envelope
    request: Request

    @property
    def payment_id(self) -> bytes:
        """The 16-byte name of the payment it asks for."""
        return payment_id(self.envelope.payload)


@dataclass(frozen=True, slots=True)
class ReceiptMessage:
    """A receipt and the envelope it came in; its signature is not checked yet (:func:`check_receipt`)."""

    envelope: Envelope
    receipt: Receipt

    @property
    def payment_id(self) -> bytes:
        """The payment it says it acknowledges."""
        return self.receipt.payment_id


Plain: TypeAlias = Offer | Ready | Transfer | Refused | Return
Message: TypeAlias = RequestMessage | ReceiptMessage | Plain
"""What :func:`open_message` gives; the fork proof has its own reader in ``fork_proof``."""

_PLAIN: Final[dict[Kind, Record[Any]]] = {
    Kind.OFFER: OFFER,
    Kind.READY: READY,
    Kind.TRANSFER: TRANSFER,
    Kind.REFUSED: REFUSED,
    Kind.RETURN: RETURN,
}
_KIND_OF: Final[dict[type[Plain], Kind]] = {
    Offer: Kind.OFFER,
    Ready: Kind.READY,
    Transfer: Kind.TRANSFER,
    Refused: Kind.REFUSED,
    Return: Kind.RETURN,
}


_KINDS: Final = frozenset(map(int, Kind))


def wrap(kind: Kind, body: bytes) -> bytes:
    """The container ``[kind, body]``, with nothing beside it."""
    return canon.encode([int(kind), body])


def unwrap_beside(data: bytes, field: str = "message") -> tuple[Kind, bytes, bytes | None]:
    """Open the container: kind, body, and what stands beside it (``tender.cash.beside``), unread.

    Raises ``message-too-long``, ``message-unknown`` or the codes of :mod:`canon`.
    """
    if len(data) > MESSAGE_MAX_BYTES:
        raise RemoteProtocolError(Code.MESSAGE_TOO_LONG, field, bytes=len(data), most=MESSAGE_MAX_BYTES)
    opened = canon.decode(data, field)
    alone = isinstance(opened, list) and len(opened) == 2
    kind, body, *beside = canon.as_list(opened, 2 if alone else 3, field)
    if isinstance(kind, bool) or not isinstance(kind, int) or kind not in _KINDS:
        raise RemoteProtocolError(Code.MESSAGE_UNKNOWN, f"{field}.kind")
    for name, part in zip(("body", "beside"), (body, *beside), strict=False):
        if not isinstance(part, bytes):
            raise RemoteProtocolError(Code.FIELD_WRONG, f"{field}.{name}")
    assert isinstance(body, bytes)
    return Kind(kind), body, bytes(beside[0]) if beside and isinstance(beside[0], bytes) else None


def unwrap(data: bytes, field: str = "message") -> tuple[Kind, bytes]:
    """Kind and body; what stands beside them is no part of the message."""
    kind, body, _ = unwrap_beside(data, field)
    return kind, body


def payment_id(request_payload: bytes) -> bytes:
    """The 16-byte name of a payment, made from the request exactly as it was signed."""
    return sha256(b"dt-payment.v1" + request_payload).digest()[:PAYMENT_ID_BYTES]


def offer_id(offer_message: bytes) -> bytes:
    """What a Ready answers to: SHA-256 of the Offer's container."""
    return sha256(offer_message).digest()


def pack(message: Plain) -> bytes:
    """An unsigned message in its container."""
    kind = _KIND_OF[type(message)]
    return wrap(kind, _PLAIN[kind].encode(message))


def pack_signed(kind: Kind, typ: Typ, payload: bytes, signature: bytes) -> bytes:
    """A request or receipt, signed elsewhere, in its container."""
    return wrap(kind, Envelope(typ, payload, signature).to_bytes())


@lru_cache(maxsize=8)
def open_message(data: bytes) -> Message:
    """Decode any message of a payment, strictly; a request's signature is checked against its own key.

    Raises :class:`RemoteProtocolError`. The same bytes are asked about several times a step: by whoever
    looks for their payment, and by the session.
    """
    kind, body = unwrap(data)
    if kind is Kind.REQUEST:
        return _open_request(body)
    if kind is Kind.RECEIPT:
        envelope = open_envelope(body, Typ.RECEIPT, "receipt")
        receipt = RECEIPT.decode(envelope.payload, "receipt")
        if receipt.version != VERSION:
            raise RemoteProtocolError(Code.VERSION_UNKNOWN, "receipt.version", version=receipt.version)
        return ReceiptMessage(envelope, receipt)
    if kind is Kind.FORK_PROOF:
        raise RemoteProtocolError(Code.OUT_OF_ORDER, "message.kind")
    message: Plain = _PLAIN[kind].decode(body, kind.name.lower())
    return message


def _open_request(body: bytes) -> RequestMessage:
    envelope = open_envelope(body, Typ.REQUEST, "request")
    request = REQUEST.decode(envelope.payload, "request")
    # What is not ours to read is named before what is forged: an old app says "update me", not "fraud".
    if request.version != VERSION:
        raise RemoteProtocolError(Code.VERSION_UNKNOWN, "request.version", version=request.version)
    if request.currency != CURRENCY_KZT:
        raise RemoteProtocolError(Code.CURRENCY_FOREIGN, "request.currency", currency=request.currency)
    envelope.check(request.key, "request.signature")
    return RequestMessage(envelope, request)


def open_request(data: bytes) -> RequestMessage:
    """A request; any other message is ``out-of-order``."""
    message = open_message(data)
    if not isinstance(message, RequestMessage):
        raise RemoteProtocolError(Code.OUT_OF_ORDER, "message.kind")
    return message


def check_receipt(message: ReceiptMessage, request: Request, expected_id: bytes) -> Receipt:
    """The receipt, if the payee of ``request`` signed it for this very payment and its full amount.

    Raises :class:`RemoteProtocolError` ``signature-wrong`` or ``receipt-wrong``.
    """
    receipt = message.receipt
    message.envelope.check(request.key, "receipt.signature")
    if receipt.payment_id != expected_id:
        raise RemoteProtocolError(Code.RECEIPT_WRONG, "receipt.payment_id")
    if receipt.amount_tiyn != request.amount_tiyn:
        raise RemoteProtocolError(Code.RECEIPT_WRONG, "receipt.amount_tiyn")
    return receipt


def payment_id_of(data: bytes) -> bytes:
    """The payment a message belongs to, to find its session in a store; raises like :func:`open_message`."""
    return open_message(data).payment_id
