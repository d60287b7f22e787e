"""What the kernel asks of the world around it, and what it may be told: its only two directions.

===================  ==========================================================================
the kernel yields    the driver sends back
===================  ==========================================================================
Transmit             the card's whole answer (``Response``), or Gone
ChooseApplication    Chosen
AskPin               PinTyped, PinEnciphered, PinSkipped, PinPadFailed, or Chosen(None): called off
GoOnline             Answered, or Unanswered
===================  ==========================================================================

Gone may answer a question to the cardholder, too: the card was taken away meanwhile.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import TypeAlias, TypeVar

from tender.card.apdu import Command, Response
from tender.card.pan import Pan
from tender.crypto.sealing import Pin

T = TypeVar("T")


@unique
class Stage(StrEnum):
    """Where in the conversation. What is certain of a card that is taken away there, the outcome says
    (:class:`pos.core.emv.outcome.Certain`)."""

    SELECTION = "selection"
    INITIATION = "initiation"
    RECORDS = "records"
    AUTHENTICATION = "authentication"
    CARDHOLDER = "cardholder"
    RISK = "risk"
    FIRST_CRYPTOGRAM = "first-cryptogram"
    ONLINE = "online"
    ISSUER_AUTHENTICATION = "issuer-authentication"
    SCRIPTS_BEFORE = "scripts-before"
    SECOND_CRYPTOGRAM = "second-cryptogram"
    SCRIPTS_AFTER = "scripts-after"


@dataclass(frozen=True, slots=True)
class Transmit:
    """Send this to the card and bring its whole answer: ``61xx`` fetched, ``6Cxx`` asked again
    (:func:`tender.card.exchange.exchange` does)."""

    command: Command = field(repr=False)
    """May hold a PIN in plain: never to be logged as it is (:mod:`tender.card.masking`)."""
    stage: Stage


@dataclass(frozen=True, slots=True)
class Candidate:
    """One application that both card and terminal have."""

    aid: bytes
    label: str
    """What a person reads: the preferred name, else the label, else the number in hexadecimal."""
    priority: int
    """1 first, 15 last; 0: none given."""
    must_confirm: bool
    """Not without the cardholder's yes."""


@dataclass(frozen=True, slots=True)
class ChooseApplication:
    """Let the cardholder choose; a single one only wants a yes."""

    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class AskPin:
    """Let the cardholder type a PIN."""

    online: bool
    """For the issuer: the answer is :class:`PinEnciphered`, else :class:`PinTyped`."""
    pan: Pan
    """What an online PIN's block is bound to."""
    tries_left: int | None
    """What the card says; ``None``: unknown. 1 wants a warning."""
    was_wrong: bool = False
    """The one typed before was not right."""


@dataclass(frozen=True, slots=True)
class GoOnline:
    """Ask the issuer."""

    data: Mapping[int, bytes] = field(repr=False)
    """Tag → value: what belongs in data element 55, in the order in which it is sent."""
    pin_block: bytes | None = field(repr=False)
    """The enciphered PIN for data element 52, as the driver gave it; ``None``: none was typed."""
    pan: Pan
    expiry: str
    """``YYMM``, data element 14."""
    sequence: int | None
    """Card sequence number, data element 23; ``None``: the card has none."""
    track2: bytes = field(repr=False)
    """Tag 57 for data element 35; empty: the card has none."""


Step: TypeAlias = Transmit | ChooseApplication | AskPin | GoOnline


@dataclass(frozen=True, slots=True)
class Gone:
    """The card was taken away, died, or answered what no card may answer."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which candidate, by its place; ``None``: the cardholder wants none of it."""

    place: int | None


@dataclass(frozen=True, slots=True)
class PinTyped:
    """A PIN for the card."""

    pin: Pin


@dataclass(frozen=True, slots=True)
class PinEnciphered:
    """A PIN for the issuer, enciphered in the PIN pad."""

    block: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PinSkipped:
    """The cardholder went past the PIN (EMV Book 4, 6.3.4.3)."""


@dataclass(frozen=True, slots=True)
class PinPadFailed:
    """No PIN pad, or one that does not work."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The issuer's word."""

    code: str
    """Response code, two characters: data element 39."""
    chip_data: bytes = field(default=b"", repr=False)
    """Data element 55 of the answer: 91, 71, 72, perhaps 8A."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No word from the issuer."""

    was_sent: bool = True
    """Whether the request may have reached anybody: then the issuer may have approved it."""


PinReply: TypeAlias = PinTyped | PinEnciphered | PinSkipped | PinPadFailed | Chosen | Gone
Reply: TypeAlias = Response | PinReply | Answered | Unanswered
Steps: TypeAlias = Generator[Step, Reply, T]
"""A part of the conversation that returns T."""
