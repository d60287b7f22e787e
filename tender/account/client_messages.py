"""What a client's device may ask its bank, and what the bank answers: one record each.

A device reaches the platform through its bank only (DT-P-12), so there is nothing here for anybody else.
"""

from dataclasses import dataclass, field
from typing import Final

from tender.account.batch import BATCH_MAX_KEYS
from tender.crypto.directory import TIERS
from tender.crypto.keys import PUBLIC_KEY_BYTES, SIGNATURE_BYTES
from tender.money import AMOUNT_MAX_TIYN
from tender.schema import Bytes, Choice, Flag, Int, Many, Maybe, Record, Text, Uint

KEY: Final = Bytes(PUBLIC_KEY_BYTES)
AMOUNT: Final = Uint(AMOUNT_MAX_TIYN, least=1)
BALANCE: Final = Uint(2**53 - 1)
TIME: Final = Uint(2**40)
NUMBER: Final = Uint(2**32 - 1)
BANK: Final = Uint(999, least=100)
SIGNED: Final = Bytes(least=1, most=900_000)
HASH: Final = Bytes(32)

TO_DT: Final = "to-dt"
FROM_DT: Final = "from-dt"
BY_PHONE: Final = "phone"
BY_IIN: Final = "iin"
BY_BIN: Final = "bin"


@dataclass(frozen=True, slots=True)
class Empty:
    """Nothing more to say."""


EMPTY: Final = Record(Empty)


@dataclass(frozen=True, slots=True)
class Enrol:
    """A new device, by the code its client got from the bank. The order is signed by ``identity_key``."""

    activation_code: str = field(repr=False)
    identity_key: bytes
    tier: str
    name_shown: bool


@dataclass(frozen=True, slots=True)
class Enrolled:
    """``account`` is the DT account's 32-byte address, None until one is opened. ``root_key`` lets a device
    that was born with a root key compare; ``directory`` and ``revocations`` are root-signed."""

    client: int
    device: int
    bank: int
    name: str
    account: bytes | None
    root_key: bytes
    directory: bytes
    revocations: bytes | None


@dataclass(frozen=True, slots=True)
class OpenAccount:
    """One DT account per client and bank (DT-P-13)."""


@dataclass(frozen=True, slots=True)
class AccountOpened:
    """The account's 32-byte address on the bank's node."""

    account: bytes


@dataclass(frozen=True, slots=True)
class Certify:
    """``batch``: COSE_Sign1 of the identity key; ``proofs``: each key's own 64-byte signature, in order.
    ``attest``: also attest the client's name, to be shown only when the user wants."""

    batch: bytes
    proofs: tuple[bytes, ...]
    attest: bool


@dataclass(frozen=True, slots=True)
class Certified:
    """Packed device certificates in the order of the keys; attestations likewise, or none."""

    certificates: tuple[bytes, ...]
    attestations: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Convert:
    """Between the current account in tenge and the DT account."""

    direction: str
    amount_tiyn: int


@dataclass(frozen=True, slots=True)
class Balances:
    """After an operation: Digital Tenge (of which ``held_tiyn`` is encumbered) and non-cash tenge."""

    dt_tiyn: int
    held_tiyn: int
    noncash_tiyn: int


@dataclass(frozen=True, slots=True)
class Transfer:
    """Digital Tenge to whoever this phone, IIN or BIN belongs to, at any bank (DT-P-30)."""

    by: str
    to: str
    amount_tiyn: int
    purpose: str


@dataclass(frozen=True, slots=True)
class Transferred:
    """``transaction`` is its 32-byte id; ``payee`` the name to show, None when the payee hides it."""

    transaction: bytes
    payee: str | None
    balances: Balances


@dataclass(frozen=True, slots=True)
class ShowName:
    """Whether people this client pays online, or is paid by, see its name: the client alone decides."""

    shown: bool


@dataclass(frozen=True, slots=True)
class PayNoncash:
    """From DT to a merchant's non-cash account in one step (DT-P-15)."""

    merchant: str
    amount_tiyn: int
    purpose: str


@dataclass(frozen=True, slots=True)
class NoncashPaid:
    """The 32-byte reference under which the merchant's bank was told."""

    reference: bytes
    balances: Balances


@dataclass(frozen=True, slots=True)
class Statement:
    """The newest ``most`` entries of the client's own accounts."""

    most: int


@dataclass(frozen=True, slots=True)
class StatementEntry:
    """``form`` is dt or noncash; ``change_tiyn`` signed; ``party`` the counterparty's name as its own privacy
    setting allows, else empty."""

    time: int
    kind: str
    form: str
    change_tiyn: int
    party: str
    purpose: str
    status: str
    reference: bytes


