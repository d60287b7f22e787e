"""Where a payment stands on this device: states that are stored, shown, and resumed after a power cut.

States are frozen and have one encoding (:func:`encode_state`), so that a device that lost power loads the
bytes and goes on.
"""

from dataclasses import dataclass
from enum import StrEnum, unique
from functools import lru_cache
from typing import Final, TypeAlias

from tender import canon
from tender.cash.chain import append_hop, pack_hop
from tender.cash.messages import REQUEST, TOKEN_MAX_BYTES, TOKENS_MAX, Request, payment_id
from tender.cash.token import Link
from tender.errors import Code, RemoteProtocolError, StoreError
from tender.money import AMOUNT_MAX_TIYN
from tender.schema import Bytes, Choice, Flag, Many, Record, Text, Uint

STATE_VERSION: Final = 1


@lru_cache(maxsize=64)
def _asked(payload: bytes) -> Request:
    """A request's fields; each step of a payment asks for them several times."""
    return REQUEST.decode(payload, "request")


@unique
class Role(StrEnum):
    """Which side of the payment this device is."""

    PAYEE = "payee"
    PAYER = "payer"


@unique
class Phase(StrEnum):
    """Where the conversation stands; the diagram in docs/protocol/session.md is drawn from the table."""

    NEW = "new"
    # --- payee
    OPENING = "opening"
    OPEN = "open"
    OFFERED = "offered"
    CLOSING = "closing"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    # --- payer
    ASKING = "asking"
    OFFERING = "offering"
    SIGNING = "signing"
    SENT = "sent"
    DONE = "done"
    DECLINED = "declined"
    RETURNED = "returned"


# ---------------------------------------------------------------------------------------------- states


@dataclass(frozen=True, slots=True)
class Coin:
    """One token put down: what it is now, and the one link it will ever see (amounts in tiyn).

    ``certificate`` is the packed certificate of ``holder``; ``first`` says that it must travel in the hop,
    because this key has signed no earlier link of this history. ``to`` and ``nonce`` bind the link.
    """

    packed: bytes
    output: bytes
    holder: bytes
    certificate: bytes
    first: bool
    to: bytes
    nonce: bytes
    pay_tiyn: int
    change_tiyn: int

    def link(self) -> Link:
        """The spend of this output."""
        return Link(self.output, self.to, self.pay_tiyn, self.change_tiyn, self.nonce)

    def tail(self, signature: bytes, *, change: bool = False) -> bytes:
        """The new hop alone, as it is appended to the history."""
        return pack_hop(self.link(), signature, self.certificate if self.first else None, change=change)

    def paid(self, signature: bytes) -> bytes:
        """The packed token the payee gets."""
        return append_hop(self.packed, self.tail(signature))

    def kept(self, signature: bytes) -> bytes | None:
        """The packed change the payer keeps, or None."""
        if not self.change_tiyn:
            return None
        return append_hop(self.packed, self.tail(signature, change=True))


@dataclass(frozen=True, slots=True)
class Returned:
    """A signed return: the output that came astray, and the packed token that gives it back."""

    output: bytes
    packed: bytes


@dataclass(frozen=True, slots=True)
class Payer:
    """The payer's side. ``request`` is the whole message as it came; ``out`` what was last sent, verbatim.

    ``signatures`` (64 bytes a coin) are empty until the links are signed; from then on the money is gone
    from here whatever anybody answers. ``name`` is the payee's, if its bank attests it and it is shown.
    """

    phase: Phase = Phase.NEW
    request: bytes = b""
    payload: bytes = b""
    coins: tuple[Coin, ...] = ()
    two_way: bool = False
    attestation: bytes = b""
    offer: bytes = b""
    signatures: tuple[bytes, ...] = ()
    out: bytes = b""
    receipt: bytes = b""
    returned: tuple[bytes, ...] = ()
    name: str = ""
    phone: str = ""

    @property
    def role(self) -> Role:
        """Payer."""
        return Role.PAYER

    @property
    def payment_id(self) -> bytes:
        """The 16-byte name of the payment."""
        return payment_id(self.payload)

    @property
    def asked(self) -> Request:
        """The request being paid."""
        return _asked(self.payload)

    @property
    def paid(self) -> tuple[bytes, ...]:
        """The whole packed tokens that were sent, for the record at sync; empty before they are signed."""
        return tuple(coin.paid(one) for coin, one in zip(self.coins, self.signatures, strict=False))

    @property
    def change(self) -> tuple[bytes, ...]:
        """The packed change kept; empty before the links are signed."""
        kept = (coin.kept(one) for coin, one in zip(self.coins, self.signatures, strict=False))
        return tuple(one for one in kept if one is not None)


