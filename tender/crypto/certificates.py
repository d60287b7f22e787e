"""Certificates: root → bank, issuer or participant → device, as CBOR Web Tokens (RFC 8392) with a
confirmation key (RFC 8747).

A device certificate says nothing about a person: bank, tier and limits (through a profile number), and a
serial drawn at random within one bank and epoch. A merchant's adds its category (ISO 18245) and its public
business number (BIN). One key has one certificate, ever.

Authority certificates travel whole. Device certificates travel packed (76 bytes, a merchant's 81), without
the key, which the token or request beside them already carries; the CWT that was signed is rebuilt from them.
"""

from dataclasses import dataclass
from enum import IntEnum, unique
from functools import lru_cache
from typing import Final

from tender import canon
from tender.crypto import envelope
from tender.crypto.envelope import Envelope, Typ
from tender.crypto.keys import PUBLIC_KEY_BYTES, SIGNATURE_BYTES, SigningKey, check_public_key
from tender.errors import Code, RemoteProtocolError
from tender.schema import Bytes, Record, Text, Uint

CLAIM_ISS: Final = 1
CLAIM_SUB: Final = 2
CLAIM_EXP: Final = 4
CLAIM_CTI: Final = 7
CLAIM_CNF: Final = 8
CLAIM_TENGE: Final = -65537
"""Private-use claim (RFC 8392, section 9.1): ``[profile, category]`` or ``[kind, number, name]``."""

DAY_S: Final = 86_400
EPOCH_DAY_MAX: Final = 49_709
"""The last day whose end still is a 32-bit NumericDate (2106)."""

CATEGORY_PERSON: Final = 0
ROOT_NAME: Final = "kz-root"

PACKED_PERSON_BYTES: Final = 12 + SIGNATURE_BYTES
PACKED_MERCHANT_BYTES: Final = 17 + SIGNATURE_BYTES

_CNF_OPENING: Final = bytes.fromhex("08a101a3010120062158") + bytes((PUBLIC_KEY_BYTES,))
_TENGE_OPENING: Final = bytes.fromhex("3a0001000082")


def cose_key(public_key: bytes) -> canon.Value:
    """The COSE_Key (RFC 9052, section 7) of an Ed25519 public key: ``{1: 1, -1: 6, -2: key}``."""
    return {1: 1, -1: 6, -2: public_key}


def packed_length(packed: bytes, at: int) -> int:
    """How many bytes the packed certificate at this offset takes: a person's has category 0."""
    return PACKED_PERSON_BYTES if packed[at + 10 : at + 12] == b"\x00\x00" else PACKED_MERCHANT_BYTES


def device_payload(packed: bytes, key: bytes) -> bytes:
    """The CWT claims that a packed device certificate and its key stand for, canonical.

    The bytes are put together by hand because each hop of each payment needs them; a test compares with
    the encoder.
    """
    if packed[10:12] == b"\x00\x00":
        opening = _opening(packed[0:4], b"")
    else:
        opening = _opening(packed[0:4], packed[12:17])
    return b"".join((opening, packed[2:8], _CNF_OPENING, key, _closing(packed[8:12])))


@lru_cache(maxsize=1024)
def _opening(bank_and_day: bytes, business_number: bytes) -> bytes:
    """The claims before the serial: alike for a whole batch epoch of a bank."""
    subject = b"\x02\x6c%012d" % int.from_bytes(business_number, "big") if business_number else b""
    expiry = int.from_bytes(bank_and_day[2:4], "big") * DAY_S
    claims = b"\xa6" if subject else b"\xa5"
    issuer = b"\x01\x63%03d" % int.from_bytes(bank_and_day[0:2], "big")
    return b"".join((claims, issuer, subject, b"\x04\x1a", expiry.to_bytes(4, "big"), b"\x07\x46"))


@lru_cache(maxsize=1024)
def _closing(profile_and_category: bytes) -> bytes:
    """The claim after the key: limits and category."""
    profile, category = (int.from_bytes(profile_and_category[at : at + 2], "big") for at in (0, 2))
    return _TENGE_OPENING + canon.uint(profile) + canon.uint(category)


