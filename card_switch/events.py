"""What the switch tells whoever watches it: messages that passed between hosts, and what hosts decided."""

from dataclasses import dataclass

from tender.card.iso8583.dialect import Dialect
from tender.card.iso8583.message import Message


@dataclass(frozen=True, slots=True)
class Passed:
    """A message left one host for another. ``from_host`` and ``to_host`` are hosts or links to the outside,
    such as ``terminal/601-3``."""

    time_ms: int
    from_host: str
    to_host: str
    message: Message
    dialect: Dialect


@dataclass(frozen=True, slots=True)
class Decided:
    """A host decided something; ``words`` are masked already."""

    time_ms: int
    host: str
    what: str
    words: tuple[tuple[str, str], ...]


Event = Passed | Decided
