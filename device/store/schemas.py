"""How each kind of row is written: a closed record, the name of its kind, and what it is found by."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from device.core.model import (
    BANK_WORD,
    OUTPUTS_MOST,
    PATH_MOST,
    BankReply,
    BankWord,
    CardSlip,
    Coin,
    Contact,
    Conversation,
    Incident,
    KeyEntry,
    Moment,
    Payment,
    PendingOrder,
    Proof,
    Settings,
    Signed,
    TimeFloor,
    Upload,
)
from tender.schema import Bytes, Flag, Many, Maybe, Record, Text, Uint

_HASH: Final = Bytes(32)
_ID: Final = Bytes(16)
_AMOUNT: Final = Uint(2**53)
_TIME: Final = Uint(2**40)
_WORD: Final = Text(40)
_BLOB: Final = Bytes(most=1 << 20)
SETTINGS_NAME: Final = b"settings"
TIME_FLOOR_NAME: Final = b"floor"


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of row. ``name`` finds a row among its kind."""

    kind: str
    record: Record[Any]
    name: Callable[[Any], bytes]


TABLES: Final[dict[type[Any], Table]] = {
    Settings: Table(
        "settings",
        Record(
            Settings,
            ("name", Text(60)),
            ("element", _ID),
            ("gateway", Text(200)),
            ("bank", Uint(999)),
            ("client", Uint()),
            ("device", Uint()),
            ("owner", Text(120)),
            ("account", Maybe(_HASH)),
            ("root_key", Maybe(_HASH)),
            ("tier", _WORD),
            ("name_shown", Flag()),
            ("synced_at", _TIME),
            ("paid_since_sync_tiyn", _AMOUNT),
            ("account_tiyn", _AMOUNT),
            ("noncash_tiyn", _AMOUNT),
            ("balances_at", _TIME),
            ("restored", Flag()),
        ),
        lambda row: SETTINGS_NAME,
    ),
    KeyEntry: Table(
        "key",
        Record(
            KeyEntry,
            ("key", _HASH),
            ("state", _WORD),
            ("number", Uint()),
            ("certificate", Bytes(most=81)),
            ("attestation", Bytes(most=512)),
        ),
        lambda row: bytes(row.key),
    ),
    Coin: Table(
        "coin",
        Record(
            Coin,
            ("output", _HASH),
            ("packed", _BLOB),
            ("holder", _HASH),
            ("amount_tiyn", _AMOUNT),
            ("hops_left", Uint(255)),
            ("expiry", _TIME),
            ("purpose", Text(60)),
            ("state", _WORD),
            ("payment", Bytes(most=16)),
            ("since", _TIME),
            ("claim", Bytes(most=512)),
            ("code", _WORD),
        ),
        lambda row: bytes(row.output),
    ),
    Upload: Table(
        "upload",
        Record(Upload, ("output", _HASH), ("packed", _BLOB), ("payment", Bytes(most=16)), ("state", _WORD)),
        lambda row: bytes(row.output),
    ),
    Payment: Table(
        "payment",
        Record(
            Payment,
            ("id", _ID),
            ("direction", _WORD),
            ("channel", _WORD),
            ("amount_tiyn", _AMOUNT),
            ("time", _TIME),
            ("party", Text(120)),
            ("purpose", Text(140)),
            ("status", _WORD),
            ("path", Many(Record(Moment, ("status", _WORD), ("time", _TIME)), most=PATH_MOST)),
            ("message", _BLOB),
            ("receipt", _BLOB),
            ("outputs", Many(_HASH, most=OUTPUTS_MOST)),
            ("refund_of", Bytes(most=16)),
            ("code", _WORD),
            ("number", Uint()),
        ),
        lambda row: bytes(row.id),
    ),
    CardSlip: Table(
        "card-slip",
        Record(CardSlip, ("payment", _ID), ("told", Bytes(most=1024))),
        lambda row: bytes(row.payment),
    ),
    Conversation: Table(
        "conversation",
        Record(
            Conversation,
            ("payment", _ID),
            ("role", _WORD),
            ("state", _BLOB),
            ("outbox", _BLOB),
            ("done", Flag()),
        ),
        lambda row: bytes(row.payment) + row.role.encode(),
    ),
    PendingOrder: Table(
        "order",
        Record(PendingOrder, ("message_id", _ID), ("kind", _WORD), ("raw", _BLOB), ("time", _TIME)),
        lambda row: bytes(row.message_id),
    ),
    Contact: Table(
        "contact",
        Record(Contact, ("name", Text(60)), ("by", _WORD), ("to", Text(20))),
        lambda row: row.name.encode(),
    ),
    Proof: Table(
        "proof",
        Record(Proof, ("output", _HASH), ("proof", Bytes(most=8192)), ("time", _TIME)),
        lambda row: bytes(row.output),
    ),
    Incident: Table(
        "incident",
        Record(
            Incident,
            ("number", Uint()),
            ("time", _TIME),
            ("payment", Bytes(most=16)),
            ("code", _WORD),
            ("field", Text(160)),
            ("facts", Text(400)),
        ),
        lambda row: row.number.to_bytes(8, "big"),
    ),
    Signed: Table(
        "signed",
        Record(Signed, ("what", _WORD), ("raw", _BLOB)),
        lambda row: row.what.encode(),
    ),
    BankWord: Table("bank-word", Record(BankWord, ("code", _WORD), ("time", _TIME)), lambda row: BANK_WORD),
    BankReply: Table(
        "bank-reply",
        Record(
            BankReply,
            ("raw", _BLOB),
            ("outputs", Many(_HASH, most=1000)),
            ("claims", Many(Bytes(most=512), most=1000)),
            ("time", _TIME),
        ),
        lambda row: sha256(row.raw).digest(),
    ),
    TimeFloor: Table("time-floor", Record(TimeFloor, ("seconds", _TIME)), lambda row: TIME_FLOOR_NAME),
}
"""Python type → how it lies in the file."""
