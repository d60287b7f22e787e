"""COSE_Sign1 (RFC 9052, section 4.2): the one envelope of everything that is signed.

The protected header is the same for every message of a type, ``{1: -19, 16: type}``: the algorithm is fixed
by the protocol (Ed25519, RFC 9864) and never chosen by the message, and ``typ`` (RFC 9596) stands inside what
is signed, so that a signature made for a receipt can never be read as one for a payment.
"""

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

from tender import canon
from tender.canon import Tagged
from tender.crypto.keys import SIGNATURE_BYTES, SigningKey, verify
from tender.errors import Code, RemoteProtocolError

ALG_ED25519: Final = -19
HEADER_ALG: Final = 1
HEADER_TYP: Final = 16
TAG_COSE_SIGN1: Final = 18


@unique
class Typ(StrEnum):
    """What a signed payload is. The version is part of the name: a new layout is a new type."""

    ROOT = "dt-root.v1+cbor"
    LINK = "dt-link.v1+cbor"
    CLAIM = "dt-claim.v1+cbor"
    CERTIFICATE = "dt-certificate.v1+cwt"
    REQUEST = "dt-request.v1+cbor"
    RECEIPT = "dt-receipt.v1+cbor"
    ATTESTATION = "dt-name.v1+cbor"
    DIRECTORY = "dt-directory.v1+cbor"
    REVOCATIONS = "dt-revocations.v1+cbor"
    REVOCATIONS_STEP = "dt-revocations-step.v1+cbor"
    TIME = "dt-time.v1+cbor"
    BATCH = "dt-batch.v1+cbor"
    ORDER = "dt-order.v1+cbor"
    REPLY = "dt-reply.v1+cbor"
    TRANSACTION = "dt-transaction.v1+cbor"
    STATEMENT = "dt-unspent.v1+cbor"


_HEADERS: Final = {typ: canon.encode({HEADER_ALG: ALG_ED25519, HEADER_TYP: typ.value}) for typ in Typ}
_BEFORE_PAYLOAD: Final = {
    typ: b"\xd2\x84" + canon.head(2, len(raw)) + raw + b"\xa0" for typ, raw in _HEADERS.items()
}
"""Tag 18, an array of four, the protected header, an empty unprotected one."""
_BEFORE_SIGNATURE: Final = canon.head(2, SIGNATURE_BYTES)


def protected_header(typ: Typ) -> bytes:
    """The encoded protected header of a type."""
    return _HEADERS[typ]


def _opening(typ: Typ) -> bytes:
    """The bytes of Sig_structure up to the payload's length: ["Signature1", protected, h'', payload]."""
    header = protected_header(typ)
    return b"\x84" + b"\x6aSignature1" + canon.head(2, len(header)) + header + b"\x40"


OPENINGS: Final = {typ: _opening(typ) for typ in Typ}


def to_be_signed(typ: Typ, payload: bytes) -> bytes:
    """The Sig_structure of RFC 9052, section 4.4, as bytes."""
    return OPENINGS[typ] + canon.head(2, len(payload)) + payload


@dataclass(frozen=True, slots=True)
class Envelope:
    """A COSE_Sign1 taken apart: its type, the payload exactly as signed, and the 64-byte signature."""

    typ: Typ
    payload: bytes
    signature: bytes

    def to_bytes(self) -> bytes:
        """The tagged COSE_Sign1 (tag 18), canonical."""
        # By hand, because each upload and each order needs it; a test compares with the encoder.
        parts = (
            _BEFORE_PAYLOAD[self.typ],
            canon.head(2, len(self.payload)),
            self.payload,
            _BEFORE_SIGNATURE,
            self.signature,
        )
        return b"".join(parts)

    def check(self, public_key: bytes, field: str, wrong: Code = Code.SIGNATURE_WRONG) -> None:
        """Verify; raises :class:`RemoteProtocolError` ``signature-wrong`` (or what it is called here) at
        ``field``."""
        if not verify(self.signature, to_be_signed(self.typ, self.payload), public_key):
            raise RemoteProtocolError(wrong, field)


def sign(typ: Typ, payload: bytes, key: SigningKey) -> Envelope:
    """Sign a payload as a message of that type."""
    return Envelope(typ, payload, key.sign(to_be_signed(typ, payload)))


def open_envelope(data: bytes, typ: Typ, field: str) -> Envelope:
    """Take a COSE_Sign1 of the expected type apart; the signature is *not* checked yet.

    Raises :class:`RemoteProtocolError`: ``type-confused`` for another type of ours, else ``field-wrong``.
    """
    found = _opened(data, typ)
    if found is not None:
        return found
    # Anything else goes the long way, which says what is wrong with it.
    value = canon.decode(data, field)
    if not isinstance(value, Tagged) or value.tag != TAG_COSE_SIGN1:
        raise RemoteProtocolError(Code.FIELD_WRONG, field)
    header, unprotected, payload, signature = canon.as_list(value.value, 4, field)
    if unprotected != {} or not isinstance(header, bytes) or not isinstance(payload, bytes):
        raise RemoteProtocolError(Code.FIELD_WRONG, field)
    if not isinstance(signature, bytes) or len(signature) != SIGNATURE_BYTES:
        raise RemoteProtocolError(Code.FIELD_WRONG, f"{field}.signature")
    if header != protected_header(typ):
        ours = any(header == protected_header(other) for other in Typ)
        raise RemoteProtocolError(Code.TYPE_CONFUSED if ours else Code.FIELD_WRONG, f"{field}.protected")
    return Envelope(typ, payload, signature)


def _opened(data: bytes, typ: Typ) -> Envelope | None:
    """The envelope when these bytes are exactly what :meth:`Envelope.to_bytes` makes; None for all others."""
    start = len(_BEFORE_PAYLOAD[typ])
    length = _string_length(data, start)
    if length is None or len(data) > canon.MESSAGE_MAX_BYTES:
        return None
    begins = start + len(canon.uint(length))
    found = Envelope(typ, data[begins : begins + length], data[-SIGNATURE_BYTES:])
    return found if found.to_bytes() == data else None


def _string_length(data: bytes, at: int) -> int | None:
    """The length that the head of a byte string at this place gives, or None."""
    lead = data[at : at + 1]
    if not b"\x40" <= lead < b"\x5b":
        return None
    short = lead[0] - 0x40
    return short if short < 24 else int.from_bytes(data[at + 1 : at + 1 + (1 << (short - 24))], "big")
