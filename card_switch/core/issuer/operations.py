"""What an issuer's host remembers of one request until the end of the day.

Track data, PIN block and chip data are left out before a row is made; what goes back to the chip is worked
out while they are at hand, and kept.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from card_switch.core.conversion import State
from card_switch.core.issuer.checks import SPENDS, Kind
from card_switch.core.rows import MESSAGE, StateField, text_of
from tender.account.card_messages import CARD_LINK_BYTES, OPERATION_MOST, Credit, decode_order
from tender.card.iso8583.message import Message
from tender.card.iso8583.moments import when
from tender.errors import RemoteProtocolError
from tender.schema import Bytes, Maybe, Record, Text, Uint

OPERATIONS: Final = "operations"
"""Table of rows; the key is the request's (``card_switch/core/rows.py``)."""


_SPENT: Final = frozenset(kind.value for kind in SPENDS)
_Numbers = tuple[str, str, str]
"""Trace number, time and acquirer of a request."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One request. ``key``: how both ends of the link name it; ``name``: how the bank does, the life-cycle id
    where there is one. ``card``: the link id, empty where no card was found. ``kind``: what was asked, empty
    where nobody could tell. ``order``: what the bank was asked, empty where it was not. ``approval``: the
    answer to give if the bank does it, made while the chip's data is at hand. ``stands_tiyn``: what of the
    amount is not taken back; ``day``: whose limits it counts against."""

    key: str
    name: str
    link: str
    fingerprint: bytes
    request: Message
    card: bytes
    kind: str
    amount_tiyn: int
    order: bytes
    state: State
    time_ms: int
    deadline_ms: int
    day: int
    approval: Message | None = None
    stands_tiyn: int = 0
    answer: Message | None = None

    def turned(self, state: State, answer: Message | None = None) -> "Operation":
        """In another state, with its answer once it has one; the first answer stays the only one."""
        kept = self.answer or answer
        if kept is None:
            return replace(self, state=state)
        return replace(self, state=state, answer=kept, approval=None, deadline_ms=0)


OPERATION: Final = Record(
    Operation,
    ("key", Text(96)),
    ("name", Text(OPERATION_MOST)),
    ("link", Text(80)),
    ("fingerprint", Bytes(32)),
    ("request", MESSAGE),
    ("card", Bytes(most=CARD_LINK_BYTES)),
    ("kind", Text(20)),
    ("amount_tiyn", Uint()),
    ("order", Bytes(most=4096)),
    ("state", StateField(State)),
    ("time_ms", Uint()),
    ("deadline_ms", Uint()),
    ("day", Uint()),
    ("approval", Maybe(MESSAGE)),
    ("stands_tiyn", Uint()),
    ("answer", Maybe(MESSAGE)),
)


@dataclass(frozen=True, slots=True)
class Taken:
    """A reversal that was heard: said again, it gets the same answer."""

    key: str
    fingerprint: bytes
    answer: Message
    time_ms: int


TAKEN: Final = Record(
    Taken, ("key", Text(96)), ("fingerprint", Bytes(32)), ("answer", MESSAGE), ("time_ms", Uint())
)
REVERSALS: Final = "reversals"
"""Table of rows; the key is the reversal's own."""


class Operations(dict[str, Operation]):
    """Operations by key; what was spent is found by the numbers that stand on its receipt, too."""

    def __init__(self) -> None:
        super().__init__()
        self._spent: dict[_Numbers, dict[str, None]] = {}
        self._credits: dict[str, dict[str, None]] = {}

    def __setitem__(self, key: str, operation: Operation) -> None:
        self._unlist(key)
        super().__setitem__(key, operation)
        if _may_be_given_back(operation):
            self._spent.setdefault(_numbers_of(operation.request), {})[key] = None
        if original := _original_of(operation):
            self._credits.setdefault(original, {})[key] = None

    def __delitem__(self, key: str) -> None:
        self._unlist(key)
        super().__delitem__(key)

    def _unlist(self, key: str) -> None:
        before = self.get(key)
        if before is not None and (original := _original_of(before)):
            del self._credits[original][key]
            if not self._credits[original]:
                del self._credits[original]
        if before is not None and _may_be_given_back(before):
            numbers = _numbers_of(before.request)
            del self._spent[numbers][key]
            if not self._spent[numbers]:
                del self._spent[numbers]

    def credits_of(self, name: str) -> list[Operation]:
        """Refunds and returns of the operation that the bank calls so."""
        return [self[key] for key in self._credits.get(name, ())]

    def given_back(self, message: Message) -> str | None:
        """The purchase that a refund names in DE90, of the same card at the same merchant and not taken back;
        None where it names none or one that there is not. Nothing is given back that was not paid."""
        if 90 not in message.fields:
            return None
        said, pan, merchant = message.original, message.pan, text_of(message, 42)
        for key in self._spent.get((said.stan, said.transmitted, said.acquirer), ()):
            one = self[key]
            if one.request.pan == pan and text_of(one.request, 42) == merchant:
                return one.name
        return None


def _may_be_given_back(operation: Operation) -> bool:
    return operation.state is State.CONVERTED and operation.kind in _SPENT


def _original_of(operation: Operation) -> str:
    """The bank's name of what a credit gives back a part of; empty for anything else."""
    if operation.kind != Kind.REFUND.value or not operation.order:
        return ""
    order = decode_order(operation.order)
    return order.original if isinstance(order, Credit) else ""


def _numbers_of(request: Message) -> _Numbers:
    return (request.stan, request.transmitted, request.acquirer.lstrip("0"))


def name_without_id(key: str, now_ms: int) -> str:
    """How the bank knows an operation that came without a life-cycle id: by a digest of its key and of the
    year in which its time (MMDDhhmmss, the key's end) is nearest to now."""
    try:
        at = when(key.rpartition("/")[2], now_ms)
    except RemoteProtocolError:  # a day that no calendar has
        at = now_ms // 1000
    year = datetime.fromtimestamp(at, UTC).year
    return f"k{sha256(f'{year}/{key}'.encode()).hexdigest()[:24]}"


def approval_code(name: str) -> str:
    """DE38, six digits that follow from the operation's name."""
    return f"{int.from_bytes(sha256(name.encode()).digest()[:4], 'big') % 1_000_000:06}"
