"""Certificates and signatures of payment cards: EMV 4.4 Book 2, sections 5 (SDA), 6 (DDA, CDA) and 7 (PIN).

Three keys hang in a chain: a *certification authority* of the network signs the issuer's, the issuer the
card's. What is signed is never sent whole: a certificate is one RSA block with message recovery, and the part
of a modulus that finds no room in it is sent beside it as its *remainder*. Building and reading stand here
side by side; RSA itself is the raw operation, public by :meth:`RsaPublicKey.apply`, private a callable. SHA-1
is the standard's.

What is recovered is checked for form and hash; whose it is and until when it is good, the reader asks the
result: :meth:`IssuerKey.fits`, ``ends_month``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha1
from typing import Final, TypeAlias

from tender.errors import Code, LocalProtocolError, RemoteProtocolError
from tender.schema import Bytes, Record, Uint

RsaOperation: TypeAlias = Callable[[bytes], bytes]
"""A raw private operation: a block as long as the modulus in, one as long out."""

_HEADER: Final = 0x6A
_TRAILER: Final = 0xBC
_FILL: Final = b"\xbb"
_SHA1: Final = b"\x01"
_RSA: Final = b"\x01"
_HASH_BYTES: Final = 20
_ISSUER: Final = 0x02
_STATIC: Final = 0x03
_ICC: Final = 0x04
_DYNAMIC: Final = 0x05
ISSUER_OVERHEAD: Final = 36
"""Bytes of an issuer's certificate that are not its modulus (Book 2, table 6)."""
ICC_OVERHEAD: Final = 42
"""The same for a card's (table 14)."""
_SIGNED_OVERHEAD: Final = 25
"""Bytes of signed dynamic data beside the dynamic data and their fill (table 15)."""
_PIN_HEADER: Final = 0x7F
_CENTURY: Final = 2000


def digest(*parts: bytes) -> bytes:
    """SHA-1 over the parts in a row."""
    return sha1(b"".join(parts), usedforsecurity=False).digest()


@dataclass(frozen=True, slots=True)
class RsaPublicKey:
    """``modulus`` without leading zeros, ``exponent`` one byte (03) or three (010001)."""

    modulus: bytes
    exponent: bytes

    @property
    def size(self) -> int:
        """Bytes of a block."""
        return len(self.modulus)

    def apply(self, octets: bytes) -> bytes:
        """Raise a block to the exponent; ``RemoteProtocolError certificate-wrong`` at ``length`` for one of
        another length or beyond the modulus."""
        if len(octets) != self.size or octets >= self.modulus:
            raise RemoteProtocolError(Code.CERTIFICATE_WRONG, "length")
        number = pow(
            int.from_bytes(octets, "big"),
            int.from_bytes(self.exponent, "big"),
            int.from_bytes(self.modulus, "big"),
        )
        return number.to_bytes(self.size, "big")


@dataclass(frozen=True, slots=True)
class CaKey:
    """A network's public key as a terminal holds it (tags 9F06 and 9F22 name it; Book 2, 11.2.2)."""

    rid: bytes
    """Five bytes: ``A000000003`` or ``A000000004``."""
    index: int
    modulus: bytes
    exponent: bytes
    check_sum: bytes
    """SHA-1 over all of it: what a terminal's owner compares before it loads a key."""

    @classmethod
    def made(cls, rid: bytes, index: int, key: RsaPublicKey) -> "CaKey":
        """With its check sum."""
        check_sum = digest(rid, bytes((index,)), key.modulus, key.exponent)
        return cls(rid, index, key.modulus, key.exponent, check_sum)

    @property
    def key(self) -> RsaPublicKey:
        """As a key."""
        return RsaPublicKey(self.modulus, self.exponent)

    @property
    def is_whole(self) -> bool:
        """Whether the check sum is right."""
        return CaKey.made(self.rid, self.index, self.key) == self


