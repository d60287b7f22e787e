"""What a chip and its issuer tell each other within a transaction: tags 9F10 and 91, bit by bit.

The terminal carries both and understands neither. Visa-style: ``06 KI CV`` and four bytes of Card
Verification Results. Mastercard-style: ``KI CV``, six bytes of results, two of a data authentication code or
dynamic number, eight of counters. Version ``0A`` answers by ARC, ``12`` by a Card Status Update (EMV 4.4
Book 2, 8.2.2), the Mastercard-style ones by a code of two bytes; each after its cryptogram in tag 91.
"""

from dataclasses import dataclass
from enum import unique
from typing import Final, TypeAlias

from tender.card.values import Bits
from tender.errors import Code, RemoteProtocolError

CVN10, CVN18 = 0x0A, 0x12
"""Visa-style: the card's own key; session keys by the counter."""
MCHIP_VERSIONS: Final = (0x10, 0x11, 0x14, 0x15)
"""Mastercard-style: session keys by counter and unpredictable number (10, 11), or by counter alone (14, 15);
the odd ones sign the counters of 9F10 too."""
SIGNS_COUNTERS: Final = 0x01
"""Bit of a Mastercard-style version."""
_VISA_BYTES: Final = 7
_MCHIP_BYTES: Final = 18


@unique
class VisaResults(Bits, count=4):
    """Card Verification Results, Visa-style."""

    SECOND_TC = 0x00_40_00_00
    SECOND_NOT_ASKED = 0x00_80_00_00
    FIRST_TC = 0x00_10_00_00
    FIRST_ARQC = 0x00_20_00_00
    ISSUER_AUTHENTICATION_FAILED = 0x00_08_00_00
    OFFLINE_PIN_PERFORMED = 0x00_04_00_00
    OFFLINE_PIN_FAILED = 0x00_02_00_00
    UNABLE_TO_GO_ONLINE = 0x00_01_00_00
    LAST_ONLINE_NOT_COMPLETED = 0x00_00_80_00
    PIN_TRIES_EXCEEDED = 0x00_00_40_00
    OFFLINE_LIMITS_EXCEEDED = 0x00_00_20_00
    NEW_CARD = 0x00_00_10_00
    ISSUER_AUTHENTICATION_FAILED_LAST = 0x00_00_08_00
    ISSUER_AUTHENTICATION_NOT_DONE_LAST = 0x00_00_04_00
    BLOCKED_BY_PIN_TRIES = 0x00_00_02_00
    SCRIPT_FAILED = 0x00_00_00_08
    DDA_PERFORMED = 0x00_00_00_02

    @classmethod
    def of(cls, scripts: int) -> "VisaResults":
        """With its length byte and how many script commands the last transactions brought."""
        return cls(0x03_00_00_00 | min(scripts, 15) << 4)


@unique
class MchipResults(Bits, count=6):
    """Card Verification Results, Mastercard-style."""

    SECOND_TC = 0x40_00_00_00_00_00
    SECOND_NOT_ASKED = 0x80_00_00_00_00_00
    FIRST_TC = 0x10_00_00_00_00_00
    FIRST_ARQC = 0x20_00_00_00_00_00
    OFFLINE_PIN_PERFORMED = 0x04_00_00_00_00_00
    ENCIPHERED_PIN_PERFORMED = 0x02_00_00_00_00_00
    OFFLINE_PIN_GOOD = 0x01_00_00_00_00_00
    DDA_PERFORMED = 0x00_80_00_00_00_00
    CDA_IN_FIRST = 0x00_40_00_00_00_00
    CDA_IN_SECOND = 0x00_20_00_00_00_00
    ISSUER_AUTHENTICATION_PERFORMED = 0x00_10_00_00_00_00
    UNABLE_TO_GO_ONLINE = 0x00_00_00_80_00_00
    OFFLINE_PIN_NOT_PERFORMED = 0x00_00_00_40_00_00
    OFFLINE_PIN_FAILED = 0x00_00_00_20_00_00
    PIN_TRIES_EXCEEDED = 0x00_00_00_10_00_00
    INTERNATIONAL = 0x00_00_00_08_00_00
    DOMESTIC = 0x00_00_00_04_00_00
    LOWER_COUNT_EXCEEDED = 0x00_00_00_00_80_00
    UPPER_COUNT_EXCEEDED = 0x00_00_00_00_40_00
    LOWER_AMOUNT_EXCEEDED = 0x00_00_00_00_20_00
    UPPER_AMOUNT_EXCEEDED = 0x00_00_00_00_10_00
    GO_ONLINE_WAS_SET = 0x00_00_00_00_08_00
    ISSUER_AUTHENTICATION_FAILED = 0x00_00_00_00_04_00
    SCRIPT_RECEIVED = 0x00_00_00_00_02_00
    SCRIPT_FAILED = 0x00_00_00_00_01_00

    @classmethod
    def of(cls, scripts: int, pin_tries: int) -> "MchipResults":
        """With how many script commands came and how many PIN tries are left."""
        return cls((scripts & 0x0F) << 28 | (pin_tries & 0x0F) << 24)


@unique
class StatusUpdate(Bits, count=4):
    """Card Status Update, by which version 12's issuer steers its card."""

    APPROVED = 0x00_80_00_00
    BLOCK_CARD = 0x00_40_00_00
    BLOCK_APPLICATION = 0x00_20_00_00
    SET_PIN_TRIES = 0x00_10_00_00
    GO_ONLINE_NEXT = 0x00_08_00_00
    RESET_COUNTERS = 0x00_02_00_00

    @property
    def pin_tries(self) -> int:
        """Tries to be set, if they are."""
        return int(self) >> 24 & 0x0F


@unique
class ResponseCode(Bits, count=2):
    """The two bytes by which a Mastercard-style issuer steers its card."""

    APPROVED = 0x00_10
    SET_PIN_TRIES = 0x00_08
    GO_ONLINE_NEXT = 0x00_04
    RESET_COUNTERS = 0x00_02

    @property
    def pin_tries(self) -> int:
        """Tries to be set, if they are."""
        return int(self) >> 8 & 0x0F


CardResults: TypeAlias = VisaResults | MchipResults


@dataclass(frozen=True, slots=True)
class IssuerData:
    """Issuer Application Data, tag 9F10."""

    key_index: int
    version: int
    results: CardResults
    code: bytes = b"\x00\x00"
    """Mastercard-style: the data authentication code, or the start of the dynamic number."""
    counters: bytes = bytes(8)
    """Mastercard-style: offline amount (6), offline transactions (1), FF."""

    def packed(self) -> bytes:
        """As it stands under its tag."""
        if isinstance(self.results, VisaResults):
            return bytes((_VISA_BYTES - 1, self.key_index, self.version)) + self.results.packed()
        return bytes((self.key_index, self.version)) + self.results.packed() + self.code + self.counters

    @classmethod
    def read(cls, octets: bytes) -> "IssuerData":
        """``RemoteProtocolError field-wrong`` at ``issuer_data``."""
        if len(octets) == _VISA_BYTES and octets[0] == _VISA_BYTES - 1 and octets[2] in (CVN10, CVN18):
            return cls(octets[1], octets[2], VisaResults.read(octets[3:]))
        if len(octets) == _MCHIP_BYTES and octets[1] in MCHIP_VERSIONS:
            results = MchipResults.read(octets[2:8])
            return cls(octets[0], octets[1], results, octets[8:10], octets[10:])
        raise RemoteProtocolError(Code.FIELD_WRONG, "issuer_data")
