"""What participants ask the notary, the ID centre and the certification centre."""

from dataclasses import dataclass
from typing import Final

from tender.account.client_messages import BANK, HASH, KEY, NUMBER, SIGNED
from tender.account.transaction import INPUTS_MAX, OUTPUTS_MAX
from tender.schema import Bytes, Choice, Flag, Many, Maybe, Record, Text, Uint

GOOD: Final = "good"
WITHDRAWN: Final = "withdrawn"
UNKNOWN: Final = "unknown"

STEPS_MAX: Final = 64
"""Who is further behind gets the whole revocation list."""

PERSON: Final = "person"
FIRM: Final = "firm"


@dataclass(frozen=True, slots=True)
class Notarise:
    """Hashes only: a transaction's id, the outputs it consumes and the ones it makes (DT-P-27)."""

    transaction: bytes
    inputs: tuple[bytes, ...]
    outputs: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Notarised:
    """This transaction, and no other, consumed those inputs."""

    transaction: bytes


@dataclass(frozen=True, slots=True)
class Register:
    """An account's owner, for transfers by number. ``kind`` person: iin, phone, first name and surname are
    required, the patronymic may be empty; firm: bin and name."""

    kind: str
    address: bytes
    phone: str
    iin: str
    bin: str
    surname: str
    first_name: str
    patronymic: str
    name: str
    name_shown: bool


@dataclass(frozen=True, slots=True)
class Resolve:
    """Where does this phone, IIN or BIN take its money?"""

    by: str
    to: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """Bank and address only; the name only when its owner shows it (DT-A-01, DT-P-33)."""

    bank: int
    address: bytes
    name: str | None


@dataclass(frozen=True, slots=True)
class IdRecord:
    """The whole entry behind a number: for its servicing bank alone (DT-P-33)."""

    by: str
    to: str


@dataclass(frozen=True, slots=True)
class SameOwner:
    """Which of these accounts belong to whoever owns the asking bank's own account ``mine``?

    Answered against a fork proof alone, which stays as evidence of why it was asked.
    """

    mine: bytes
    others: tuple[bytes, ...]
    proof: bytes


@dataclass(frozen=True, slots=True)
class SameOwnerTold:
    """Those of the addresses, and nothing else: no number, no name, no bank."""

    same: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class StatusQuestion:
    """Is this participant's certificate good?"""

    participant: int


@dataclass(frozen=True, slots=True)
class StatusTold:
    """``state``: good, withdrawn or unknown; ``directory_number``: the directory that says so."""

    participant: int
    state: str
    directory_number: int


@dataclass(frozen=True, slots=True)
class Lists:
    """Give me the directory, the revocation list and the correction of the time floor if they are newer than
    these numbers."""

    directory_number: int
    list_number: int
    correction_number: int = 0


@dataclass(frozen=True, slots=True)
class ListsTold:
    """Root-signed; None when the asker has the newest. ``steps`` lead from the asker's revocation list to the
    newest, in order, where they are shorter than the whole list; then ``revocations`` is None."""

    directory: bytes | None
    revocations: bytes | None
    steps: tuple[bytes, ...] = ()
    correction: bytes | None = None


@dataclass(frozen=True, slots=True)
class Serial:
    """A pseudonym serial within a bank and epoch."""

    bank: int
    epoch_day: int
    serial: int


@dataclass(frozen=True, slots=True)
class Revoke:
    """Put these serials on the list: a bank names its own, the National Bank anybody's with a fork proof."""

    serials: tuple[Serial, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Revoked:
    """The list that names them."""

    list_number: int


_BY: Final = Choice(("phone", "iin", "bin"))
NOTARISE: Final = Record(
    Notarise,
    ("transaction", HASH),
    ("inputs", Many(HASH, most=INPUTS_MAX)),
    ("outputs", Many(HASH, most=OUTPUTS_MAX, least=1)),
)
NOTARISED: Final = Record(Notarised, ("transaction", HASH))
REGISTER: Final = Record(
    Register,
    ("kind", Choice((PERSON, FIRM))),
    ("address", KEY),
    ("phone", Text(20)),
    ("iin", Text(12)),
    ("bin", Text(12)),
    ("surname", Text(60)),
    ("first_name", Text(60)),
    ("patronymic", Text(60)),
    ("name", Text(120)),
    ("name_shown", Flag()),
)
RESOLVE: Final = Record(Resolve, ("by", _BY), ("to", Text(20, least=1)))
RESOLVED: Final = Record(Resolved, ("bank", BANK), ("address", KEY), ("name", Maybe(Text(120))))
ID_RECORD: Final = Record(IdRecord, ("by", _BY), ("to", Text(20, least=1)))
SAME_OWNER: Final = Record(
    SameOwner, ("mine", KEY), ("others", Many(KEY, most=400)), ("proof", Bytes(least=1, most=8192))
)
SAME_OWNER_TOLD: Final = Record(SameOwnerTold, ("same", Many(KEY, most=400)))
STATUS_QUESTION: Final = Record(StatusQuestion, ("participant", BANK))
STATUS_TOLD: Final = Record(
    StatusTold,
    ("participant", BANK),
    ("state", Choice((GOOD, WITHDRAWN, UNKNOWN))),
    ("directory_number", NUMBER),
)
LISTS: Final = Record(
    Lists, ("directory_number", NUMBER), ("list_number", NUMBER), ("correction_number", NUMBER)
)
STEPS: Final = Many(SIGNED, most=STEPS_MAX)
CORRECTION: Final = Maybe(Bytes(least=1, most=512))
LISTS_TOLD: Final = Record(
    ListsTold,
    ("directory", Maybe(SIGNED)),
    ("revocations", Maybe(SIGNED)),
    ("steps", STEPS),
    ("correction", CORRECTION),
)
SERIAL: Final = Record(Serial, ("bank", BANK), ("epoch_day", Uint(0xFFFF)), ("serial", NUMBER))
REVOKE: Final = Record(Revoke, ("serials", Many(SERIAL, most=5000, least=1)), ("reason", Text(60)))
REVOKED: Final = Record(Revoked, ("list_number", NUMBER))
