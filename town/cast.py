"""Who lives in the town: the banks of the pilot, a few people everybody will know, and a crowd on demand.

All are invented; their numbers only have valid check digits. Amounts in tiyn.
"""

from dataclasses import dataclass
from typing import Final

from tender.account.identifiers import control_digit
from tender.account.participants import ALTYN, BANKS, EURASIAN, HALYK, KAZPOST

MCC_COFFEE: Final = 5814
"""Fast food and coffee shops (ISO 18245)."""
MCC_CANTEEN: Final = 5812
"""Eating places; the colour "school meals" names the canteen by its number as well."""
MCC_SCHOOL: Final = 8211
MCC_MARKET: Final = 5411


@dataclass(frozen=True, slots=True)
class Person:
    """A client of a bank: a person (with IIN) or a business (with BIN and a category)."""

    name: str
    shown: str
    """The name on the screen."""
    bank: int
    number: str
    """IIN, or BIN for a business."""
    phone: str
    cash_tiyn: int
    """What stands on the current account when the town opens, in ordinary tenge."""
    category: int = 0

    @property
    def business(self) -> bool:
        """Whether this is a business."""
        return self.category != 0


AIGUL: Final = Person("aigul", "Aigul", ALTYN, "910514450126", "+77012345601", 50_000_000)
DANA: Final = Person("dana", "Dana", ALTYN, "950820450711", "+77012345602", 50_000_000)
BOLAT: Final = Person("bolat", "Bolat", EURASIAN, "880312350331", "+77012345603", 50_000_000)
MERCHANT: Final = Person(
    "merchant", "Merchant M", KAZPOST, "120440001234", "+77012345604", 10_000_000, MCC_COFFEE
)
SCHOOL: Final = Person("school", "School S", KAZPOST, "011140004565", "+77012345605", 100_000_000, MCC_SCHOOL)
CANTEEN: Final = Person(
    "canteen", "Canteen K", KAZPOST, "150940007891", "+77012345606", 10_000_000, MCC_CANTEEN
)
MARKET: Final = Person("market", "Market H", HALYK, "160540000009", "+77012345608", 10_000_000, MCC_MARKET)
"""Of a bank that issues cards itself: there a purchase can stay within one bank."""

CAST: Final = (AIGUL, DANA, BOLAT, MERCHANT, SCHOOL, CANTEEN, MARKET)


def neighbour(place: int) -> Person:
    """The person number ``place`` (0, 1, …) of the crowd, a client of one of the five banks in turn."""
    banks = tuple(BANKS)
    skip = 0
    while True:
        eleven = f"900101{3 + place % 2}{(place * 7 + skip) % 10_000:04d}"
        check = control_digit(eleven)
        if check is not None:
            return Person(
                f"w{place}",
                f"W{place}",
                banks[place % len(banks)],
                f"{eleven}{check}",
                f"+7702{1_000_000 + place:07d}",
                5_000_000,
            )
        skip += 1


def person(name: str) -> Person:
    """Somebody by name: one of the cast, or ``w0`` … of the crowd. Raises KeyError for a stranger."""
    for one in CAST:
        if one.name == name:
            return one
    if name.startswith("w") and name[1:].isdecimal():
        return neighbour(int(name[1:]))
    raise KeyError(name)
