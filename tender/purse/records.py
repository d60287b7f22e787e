"""Answers and data of the purse card's commands, as records over bytes (docs/protocol/purse-card.md).

Amounts are tiyn in five bytes, times seconds since 1970 (UTC), keys and output ids 32 bytes.
"""

from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Final

from tender.crypto.envelope import Typ
from tender.crypto.keys import SIGNATURE_BYTES
from tender.money import AMOUNT_MAX_TIYN
from tender.purse.commands import OWNER_SECRET_BYTES
from tender.purse.layout import RAW, REST, Layout


@unique
class State(IntEnum):
    """Where the card is in its life."""

    BLANK = 0
    READY = 1
    BLOCKED = 2
    """The PUK was tried too often: it gives out what it holds, and signs nothing."""


@dataclass(frozen=True, slots=True)
class Status:
    """Answer of STATUS, and of SELECT as tag A5/C0. Amounts in tiyn, times in seconds since 1970 (UTC).

    ``limits_known`` 1 once a certificate of an own key and its profile are here; before, the four limits
    are 0. ``money_tiyn`` is what lives on the card; ``pin_state`` bit 0: the PIN
    was given for a payment; bit 1: the owner's reference is verified.
    """

    version: int
    state: int
    counter: int
    acknowledged: int
    pin_tries: int
    puk_tries: int
    pin_state: int
    limits_known: int
    per_payment_tiyn: int
    holding_tiyn: int
    since_sync_tiyn: int
    without_pin_tiyn: int
    spent_since_sync_tiyn: int
    spent_without_pin_tiyn: int
    money_tiyn: int
    time_floor: int
    directory_number: int
    list_number: int
    free_bytes: int
    free_tokens: int
    free_spent: int
    identity: bytes
    number: bytes


AMOUNT: Final = 5
assert AMOUNT_MAX_TIYN < 1 << 8 * AMOUNT

STATUS: Final = Layout(
    Status,
    ("version", 1),
    ("state", 1),
    ("counter", 4),
    ("acknowledged", 4),
    ("pin_tries", 1),
    ("puk_tries", 1),
    ("pin_state", 1),
    ("limits_known", 1),
    ("per_payment_tiyn", AMOUNT),
    ("holding_tiyn", AMOUNT),
    ("since_sync_tiyn", AMOUNT),
    ("without_pin_tiyn", AMOUNT),
    ("spent_since_sync_tiyn", AMOUNT),
    ("spent_without_pin_tiyn", AMOUNT),
    ("money_tiyn", AMOUNT),
    ("time_floor", 4),
    ("directory_number", 4),
    ("list_number", 4),
    ("free_bytes", 4),
    ("free_tokens", 2),
    ("free_spent", 2),
    ("identity", RAW, 32),
    ("number", RAW, 16),
)


@dataclass(frozen=True, slots=True, repr=False)
class Personalise:
    """PERSONALISE, once: the root key the card will trust, its PIN and PUK blocks, its bank's number."""

    root_key: bytes
    pin: bytes
    puk: bytes
    bank: int

    def __repr__(self) -> str:
        return f"Personalise(bank={self.bank}, secrets hidden)"


PERSONALISE: Final = Layout(Personalise, ("root_key", RAW, 32), ("pin", RAW, 8), ("puk", RAW, 8), ("bank", 2))


@dataclass(frozen=True, slots=True, repr=False)
class Personalised:
    """Answer of PERSONALISE: the card's identity key, and the secret that only the owner's host is told."""

    identity: bytes
    owner_secret: bytes

    def __repr__(self) -> str:
        return "Personalised(secret hidden)"


PERSONALISED: Final = Layout(Personalised, ("identity", RAW, 32), ("owner_secret", RAW, OWNER_SECRET_BYTES))


@dataclass(frozen=True, slots=True, repr=False)
class OwnerProof:
    """Data of VERIFY 81."""

    pin: bytes
    secret: bytes

    def __repr__(self) -> str:
        return "OwnerProof(hidden)"


OWNER_PROOF: Final = Layout(OwnerProof, ("pin", RAW, 8), ("secret", RAW, OWNER_SECRET_BYTES))


@dataclass(frozen=True, slots=True)
class Delivered:
    """Data of ACKNOWLEDGE with P1 = 1: a payee's receipt."""

    signature: bytes
    receipt: bytes


DELIVERED: Final = Layout(Delivered, ("signature", RAW, SIGNATURE_BYTES), ("receipt", REST))


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """One entry of LIST KEYS. ``flags``: 1 has a certificate, 2 has asked (signed a request), 4 holds
    tokens or something open."""

    flags: int
    key: bytes

    CERTIFIED = 1
    ASKED = 2
    BUSY = 4


KEY_ENTRY: Final = Layout(KeyEntry, ("flags", 1), ("key", RAW, 32))


@dataclass(frozen=True, slots=True)
class KeyAnd:
    """A key of this card and what the command is about (a packed certificate)."""

    key: bytes
    rest: bytes


KEY_AND: Final = Layout(KeyAnd, ("key", RAW, 32), ("rest", REST))


@dataclass(frozen=True, slots=True)
class BatchOrder:
    """SIGN BATCH: the keys by their first 8 bytes, in the batch's order; the answer is the signature."""

    bank: int
    time: int
    keys: bytes


