"""What a wallet remembers, as plain values. Amounts in tiyn, times in seconds since 1970 (UTC)."""

from dataclasses import dataclass, replace
from typing import Final

OUT: Final = "out"
IN: Final = "in"

SPENDABLE: Final = "spendable"
CLAIMED: Final = "claimed"
WAITING: Final = "waiting"
REFUSED: Final = "refused"

KEY_NEW: Final = "new"
"""Made in the element, not certified yet."""
KEY_FRESH: Final = "fresh"
KEY_USED: Final = "used"
KEY_BLOCKED: Final = "blocked"
"""On a revocation list: nobody takes its links, and nothing more is asked for with it."""

PATH_MOST: Final = 100
"""Moments that a line of the history remembers: the first, and the newest."""
OUTPUTS_MOST: Final = 200
"""Outputs of one line of the history; a deposit of more makes several lines."""

OFFLINE: Final = "offline"
ONLINE: Final = "online"


@dataclass(frozen=True, slots=True)
class Settings:
    """Who this wallet belongs to, and what it has done since the bank last heard of it."""

    name: str
    element: bytes
    gateway: str = ""
    bank: int = 0
    client: int = 0
    device: int = 0
    owner: str = ""
    account: bytes | None = None
    root_key: bytes | None = None
    tier: str = "software"
    name_shown: bool = False
    synced_at: int = 0
    paid_since_sync_tiyn: int = 0
    account_tiyn: int = 0
    noncash_tiyn: int = 0
    balances_at: int = 0
    restored: bool = False

    @property
    def enrolled(self) -> bool:
        """Whether a bank knows this device."""
        return self.bank != 0


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """A one-time key of the element: its packed certificate and, if the bank gave one, the attested name."""

    key: bytes
    state: str
    number: int
    certificate: bytes = b""
    attestation: bytes = b""


@dataclass(frozen=True, slots=True)
class Coin:
    """An output this device holds, with the packed token that proves it.

    ``claim`` is the signed claim once the money is on its way to the account; ``code`` what the bank said.
    """

    output: bytes
    packed: bytes
    holder: bytes
    amount_tiyn: int
    hops_left: int
    expiry: int
    purpose: str
    state: str
    payment: bytes
    since: int
    claim: bytes = b""
    code: str = ""

    @property
    def spendable(self) -> bool:
        """Whether it counts as money in hand."""
        return self.state == SPENDABLE


@dataclass(frozen=True, slots=True)
class Upload:
    """A token this device paid away or returned, as its payee holds it: shown to the bank at the next sync,
    so that the last recorded owner moves on although the payee stays away."""

    output: bytes
    packed: bytes
    payment: bytes
    state: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One step of a payment's way."""

    status: str
    time: int


@dataclass(frozen=True, slots=True)
class Payment:
    """A line of the history.

    ``party`` is a name the other side chose to show, or one this user gave; empty when neither. ``message``
    is the request (offline), ``receipt`` the signed receipt once it is here. ``number`` orders what
    happened in one second.
    """

    id: bytes
    direction: str
    channel: str
    amount_tiyn: int
    time: int
    party: str
    purpose: str
    status: str
    path: tuple[Moment, ...]
    message: bytes = b""
    receipt: bytes = b""
    outputs: tuple[bytes, ...] = ()
    refund_of: bytes = b""
    code: str = ""
    number: int = 0

    def moved(self, status: str, now: int, code: str = "") -> "Payment":
        """One step further; the same status twice is one step. Of too many the first and the newest stay."""
        if status == self.status and code == self.code:
            return self
        path = (*self.path[:1], *self.path[1:][2 - PATH_MOST :], Moment(status, now))
        return replace(self, status=status, path=path, code=code)


@dataclass(frozen=True, slots=True)
class CardSlip:
    """What the bank told of a bank card's operation, beside its line: the packed ``CardOperation``."""

    payment: bytes
    told: bytes


@dataclass(frozen=True, slots=True)
class Conversation:
    """A payment's session as it stands, and the bytes that were last sent: sent again, never signed again."""

    payment: bytes
    role: str
    state: bytes
    outbox: bytes = b""
    done: bool = False


@dataclass(frozen=True, slots=True)
class PendingOrder:
    """An order to the bank that was signed and whose answer is not here yet; sending it again is safe."""

    message_id: bytes
    kind: str
    raw: bytes
    time: int


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody this user gave a name to, reached by phone, IIN or BIN."""

    name: str
    by: str
    to: str


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that somebody signed one output away twice, as the bank sent it."""

    output: bytes
    proof: bytes
    time: int


@dataclass(frozen=True, slots=True)
class Incident:
    """Something a counterparty sent that was refused: the code, the field, and the facts as text."""

    number: int
    time: int
    payment: bytes
    code: str
    field: str
    facts: str


@dataclass(frozen=True, slots=True)
class Signed:
    """Something the root signed, kept as it came: the directory, the revocation list, steps that led to it,
    the correction of the time floor."""

    what: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class TimeFloor:
    """The greatest date of anything the root signed that this device has ever seen (seconds)."""

    seconds: int


BANK_WORD: Final = b"bank"


@dataclass(frozen=True, slots=True)
class BankWord:
    """What the bank last said of this device as a whole, such as ``device-lost``; no row when all is well."""

    code: str
    time: int


@dataclass(frozen=True, slots=True)
class BankReply:
    """A signed reply of the bank that says of our claims on ``outputs`` that they are settled: what is left
    to show when the money and its ``claims`` (signed, as they were sent) are gone and no credit came."""

    raw: bytes
    outputs: tuple[bytes, ...]
    claims: tuple[bytes, ...]
    time: int


Row = (
    Settings
    | KeyEntry
    | Coin
    | Upload
    | Payment
    | CardSlip
    | Conversation
    | PendingOrder
    | Contact
    | Proof
    | Incident
    | Signed
    | TimeFloor
    | BankWord
    | BankReply
)
"""Everything the store holds."""
