"""What a client's device and its bank say about offline tokens: load, settle, sync."""

from dataclasses import dataclass
from typing import Final

from tender.account.client_messages import (
    AMOUNT,
    BALANCE,
    BALANCES,
    HASH,
    KEY,
    NUMBER,
    SIGNED,
    TIME,
    Balances,
)
from tender.account.eds import Facts
from tender.account.service_messages import CORRECTION, STEPS
from tender.schema import Bytes, Choice, Many, Maybe, Record, Text, Uint

TOKEN: Final = Bytes(least=1, most=1 << 16)
SETTLED: Final = "settled"
WAITING: Final = "waiting"
REFUSED: Final = "refused"
ALREADY: Final = "already"
RECORDED: Final = "recorded"
STATES: Final = (SETTLED, WAITING, REFUSED, ALREADY, RECORDED)
"""What became of one uploaded item; ``recorded``: known to the platform, nothing was claimed."""


@dataclass(frozen=True, slots=True)
class RootWanted:
    """A token to be made for this certified key of the same device, and how much (tiyn)."""

    key: bytes
    amount_tiyn: int


@dataclass(frozen=True, slots=True)
class Load:
    """From the DT account onto the device, as several roots; the amount is their sum.

    ``rule`` colours them (canonical rule bytes of ``tender.cash.token.Rule``), None for plain money.
    """

    roots: tuple[RootWanted, ...]
    rule: bytes | None


@dataclass(frozen=True, slots=True)
class Loaded:
    """Packed tokens in the order they were wanted."""

    tokens: tuple[bytes, ...]
    balances: Balances


@dataclass(frozen=True, slots=True)
class KeptQuestion:
    """What waits for this client because it keeps its colour?"""


@dataclass(frozen=True, slots=True)
class KeptSum:
    """Money of one rule (its canonical bytes) that waits at the National Bank to be loaded again (tiyn)."""

    rule: bytes
    amount_tiyn: int


@dataclass(frozen=True, slots=True)
class Kept:
    """One sum for each rule."""

    sums: tuple[KeptSum, ...]


@dataclass(frozen=True, slots=True)
class LoadKept:
    """What waits with this rule onto the device again, as several roots of the same rule."""

    roots: tuple[RootWanted, ...]
    rule: bytes


@dataclass(frozen=True, slots=True)
class ClaimItem:
    """A packed token, the holder's packed certificate (its key is the token's holder), and the COSE_Sign1
    (typ CLAIM) with which it claims the token."""

    token: bytes
    certificate: bytes
    claim: bytes


@dataclass(frozen=True, slots=True)
class Settle:
    """``records``: packed tokens paid away or held, uploaded first; they move nothing. ``claims`` do.

    In any order, in pieces, any number of times: the end is the same. ``list_number`` is the revocation list
    the device had fetched before this sync, and ``orphans_most`` how many more of its claims may wait for a
    root nobody knows: its bank writes both from its own books, a device sends 0.
    """

    records: tuple[bytes, ...]
    claims: tuple[ClaimItem, ...]
    list_number: int = 0
    orphans_most: int = 0


@dataclass(frozen=True, slots=True)
class ItemState:
    """What became of one output (32-byte id): its state, and for ``refused`` and ``waiting`` the code."""

    output: bytes
    state: str
    code: str
    amount_tiyn: int
    facts: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """One item per record (its last output), then one per claim (the output claimed), in order."""

    records: tuple[ItemState, ...]
    claims: tuple[ItemState, ...]


@dataclass(frozen=True, slots=True)
class Sync:
    """``counter``: the secure element's. ``outputs``: 32-byte ids whose fate the device wants to know."""

    counter: int
    directory_number: int
    list_number: int
    outputs: tuple[bytes, ...]
    correction_number: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the device must know about money it saw: ``fork`` with its proof, ``returned`` …"""

    kind: str
    output: bytes
    code: str
    amount_tiyn: int
    time: int
    proof: bytes | None


@dataclass(frozen=True, slots=True)
class Synced:
    """Newer root-signed lists (None when the device has the newest), fates, and notices.

    ``steps`` lead to the newest revocation list where they are shorter than all of it; ``correction`` lowers
    a wrong time floor.

    ``now`` is the bank's time: it moves no time floor, only the root's own dates do.
    """

    directory: bytes | None
    revocations: bytes | None
    now: int
    items: tuple[ItemState, ...]
    notices: tuple[Notice, ...]
    balances: Balances
    steps: tuple[bytes, ...] = ()
    correction: bytes | None = None


RULE: Final = Bytes(least=1, most=1024)
_ROOTS_WANTED: Final = Many(Record(RootWanted, ("key", KEY), ("amount_tiyn", AMOUNT)), most=64, least=1)
LOAD: Final = Record(Load, ("roots", _ROOTS_WANTED), ("rule", Maybe(RULE)))
KEPT_QUESTION: Final = Record(KeptQuestion)
KEPT: Final = Record(
    Kept, ("sums", Many(Record(KeptSum, ("rule", RULE), ("amount_tiyn", BALANCE)), most=400))
)
LOAD_KEPT: Final = Record(LoadKept, ("roots", _ROOTS_WANTED), ("rule", RULE))
LOADED: Final = Record(Loaded, ("tokens", Many(TOKEN, most=64)), ("balances", BALANCES))
CLAIM_ITEM: Final = Record(
    ClaimItem,
    ("token", TOKEN),
    ("certificate", Bytes(least=76, most=81)),
    ("claim", Bytes(least=1, most=512)),
)
SETTLE: Final = Record(
    Settle,
    ("records", Many(TOKEN, most=400)),
    ("claims", Many(CLAIM_ITEM, most=400)),
    ("list_number", NUMBER),
    ("orphans_most", NUMBER),
)
ITEM_STATE: Final = Record(
    ItemState,
    ("output", HASH),
    ("state", Choice(STATES)),
    ("code", Text(40)),
    ("amount_tiyn", BALANCE),
    ("facts", Facts()),
)
SETTLED_REPLY: Final = Record(
    Settled, ("records", Many(ITEM_STATE, most=400)), ("claims", Many(ITEM_STATE, most=400))
)
SYNC: Final = Record(
    Sync,
    ("counter", Uint()),
    ("directory_number", NUMBER),
    ("list_number", NUMBER),
    ("outputs", Many(HASH, most=1000)),
    ("correction_number", NUMBER),
)
NOTICE: Final = Record(
    Notice,
    ("kind", Text(40)),
    ("output", HASH),
    ("code", Text(40)),
    ("amount_tiyn", BALANCE),
    ("time", TIME),
    ("proof", Maybe(Bytes(least=1, most=8192))),
)
SYNCED: Final = Record(
    Synced,
    ("directory", Maybe(SIGNED)),
    ("revocations", Maybe(SIGNED)),
    ("now", TIME),
    ("items", Many(ITEM_STATE, most=1000)),
    ("notices", Many(NOTICE, most=100)),
    ("balances", BALANCES),
    ("steps", STEPS),
    ("correction", CORRECTION),
)
