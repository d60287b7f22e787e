"""How each of the till's rows is written: a closed record, the name of its kind, and what it is found by."""

from typing import Any, Final

from device.store.schemas import Table
from pos.core.model import (
    ADDRESS_MOST,
    CORRECTION,
    COUNTER_ROW,
    ITEMS_MOST,
    MERCHANT_MOST,
    NAME_MOST,
    PAID_MOST,
    REFUND,
    SALE,
    SETTINGS_ROW,
    VAT_MOST,
    VOID,
    WAYS,
    Asked,
    Cashier,
    CodeTries,
    GivingBack,
    Item,
    Paid,
    Phase,
    Receipt,
    Sale,
    Shift,
    Shown,
    Stray,
    TillSettings,
    cashier_row,
    shift_row,
)
from pos.store.card_schemas import CARD_TABLES
from pos.store.nested import Nested
from tender.money import AMOUNT_MAX_TIYN
from tender.schema import Bytes, Choice, Field, Many, Maybe, Record, Text, Uint

APPLICATION: Final = 0x64745031
"""SQLite's application id: ``dtP1``."""

VERSION: Final = 1

_AMOUNT: Final = Uint(2**53)
_TIME: Final = Uint(2**40)
_NUMBER: Final = Uint(2**32)
_NAME: Final = Text(NAME_MOST)
_WORD: Final = Text(40)
_PARTY: Final = Text(200)
_ID: Final = Bytes(most=32)


class Grown(Nested):
    """A record whose last field, a text, came later: without it a row is written, and read, as before."""

    def __init__(self, record: Record[Any], fields: int) -> None:
        super().__init__(record)
        self._fields = fields

    def to_value(self, item: Any) -> Any:
        """The inner record's array, without the last field when that is empty."""
        value = super().to_value(item)
        return value if value[-1] else value[:-1]

    def from_value(self, value: Any, path: str) -> Any:
        """The inner value; the last field is empty in a row that lacks it."""
        old = isinstance(value, list | tuple) and len(value) == self._fields - 1
        return super().from_value([*value, ""] if old else value, path)


_ITEM: Final = Nested(
    Record(
        Item,
        ("name", Text(NAME_MOST, least=1)),
        ("price_tiyn", Uint(AMOUNT_MAX_TIYN, least=1)),
        ("quantity", Uint(9_999, least=1)),
        ("vat", Text(VAT_MOST)),
    )
)
_ASKED: Final = Nested(
    Record(
        Asked,
        ("tender", _WORD),
        ("amount_tiyn", _AMOUNT),
        ("since", _TIME),
        ("reference", _WORD),
        ("payment", _ID),
        ("shown", Bytes(most=1 << 20)),
    )
)
PAID_ROW: Final = Grown(
    Record(
        Paid,
        ("tender", _WORD),
        ("amount_tiyn", _AMOUNT),
        ("time", _TIME),
        ("id", _ID),
        ("reference", _WORD),
        ("party", _PARTY),
        ("given_tiyn", _AMOUNT),
        ("channel", _WORD),
    ),
    fields=8,
)
_BOUGHT: Final[tuple[tuple[str, Field], ...]] = (
    ("items", Many(_ITEM, most=ITEMS_MOST)),
    ("discount_tiyn", _AMOUNT),
)
"""What a sale and its receipt both say."""


def _sale(**fields: Any) -> Sale:
    return Sale(**{**fields, "phase": Phase(fields["phase"])})


TABLES: Final[dict[type[Any], Table]] = {
    **CARD_TABLES,
    TillSettings: Table(
        "settings",
        Record(
            TillSettings,
            ("name", _NAME),
            ("merchant", Text(MERCHANT_MOST)),
            ("city", _NAME),
            ("address", Text(ADDRESS_MOST)),
            ("category", Uint(9_999)),
            ("cashier", _NAME),
            ("shift", _NUMBER),
            ("offline_most_tiyn", _AMOUNT),
            ("warn_percent", Uint(100)),
            ("seen_until", _TIME),
        ),
        lambda row: SETTINGS_ROW,
    ),
    Cashier: Table(
        "cashier", Record(Cashier, ("name", _NAME), ("proof", Bytes(32))), lambda row: cashier_row(row.name)
    ),
    CodeTries: Table(
        "code-tries",
        Record(CodeTries, ("name", _NAME), ("wrong", _NUMBER), ("last", _TIME)),
        lambda row: cashier_row(row.name),
    ),
    Shift: Table(
        "shift",
        Record(
            Shift,
            ("number", _NUMBER),
            ("cashier", _NAME),
            ("opened_at", _TIME),
            ("drawer_tiyn", _AMOUNT),
            ("closed_at", _TIME),
            ("receipts", _NUMBER),
            ("tickets", _NUMBER),
            ("dropped", _NUMBER),
            ("dropped_tiyn", _AMOUNT),
            ("cash_in_tiyn", _AMOUNT),
            ("cash_out_tiyn", _AMOUNT),
            ("counted_tiyn", Maybe(_AMOUNT)),
        ),
        lambda row: shift_row(row.number),
    ),
    Sale: Table(
        "sale",
        Record(
            _sale,
            ("id", Bytes(8)),
            ("shift", _NUMBER),
            ("ticket", _NUMBER),
            ("cashier", _NAME),
            ("opened_at", _TIME),
            ("phase", Choice(tuple(Phase))),
            *_BOUGHT,
            ("asked", Maybe(_ASKED)),
            ("paid", Many(PAID_ROW, most=PAID_MOST)),
            ("tries", _NUMBER),
            ("receipt", _NUMBER),
        ),
        lambda row: COUNTER_ROW,
    ),
    Receipt: Table(
        "receipt",
        Record(
            Receipt,
            ("shift", _NUMBER),
            ("number", _NUMBER),
            ("kind", Choice((SALE, REFUND, VOID, CORRECTION))),
            ("time", _TIME),
            ("cashier", _NAME),
            ("sale", Bytes(8)),
            *_BOUGHT,
            ("total_tiyn", _AMOUNT),
            ("paid", Many(PAID_ROW, most=PAID_MOST)),
            ("of_shift", _NUMBER),
            ("of_number", _NUMBER),
        ),
        lambda row: row.name.encode(),
    ),
    GivingBack: Table(
        "giving-back",
        Record(
            GivingBack,
            ("id", Bytes(8)),
            ("kind", Choice((REFUND, VOID))),
            ("way", Choice(WAYS)),
            ("of_shift", _NUMBER),
            ("of_number", _NUMBER),
            ("amount_tiyn", _AMOUNT),
            ("payment", _ID),
            ("to", _NAME),
            ("cashier", _NAME),
            ("since", _TIME),
            ("shift", _NUMBER),
            ("made", _NUMBER),
            ("message", Bytes(most=1 << 20)),
        ),
        lambda row: row.id,
    ),
    Shown: Table(
        "shown",
        Record(Shown, ("reference", _WORD), ("amount_tiyn", _AMOUNT)),
        lambda row: row.reference.encode(),
    ),
    Stray: Table(
        "stray",
        Record(
            Stray,
            ("transaction", _ID),
            ("amount_tiyn", _AMOUNT),
            ("time", _TIME),
            ("reference", _WORD),
            ("tender", _WORD),
        ),
        lambda row: row.transaction,
    ),
}
