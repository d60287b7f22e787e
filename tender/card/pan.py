"""A card's number and what stands beside it on track 2: values that never show themselves.

A :class:`Pan` prints as ``411111******1111`` everywhere (ISO/IEC 7812-1 lets the first six and the last four
be seen); only ``.digits`` gives the number. What is not a number at all is refused; a check digit that does
not hold is an answer (code 14), not an error, so it is asked for.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from tender.errors import Code, RemoteProtocolError

PAN_SHORTEST: Final = 12
PAN_LONGEST: Final = 19
TRACK2_LONGEST: Final = 37
_SHOWN_FIRST: Final = 6
_SHOWN_LAST: Final = 4
_DIGITS: Final = re.compile(rf"[0-9]{{{PAN_SHORTEST},{PAN_LONGEST}}}")
_TRACK2: Final = re.compile(rf"([0-9]{{{PAN_SHORTEST},{PAN_LONGEST}}})[=D]([0-9]{{4}})([0-9]{{3}})([0-9]*)")
_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


class Scheme(Enum):
    """Whose rules a card follows, by the range its number lies in."""

    VISA = "visa"
    MASTERCARD = "mastercard"


def luhn_digit(digits: str) -> str:
    """The check digit that belongs behind these digits (ISO/IEC 7812-1, annex B)."""
    total = sum(
        _DOUBLED[int(digit)] if place % 2 == 0 else int(digit) for place, digit in enumerate(reversed(digits))
    )
    return str(-total % 10)


def masked_number(digits: str) -> str:
    """The first six and the last four of a number, the rest starred out; a short one is starred out whole."""
    hidden = len(digits) - _SHOWN_FIRST - _SHOWN_LAST
    if hidden < 1:
        return "*" * len(digits)
    return digits[:_SHOWN_FIRST] + "*" * hidden + digits[-_SHOWN_LAST:]


@dataclass(frozen=True, slots=True, repr=False, order=True)
class Pan:
    """A primary account number of 12 to 19 digits; ``RemoteProtocolError field-wrong`` at ``pan``
    otherwise."""

    digits: str

    def __post_init__(self) -> None:
        if not _DIGITS.fullmatch(self.digits):
            raise RemoteProtocolError(Code.FIELD_WRONG, "pan")

    @property
    def luhn_holds(self) -> bool:
        """Whether its check digit is right."""
        return luhn_digit(self.digits[:-1]) == self.digits[-1]

    @property
    def scheme(self) -> Scheme | None:
        """Visa-style 4…, Mastercard-style 51–55 and 2221–2720; None outside them."""
        if self.digits[0] == "4":
            return Scheme.VISA
        if 51 <= int(self.digits[:2]) <= 55 or 2221 <= int(self.digits[:4]) <= 2720:
            return Scheme.MASTERCARD
        return None

    def __str__(self) -> str:
        return masked_number(self.digits)

    __repr__ = __str__


@dataclass(frozen=True, slots=True, repr=False)
class Track2:
    """Track 2 equivalent data: number, expiry ``YYMM``, service code of 3 digits, the issuer's own digits.

    ISO/IEC 7813; in a chip tag 57 (EMV Book 3, annex A), in a message data element 35. ``RemoteProtocolError
    field-wrong`` at ``track2`` for what is none.
    """

    pan: Pan
    expiry: str
    service_code: str
    discretionary: str

    def __post_init__(self) -> None:
        if not _TRACK2.fullmatch(self.to_text()) or len(self.to_text()) > TRACK2_LONGEST:
            raise RemoteProtocolError(Code.FIELD_WRONG, "track2")

    @classmethod
    def from_text(cls, text: str) -> "Track2":
        """Of data element 35: ``PAN=YYMMSSSdddd``; ``D`` may stand for the separator."""
        found = _TRACK2.fullmatch(text)
        if not found:
            raise RemoteProtocolError(Code.FIELD_WRONG, "track2")
        pan, expiry, service_code, discretionary = found.groups()
        return cls(Pan(pan), expiry, service_code, discretionary)

    @classmethod
    def from_bytes(cls, octets: bytes) -> "Track2":
        """Of tag 57: two digits a byte, ``D`` as separator, one ``F`` behind an odd number of them."""
        text = octets.hex().upper()
        return cls.from_text(text.removesuffix("F"))

    def to_text(self) -> str:
        """As data element 35 has it, with ``=``."""
        return f"{self.pan.digits}={self.expiry}{self.service_code}{self.discretionary}"

    def to_bytes(self) -> bytes:
        """As tag 57 has it."""
        text = self.to_text().replace("=", "D")
        return bytes.fromhex(text + "F" * (len(text) % 2))

    def __str__(self) -> str:
        hidden = "*" * (4 + 3 + len(self.discretionary))
        return f"{self.pan}={hidden}"

    __repr__ = __str__
