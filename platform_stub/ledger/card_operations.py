"""What a bank keeps of each operation of a card, and where its money is (ADR 0023).

Four sums of an operation say where its money is; each is the balance of one account in the bank's books, to
the tiyn, after every group of orders:

============================  ==============================================================  ============
held                          Digital Tenge of the client that are the bank's by now, still   converting
                              on the client's address
owed, giving                  Digital Tenge the bank owes back to the client; the second by   card-owed
                              a movement on its way
amount − undone − cleared     what the card network has yet to get (a credit: has to give)    card-payable
============================  ==============================================================  ============

A purchase in Digital Tenge (``purchase-dt``) is in no account of the books: what it holds is on its way from
the client to the payee, and never the bank's; no network gets anything (DT-S-09).

Amounts in tiyn, times in seconds.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from hashlib import sha256
from typing import Final

from tender.account import card_notice_messages
from tender.account.card_messages import (
    ACTIVE,
    CASH,
    CREDITS,
    ECOMMERCE,
    PLACE,
    PURCHASE,
    PURCHASE_IN_DT,
    REFUND,
    RETURN,
    Authorise,
    BankReply,
    Credit,
)
from tender.account.client_messages import StatementEntry
from tender.card.in_dt import DtOffer
from tender.errors import Code, Refusal

BALANCE: Final = card_notice_messages.BALANCE
"""Kind of a balance inquiry among the operations."""

CONVERTING: Final = "converting"
CARD_PAYABLE: Final = "card-payable"
CARD_OWED: Final = "card-owed"

REFUSED: Final = "refused"
DONE: Final = "done"
"""Nothing moved, and nothing will: a verification, a balance."""
VOID: Final = "void"
"""An undo came before its original."""
CONFIRMING: Final = "confirming"
CONVERTED: Final = "converted"
MOVING: Final = "moving"
MOVED: Final = "moved"
CREDITED: Final = "credited"
SPENT: Final = (CONVERTED, MOVING, MOVED)

ENTRY_OF: Final[Mapping[str, str]] = {
    PURCHASE: "card purchase",
    PURCHASE_IN_DT: "card purchase in dt",
    CASH: "card cash",
    ECOMMERCE: "card online",
    REFUND: "card refund",
    RETURN: "card return",
}
"""What an operation is called in the client's own history."""
UNDONE_ENTRY: Final = "card undone"


@dataclass(slots=True)
class Operation:
    """One operation of a card as the bank keeps it; ``content`` is the digest of its order."""

    operation: str
    content: bytes = b""
    card: bytes = b""
    client: int = 0
    address: bytes = b""
    kind: str = ""
    amount_tiyn: int = 0
    undone_tiyn: int = 0
    back_tiyn: int = 0
    """Given back by credits that name this operation."""
    held_tiyn: int = 0
    owed_tiyn: int = 0
    giving_tiyn: int = 0
    cleared_tiyn: int = 0
    """What days that were closed have settled of it; minus for a credit."""
    state: str = ""
    code: str = ""
    free_tiyn: int = 0
    other_tiyn: int = 0
    """The second figure of its reply."""
    original: str = ""
    place: bytes = b""
    time: int = 0
    taken: int = 0
    """When the bank decided."""
    due: int = 0
    """Until when the customer may confirm; from when on what is owed is given, or a payee who refused what is
    paid in Digital Tenge is asked again."""
    movement: bytes | None = None
    payee_bank: int = 0
    payee: bytes = b""
    """The address that gets the Digital Tenge of a purchase in them, and its bank."""
    payee_reference: str = ""
    """What the payee called it."""

    @property
    def net_tiyn(self) -> int:
        """What the network has to get for it: minus for a credit, 0 for whatever converted nothing."""
        if self.kind in CREDITS:
            return self.undone_tiyn - self.amount_tiyn if self.state != REFUSED else 0
        return self.amount_tiyn - self.undone_tiyn if self.state in SPENT and not self.in_dt else 0

    @property
    def in_dt(self) -> bool:
        """Whether its Digital Tenge go to a payee as they are."""
        return self.kind == PURCHASE_IN_DT

    @property
    def gone(self) -> bool:
        """Whether the payee has the Digital Tenge, or they are on their way there: nobody takes them back."""
        return self.in_dt and self.state in (MOVING, MOVED)

    @property
    def rest_tiyn(self) -> int:
        """What of a spending is neither undone nor given back."""
        return self.amount_tiyn - self.undone_tiyn - self.back_tiyn if self.state in SPENT else 0

    @property
    def reference(self) -> bytes:
        """Its 32 bytes in the client's history and in conversations between banks."""
        return reference_of(self.operation)