CA_KEY: Final = Record(
    CaKey,
    ("rid", Bytes(5)),
    ("index", Uint(255)),
    ("modulus", Bytes(least=64, most=248)),
    ("exponent", Bytes(least=1, most=3)),
    ("check_sum", Bytes(_HASH_BYTES)),
)


@dataclass(frozen=True, slots=True)
class KeyCertificate:
    """A certified key as it lies on a card: 90, 92, 9F32; 9F46, 9F48, 9F47; 9F2D, 9F2F, 9F2E."""

    certificate: bytes
    remainder: bytes
    exponent: bytes


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """What an issuer's certificate says."""

    identifier: str
    """The first three to eight digits of its cards' numbers."""
    ends_month: int
    """Year and month it is good through: 203012."""
    serial: bytes
    key: RsaPublicKey

    def fits(self, pan: str) -> bool:
        """Whether a card of this number may be this issuer's."""
        return pan.startswith(self.identifier)


@dataclass(frozen=True, slots=True)
class IccKey:
    """What a card's certificate says, for signatures or for a PIN."""

    pan: str
    ends_month: int
    serial: bytes
    key: RsaPublicKey


# ------------------------------------------------------------------------------------------ certificates


def issuer_certificate(
    sign: RsaOperation, ca: RsaPublicKey, identifier: str, ends_month: int, serial: bytes, key: RsaPublicKey
) -> KeyCertificate:
    """The authority's certificate of an issuer's key (Book 2, table 1)."""
    if not 3 <= len(identifier) <= 8:
        raise LocalProtocolError(Code.FIELD_WRONG, "identifier")
    subject = bytes.fromhex(identifier.ljust(8, "F"))
    return _certified(_ISSUER, sign, ca, subject, ends_month, serial, key, b"")


def icc_certificate(
    sign: RsaOperation,
    issuer: RsaPublicKey,
    pan: str,
    ends_month: int,
    serial: bytes,
    key: RsaPublicKey,
    static_data: bytes = b"",
) -> KeyCertificate:
    """The issuer's certificate of a card's key: with the static data for signatures (table 10), without for
    a key that enciphers a PIN (table 22)."""
    subject = bytes.fromhex(pan.ljust(20, "F"))
    return _certified(_ICC, sign, issuer, subject, ends_month, serial, key, static_data)


def recover_issuer(parts: KeyCertificate, ca: RsaPublicKey) -> IssuerKey:
    """Read an issuer's certificate; ``RemoteProtocolError certificate-wrong`` at ``issuer…``."""
    subject, ends, serial, key = _recovered(_ISSUER, parts, ca, 4, b"", "issuer")
    return IssuerKey(_digits(subject, 3, 8, "issuer.identifier"), ends, serial, key)


def recover_icc(parts: KeyCertificate, issuer: RsaPublicKey, static_data: bytes = b"") -> IccKey:
    """Read a card's certificate; ``RemoteProtocolError certificate-wrong`` at ``icc…``. For the key of PINs
    there are no static data."""
    subject, ends, serial, key = _recovered(_ICC, parts, issuer, 10, static_data, "icc")
    return IccKey(_digits(subject, 8, 19, "icc.pan"), ends, serial, key)


def _certified(
    form: int,
    sign: RsaOperation,
    signer: RsaPublicKey,
    subject: bytes,
    ends_month: int,
    serial: bytes,
    key: RsaPublicKey,
    static_data: bytes,
) -> KeyCertificate:
    year, month = divmod(ends_month - _CENTURY * 100, 100)
    room = _room(form, signer)
    head = bytes((form,)) + subject + bytes.fromhex(f"{month:02}{year:02}") + serial + _SHA1 + _RSA
    head += bytes((key.size, len(key.exponent)))
    fitting, remainder = key.modulus[:room].ljust(room, _FILL), key.modulus[room:]
    hashed = digest(head, fitting, remainder, key.exponent, static_data)
    return KeyCertificate(sign(_block(head + fitting, hashed)), remainder, key.exponent)


