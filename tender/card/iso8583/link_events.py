"""What a link tells who holds it: the state of the line, and what came and went over it."""

from dataclasses import dataclass
from enum import Enum

from tender.card.iso8583.message import Message
from tender.errors import Code


class LinkState(Enum):
    """What the line is good for."""

    CLOSED = "closed"
    WAITS_FOR_SIGN_ON = "waits for sign-on"
    UP = "up"
    SIGNED_OFF = "signed off"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Heard:
    """A message for who works on this line."""

    message: Message


@dataclass(frozen=True, slots=True)
class Managed:
    """A message about the line, which the link has dealt with."""

    message: Message


@dataclass(frozen=True, slots=True)
class Said:
    """A message that is on its way, of whoever's making."""

    message: Message


@dataclass(frozen=True, slots=True)
class Changed:
    """The line has another state now."""

    state: LinkState


@dataclass(frozen=True, slots=True)
class Unread:
    """A message came that is none: where it is wrong, what of it could be read, and whether it was answered
    (with format error, or given back between stations)."""

    code: Code
    field: str
    readable: Message | None
    answered: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """A request came before sign-on (answered with 91), from who may not ask it (58), or was itself a sign-on
    of nobody known here (63)."""

    message: Message


@dataclass(frozen=True, slots=True)
class Rejected:
    """The other gave a message of ours back with this code. None: not even we can read it."""

    reject: str
    message: Message | None


LinkEvent = Heard | Managed | Said | Changed | Unread | Refused | Rejected
