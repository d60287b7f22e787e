"""What each bank offers: Table 10 of the white paper as one table (DT-C-20..40), Kazpost's column from its
own scenario (DT-V-10).

Two profiles read the same table. ``pilot`` is what the four card banks and Kazpost had in 2023, bank by bank;
``full`` is the Digital Tenge as designed: every bank offers everything, except that a bank outside the card
schemes issues no cards. Whoever is asked for something asks :func:`refusal` first; there is no second list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from types import MappingProxyType
from typing import Final

from tender.account.participants import ALTYN, BANKS, CENTERCREDIT, EURASIAN, HALYK, KAZPOST
from tender.errors import Code, Refusal


@unique
class Profile(StrEnum):
    """Which column of the world a bank runs in; configuration of the town, ``full`` unless told."""

    PILOT = "pilot"
    FULL = "full"


@unique
class Capability(StrEnum):
    """One thing a client, a card or a bank may ask for: one row of Table 10."""

    ACCOUNT_ENTITY = "account-entity"
    ACCOUNT_PERSON = "account-person"
    ISSUANCE = "issuance"
    """Non-cash to DT between the bank and the National Bank."""
    TO_DT_ENTITY = "to-dt-entity"
    TO_DT_PERSON = "to-dt-person"
    INTEGRATOR_PAYMENT = "integrator-payment"
    REGISTER_PAYMENT = "register-payment"
    TRANSFER = "transfer"
    """Person to person."""
    CARD_PURCHASE_DT = "card-purchase-dt"
    """At a till that takes DT as such: nothing is converted."""
    CARD_PURCHASE = "card-purchase"
    """At an ordinary till, by conversion."""
    CARD_VIRTUAL = "card-virtual"
    CARD_REAL = "card-real"
    PURCHASE_ON_US = "purchase-on-us"
    PURCHASE_OFF_US = "purchase-off-us"
    E_COMMERCE = "e-commerce"
    MOBILE_ANDROID = "mobile-android"
    MOBILE_IOS = "mobile-ios"
    RETURN = "return"
    FROM_DT_ENTITY = "from-dt-entity"
    FROM_DT_PERSON = "from-dt-person"
    CASH_ON_US = "cash-on-us"
    CASH_OFF_US = "cash-off-us"
    REDEMPTION = "redemption"
    """DT to non-cash between the bank and the National Bank."""


CARD_BANKS: Final = (ALTYN, EURASIAN, HALYK, CENTERCREDIT)
"""The four columns of Table 10, in its order: A, E, H, B."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table.

    ``number``: as the paper prints it (italic rows have none); ``requirement``: the row of docs/rows.tsv;
    ``pilot``: the banks that had it; ``own_clients_only``: in the pilot, only to the same bank's clients;
    ``needs_scheme``: a bank in no card scheme offers it in no profile.
    """

    capability: Capability
    number: str
    requirement: str
    pilot: frozenset[int]
    own_clients_only: bool = False
    needs_scheme: bool = False


def _row(capability: Capability, number: str, requirement: str, ticks: str, **more: bool) -> Row:
    """``ticks``: A E H B as printed (``y`` ticked, ``-`` blank), then Kazpost by its own scenario."""
    banks = (*CARD_BANKS, KAZPOST)
    had = frozenset(bank for bank, tick in zip(banks, ticks.split(), strict=True) if tick == "y")
    return Row(capability, number, requirement, had, **more)


def _card_row(capability: Capability, number: str, requirement: str, ticks: str) -> Row:
    return _row(capability, number, requirement, f"{ticks} -", needs_scheme=True)


_C: Final = Capability
TABLE: Final[tuple[Row, ...]] = (
    #                                                       A E H B Kazpost
    _row(_C.ACCOUNT_ENTITY, "T10#1", "DT-C-20", "y y y y y"),
    _row(_C.ACCOUNT_PERSON, "T10#2", "DT-C-21", "y y y y -"),
    _row(_C.ISSUANCE, "T10#3", "DT-C-22", "y - y y y"),
    _row(_C.TO_DT_ENTITY, "T10#4", "DT-C-23", "y - y y y"),
    _row(_C.TO_DT_PERSON, "T10#5", "DT-C-24", "- - - - -"),
    _row(_C.INTEGRATOR_PAYMENT, "T10#6", "DT-C-24", "- - - - y"),
    _row(_C.REGISTER_PAYMENT, "T10#7", "DT-C-25", "y - y y -"),
    _row(_C.TRANSFER, "T10#8", "DT-C-26", "- y - - -", own_clients_only=True),
    _card_row(_C.CARD_PURCHASE_DT, "T10#9", "DT-C-27", "- y - -"),
    _card_row(_C.CARD_PURCHASE, "T10#10", "DT-C-28", "y y y y"),
    _card_row(_C.CARD_VIRTUAL, "T10", "DT-C-29", "y y y y"),
    _card_row(_C.CARD_REAL, "T10", "DT-C-30", "- y y y"),
    _card_row(_C.PURCHASE_ON_US, "T10", "DT-C-31", "y y y y"),
    _card_row(_C.PURCHASE_OFF_US, "T10", "DT-C-32", "y y y y"),
    _card_row(_C.E_COMMERCE, "T10", "DT-C-33", "y y - -"),
    _card_row(_C.MOBILE_ANDROID, "T10", "DT-C-34", "y y - y"),
    _card_row(_C.MOBILE_IOS, "T10", "DT-C-34", "y - - y"),
    # The printed row is shifted by one column; read back into place, the two ticks are A and E.
    _card_row(_C.RETURN, "T10", "DT-C-35", "y y - -"),
    _row(_C.FROM_DT_ENTITY, "T10#12", "DT-C-36", "y y y y y"),
    _row(_C.FROM_DT_PERSON, "T10#13", "DT-C-37", "y - y y -"),
    _card_row(_C.CASH_ON_US, "T10", "DT-C-38", "y y y y"),
    _card_row(_C.CASH_OFF_US, "T10", "DT-C-39", "y - - -"),
    _row(_C.REDEMPTION, "T10#14", "DT-C-40", "y y y y y"),
)
"""Table 10, row by row, as printed. What the paper leaves open is in docs/open-points.md."""

ROWS: Final[Mapping[Capability, Row]] = MappingProxyType({row.capability: row for row in TABLE})


def offers(profile: Profile, bank: int, capability: Capability, other_bank: int | None = None) -> bool:
    """Whether ``bank`` offers this; ``other_bank``: whose client is on the other side, where there is one."""
    row = ROWS[capability]
    if bank not in BANKS or (row.needs_scheme and bank not in CARD_BANKS):
        return False
    if profile is Profile.FULL:
        return True
    if row.own_clients_only and other_bank is not None and other_bank != bank:
        return False
    return bank in row.pilot


def refusal(
    profile: Profile, bank: int, capability: Capability, other_bank: int | None = None
) -> Refusal | None:
    """None when offered; else ``not-supported`` at ``capability`` with its name and the bank's number."""
    if offers(profile, bank, capability, other_bank):
        return None
    facts = (("capability", capability.value), ("participant", bank))
    return Refusal(Code.NOT_SUPPORTED, "capability", facts)