COLUMNS: Final = tuple(one.name for one in fields(Operation))


def reference_of(operation: str) -> bytes:
    """The 32-byte name of a card operation."""
    return sha256(b"dt-card-operation " + operation.encode()).digest()


@dataclass(frozen=True, slots=True)
class Card:
    """A card as the bank knows it; ``stopped``: by the customer, in the app."""

    card: bytes
    client: int
    address: bytes
    masked: str
    kind: str
    state: str
    expiry: str
    stopped: bool

    @property
    def usable(self) -> bool:
        """Whether it may be used now."""
        return self.state == ACTIVE and not self.stopped


@dataclass(slots=True)
class Account:
    """``free_tiyn``: what may be spent; ``whole_tiyn``: what could be, were nothing of it held."""

    free_tiyn: int
    whole_tiyn: int


@dataclass(frozen=True, slots=True)
class Rules:
    """What does not depend on the account. ``blocked``: the platform blocked this bank; ``give_after_s``: how
    long a refund waits for its own reversal; ``offered``: None, or why the bank does not do this;
    ``payees``: the address of each payee of the group, or why there is none."""

    blocked: bool = False
    give_after_s: int = 0
    offered: Callable[[Authorise | Credit], Refusal | None] = lambda _order: None
    payees: Mapping[DtOffer, bytes | Refusal] = field(default_factory=dict)


@dataclass(slots=True)
class Changes:
    """What a group changed: operations by name, sums for the books, lines of clients' histories."""

    operations: dict[str, Operation] = field(default_factory=dict)
    books: dict[str, int] = field(default_factory=dict)
    entries: list[tuple[int, StatementEntry]] = field(default_factory=list)
    answers: list[BankReply] = field(default_factory=list)
    """Replies to orders that had been waiting for a customer."""
    refused_undos: dict[str, tuple[int, Code]] = field(default_factory=dict)
    """Operations whose undo is impossible as they stand: how much should be undone in all, and why not."""

    def book(self, plus: str, minus: str, amount_tiyn: int) -> None:
        """Move an amount between two accounts."""
        self.books[plus] = self.books.get(plus, 0) + amount_tiyn
        self.books[minus] = self.books.get(minus, 0) - amount_tiyn

    def enter(self, row: Operation, kind: str, change_tiyn: int, party: str, part: str, now: int) -> None:
        """A line of the client's history; ``part`` tells several lines of one operation apart."""
        reference = row.reference if not part else reference_of(f"{row.operation} {part}")
        line = StatementEntry(now, kind, "dt", change_tiyn, party, "", "final", reference)
        self.entries.append((row.client, line))


def party_of(row: Operation) -> str:
    """The name of the place, as the client reads it."""
    return PLACE.decode(row.place, "place").name


def progress(operations: Iterable[Operation]) -> bytes:
    """A 32-byte name of what a group did to the books: no operation passes through the same sums twice."""
    told = sha256(b"dt-card-group")
    for row in operations:
        sums = (row.undone_tiyn, row.back_tiyn, row.owed_tiyn, row.held_tiyn, row.cleared_tiyn)
        told.update(f"{row.operation} {row.state} {sums}".encode())
    return told.digest()