@dataclass(frozen=True, slots=True)
class Stated:
    """Balances and entries, newest first; ``account`` None while no DT account is open."""

    name: str
    account: bytes | None
    balances: Balances
    entries: tuple[StatementEntry, ...]


@dataclass(frozen=True, slots=True)
class ReportLost:
    """``device`` is the number got at enrolment. From another device of the same client, or from any with a
    fresh activation code and its own ``identity_key``."""

    device: int
    activation_code: str = field(repr=False)
    identity_key: bytes


@dataclass(frozen=True, slots=True)
class ReportFound:
    """From the device that was reported lost, with a fresh activation code of its client's."""

    activation_code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LostNoted:
    """How many pseudonym certificates were revoked, and the revocation list that names them. ``root_key`` and
    ``directory`` let a wallet that knows no bank check who answered, as at enrolment."""

    revoked: int
    list_number: int
    root_key: bytes
    directory: bytes


ENROL: Final = Record(
    Enrol,
    ("activation_code", Text(40, least=1)),
    ("identity_key", KEY),
    ("tier", Choice(TIERS)),
    ("name_shown", Flag()),
)
ENROLLED: Final = Record(
    Enrolled,
    ("client", NUMBER),
    ("device", NUMBER),
    ("bank", BANK),
    ("name", Text(120)),
    ("account", Maybe(KEY)),
    ("root_key", KEY),
    ("directory", SIGNED),
    ("revocations", Maybe(SIGNED)),
)
OPEN_ACCOUNT: Final = Record(OpenAccount)
ACCOUNT_OPENED: Final = Record(AccountOpened, ("account", KEY))
CERTIFY: Final = Record(
    Certify,
    ("batch", Bytes(least=1, most=8192)),
    ("proofs", Many(Bytes(SIGNATURE_BYTES), most=BATCH_MAX_KEYS, least=1)),
    ("attest", Flag()),
)
CERTIFIED: Final = Record(
    Certified,
    ("certificates", Many(Bytes(least=76, most=81), most=BATCH_MAX_KEYS)),
    ("attestations", Many(Bytes(least=1, most=512), most=BATCH_MAX_KEYS)),
)
CONVERT: Final = Record(Convert, ("direction", Choice((TO_DT, FROM_DT))), ("amount_tiyn", AMOUNT))
BALANCES: Final = Record(Balances, ("dt_tiyn", BALANCE), ("held_tiyn", BALANCE), ("noncash_tiyn", BALANCE))
TRANSFER: Final = Record(
    Transfer,
    ("by", Choice((BY_PHONE, BY_IIN, BY_BIN))),
    ("to", Text(20, least=1)),
    ("amount_tiyn", AMOUNT),
    ("purpose", Text(140)),
)
TRANSFERRED: Final = Record(
    Transferred, ("transaction", HASH), ("payee", Maybe(Text(120))), ("balances", BALANCES)
)
SHOW_NAME: Final = Record(ShowName, ("shown", Flag()))
PAY_NONCASH: Final = Record(
    PayNoncash, ("merchant", Text(12, least=1)), ("amount_tiyn", AMOUNT), ("purpose", Text(140))
)
NONCASH_PAID: Final = Record(NoncashPaid, ("reference", HASH), ("balances", BALANCES))
STATEMENT: Final = Record(Statement, ("most", Uint(500, least=1)))
STATEMENT_ENTRY: Final = Record(
    StatementEntry,
    ("time", TIME),
    ("kind", Text(40)),
    ("form", Choice(("dt", "noncash"))),
    ("change_tiyn", Int()),
    ("party", Text(120)),
    ("purpose", Text(140)),
    ("status", Text(40)),
    ("reference", Bytes(most=32)),
)
STATED: Final = Record(
    Stated,
    ("name", Text(120)),
    ("account", Maybe(KEY)),
    ("balances", BALANCES),
    ("entries", Many(STATEMENT_ENTRY, most=500)),
)
REPORT_LOST: Final = Record(
    ReportLost, ("device", NUMBER), ("activation_code", Text(40)), ("identity_key", KEY)
)
REPORT_FOUND: Final = Record(ReportFound, ("activation_code", Text(40, least=1)))
LOST_NOTED: Final = Record(
    LostNoted, ("revoked", NUMBER), ("list_number", NUMBER), ("root_key", KEY), ("directory", SIGNED)
)