def _recovered(
    form: int, parts: KeyCertificate, signer: RsaPublicKey, subject_bytes: int, static_data: bytes, where: str
) -> tuple[bytes, int, bytes, RsaPublicKey]:
    body, hashed = _opened(parts.certificate, signer, form, Code.CERTIFICATE_WRONG, where)
    if digest(body, parts.remainder, parts.exponent, static_data) != hashed:
        raise RemoteProtocolError(Code.CERTIFICATE_WRONG, f"{where}.hash")
    subject, rest = body[1 : 1 + subject_bytes], body[1 + subject_bytes :]
    ends, serial, algorithms, size, exponent_bytes = rest[:2], rest[2:5], rest[5:7], rest[7], rest[8]
    if algorithms != _SHA1 + _RSA:
        raise RemoteProtocolError(Code.CERTIFICATE_WRONG, f"{where}.algorithm")
    room = _room(form, signer)
    modulus = rest[9 : 9 + min(room, size)] + parts.remainder
    if len(modulus) != size or len(parts.exponent) != exponent_bytes or not size or modulus[0] < 0x80:
        raise RemoteProtocolError(Code.CERTIFICATE_WRONG, f"{where}.key")
    return subject, _month(ends, f"{where}.ends"), serial, RsaPublicKey(modulus, parts.exponent)


def _room(form: int, signer: RsaPublicKey) -> int:
    return signer.size - (ISSUER_OVERHEAD if form == _ISSUER else ICC_OVERHEAD)


def _month(octets: bytes, where: str) -> int:
    text = octets.hex()
    if not text.isdecimal() or not 1 <= int(text[:2]) <= 12:
        raise RemoteProtocolError(Code.CERTIFICATE_WRONG, where)
    return (_CENTURY + int(text[2:])) * 100 + int(text[:2])


def _digits(octets: bytes, least: int, most: int, where: str) -> str:
    digits = octets.hex().rstrip("f")
    if not digits.isdecimal() or not least <= len(digits) <= most:
        raise RemoteProtocolError(Code.CERTIFICATE_WRONG, where)
    return digits


# -------------------------------------------------------------------------------------------- signatures


def signed_static(
    sign: RsaOperation, issuer: RsaPublicKey, authentication_code: bytes, static_data: bytes
) -> bytes:
    """Signed Static Application Data, tag 93 (table 3); the code of two bytes is the issuer's own."""
    head = bytes((_STATIC,)) + _SHA1 + authentication_code
    body = head.ljust(issuer.size - 22, _FILL)
    return sign(_block(body, digest(body, static_data)))


def open_static(signed: bytes, issuer: RsaPublicKey, static_data: bytes) -> bytes:
    """The data authentication code (9F45) of tag 93; ``RemoteProtocolError signature-wrong``."""
    body, hashed = _opened(signed, issuer, _STATIC, Code.SIGNATURE_WRONG, "static")
    if body[1:2] != _SHA1 or digest(body, static_data) != hashed:
        raise RemoteProtocolError(Code.SIGNATURE_WRONG, "static.hash")
    return body[2:4]


def signed_dynamic(sign: RsaOperation, icc: RsaPublicKey, dynamic_data: bytes, terminal_data: bytes) -> bytes:
    """Signed Dynamic Application Data, tag 9F4B (table 15; for CDA table 18). ``dynamic_data`` begins with
    the length of the card's dynamic number; ``terminal_data``: DDOL's, for CDA the unpredictable number."""
    if len(dynamic_data) > icc.size - _SIGNED_OVERHEAD:
        raise LocalProtocolError(Code.FIELD_WRONG, "dynamic_data")
    head = bytes((_DYNAMIC,)) + _SHA1 + bytes((len(dynamic_data),)) + dynamic_data
    body = head.ljust(icc.size - 22, _FILL)
    return sign(_block(body, digest(body, terminal_data)))


