"""What happens to a session and what it wants done: events come in, commands go out.

Everything a step learns from the world comes in its event; everything it wants from the world is a command,
to be obeyed in the order given.
"""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Generic, TypeAlias, TypeVar

from tender.cash.chain import Holding, Spend, verify_chain
from tender.cash.messages import Message, Receipt, Request
from tender.cash.session_state import State
from tender.cash.token import Link
from tender.crypto.directory import Trust
from tender.errors import Refusal

# ---------------------------------------------------------------------------------------------- events


@dataclass(frozen=True, slots=True)
class Known:
    """What this device knows at the moment of an event.

    ``holding_tiyn``: money counted here, open requests included when a request is made. ``own_keys``: every
    key of this device. ``requests``: key + nonce of each request seen → its payment id. ``seen``: parent
    output → the spend of it this device has seen, so that a fork is noticed when it comes by. ``verify``:
    the device's own :func:`verify_chain` under the same trust, if it remembers what it has verified.
    """

    trust: Trust
    holding_tiyn: int = 0
    own_keys: Set[bytes] = frozenset()
    requests: Mapping[bytes, bytes] = field(default_factory=dict)
    seen: Mapping[bytes, Spend] = field(default_factory=dict)
    verify: Callable[[bytes, str], Holding] | None = None

    def holding(self, packed: bytes, field: str) -> Holding:
        """A packed token verified; raises what :func:`verify_chain` raises."""
        return verify_chain(packed, self.trust, field) if self.verify is None else self.verify(packed, field)


@dataclass(frozen=True, slots=True)
class Begin:
    """Payee: make this request."""

    request: Request
    known: Known


@dataclass(frozen=True, slots=True)
class Received:
    """Bytes from the other side, whatever carried them.

    ``recorded``: the platform brought them and has recorded their links, so that money which expired on the
    way may still be claimed and is taken.
    """

    data: bytes
    known: Known
    recorded: bool = False


@dataclass(frozen=True, slots=True)
class Approved:
    """Payer: the person said yes; pay with these (packed token, packed certificate of its holder, tiyn)."""

    pieces: tuple[tuple[bytes, bytes, int], ...]
    known: Known
    two_way: bool = False
    attestation: bytes = b""


@dataclass(frozen=True, slots=True)
class Declined:
    """Payer: the person said no."""


@dataclass(frozen=True, slots=True)
class Signed:
    """The secure element's 64-byte signatures, in the order of the Sign command they answer."""

    signatures: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class NotSigned:
    """The secure element refused, and said that it signed nothing of what it was asked."""

    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Resumed:
    """The device came back, or the person asks to send again: say what must be done (again).

    ``one_way``: what is sent goes by file or paste, to a payee that may know nothing of an offer.
    """

    one_way: bool = False


@dataclass(frozen=True, slots=True)
class Freed:
    """Payee: whoever offered went away; let anybody pay. What he signed meanwhile is still taken or goes
    back."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The person gave up, or waited long enough. Frees only what was never signed."""

    known: Known


M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class Came(Generic[M]):
    """What :class:`Received` turns into once its bytes are read; only the table makes it."""

    message: M
    data: bytes
    known: Known
    recorded: bool = False


Event: TypeAlias = Begin | Received | Approved | Declined | Signed | NotSigned | Resumed | Freed | Cancelled


# -------------------------------------------------------------------------------------------- commands


@dataclass(frozen=True, slots=True)
class Store:
    """Commit this state and every ``Keep``, ``Spent``, ``Prove`` and ``ReturnAtSync`` of the same step.

    One transaction. It comes first in every step that has any of them or changed the state: nothing is
    signed or sent before it is durable.
    """

    state: State


@dataclass(frozen=True, slots=True)
class SignRequest:
    """Have the element sign this request and open it."""

    request: Request


@dataclass(frozen=True, slots=True)
class SignLinks:
    """Have the element sign these spends, each with the key that holds its parent; all or none."""

    orders: tuple[tuple[bytes, Link], ...]


@dataclass(frozen=True, slots=True)
class SignReceipt:
    """Have the element sign this receipt under ``key`` and close the request for good."""

    key: bytes
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Send:
    """Give these bytes to the other side, verbatim."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Ask:
    """Show the person who asks for how much and what for; answer with ``Approved`` or ``Declined``.

    ``name`` and ``phone`` are attested by the payee's bank, or empty when the payee does not show them.
    """

    request: Request
    payment_id: bytes
    bank: int
    category: int
    business_number: str | None
    name: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Keep:
    """Count these packed tokens as this device's own from now on."""

    tokens: tuple[bytes, ...]
    name: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Spent:
    """These outputs are gone from this device; ``change`` (packed) stays, spendable at once."""

    outputs: tuple[bytes, ...]
    change: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class ReturnAtSync:
    """Money came that is not ours to keep, and no return of it could be verified (no hop left, a certificate
    too short): hand it to the bank for its sender."""

    tokens: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Prove:
    """A fork came by: keep this proof and show it to the bank."""

    proof: bytes


@unique
class News(StrEnum):
    """What is certain now, for the person."""

    REQUEST_READY = "request-ready"
    PART_ARRIVED = "part-arrived"
    RECEIVED = "received"
    OFFERED = "offered"
    PAID = "paid"
    ACKNOWLEDGED = "acknowledged"
    NOTHING_MOVED = "nothing-moved"
    RETURNING = "returning"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Show:
    """Tell the person: news with an amount in tiyn, or a refusal."""

    outcome: News | Refusal
    amount_tiyn: int = 0


@dataclass(frozen=True, slots=True)
class Close:
    """Nothing more is expected from the other side."""


Command: TypeAlias = (
    Store
    | SignRequest
    | SignLinks
    | SignReceipt
    | Send
    | Ask
    | Keep
    | Spent
    | ReturnAtSync
    | Prove
    | Show
    | Close
)
