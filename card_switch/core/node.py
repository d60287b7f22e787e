"""What every host of the switch is: a pure state machine that hears messages and answers with commands.

The shell around it (``card_switch/service/switchboard.py``) gathers everything that has arrived, steps the
hosts, writes all rows in ONE transaction, and only then lets a byte leave (docs/protocol/switch.md). A host
therefore never does anything itself: it says what is to be done, and remembers in memory what its rows say.

Times are ``now_ms``: milliseconds since 1970, UTC. A link is named by its host's own word for the other end:

======================  =====================  =========================================================
at                      link                   who is there
======================  =====================  =========================================================
acquirer of a bank      ``terminal/…``         a terminal, one name for each connection
acquirer of a bank      ``visa, mastercard``   that scheme's network
acquirer of a bank      ``issuer``             the issuer host of the same bank (on-us)
network                 ``acquirer/601``       an acquirer, by the bank's number of three digits
network                 ``issuer/601``         an issuer
issuer of a bank        ``visa, mastercard``   the network
issuer of a bank        ``acquirer``           the acquirer of the same bank (on-us)
======================  =====================  =========================================================
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from tender.account.participants import number_text
from tender.card.iso8583.message import Message

TERMINAL: Final = "terminal/"
ACQUIRER: Final = "acquirer/"
ISSUER: Final = "issuer/"
"""Beginnings of link names; after them the connection, or the bank's number."""
OWN_ISSUER: Final = "issuer"
OWN_ACQUIRER: Final = "acquirer"
VISA: Final = "visa"
MASTERCARD: Final = "mastercard"


def acquirer_link(bank: int) -> str:
    """What a network calls its link to the acquirer of a bank."""
    return ACQUIRER + number_text(bank)


def issuer_link(bank: int) -> str:
    """What a network calls its link to the issuer of a bank."""
    return ISSUER + number_text(bank)


# --- what a host wants done


@dataclass(frozen=True, slots=True)
class Send:
    """Send this message over a link of this host; it leaves once the rows of the same step are durable."""

    link: str
    message: Message


@dataclass(frozen=True, slots=True)
class Keep:
    """Write a row of this host: ``data`` replaces what stood under this table and key. ``host``: another
    owner, which only the archive names."""

    table: str
    key: str
    data: bytes
    host: str = ""


@dataclass(frozen=True, slots=True)
class Forget:
    """Remove a row of this host; ``host`` as above."""

    table: str
    key: str
    host: str = ""


@dataclass(frozen=True, slots=True)
class AskBank:
    """An order for the node of the bank behind an issuer (``tender/account/card_messages.py``).

    The shell repeats it over a link that was cut until it is answered; the reply comes by
    :meth:`Node.bank_said` with the same ``operation``. After a restart it is the host's own rows that make
    it ask again (:meth:`Node.restore`): asking twice is safe, for the bank knows the operation.
    """

    bank: int
    operation: str
    order: bytes


@dataclass(frozen=True, slots=True)
class Tell:
    """A line for ``tenge switch trace``: what a host decided, in words and without secrets.

    ``what``: a short name such as ``time-out``; ``words``: label arguments, masked already.
    """

    what: str
    words: tuple[tuple[str, str], ...] = ()


Command = Send | Keep | Forget | AskBank | Tell


@dataclass(frozen=True, slots=True)
class Row:
    """A row as the store gives it back."""

    table: str
    key: str
    data: bytes


class Node(Protocol):
    """One host. Every method returns what is to be done, in order; none raises for what a peer sent."""

    @property
    def name(self) -> str:
        """``acquirer-601``, ``visa``, ``issuer-948``: unique in one switch, the owner of its rows."""

    def heard(self, link: str, message: Message, now_ms: int) -> Sequence[Command]:
        """A message that could be read. Sign-on, echo and format errors are the link's own business
        (``tender/card/iso8583/link.py``) and never come here."""

    def link_changed(self, link: str, up: bool, now_ms: int) -> Sequence[Command]:
        """A link signed on, or was lost (closed, signed off, three echoes missed)."""

    def bank_said(self, operation: str, reply: bytes, now_ms: int) -> Sequence[Command]:
        """The bank's reply to an order of this host; may come more than once."""

    def due(self, now_ms: int) -> Sequence[Command]:
        """Everything whose time has come."""

    def next_deadline(self) -> int | None:
        """When :meth:`due` wants to be called, in milliseconds; None: nothing waits."""

    def restore(self, rows: Iterable[Row], now_ms: int) -> Sequence[Command]:
        """Begin where these rows end, and ask again what is unanswered."""