def open_dynamic(signed: bytes, icc: RsaPublicKey, terminal_data: bytes) -> "DynamicData":
    """What tag 9F4B says; ``RemoteProtocolError signature-wrong``."""
    body, hashed = _opened(signed, icc, _DYNAMIC, Code.SIGNATURE_WRONG, "dynamic")
    if body[1:2] != _SHA1 or digest(body, terminal_data) != hashed:
        raise RemoteProtocolError(Code.SIGNATURE_WRONG, "dynamic.hash")
    count = body[2]
    data = body[3 : 3 + count]
    if count > icc.size - _SIGNED_OVERHEAD or not data or not 2 <= data[0] <= 8 or len(data) <= data[0]:
        raise RemoteProtocolError(Code.SIGNATURE_WRONG, "dynamic.length")
    return DynamicData(data[1 : 1 + data[0]], data[1 + data[0] :])


@dataclass(frozen=True, slots=True)
class DynamicData:
    """The card's side of a dynamic signature."""

    number: bytes
    """ICC Dynamic Number, 9F4C: two to eight bytes."""
    rest: bytes = b""
    """For CDA: cryptogram information, cryptogram, hash of the transaction (:class:`CombinedData`)."""

    def to_bytes(self) -> bytes:
        """As it is signed."""
        return bytes((len(self.number),)) + self.number + self.rest


@dataclass(frozen=True, slots=True)
class CombinedData:
    """What CDA signs beside the number (Book 2, table 19)."""

    cryptogram_information: int
    cryptogram: bytes
    transaction_hash: bytes
    """SHA-1 over the values of PDOL, CDOL1 and (second time) CDOL2, then the answer's own objects."""

    def to_bytes(self) -> bytes:
        """29 bytes."""
        return bytes((self.cryptogram_information,)) + self.cryptogram + self.transaction_hash

    @classmethod
    def from_bytes(cls, octets: bytes) -> "CombinedData":
        """Read them; ``RemoteProtocolError signature-wrong`` at ``dynamic.combined``."""
        if len(octets) != 1 + 8 + _HASH_BYTES:
            raise RemoteProtocolError(Code.SIGNATURE_WRONG, "dynamic.combined")
        return cls(octets[0], octets[1:9], octets[9:])


# --------------------------------------------------------------------------------------------------- PIN


def enciphered_pin(key: RsaPublicKey, pin_block: bytes, challenge: bytes, fill: bytes) -> bytes:
    """The data of VERIFY with an enciphered PIN (table 25). ``pin_block``: 8 bytes, ``2N…``; ``challenge``:
    the card's last 8; ``fill``: ``key.size - 17`` random bytes."""
    block = bytes((_PIN_HEADER,)) + pin_block + challenge + fill
    if len(block) != key.size or len(pin_block) != 8 or len(challenge) != 8:
        raise LocalProtocolError(Code.FIELD_WRONG, "pin")
    return key.apply(block)


def opened_pin(block: bytes) -> tuple[bytes, bytes]:
    """PIN block and challenge of a deciphered block; ``RemoteProtocolError pin-wrong`` at ``pin``."""
    if len(block) < 17 or block[0] != _PIN_HEADER:
        raise RemoteProtocolError(Code.PIN_WRONG, "pin")
    return block[1:9], block[9:17]


def _block(body: bytes, hashed: bytes) -> bytes:
    return bytes((_HEADER,)) + body + hashed + bytes((_TRAILER,))


def _opened(signed: bytes, key: RsaPublicKey, form: int, code: Code, where: str) -> tuple[bytes, bytes]:
    """Body and hash of a recovered block whose frame is right."""
    try:
        block = key.apply(signed)
    except RemoteProtocolError as error:
        raise RemoteProtocolError(code, f"{where}.length") from error
    if len(block) < ICC_OVERHEAD or block[0] != _HEADER or block[-1] != _TRAILER:
        raise RemoteProtocolError(code, f"{where}.frame")
    if block[1] != form:
        raise RemoteProtocolError(code, f"{where}.format")
    return block[1 : -1 - _HASH_BYTES], block[-1 - _HASH_BYTES : -1]
