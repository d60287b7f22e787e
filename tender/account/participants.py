"""Who is who on the platform. A participant's number is its IBAN bank code; text form always three digits."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

DEVICE: Final = 0
"""Sender of an order that comes from a client's device and not from a participant."""

NBK: Final = 125
CERTIFICATION_CENTRE: Final = 224
"""Hosted by the National Payment Corporation, whose IBAN code this is."""
NOTARY: Final = 901
ID_CENTRE: Final = 902
"""901 and 902 belong to no bank: our own numbers for services that hold no accounts."""

HALYK: Final = 601
ALTYN: Final = 949
CENTERCREDIT: Final = 856
EURASIAN: Final = 948
KAZPOST: Final = 563

BANKS: Final[Mapping[int, str]] = MappingProxyType(
    {
        KAZPOST: "Kazpost",
        ALTYN: "Altyn Bank",
        EURASIAN: "Eurasian Bank",
        HALYK: "Halyk Bank",
        CENTERCREDIT: "Bank CenterCredit",
    }
)
"""The five banks of the pilot (DT-P-40)."""

SERVICES: Final[Mapping[int, str]] = MappingProxyType(
    {
        NBK: "National Bank of Kazakhstan",
        CERTIFICATION_CENTRE: "Certification Centre",
        NOTARY: "Notary",
        ID_CENTRE: "ID Centre",
    }
)


def number_text(number: int) -> str:
    """``"949"``, ``"070"``: always three digits."""
    return f"{number:03d}"


def name_of(number: int) -> str:
    """The participant's name, or its number where no name is known."""
    return BANKS.get(number) or SERVICES.get(number) or number_text(number)
