"""What goes on one payment card: its data objects, which record holds which, its keys and its PIN.

A :class:`Profile` is what all cards of a kind have alike, read from a file of ``hardware/cards/profiles``. A
:class:`CardFace` is what is printed on one card. :func:`personalised` puts both together with the card's keys
and has the issuer sign what a terminal verifies. The result names no bank: a chip only holds data objects
(EMV 4.4 Book 3, annex A) and answers by them.

Data objects are given by tag (``0x5A``). Everything secret hides itself in ``repr``.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from tender.card.certificates import (
    KeyCertificate,
    RsaOperation,
    RsaPublicKey,
    icc_certificate,
    signed_static,
)
from tender.card.tags import Tag
from tender.card.tlv import Tlv, pack, unpack
from tender.card.values import Aip
from tender.errors import Code, LocalProtocolError, RemoteProtocolError
from tender.schema import Bytes, Choice, Many, Maybe, Record, Text, Uint

FORMAT_1, FORMAT_2 = Tag.ANSWER_PLAIN, Tag.ANSWER_PACKED
"""How GPO and GENERATE AC answer: values in a row, or data objects (Book 3, 6.5.5 and 6.5.8)."""
_RECORD_MOST: Final = 254
_SIGNED_BY_TAG_LIST: Final = bytes((Tag.AIP,))
_KEY_BYTES: Final = 16
_ISSUER_KEY: Final = (Tag.ISSUER_CERTIFICATE, Tag.ISSUER_KEY_REMAINDER, Tag.ISSUER_KEY_EXPONENT)
_ICC_KEY: Final = (Tag.ICC_CERTIFICATE, Tag.ICC_KEY_REMAINDER, Tag.ICC_KEY_EXPONENT)
_PIN_KEY: Final = (Tag.PIN_KEY_CERTIFICATE, Tag.PIN_KEY_REMAINDER, Tag.PIN_KEY_EXPONENT)


# -------------------------------------------------------------------------------------------------- keys


@dataclass(frozen=True, slots=True, repr=False)
class RsaPrivateKey:
    """A key by its primes; the larger one first. ``exponent`` is the public one."""

    prime_one: bytes
    prime_two: bytes
    exponent: bytes

    @property
    def public(self) -> RsaPublicKey:
        """Its public half."""
        number = int.from_bytes(self.prime_one, "big") * int.from_bytes(self.prime_two, "big")
        return RsaPublicKey(number.to_bytes((number.bit_length() + 7) // 8, "big"), self.exponent)

    def apply(self, octets: bytes) -> bytes:
        """The raw private operation on one block; ``RemoteProtocolError certificate-wrong`` at ``length``."""
        public = self.public
        if len(octets) != public.size or octets >= public.modulus:
            raise RemoteProtocolError(Code.CERTIFICATE_WRONG, "length")
        first, second = int.from_bytes(self.prime_one, "big"), int.from_bytes(self.prime_two, "big")
        exponent, block = int.from_bytes(self.exponent, "big"), int.from_bytes(octets, "big")
        # Modulo each prime and joined again: a quarter of the time of one power modulo the product.
        of_first = pow(block, pow(exponent, -1, first - 1), first)
        of_second = pow(block, pow(exponent, -1, second - 1), second)
        times = (of_first - of_second) * pow(second, -1, first) % first
        return (of_second + times * second).to_bytes(public.size, "big")

    def __repr__(self) -> str:
        return f"RsaPrivateKey({8 * self.public.size} bits, secret hidden)"


RSA_KEY: Final = Record(
    RsaPrivateKey,
    ("prime_one", Bytes(least=32, most=128)),
    ("prime_two", Bytes(least=32, most=128)),
    ("exponent", Bytes(least=1, most=3)),
)


@dataclass(frozen=True, slots=True, repr=False)
class CardKeys:
    """One card's own keys. The three of 16 bytes are derived from the issuer's by number and sequence."""

    cryptogram: bytes
    """For application cryptograms."""
    integrity: bytes
    """For the MAC of issuer scripts."""
    confidentiality: bytes
    """For what issuer scripts encipher."""
    signing: RsaPrivateKey | None = None
    """For DDA and CDA, and for PINs where there is no key of their own."""
    pin: RsaPrivateKey | None = None

    def __repr__(self) -> str:
        return "CardKeys(secret hidden)"


CARD_KEYS: Final = Record(
    CardKeys,
    ("cryptogram", Bytes(_KEY_BYTES)),
    ("integrity", Bytes(_KEY_BYTES)),
    ("confidentiality", Bytes(_KEY_BYTES)),
    ("signing", Maybe(RSA_KEY)),
    ("pin", Maybe(RSA_KEY)),
)


@dataclass(frozen=True, slots=True, repr=False)
class IssuerSigner:
    """An issuer that certifies cards: its key under an authority's, and its private operation."""

    ca_index: int
    """Which key of the authority a terminal has to use: tag 8F."""
    certificate: KeyCertificate
    public: RsaPublicKey
    sign: RsaOperation

    def __repr__(self) -> str:
        return f"IssuerSigner(ca_index={self.ca_index}, secret hidden)"