def check_packed(packed: bytes, field: str) -> None:
    """Refuse numbers that have no certificate form (issuer beyond 3 digits, a date beyond 2106)."""
    if len(packed) < PACKED_PERSON_BYTES or len(packed) != packed_length(packed, 0):
        raise RemoteProtocolError(Code.FIELD_WRONG, field)
    if not 100 <= int.from_bytes(packed[0:2], "big") <= 999:
        raise RemoteProtocolError(Code.FIELD_WRONG, f"{field}.issuer")
    if not 1 <= int.from_bytes(packed[2:4], "big") <= EPOCH_DAY_MAX:
        raise RemoteProtocolError(Code.FIELD_WRONG, f"{field}.epoch")
    if len(packed) == PACKED_MERCHANT_BYTES and int.from_bytes(packed[12:17], "big") >= 10**12:
        raise RemoteProtocolError(Code.FIELD_WRONG, f"{field}.bin")


@dataclass(frozen=True, slots=True)
class DeviceCertificate:
    """What a bank says of one key of one device.

    ``epoch_day`` is the day (since 1970) at whose start the certificate ends; it also names the batch epoch
    within which ``serial`` is unique. ``business_number`` (12 digits) is present exactly for merchants.
    """

    issuer: int
    epoch_day: int
    serial: int
    profile: int
    category: int
    business_number: str | None
    key: bytes
    signature: bytes

    @property
    def expiry(self) -> int:
        """Seconds since 1970 (UTC) from which on the certificate is no longer valid."""
        return self.epoch_day * DAY_S

    def packed(self) -> bytes:
        """The travelling form: everything but the key."""
        return _packed_numbers(self) + self.signature

    def envelope(self) -> Envelope:
        """The COSE_Sign1 an independent verifier can check."""
        return Envelope(Typ.CERTIFICATE, device_payload(self.packed(), self.key), self.signature)

    def check(self, bank_key: bytes, field: str) -> None:
        """Verify the bank's signature; raises ``certificate-wrong`` at ``field``."""
        try:
            self.envelope().check(bank_key, field)
        except RemoteProtocolError as error:
            raise RemoteProtocolError(Code.CERTIFICATE_WRONG, field) from error

    @classmethod
    def unpack(cls, packed: bytes, key: bytes, field: str) -> "DeviceCertificate":
        """Read the travelling form; raises ``field-wrong``. The signature is not checked here."""
        check_packed(packed, field)
        if len(key) != PUBLIC_KEY_BYTES:
            raise RemoteProtocolError(Code.FIELD_WRONG, f"{field}.key")
        numbers = [int.from_bytes(packed[start:end], "big") for start, end in _SPANS]
        merchant = numbers[4] != CATEGORY_PERSON
        business = f"{int.from_bytes(packed[12:17], 'big'):012d}" if merchant else None
        issuer, epoch_day, serial, profile, category = numbers
        signature = packed[-SIGNATURE_BYTES:]
        return cls(issuer, epoch_day, serial, profile, category, business, key, signature)


_SPANS: Final = ((0, 2), (2, 4), (4, 8), (8, 10), (10, 12))


def _packed_numbers(certificate: DeviceCertificate) -> bytes:
    parts = [
        certificate.issuer.to_bytes(2, "big"),
        certificate.epoch_day.to_bytes(2, "big"),
        certificate.serial.to_bytes(4, "big"),
        certificate.profile.to_bytes(2, "big"),
        certificate.category.to_bytes(2, "big"),
    ]
    if certificate.category != CATEGORY_PERSON:
        parts.append(int(certificate.business_number or "").to_bytes(5, "big"))
    return b"".join(parts)


