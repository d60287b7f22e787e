"""What each object of a merchant's code may hold: presence, length, characters, amounts.

EMVCo's rules where it says "shall", and where it says "should" too: a code that is shown to a payer has one
reading or none (docs/protocol/payment-code.md, "What is refused").
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from tender.errors import Code
from tender.money import AMOUNT_MAX_TIYN, TIYN_PER_TENGE
from tender.qr.data_objects import parse, wrong

STATIC: Final = "11"
DYNAMIC: Final = "12"

_PLAIN: Final = re.compile(r"[\x20-\x7e]+")
_AMOUNT: Final = re.compile(r"(?P<tenge>[0-9]{1,13})(?:\.(?P<tiyn>[0-9]{0,12}))?", re.ASCII)
ACCOUNTS: Final = [f"{name:02d}" for name in range(2, 52)]
TEMPLATES: Final = ACCOUNTS[24:]
UNRESERVED: Final = [str(name) for name in range(80, 100)]
_ROOT_PLAIN: Final[Mapping[str, tuple[int, int]]] = {
    "01": (2, 2),
    "52": (4, 4),
    "53": (3, 3),
    "54": (1, 13),
    "55": (2, 2),
    "56": (1, 13),
    "57": (5, 5),
    "58": (2, 2),
    "59": (1, 25),
    "60": (1, 15),
    "61": (1, 10),
}
"""Objects of plain Latin characters, with their least and most length."""

MARKS_MOST: Final = 2
"""Marks upon one letter that are not one sign with it: what living scripts need, and no struck-out name."""

_NEEDED: Final = ("52", "53", "58", "59", "60")


def read_amount(text: str, field: str) -> int:
    """Tiyn of an amount as EMVCo writes it: digits and at most one point (``98.`` is 98 tenge).

    Raises :class:`RemoteProtocolError`: ``code-wrong`` for any other character or parts of a tiyn,
    ``amount-out-of-range`` for nothing or more than any payment.
    """
    found = _AMOUNT.fullmatch(text)
    if found is None or len(found["tiyn"] or "") > 2:
        raise wrong(field)
    amount_tiyn = int(found["tenge"]) * TIYN_PER_TENGE + int((found["tiyn"] or "").ljust(2, "0"))
    if not 1 <= amount_tiyn <= AMOUNT_MAX_TIYN:
        raise wrong(field, Code.AMOUNT_OUT_OF_RANGE)
    return amount_tiyn


def check_root(root: Mapping[str, str], field: str) -> None:
    """Presence, length and characters of everything at the first level."""
    for name in _NEEDED:
        if name not in root:
            raise wrong(f"{field}.{name}")
    for name, (least, most) in _ROOT_PLAIN.items():
        check_plain(root, name, least, most, field)
    digits = {
        name: root[name] for name in ("52", "53") if not (root[name].isascii() and root[name].isdecimal())
    }
    if digits:
        raise wrong(f"{field}.{min(digits)}")
    if root.get("01", STATIC) not in (STATIC, DYNAMIC):
        raise wrong(f"{field}.01")
    if not re.fullmatch("[A-Z]{2}", root["58"]):
        raise wrong(f"{field}.58")
    if not any(name in root for name in ACCOUNTS):
        raise wrong(f"{field}.26")


def check_plain(objects: Mapping[str, str], name: str, least: int, most: int, field: str) -> None:
    """This many plain Latin characters, if the object is there."""
    value = objects.get(name)
    if value is not None and not (least <= len(value) <= most and _PLAIN.fullmatch(value)):
        raise wrong(f"{field}.{name}")


def check_length(
    objects: Mapping[str, str], name: str, most: int, field: str, *, needed: bool = False
) -> None:
    """At most this many characters of any script, if the object is there or ``needed``."""
    value = objects.get(name)
    if (value is None and needed) or (value is not None and len(value) > most):
        raise wrong(f"{field}.{name}")


def check_name(name: str, field: str) -> None:
    """A name is something to read: a letter or a digit in it, and no pile of marks over or under one."""
    kinds = [unicodedata.category(one)[0] for one in unicodedata.normalize("NFC", name)]
    piled = any(set(kinds[at : at + MARKS_MOST + 1]) == {"M"} for at in range(len(kinds) - MARKS_MOST))
    if piled or kinds[:1] == ["M"] or not {"L", "N"} & set(kinds):
        raise wrong(field)


def read_templates(root: Mapping[str, str], names: Sequence[str], field: str) -> dict[str, dict[str, str]]:
    """The templates among these names, each with its own name in it."""
    found = {name: parse(root[name], f"{field}.{name}") for name in names if name in root}
    for name, inside in found.items():
        check_plain(inside, "00", 1, 32, f"{field}.{name}")
        if "00" not in inside:
            raise wrong(f"{field}.{name}.00")
    return found
