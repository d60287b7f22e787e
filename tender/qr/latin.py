"""Kazakh and Russian names in the plain Latin letters that a payment code's first name takes.

For the eye of a payer whose application shows no other: the name itself stands beside it, in template 64.
"""

import unicodedata
from typing import Final

_LETTERS: Final = {
    **dict(zip("абвгдезийклмнопрстуфыэ", "abvgdeziiklmnoprstufye", strict=True)),
    **dict(zip("әғқңөұүһі", "agqnouuhi", strict=True)),
    "ё": "e",
    "ж": "zh",
    "х": "kh",
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "shch",
    "ъ": "",
    "ь": "",
    "ю": "iu",
    "я": "ia",
    "«": '"',
    "»": '"',
    "“": '"',
    "”": '"',
    "„": '"',
    "’": "'",
    "–": "-",
    "—": "-",
    "№": "No",
}


def latin(text: str, most: int) -> str:
    """The text in printable ASCII, at most so many characters; empty when nothing of it has such letters."""
    found = "".join(map(_one, unicodedata.normalize("NFC", text)))
    return " ".join("".join(one for one in found if one.isascii() and one.isprintable()).split())[
        :most
    ].strip()


def _one(letter: str) -> str:
    if letter.isascii():
        return letter
    small = _LETTERS.get(letter.lower())
    if small is None:
        return unicodedata.normalize("NFKD", letter)
    return small.capitalize() if letter != letter.lower() else small
