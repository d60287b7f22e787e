"""What a software secure element remembers, as closed records in its sealed file."""

from dataclasses import dataclass, replace
from typing import Final

from tender.errors import Code, DeviceError
from tender.schema import Bytes, Choice, Many, Record, Text, Uint

STATE: Final = "state"
KEY: Final = "key"
SPENT: Final = "spent"
KEPT: Final = "kept"
REQUEST: Final = "request"
BOOK: Final = "book"

USE_IDENTITY: Final = "identity"
USE_MONEY: Final = "money"

OPEN: Final = "open"
CLOSED: Final = "closed"
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class State:
    """The counter that never goes back, and how much of it the host has stored."""

    counter: int
    acknowledged: int

    def advanced(self) -> "State":
        """One change later."""
        return replace(self, counter=self.counter + 1)


@dataclass(frozen=True, slots=True, repr=False)
class KeyRow:
    """A private key (its seed) and the nonces of requests it has signed."""

    seed: bytes
    use: str
    nonces: tuple[bytes, ...] = ()

    def __repr__(self) -> str:
        return f"KeyRow({self.use}, secret hidden)"


@dataclass(frozen=True, slots=True)
class SpentRow:
    """An output this element has signed away: never again to anybody else.

    ``message`` is SHA-256 of type and payload.
    """

    key: bytes
    message: bytes

    def same(self, key: bytes, message: bytes, parent: bytes) -> None:
        """Raises ``element-refused`` unless the question is the one already answered."""
        if self.key != key or self.message != message:
            raise DeviceError(Code.ELEMENT_REFUSED, "link.parent", output=parent.hex()[:16])


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A link or claim that was signed and that the host may not have stored yet."""

    key: bytes
    typ: str
    payload: bytes
    signature: bytes
    counter: int


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request this element has signed, and the receipt that closed it (SHA-256 of its payload)."""

    key: bytes
    state: str
    receipt: bytes
    counter: int


_HASH: Final = Bytes(32)
STATE_ROW: Final = Record(State, ("counter", Uint()), ("acknowledged", Uint()))
KEY_ROW: Final = Record(
    KeyRow,
    ("seed", Bytes(32)),
    ("use", Choice((USE_IDENTITY, USE_MONEY))),
    ("nonces", Many(Bytes(most=8), most=100_000)),
)
SPENT_ROW: Final = Record(SpentRow, ("key", Bytes(32)), ("message", _HASH))
KEPT_ROW: Final = Record(
    KeptRow,
    ("key", Bytes(32)),
    ("typ", Text(40)),
    ("payload", Bytes(most=256)),
    ("signature", Bytes(64)),
    ("counter", Uint()),
)
REQUEST_ROW: Final = Record(
    RequestRow,
    ("key", Bytes(32)),
    ("state", Choice((OPEN, CLOSED))),
    ("receipt", Bytes(most=32)),
    ("counter", Uint()),
)


@dataclass(frozen=True, slots=True)
class BookRow:
    """How far the book of a product around the device has come; it never goes back."""

    mark: int


BOOK_ROW: Final = Record(BookRow, ("mark", Uint(2**53)))
