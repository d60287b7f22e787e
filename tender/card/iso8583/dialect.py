"""What a network's dialect is: how it writes data elements, and where it puts what ISO 8583 leaves to
networks.

A host asks its link's dialect where the life-cycle id, the printed code or the merchant's place is, and never
looks into private elements itself. "Visa-style" and "Mastercard-style" are after public field tables.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Final, NamedTuple

from tender.card.iso8583.codec import Codec, Coding, Rewriting
from tender.card.iso8583.fields import FIELDS, Format, path, read_format
from tender.card.iso8583.message import Message
from tender.errors import Code, LocalProtocolError, RemoteProtocolError


class NetworkCodes(NamedTuple):
    """Data element 70 of a 0800: what may stand for each act; the first of them is what we say."""

    sign_on: tuple[str, ...]
    sign_off: tuple[str, ...]
    echo: tuple[str, ...]
    key_exchange: tuple[str, ...]
    cut_over: tuple[str, ...]


class Place(NamedTuple):
    """Where a purchase was made: data element 43. ``country`` has two letters."""

    name: str
    city: str
    country: str


class Dialect(ABC):
    """One network's way. ``name`` for people and configuration."""

    def __init__(
        self,
        name: str,
        coding: Coding,
        own: Mapping[int, str],
        missing: frozenset[int],
        rewritten: Mapping[int, Rewriting],
        network_codes: NetworkCodes,
    ) -> None:
        """``own``: formats that differ from :data:`~tender.card.iso8583.fields.FIELDS`; ``missing``: elements
        it does not have."""
        forms = {number: form for number, (form, _) in FIELDS.items() if number not in missing} | dict(own)
        names = {number: name_of for number, (_, name_of) in FIELDS.items()}
        self.name: Final = name
        self.network_codes: Final = network_codes
        self.formats: Final[Mapping[int, Format]] = {n: read_format(forms[n]) for n in sorted(forms)}
        self._codec: Final = Codec(self.formats, names, coding, rewritten)
        self.specification: Final = self._codec.specification

    def encode(self, message: Message) -> bytes:
        """The message's bytes; ``LocalProtocolError field-wrong`` at the element that does not fit."""
        return self._codec.encode(message)

    def decode(self, octets: bytes) -> Message:
        """The message in these bytes, or :class:`~tender.card.iso8583.codec.MalformedMessage` (a
        ``RemoteProtocolError``) at the element that is wrong, with what could be read."""
        return self._codec.decode(octets)

    @abstractmethod
    def new_life_cycle_id(self, number: int, day: str) -> str:
        """The id a network gives an operation: from a number that it never gives twice (0 to 10⁹ - 1 a day is
        always enough room, a digit for the year in it) and the day ``MMDD``."""

    @abstractmethod
    def life_cycle_id(self, message: Message) -> str:
        """The id that ties an authorisation to all that follows it; "" where the message has none yet."""

    @abstractmethod
    def with_life_cycle_id(self, message: Message, life_cycle_id: str) -> Message:
        """The same message with this id."""

    @abstractmethod
    def cvv2(self, message: Message) -> str:
        """The code printed on the card, three digits; "" where it did not come."""

    @abstractmethod
    def with_cvv2(self, message: Message, cvv2: str) -> Message:
        """The same message with this printed code."""

    @abstractmethod
    def cvv2_result(self, message: Message) -> str:
        """What the issuer says of the printed code: ``M`` match, ``N`` no match, ``P`` not looked at; ""
        where it says nothing."""

    @abstractmethod
    def with_cvv2_result(self, message: Message, result: str) -> Message:
        """The same answer with this result."""

    @abstractmethod
    def place(self, message: Message) -> Place:
        """Name, city and country of data element 43."""

    @abstractmethod
    def with_place(self, message: Message, place: Place) -> Message:
        """The same message with this place; what is too long is cut."""

    @abstractmethod
    def private(self, message: Message) -> Mapping[str, str]:
        """Its private elements taken apart for people to read: "62.2" → text. Nothing secret is in it."""

    def __repr__(self) -> str:
        return self.name


def own_text(number: int, value: str, length: int) -> str:
    """A text of ours that has to have just this length; ``LocalProtocolError field-wrong``."""
    if len(value) != length:
        raise LocalProtocolError(Code.FIELD_WRONG, path(number))
    return value


def wrong(number: int) -> RemoteProtocolError:
    """The peer's element is wrong."""
    return RemoteProtocolError(Code.FIELD_WRONG, path(number))