BATCH_ORDER: Final = Layout(BatchOrder, ("bank", 2), ("time", 5), ("keys", REST))


@dataclass(frozen=True, slots=True)
class PossessionOrder:
    """SIGN POSSESSION."""

    key: bytes
    bank: int


POSSESSION_ORDER: Final = Layout(PossessionOrder, ("key", RAW, 32), ("bank", 2))


@unique
class RequestIs(IntEnum):
    """Answer of REQUEST STATE."""

    UNKNOWN = 0
    OPEN = 1
    CLOSED = 2


@dataclass(frozen=True, slots=True)
class RequestEntry:
    """One entry of LIST REQUESTS."""

    state: int
    payment_id: bytes
    key: bytes
    amount_tiyn: int
    counter: int


REQUEST_ENTRY: Final = Layout(
    RequestEntry,
    ("state", 1),
    ("payment_id", RAW, 16),
    ("key", RAW, 32),
    ("amount_tiyn", AMOUNT),
    ("counter", 4),
)


@dataclass(frozen=True, slots=True)
class Presented:
    """Answer of PRESENT REQUEST: what the card has understood and will pay, once, until the next one or
    power is lost. ``needs``: 1 the PIN is needed for it, 2 it was paid already (ask for what is kept)."""

    payment_id: bytes
    amount_tiyn: int
    needs: int

    NEEDS_PIN = 1
    PAID = 2


PRESENTED: Final = Layout(Presented, ("payment_id", RAW, 16), ("amount_tiyn", AMOUNT), ("needs", 1))


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """One link of SIGN LINKS, P1 = 0: this much of that token."""

    parent: bytes
    amount_tiyn: int


@dataclass(frozen=True, slots=True)
class SplitOrder:
    """One link of SIGN LINKS, P1 = 1: this much of that token to an own key, the rest stays."""

    parent: bytes
    next_key: bytes
    amount_tiyn: int


@dataclass(frozen=True, slots=True)
class ReturnOrder:
    """One link of SIGN LINKS, P1 = 2. The card knows the key that money came from."""

    parent: bytes


@dataclass(frozen=True, slots=True)
class ClaimOrder:
    """One claim of SIGN CLAIMS: credit that whole token to this account."""

    parent: bytes
    bank: int
    address: bytes


PAYMENT_ORDER: Final = Layout(PaymentOrder, ("parent", RAW, 32), ("amount_tiyn", AMOUNT))
SPLIT_ORDER: Final = Layout(SplitOrder, ("parent", RAW, 32), ("next_key", RAW, 32), ("amount_tiyn", AMOUNT))
RETURN_ORDER: Final = Layout(ReturnOrder, ("parent", RAW, 32))
CLAIM_ORDER: Final = Layout(ClaimOrder, ("parent", RAW, 32), ("bank", 2), ("address", RAW, 32))


@unique
class KeptIs(IntEnum):
    """What kind of signature is kept."""

    LINK = 1
    CLAIM = 2


TYP_OF_KEPT: Final = {KeptIs.LINK: Typ.LINK, KeptIs.CLAIM: Typ.CLAIM}


@dataclass(frozen=True, slots=True)
class Kept:
    """Answer of KEPT OF: a signature that the host has not said it stored. ``payment_id`` is zeros for what
    pays no request."""

    kind: int
    counter: int
    key: bytes
    payment_id: bytes
    signature: bytes
    payload: bytes


KEPT: Final = Layout(
    Kept,
    ("kind", 1),
    ("counter", 4),
    ("key", RAW, 32),
    ("payment_id", RAW, 16),
    ("signature", RAW, 64),
    ("payload", REST),
)


@unique
class TokenIs(IntEnum):
    """A token's state in the card's table."""

    LIVE = 1
    SPENT = 2
    """Signed away; its history stays until the signature is acknowledged and DROP frees it."""


@dataclass(frozen=True, slots=True)
class TokenEntry:
    """One entry of LIST TOKENS. ``bytes_long`` is the length of its packed history (READ TOKEN)."""

    state: int
    output: bytes
    key: bytes
    amount_tiyn: int
    hops_left: int
    expiry: int
    coloured: int
    bytes_long: int


TOKEN_ENTRY: Final = Layout(
    TokenEntry,
    ("state", 1),
    ("output", RAW, 32),
    ("key", RAW, 32),
    ("amount_tiyn", AMOUNT),
    ("hops_left", 1),
    ("expiry", 4),
    ("coloured", 1),
    ("bytes_long", 2),
)


@unique
class Direction(IntEnum):
    """A log entry's direction."""

    OUT = 1
    IN = 2


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry of LOG, the newest first. ``time`` is the other side's word (a request's own time) for what
    went out, and the receipt's for what came in; ``outputs`` how many tokens it took."""

    payment_id: bytes
    direction: int
    amount_tiyn: int
    time: int
    outputs: int
    counter: int


LOG_ENTRY: Final = Layout(
    LogEntry,
    ("payment_id", RAW, 16),
    ("direction", 1),
    ("amount_tiyn", AMOUNT),
    ("time", 4),
    ("outputs", 1),
    ("counter", 4),
)
LOG_MOST: Final = 20
