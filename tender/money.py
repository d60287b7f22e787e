"""Amounts of tenge, counted in whole tiyn and never in fractions.

One tenge is 100 tiyn (ISO 4217: KZT, numeric 398, exponent 2). The smallest unit of the Digital Tenge is
not in the white paper; tiyn is our documented choice (docs/open-points.md, 1).
"""

import re
from typing import Final

from tender.errors import Code, Refusal

CURRENCY_KZT: Final = 398
"""ISO 4217 numeric code carried in every root and request."""

TIYN_PER_TENGE: Final = 100

AMOUNT_MAX_TIYN: Final = 2**40 - 1
"""Largest amount one token or payment may carry: five bytes, about eleven billion tenge."""

DIGITS_MAX: Final = 12
"""More whole tenge than any amount has; longer numbers are refused before they are converted."""

_AMOUNT: Final = re.compile(
    r"^(?P<tenge>[0-9]{1,3}(?:[ \u00a0\u202f'][0-9]{3})+|[0-9]+)(?:[.,](?P<tiyn>[0-9]{1,2}))?$"
)
_OURS: Final = ("₸", "KZT", "TENGE", "ТЕНГЕ", "ТГ", "DT")


def parse_tenge(text: str) -> int | Refusal:
    """Read an amount as people write it (``3779``, ``3 779,50``, ``3779.5 ₸``) into tiyn.

    Returns a refusal, never a guess: a comma and a point are both decimal marks (so ``1,234`` is
    no thousand), three decimals are refused, and another currency's sign is named (DT-S-05).
    """
    bare = text.strip()
    for sign in _OURS:
        if bare.upper().endswith(sign):
            bare = bare[: len(bare) - len(sign)].strip()
            break
        if bare.upper().startswith(sign):
            bare = bare[len(sign) :].strip()
            break
    if re.search(r"[A-Za-zА-Яа-я$€£¥₽]", bare) and re.search(r"[0-9]", bare):
        return Refusal(Code.CURRENCY_FOREIGN, "amount")
    found = _AMOUNT.match(bare)
    if found is None:
        return Refusal(Code.AMOUNT_UNREADABLE, "amount")
    digits = re.sub(r"[^0-9]", "", found["tenge"]).lstrip("0")
    if len(digits) > DIGITS_MAX:
        return Refusal(Code.AMOUNT_OUT_OF_RANGE, "amount")
    tenge = int(digits or "0")
    tiyn = int((found["tiyn"] or "0").ljust(2, "0"))
    amount_tiyn = tenge * TIYN_PER_TENGE + tiyn
    if not 1 <= amount_tiyn <= AMOUNT_MAX_TIYN:
        return Refusal(Code.AMOUNT_OUT_OF_RANGE, "amount")
    return amount_tiyn


def plain_tenge(amount_tiyn: int) -> str:
    """The amount with two decimals and no grouping, for logs and machine output: ``-3779.50``."""
    sign = "-" if amount_tiyn < 0 else ""
    tenge, tiyn = divmod(abs(amount_tiyn), TIYN_PER_TENGE)
    return f"{sign}{tenge}.{tiyn:02d}"
