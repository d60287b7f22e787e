"""The values of EMV that are rows of bits, each bit by its name (EMV 4.3 Book 3, Annex C; Book 4, Annex A).

Each is an :class:`enum.IntFlag` of a fixed number of bytes: ``read``, ``packed``, and ``words``, what
is set in it, for people. Bits without a name here are kept as they came and have no words.
"""

from enum import IntEnum, IntFlag, unique
from typing import ClassVar, Final, Self

from tender.errors import Code, RemoteProtocolError

_CAPITALS: Final = frozenset(("icc", "pin", "sda", "dda", "cda", "atm", "tdol", "cvm", "ac", "dc"))


def words_of(name: str) -> str:
    """``ICC_DATA_MISSING`` as people read it: ``ICC data missing``."""
    parts = [part.upper() if part in _CAPITALS else part for part in name.lower().split("_")]
    return " ".join(parts)


class Bits(IntFlag):
    """A row of bits of a fixed length; the most significant byte is byte 1, its highest bit is bit 8."""

    BYTES: ClassVar[int]
    """How long it is."""

    def __init_subclass__(cls, *, count: int) -> None:
        super().__init_subclass__()
        cls.BYTES = count

    def packed(self) -> bytes:
        """As it stands under its tag."""
        return int(self).to_bytes(self.BYTES, "big")

    @classmethod
    def read(cls, octets: bytes, field: str = "bits") -> Self:
        """From its bytes; ``RemoteProtocolError field-wrong`` at ``field`` for another length."""
        if len(octets) != cls.BYTES:
            raise RemoteProtocolError(Code.FIELD_WRONG, field)
        return cls(int.from_bytes(octets, "big"))

    @classmethod
    def every(cls) -> Self:
        """All bits set: what stands for an issuer's action code that is not there."""
        return cls((1 << 8 * cls.BYTES) - 1)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of what is set, from the first byte's highest bit on."""
        held = [one for one in type(self) if one in self and one.name]
        return tuple(str(one.name) for one in sorted(held, reverse=True))

    @property
    def words(self) -> tuple[str, ...]:
        """What is set, for people (English; ``faces`` translates by :attr:`names`)."""
        return tuple(words_of(name) for name in self.names)


@unique
class Tvr(Bits, count=5):
    """Terminal verification results, tag 95 (Book 3, C5). Action codes (9F0D–9F0F) have the same bits."""

    OFFLINE_DATA_AUTHENTICATION_NOT_PERFORMED = 0x80_00_00_00_00
    SDA_FAILED = 0x40_00_00_00_00
    ICC_DATA_MISSING = 0x20_00_00_00_00
    CARD_ON_EXCEPTION_FILE = 0x10_00_00_00_00
    DDA_FAILED = 0x08_00_00_00_00
    CDA_FAILED = 0x04_00_00_00_00
    SDA_SELECTED = 0x02_00_00_00_00
    VERSIONS_DIFFER = 0x00_80_00_00_00
    APPLICATION_EXPIRED = 0x00_40_00_00_00
    APPLICATION_NOT_YET_EFFECTIVE = 0x00_20_00_00_00
    SERVICE_NOT_ALLOWED = 0x00_10_00_00_00
    NEW_CARD = 0x00_08_00_00_00
    CARDHOLDER_NOT_VERIFIED = 0x00_00_80_00_00
    CVM_NOT_RECOGNISED = 0x00_00_40_00_00
    PIN_TRIES_EXCEEDED = 0x00_00_20_00_00
    PIN_PAD_MISSING = 0x00_00_10_00_00
    PIN_NOT_ENTERED = 0x00_00_08_00_00
    ONLINE_PIN_ENTERED = 0x00_00_04_00_00
    FLOOR_LIMIT_EXCEEDED = 0x00_00_00_80_00
    LOWER_OFFLINE_LIMIT_EXCEEDED = 0x00_00_00_40_00
    UPPER_OFFLINE_LIMIT_EXCEEDED = 0x00_00_00_20_00
    SELECTED_RANDOMLY = 0x00_00_00_10_00
    MERCHANT_FORCED_ONLINE = 0x00_00_00_08_00
    DEFAULT_TDOL_USED = 0x00_00_00_00_80
    ISSUER_AUTHENTICATION_FAILED = 0x00_00_00_00_40
    SCRIPT_FAILED_BEFORE_FINAL_AC = 0x00_00_00_00_20
    SCRIPT_FAILED_AFTER_FINAL_AC = 0x00_00_00_00_10


@unique
class Tsi(Bits, count=2):
    """Transaction status information, tag 9B (Book 3, C6): what was performed."""

    OFFLINE_DATA_AUTHENTICATION_PERFORMED = 0x80_00
    CARDHOLDER_VERIFICATION_PERFORMED = 0x40_00
    CARD_RISK_MANAGEMENT_PERFORMED = 0x20_00
    ISSUER_AUTHENTICATION_PERFORMED = 0x10_00
    TERMINAL_RISK_MANAGEMENT_PERFORMED = 0x08_00
    SCRIPT_PROCESSING_PERFORMED = 0x04_00