@dataclass(frozen=True, slots=True)
class Payee:
    """The payee's side. ``accepted`` are verified tokens bound to the request, parts included: they count
    only at CLOSED, when they sum to the amount. ``astray`` wait for their return to be signed, ``returned``
    are signed returns, ``stuck`` have no hop left and go back at sync. ``name`` is the payer's, if shown.
    """

    phase: Phase = Phase.NEW
    request: bytes = b""
    payload: bytes = b""
    offer: bytes = b""
    accepted: tuple[bytes, ...] = ()
    receipt_payload: bytes = b""
    receipt: bytes = b""
    astray: tuple[Coin, ...] = ()
    returned: tuple[Returned, ...] = ()
    stuck: tuple[bytes, ...] = ()
    name: str = ""
    phone: str = ""

    @property
    def role(self) -> Role:
        """Payee."""
        return Role.PAYEE

    @property
    def payment_id(self) -> bytes:
        """The 16-byte name of the payment."""
        return payment_id(self.payload)

    @property
    def asked(self) -> Request:
        """The request made."""
        return _asked(self.payload)


State: TypeAlias = Payer | Payee

ASTRAY_MAX: Final = 2 * TOKENS_MAX
ASTRAY_MAX_BYTES: Final = 3 << 17
"""So much of what strangers send is kept to be given back for one request. With the parts that go back when
it is cancelled (another 64 tokens), its offer and its receipt it fits into what a store can read again."""

_BLOB: Final = Bytes(most=1 << 18)
_TOKENS: Final = Many(Bytes(most=TOKEN_MAX_BYTES), most=4 * TOKENS_MAX)
_AMOUNT: Final = Uint(AMOUNT_MAX_TIYN)
COIN: Final = Record(
    Coin,
    ("packed", Bytes(most=TOKEN_MAX_BYTES)),
    ("output", Bytes(32)),
    ("holder", Bytes(32)),
    ("certificate", Bytes(most=128)),
    ("first", Flag()),
    ("to", Bytes(32)),
    ("nonce", Bytes(most=8)),
    ("pay_tiyn", _AMOUNT),
    ("change_tiyn", _AMOUNT),
)
RETURNED: Final = Record(Returned, ("output", Bytes(32)), ("packed", Bytes(most=TOKEN_MAX_BYTES)))
_NAME: Final = Text(120)


class _Phase:
    """A phase as its text."""

    def to_value(self, item: Phase) -> canon.Value:
        return item.value

    def from_value(self, value: canon.Value, path: str) -> Phase:
        return Phase(Choice(tuple(phase.value for phase in Phase)).from_value(value, path))


PAYER: Final = Record(
    Payer,
    ("phase", _Phase()),
    ("request", _BLOB),
    ("payload", _BLOB),
    ("coins", Many(COIN, most=TOKENS_MAX)),
    ("two_way", Flag()),
    ("attestation", _BLOB),
    ("offer", _BLOB),
    ("signatures", Many(Bytes(64), most=TOKENS_MAX)),
    ("out", _BLOB),
    ("receipt", _BLOB),
    ("returned", _TOKENS),
    ("name", _NAME),
    ("phone", _NAME),
)
PAYEE: Final = Record(
    Payee,
    ("phase", _Phase()),
    ("request", _BLOB),
    ("payload", _BLOB),
    ("offer", _BLOB),
    ("accepted", _TOKENS),
    ("receipt_payload", _BLOB),
    ("receipt", _BLOB),
    ("astray", Many(COIN, most=4 * TOKENS_MAX)),
    ("returned", Many(RETURNED, most=4 * TOKENS_MAX)),
    ("stuck", _TOKENS),
    ("name", _NAME),
    ("phone", _NAME),
)


def encode_state(state: State) -> bytes:
    """The bytes a store keeps: ``[version, role, fields]``.

    Raises :class:`LocalProtocolError` for a state that :func:`decode_state` would not read again.
    """
    if isinstance(state, Payer):
        fields = PAYER.readable_value(state, "session")
    else:
        fields = PAYEE.readable_value(state, "session")
    return canon.encode([STATE_VERSION, state.role.value, fields])


def decode_state(data: bytes) -> State:
    """Read a stored state; raises :class:`StoreError` ``store-newer`` or ``store-tampered``."""
    try:
        version, role, fields = canon.as_list(canon.decode(data, "session"), 3, "session")
        if version != STATE_VERSION:
            raise StoreError(Code.STORE_NEWER, "session.version")
        if role == Role.PAYER.value:
            return PAYER.from_value(fields, "session")
        if role == Role.PAYEE.value:
            return PAYEE.from_value(fields, "session")
    except RemoteProtocolError as error:
        raise StoreError(Code.STORE_TAMPERED, "session") from error
    raise StoreError(Code.STORE_TAMPERED, "session.role")