def issue_device_certificate(
    bank_signer: SigningKey,
    *,
    issuer: int,
    epoch_day: int,
    serial: int,
    profile: int,
    key: bytes,
    category: int = CATEGORY_PERSON,
    business_number: str | None = None,
) -> DeviceCertificate:
    """Certify a device key. Refuses unsafe keys (``key-unsafe``): they are met only here."""
    check_public_key(key, "key")
    unsigned = DeviceCertificate(
        issuer, epoch_day, serial, profile, category, business_number, key, bytes(SIGNATURE_BYTES)
    )
    check_packed(unsigned.packed(), "certificate")
    payload = device_payload(unsigned.packed(), key)
    signature = envelope.sign(Typ.CERTIFICATE, payload, bank_signer).signature
    return DeviceCertificate(issuer, epoch_day, serial, profile, category, business_number, key, signature)


@unique
class Kind(IntEnum):
    """What an authority certificate lets its key sign."""

    ISSUER = 1
    """Token roots (the National Bank alone)."""
    BANK = 2
    """Device certificates and name attestations."""
    MESSAGES = 3
    """A participant's orders and replies (EDS)."""


@dataclass(frozen=True, slots=True)
class AuthorityCertificate:
    """What the root says of a participant's key. ``number`` is its IBAN bank code, ``expiry`` in seconds."""

    kind: Kind
    number: int
    name: str
    expiry: int
    serial: bytes
    key: bytes
    signature: bytes

    def payload(self) -> bytes:
        """The CWT claims, canonical."""
        claims: dict[int, canon.Value] = {
            CLAIM_ISS: ROOT_NAME,
            CLAIM_SUB: f"{self.number:03d}",
            CLAIM_EXP: self.expiry,
            CLAIM_CTI: self.serial,
            CLAIM_CNF: {1: cose_key(self.key)},
            CLAIM_TENGE: [int(self.kind), self.number, self.name],
        }
        return canon.encode(claims)

    def to_bytes(self) -> bytes:
        """The COSE_Sign1."""
        return Envelope(Typ.CERTIFICATE, self.payload(), self.signature).to_bytes()


_AUTHORITY: Final = Record(
    lambda kind, number, name: (kind, number, name),
    ("kind", Uint(most=3, least=1)),
    ("number", Uint(most=999, least=100)),
    ("name", Text(most=60)),
)
_SERIAL: Final = Bytes(8)


def issue_authority_certificate(
    root_signer: SigningKey, *, kind: Kind, number: int, name: str, expiry: int, serial: bytes, key: bytes
) -> AuthorityCertificate:
    """Certify a participant's key with the root key."""
    check_public_key(key, "key")
    unsigned = AuthorityCertificate(kind, number, name, expiry, serial, key, b"")
    signature = envelope.sign(Typ.CERTIFICATE, unsigned.payload(), root_signer).signature
    return AuthorityCertificate(kind, number, name, expiry, serial, key, signature)


def open_authority_certificate(data: bytes, root_key: bytes, field: str) -> AuthorityCertificate:
    """Read and verify an authority certificate; raises ``certificate-wrong`` or ``field-wrong``."""
    opened = envelope.open_envelope(data, Typ.CERTIFICATE, field)
    claims = canon.decode(opened.payload, field)
    if not isinstance(claims, dict) or set(claims) != {1, 2, 4, 7, 8, CLAIM_TENGE}:
        raise RemoteProtocolError(Code.FIELD_WRONG, field)
    kind, number, name = _AUTHORITY.from_value(claims[CLAIM_TENGE], f"{field}.tenge")
    expiry = Uint(most=2**32 - 1).from_value(claims[CLAIM_EXP], f"{field}.exp")
    serial = _SERIAL.from_value(claims[CLAIM_CTI], f"{field}.cti")
    cnf = claims[CLAIM_CNF]
    cose = cnf.get(1) if isinstance(cnf, dict) else None
    key = cose.get(-2) if isinstance(cose, dict) else None
    if not isinstance(key, bytes):
        raise RemoteProtocolError(Code.FIELD_WRONG, f"{field}.cnf")
    certificate = AuthorityCertificate(Kind(kind), number, name, expiry, serial, key, opened.signature)
    if certificate.payload() != opened.payload:
        raise RemoteProtocolError(Code.FIELD_WRONG, field)
    try:
        opened.check(root_key, field)
    except RemoteProtocolError as error:
        raise RemoteProtocolError(Code.CERTIFICATE_WRONG, field) from error
    return certificate
