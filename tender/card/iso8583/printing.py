"""A message as lines people read: what each element is called and means, nothing secret among it.

The card's number shows its ends; tracks, PIN block, printed code and the chip's own copies of them are
starred out whole. Chip data are taken apart by tag; what cannot be taken apart is shown as bytes only where
no secret can hide in it.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from tender.card.iso8583.dialect import Dialect
from tender.card.iso8583.fields import FIELDS, SECRET
from tender.card.iso8583.message import Message, shown_value
from tender.card.pan import masked_number
from tender.card.response_codes import in_words
from tender.card.tags import Tag, name_of
from tender.card.tlv import unpack
from tender.card.values import Bits, Tsi, Tvr
from tender.errors import RemoteProtocolError

_AMOUNTS: Final = frozenset((4, 5, 6))
_CHIP: Final = 55
_HIDDEN_IN_CHIP: Final = frozenset((0x56, 0x57, 0x99, 0x5F20, 0x9F0B, 0x9F1F, 0x9F20, 0x9F6B))
"""Tracks, the PIN, the holder's name."""
_WORDED: Final[Mapping[int, type[Bits]]] = {Tag.TVR: Tvr, Tag.TSI: Tsi}
_CLASSES: Final = {
    "1": "authorisation",
    "2": "financial",
    "3": "file",
    "4": "reversal",
    "5": "reconciliation",
    "6": "administrative",
    "8": "network management",
}
_FUNCTIONS: Final = {"0": "request", "1": "answer", "2": "advice", "3": "advice answer", "4": "notification"}
_KINDS: Final = {
    "00": "purchase",
    "01": "cash",
    "09": "purchase with cashback",
    "20": "refund",
    "28": "payment",
    "30": "balance",
    "31": "balance",
}
_ENTRIES: Final = {
    "01": "typed",
    "05": "chip",
    "07": "contactless chip",
    "10": "number on file",
    "80": "stripe after the chip failed",
    "81": "electronic commerce",
    "90": "stripe",
    "91": "contactless stripe",
}


def title(message: Message) -> str:
    """``0100 authorisation request``; ``again`` behind a repeat."""
    kind = _CLASSES.get(message.mti[1], "message")
    again = " again" if message.is_repeat else ""
    return f"{message.mti} {kind} {_FUNCTIONS.get(message.mti[2], '')}{again}".rstrip()


def lines(message: Message, dialect: Dialect) -> tuple[str, ...]:
    """The title, then a line for each element in the order of their numbers, the parts of one below it."""
    return (f"{title(message)}, {dialect.name}", *_elements(message, dialect))


def _elements(message: Message, dialect: Dialect) -> Iterator[str]:
    parts = _private(message, dialect)
    for number in sorted(message.fields):
        name = FIELDS[number][1]
        yield f"{number:>5}  {name:<28} {_shown(number, message.fields[number], dialect)}".rstrip()
        if number == _CHIP:
            yield from chip_lines(message.octets(_CHIP))
        for place, said in parts.items():
            if place.partition(".")[0] == str(number):
                yield f"{'':7}{place:<7} {said}"


def _private(message: Message, dialect: Dialect) -> Mapping[str, str]:
    try:
        return dialect.private(message)
    except RemoteProtocolError:
        return {}


def _shown(number: int, value: str | bytes, dialect: Dialect) -> str:
    if isinstance(value, bytes):
        return shown_value(number, value) if number in SECRET or number == _CHIP else value.hex().upper()
    if number in _AMOUNTS:
        return amount_in_tenge(int(value))
    said = shown_value(number, value)
    return f"{said}  {meaning}" if (meaning := _meaning(number, value, dialect)) else said


def _meaning(number: int, value: str, dialect: Dialect) -> str:
    if number == 3:
        return _KINDS.get(value[:2], "")
    if number == 22:
        return _ENTRIES.get(value[:2], "")
    if number == 39:
        return in_words(value).partition(" ")[2]
    if number == 70:
        acts = dialect.network_codes._asdict().items()
        return next((act.replace("_", "-") for act, codes in acts if value in codes), "")
    return ""


def amount_in_tenge(amount_tiyn: int) -> str:
    """``3 779,00 tenge``: an amount beside its technical neighbours, so in no language."""
    return f"{amount_tiyn // 100:,},{amount_tiyn % 100:02} tenge".replace(
        ",", " ", f"{amount_tiyn // 100:,}".count(",")
    )


def chip_lines(octets: bytes) -> Iterator[str]:
    """A line for each data object of the chip: tag, name, value; the bits of TVR and TSI in words below
    it."""
    try:
        objects = unpack(octets, loose=True)
    except RemoteProtocolError as error:
        yield f"{'':7}cannot be read: {error}"
        return
    for tag, value in objects:
        yield f"{'':7}{tag:<7X} {name_of(tag):<36} {chip_value(tag, value)}".rstrip()
        if tag in _WORDED and len(value) == _WORDED[tag].BYTES:
            yield from (f"{'':15}{words}" for words in _WORDED[tag].read(value).words)


def chip_value(tag: int, value: bytes) -> str:
    """One data object of a chip as it may be written down."""
    said = value.hex().upper()
    if tag in _HIDDEN_IN_CHIP:
        return "*" * len(said)
    return masked_number(said.rstrip("F")) if tag == Tag.PAN else said
