"""The numbers people and firms are known by: IIN, BIN, phone. Checked here, never guessed.

An IIN's first six digits need not be a birth date any more (Government resolution No. 853 of 26.08.2013), so
only the control digit is checked; nothing about the person is derived from it.
"""

import re
from typing import Final

from tender.errors import Code, Refusal

_TWELVE: Final = re.compile(r"^[0-9]{12}$")
_FIRST: Final = tuple(range(1, 12))
_SECOND: Final = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)
_PHONE: Final = re.compile(r"^\+?(?:7|8)(7[0-9]{9})$")


def control_digit(eleven: str) -> int | None:
    """The twelfth digit for these eleven: weights 1..11 modulo 11, a second row of weights when that gives
    10, and none (the number is not used) when it gives 10 again.
    """
    digits = [int(one) for one in eleven]
    for weights in (_FIRST, _SECOND):
        rest = sum(digit * weight for digit, weight in zip(digits, weights, strict=True)) % 11
        if rest < 10:
            return rest
    return None


def _control_fits(number: str) -> bool:
    return bool(_TWELVE.match(number)) and control_digit(number[:11]) == int(number[11])


def check_iin(number: str, field: str = "iin") -> str | Refusal:
    """An individual identification number, or ``iin-wrong``. The fifth digit 0..3 tells it from a BIN."""
    bare = number.strip()
    if not _control_fits(bare) or bare[4] not in "0123":
        return Refusal(Code.IIN_WRONG, field)
    return bare


def check_bin(number: str, field: str = "bin") -> str | Refusal:
    """A business identification number, or ``bin-wrong``. The fifth digit is 4, 5 or 6."""
    bare = number.strip()
    if not _control_fits(bare) or bare[4] not in "456":
        return Refusal(Code.BIN_WRONG, field)
    return bare


def check_phone(number: str, field: str = "phone") -> str | Refusal:
    """A Kazakhstan mobile number as ``+77XXXXXXXXX``, or ``phone-wrong``.

    +7 is shared with Russia; 7 as the next digit is Kazakhstan's. A domestic leading 8 is understood.
    """
    bare = re.sub(r"[ ()\-\u00a0]", "", number)
    found = _PHONE.match(bare)
    if found is None:
        return Refusal(Code.PHONE_WRONG, field)
    return "+7" + found[1]
