"""How the rows of the card terminal are written into the till's book."""

from typing import Any, Final

from device.store.schemas import Table
from pos.core.card_batch import BatchClosing
from pos.core.card_cassette import CASSETTE_ROW, NOTES_MOST, Cassette, Notes
from pos.core.card_pin import MARK_BYTES, PinEnded, RefusedPin
from pos.core.card_settings import CA_KEYS_MOST, CARD_SETTINGS_ROW, CardSettings
from pos.core.card_tender import (
    KINDS,
    NUMBERS,
    REASONS,
    CardPayment,
    CardPhase,
    CardSeen,
    payment_row,
)
from pos.store.nested import Nested
from tender.account.capabilities import Profile
from tender.account.card_takings_messages import CARD_TAKINGS, CardTakings
from tender.card.certificates import CA_KEY
from tender.money import AMOUNT_MAX_TIYN
from tender.schema import Bytes, Choice, Flag, Many, Maybe, Record, Text, Uint

_WORD: Final = Text(40)
_NUMBER: Final = Uint(NUMBERS)
_TIME: Final = Uint(2**40)


_SEEN: Final = Nested(
    Record(
        CardSeen,
        ("pan", _WORD),
        ("aid", Bytes(most=16)),
        ("label", _WORD),
        ("entry", _WORD),
        ("tvr", Bytes(most=5)),
        ("tsi", Bytes(most=2)),
        ("cvm", Bytes(most=3)),
        ("cryptogram", Bytes(most=8)),
    )
)


_NOTES: Final = Nested(Record(Notes, ("value_tiyn", Uint(AMOUNT_MAX_TIYN, least=1)), ("count", Uint(99_999))))


def _payment(**fields: Any) -> CardPayment:
    return CardPayment(**{**fields, "phase": CardPhase(fields["phase"])})


CARD_TABLES: Final[dict[type[Any], Table]] = {
    CardSettings: Table(
        "card-settings",
        Record(
            CardSettings,
            ("host", Text(200)),
            ("port", Uint(65_535)),
            ("acquirer", _WORD),
            ("terminal", Text(8)),
            ("merchant", Text(15)),
            ("key", Bytes(16)),
            ("category", Uint(9_999)),
            ("accepts_dt", Flag()),
            ("cash_machine", Flag()),
            ("profile", Choice(tuple(Profile))),
            ("batch", _NUMBER),
            ("number", _NUMBER),
            ("ca_keys", Many(Nested(CA_KEY), most=CA_KEYS_MOST)),
            ("mac_key", Bytes(most=16)),
        ),
        lambda row: CARD_SETTINGS_ROW,
    ),
    CardPayment: Table(
        "card-payment",
        Record(
            _payment,
            ("number", _NUMBER),
            ("kind", Choice(KINDS)),
            ("amount_tiyn", Uint(AMOUNT_MAX_TIYN)),
            ("since", _TIME),
            ("batch", _NUMBER),
            ("phase", Choice(tuple(CardPhase))),
            ("rrn", _WORD),
            ("reference", _WORD),
            ("seen", _SEEN),
            ("request", Bytes(most=4096)),
            ("response", _WORD),
            ("approval", _WORD),
            ("life", _WORD),
            ("in_dt", Flag()),
            ("asked_at", _TIME),
            ("reason", Choice(("", *REASONS))),
            ("reversal", _NUMBER),
            ("doubted_at", _TIME),
            ("sent", Uint(2**32)),
            ("next_at", _TIME),
            ("terminal", Text(8)),
            ("merchant", Text(15)),
        ),
        lambda row: payment_row(row.batch, row.number),
    ),
    BatchClosing: Table(
        "card-closing",
        Record(
            BatchClosing,
            ("batch", _NUMBER),
            ("number", _NUMBER),
            ("time", _TIME),
            ("debits", Uint(2**32)),
            ("debits_tiyn", Uint(AMOUNT_MAX_TIYN)),
            ("credits", Uint(2**32)),
            ("credits_tiyn", Uint(AMOUNT_MAX_TIYN)),
            ("answer", _WORD),
            ("their_debits_tiyn", Maybe(Uint(AMOUNT_MAX_TIYN))),
            ("their_credits_tiyn", Maybe(Uint(AMOUNT_MAX_TIYN))),
        ),
        lambda row: row.batch.to_bytes(4, "big"),
    ),
    Cassette: Table(
        "cassette",
        Record(Cassette, ("notes", Many(_NOTES, most=NOTES_MOST))),
        lambda row: CASSETTE_ROW,
    ),
    CardTakings: Table(
        "card-takings", CARD_TAKINGS, lambda row: row.day.to_bytes(4, "big") + row.merchant.encode()
    ),
    RefusedPin: Table(
        "card-pin-refused", Record(RefusedPin, ("mark", Bytes(MARK_BYTES))), lambda row: row.mark
    ),
    PinEnded: Table(
        "card-pin-ended",
        Record(
            PinEnded, ("batch", _NUMBER), ("number", _NUMBER), ("code", _WORD), ("left", Maybe(Uint(255)))
        ),
        lambda row: payment_row(row.batch, row.number),
    ),
}
