"""What a cashier types in one line: ``500``, ``2*500 Tea``, ``Tea=1250,50``. Pure."""

import re
from dataclasses import dataclass
from typing import Final

from tender.errors import Code, Refusal
from tender.money import parse_tenge

ENTRY_MOST: Final = 90

_TIMES: Final = re.compile(r"^ *(\d{1,5}) *[*×xXхХ] *")


@dataclass(frozen=True, slots=True)
class Entry:
    """An item as typed; ``name`` may be empty. Price in tiyn."""

    name: str
    price_tiyn: int
    quantity: int


def read_entry(text: str) -> Entry | Refusal:
    """The item this line means: quantity first (``2*``), then the price before or after the name.

    The price is one word, hence without blanks in it. Refusals are those of ``parse_tenge``.
    """
    times = _TIMES.match(text)
    words = [one for one in re.split("[ =]+", text[times.end() :] if times else text) if one]
    if not words:
        return Refusal(Code.AMOUNT_UNREADABLE, "entry")
    first = words[0][0].isdigit()
    price_tiyn = parse_tenge(words[0] if first else words[-1])
    if isinstance(price_tiyn, Refusal):
        return Refusal(price_tiyn.code if first else Code.AMOUNT_UNREADABLE, "entry")
    name = " ".join(words[1:] if first else words[:-1])
    return Entry(name, price_tiyn, int(times[1]) if times else 1)