# ----------------------------------------------------------------------------------------------- profile


@dataclass(frozen=True, slots=True)
class RecordPlan:
    """One record: its file, its number, the objects in it in order, whether it is signed (SDA, DDA)."""

    sfi: int
    number: int
    tags: tuple[int, ...]
    signed: bool


RECORD_PLAN: Final = Record(
    RecordPlan,
    ("sfi", Uint(30, 1)),
    ("number", Uint(255, 1)),
    ("tags", Many(Uint(0xFFFF, 1), most=64)),
    ("signed", Uint(1)),
)


@dataclass(frozen=True, slots=True)
class Profile:
    """What all cards of a kind have alike (the fields of a profile file, docs/payment-cards.md)."""

    name: str
    scheme: str
    """``visa`` or ``mastercard``."""
    aid: bytes
    protocol: int
    """0 (T=0) or 1 (T=1)."""
    cryptogram_version: int
    """0A and 12 Visa-style, 10, 11, 14, 15 Mastercard-style: which keys sign what."""
    answer_format: int
    """:data:`FORMAT_1` or :data:`FORMAT_2`."""
    service_code: str
    pin_tries: int
    data: Mapping[int, bytes]
    records: tuple[RecordPlan, ...]

    @property
    def interchange(self) -> Aip:
        """The Application Interchange Profile."""
        return Aip.read(self.data[Tag.AIP], "profile.aip")

    @classmethod
    def from_mapping(cls, name: str, told: Mapping[str, Any]) -> "Profile":
        """A profile file's content; ``RemoteProtocolError field-wrong`` at ``profile.NAME``."""
        try:
            records = tuple(
                RecordPlan(
                    int(one["sfi"]),
                    int(one["record"]),
                    tuple(int(tag, 16) for tag in one["tags"].split()),
                    bool(one["signed"]),
                )
                for one in told["records"]
            )
            return cls(
                name,
                str(told["scheme"]),
                bytes.fromhex(told["aid"]),
                int(told["protocol"]),
                int(told["cryptogram_version"], 16),
                int(told["answer_format"], 16),
                str(told["service_code"]),
                int(told["pin_tries"]),
                {int(tag, 16): bytes.fromhex(value) for tag, value in told["data"].items()},
                records,
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise RemoteProtocolError(Code.FIELD_WRONG, f"profile.{name}") from error


@dataclass(frozen=True, slots=True, repr=False)
class CardFace:
    """What one card says of itself and of its owner."""

    pan: str
    sequence: int
    """Tells a new card of the same number from the old one: tag 5F34."""
    name: str
    """``FAMILY/GIVEN``, 2 to 26 Latin letters: tag 5F20."""
    begins: date
    ends_month: int
    """Year and month it is good through: 203012."""
    discretionary: str = ""
    """Digits at the end of track 2: PVV and card verification value of the chip, as the issuer likes."""

    @property
    def end(self) -> date:
        """The last day of its last month."""
        year, month = divmod(self.ends_month, 100)
        return date(year, month, monthrange(year, month)[1])

    def track2(self, service_code: str) -> bytes:
        """Track 2 equivalent data, tag 57 (Book 3, annex A)."""
        digits = f"{self.pan}D{self.ends_month % 10_000:04}{service_code}{self.discretionary}"
        return bytes.fromhex(digits + "F" * (len(digits) % 2))

    def __repr__(self) -> str:
        return f"CardFace({self.pan[:6]}…{self.pan[-4:]}, {self.ends_month})"


# ------------------------------------------------------------------------------------------- one card's own


@dataclass(frozen=True, slots=True, repr=False)
class Personalisation:
    """One application of one card, whole: what a personalisation machine writes into a chip."""

    profile: str
    scheme: str
    aid: bytes
    protocol: int
    cryptogram_version: int
    key_index: int
    """Which of the issuer's master keys the card's were derived from: in tag 9F10."""
    answer_format: int
    pin_tries: int
    pin: str
    """Four to twelve digits, or "" for a card without an offline PIN."""
    objects: bytes
    """All its data objects in a row."""
    records: tuple[RecordPlan, ...]
    keys: CardKeys

    @property
    def data(self) -> dict[int, bytes]:
        """Its data objects by tag."""
        return dict(unpack(self.objects, "personalisation.objects"))

    def __repr__(self) -> str:
        return f"Personalisation({self.profile}, secrets hidden)"


PERSONALISATION: Final = Record(
    Personalisation,
    ("profile", Text(40)),
    ("scheme", Choice(("visa", "mastercard"))),
    ("aid", Bytes(least=5, most=16)),
    ("protocol", Uint(1)),
    ("cryptogram_version", Uint(255)),
    ("key_index", Uint(255)),
    ("answer_format", Uint(255)),
    ("pin_tries", Uint(15)),
    ("pin", Text(12)),
    ("objects", Bytes(most=8192)),
    ("records", Many(RECORD_PLAN, most=40)),
    ("keys", CARD_KEYS),
)


def record_body(data: Mapping[int, bytes], plan: RecordPlan) -> bytes:
    """The objects of one record in a row, those that the card has."""
    return pack(Tlv(tag, data[tag]) for tag in plan.tags if data.get(tag))


def file_locator(records: Iterable[RecordPlan]) -> bytes:
    """Tag 94: four bytes for each run of records of one file; the signed ones lead it (Book 3, 10.2)."""
    runs: list[list[int]] = []
    for one in records:
        last = runs[-1] if runs else []
        if last and last[0] == one.sfi and last[2] + 1 == one.number and (last[4] or not one.signed):
            last[2] += 1
            last[3] += one.signed
            last[4] = int(one.signed)
        else:
            runs.append([one.sfi, one.number, one.number, int(one.signed), int(one.signed)])
    return b"".join(bytes((sfi << 3, first, end, signed)) for sfi, first, end, signed, _ in runs)


def static_data(data: Mapping[int, bytes], records: Iterable[RecordPlan]) -> bytes:
    """What SDA and the card's certificate sign: the signed records in the order of tag 94, then the profile
    if tag 9F4A asks for it (Book 3, 10.3)."""
    signed = b"".join(_signed(record_body(data, one), one.sfi) for one in records if one.signed)
    return signed + (data[Tag.AIP] if data.get(Tag.STATIC_TAGS) == _SIGNED_BY_TAG_LIST else b"")


def _signed(body: bytes, sfi: int) -> bytes:
    # Of files 1 to 10 the content of the template is signed, of the others the whole record.
    return body if sfi <= 10 else pack([Tlv(Tag.RECORD, body)])


def personalised(
    profile: Profile,
    face: CardFace,
    keys: CardKeys,
    issuer: IssuerSigner,
    *,
    pin: str = "",
    key_index: int = 1,
    serial: bytes = b"\x00\x00\x01",
    authentication_code: bytes = b"\xda\xc1",
) -> Personalisation:
    """One card's personalisation, signed by its issuer. ``LocalProtocolError field-wrong`` for a profile that
    wants keys the card does not have, or a record that is too long."""
    data = dict(profile.data) | {
        Tag.TRACK2: face.track2(profile.service_code),
        Tag.PAN: bytes.fromhex(face.pan + "F" * (len(face.pan) % 2)),
        Tag.HOLDER_NAME: face.name.encode("ascii"),
        Tag.EXPIRY: bytes.fromhex(f"{face.end:%y%m%d}"),
        Tag.EFFECTIVE: bytes.fromhex(f"{face.begins:%y%m%d}"),
        Tag.SERVICE_CODE: bytes.fromhex(profile.service_code.rjust(4, "0")),
        Tag.PAN_SEQUENCE: bytes.fromhex(f"{face.sequence:02}"),
    }
    held = {tag for plan in profile.records for tag in plan.tags}
    if profile.interchange & (Aip.SDA | Aip.DDA | Aip.CDA):
        data |= _key_objects(issuer.certificate, _ISSUER_KEY)
        data[Tag.CA_KEY_INDEX] = bytes((issuer.ca_index,))
    signed = static_data(data, profile.records)
    if profile.interchange & Aip.SDA:
        data[Tag.STATIC_SIGNATURE] = signed_static(issuer.sign, issuer.public, authentication_code, signed)
    if profile.interchange & (Aip.DDA | Aip.CDA):
        data |= _certified_key(keys.signing, issuer, face, serial, signed, _ICC_KEY)
    if Tag.PIN_KEY_CERTIFICATE in held:
        data |= _certified_key(keys.pin, issuer, face, serial, b"", _PIN_KEY)
    for plan in profile.records:
        if len(pack([Tlv(Tag.RECORD, record_body(data, plan))])) > _RECORD_MOST:
            raise LocalProtocolError(Code.FIELD_WRONG, f"record.{plan.sfi}.{plan.number}")
    return Personalisation(
        profile.name,
        profile.scheme,
        profile.aid,
        profile.protocol,
        profile.cryptogram_version,
        key_index,
        profile.answer_format,
        profile.pin_tries,
        pin,
        pack(Tlv(tag, value) for tag, value in data.items()),
        profile.records,
        keys,
    )


def _certified_key(
    key: RsaPrivateKey | None,
    issuer: IssuerSigner,
    face: CardFace,
    serial: bytes,
    signed: bytes,
    tags: tuple[int, int, int],
) -> dict[int, bytes]:
    if key is None:
        raise LocalProtocolError(Code.FIELD_WRONG, "keys")
    made = icc_certificate(issuer.sign, issuer.public, face.pan, face.ends_month, serial, key.public, signed)
    return _key_objects(made, tags)


def _key_objects(parts: KeyCertificate, tags: tuple[int, int, int]) -> dict[int, bytes]:
    certificate, remainder, exponent = tags
    found = {certificate: parts.certificate, exponent: parts.exponent}
    return found | {remainder: parts.remainder} if parts.remainder else found