@unique
class Aip(Bits, count=2):
    """Application interchange profile, tag 82 (Book 3, C1): what the card's application can do."""

    SDA = 0x40_00
    DDA = 0x20_00
    CARDHOLDER_VERIFICATION = 0x10_00
    TERMINAL_RISK_MANAGEMENT = 0x08_00
    ISSUER_AUTHENTICATION = 0x04_00
    CDA = 0x01_00


@unique
class Auc(Bits, count=2):
    """Application usage control, tag 9F07 (Book 3, C2): what the card may be used for, and where."""

    DOMESTIC_CASH = 0x80_00
    INTERNATIONAL_CASH = 0x40_00
    DOMESTIC_GOODS = 0x20_00
    INTERNATIONAL_GOODS = 0x10_00
    DOMESTIC_SERVICES = 0x08_00
    INTERNATIONAL_SERVICES = 0x04_00
    AT_ATM = 0x02_00
    NOT_AT_ATM = 0x01_00
    DOMESTIC_CASHBACK = 0x00_80
    INTERNATIONAL_CASHBACK = 0x00_40


@unique
class Capabilities(Bits, count=3):
    """Terminal capabilities, tag 9F33 (Book 4, A2)."""

    MANUAL_ENTRY = 0x80_00_00
    MAGNETIC_STRIPE = 0x40_00_00
    CONTACT_CHIP = 0x20_00_00
    PLAIN_PIN = 0x00_80_00
    ONLINE_PIN = 0x00_40_00
    SIGNATURE = 0x00_20_00
    ENCIPHERED_PIN = 0x00_10_00
    NO_CVM = 0x00_08_00
    SDA = 0x00_00_80
    DDA = 0x00_00_40
    CARD_CAPTURE = 0x00_00_20
    CDA = 0x00_00_08


@unique
class MoreCapabilities(Bits, count=5):
    """Additional terminal capabilities, tag 9F40 (Book 4, A3)."""

    CASH = 0x80_00_00_00_00
    GOODS = 0x40_00_00_00_00
    SERVICES = 0x20_00_00_00_00
    CASHBACK = 0x10_00_00_00_00
    INQUIRY = 0x08_00_00_00_00
    TRANSFER = 0x04_00_00_00_00
    PAYMENT = 0x02_00_00_00_00
    ADMINISTRATIVE = 0x01_00_00_00_00
    CASH_DEPOSIT = 0x00_80_00_00_00
    NUMERIC_KEYS = 0x00_00_80_00_00
    LETTER_KEYS = 0x00_00_40_00_00
    COMMAND_KEYS = 0x00_00_20_00_00
    FUNCTION_KEYS = 0x00_00_10_00_00
    PRINTS_FOR_ATTENDANT = 0x00_00_00_80_00
    PRINTS_FOR_CARDHOLDER = 0x00_00_00_40_00
    SHOWS_ATTENDANT = 0x00_00_00_20_00
    SHOWS_CARDHOLDER = 0x00_00_00_10_00
    CODE_TABLE_5 = 0x00_00_00_00_10
    CODE_TABLE_1 = 0x00_00_00_00_01


@unique
class TransactionType(IntEnum):
    """Tag 9C: the first two digits of ISO 8583's processing code."""

    PURCHASE = 0x00
    CASH = 0x01
    CASHBACK = 0x09
    REFUND = 0x20
    AVAILABLE_FUNDS = 0x30
    BALANCE = 0x31


@unique
class Cryptogram(IntEnum):
    """Kind of an application cryptogram: the two highest bits of CID (9F27) and of P1 (Book 3, 6.5.5)."""

    AAC = 0x00
    """The card refuses."""
    TC = 0x40
    """The card approves."""
    ARQC = 0x80
    """The card asks its issuer."""


CDA_WANTED: Final = 0x10
"""Bit of GENERATE AC's P1: sign the answer (Book 3, table 12)."""
_KIND: Final = 0xC0
_ADVICE: Final = 0x08
_REASON: Final = 0x07


@unique
class CardReason(IntEnum):
    """Why a card refuses, if it says so: the lowest bits of CID (Book 3, table 15)."""

    NONE = 0
    SERVICE_NOT_ALLOWED = 1
    PIN_TRIES_EXCEEDED = 2
    ISSUER_AUTHENTICATION_FAILED = 3


_KINDS: Final = {int(kind): kind for kind in Cryptogram}
_REASONS: Final = {int(reason): reason for reason in CardReason}


def cryptogram_kind(information: int) -> Cryptogram | None:
    """The kind a CID names; None for the one that is reserved."""
    return _KINDS.get(information & _KIND)


def cryptogram_reason(information: int) -> CardReason:
    """The reason a CID gives; one that is reserved is none."""
    return _REASONS.get(information & _REASON, CardReason.NONE)


def wants_advice(information: int) -> bool:
    """Whether a CID wants its issuer to be told."""
    return bool(information & _ADVICE)
