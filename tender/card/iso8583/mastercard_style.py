"""Mastercard-style: all text in EBCDIC, lengths as digits, private data of tag, length and value in 48.

The life-cycle id is the network's reference in 63 with the day in 15; the printed code is 48.92 and its
result 48.87.
"""

import re
from collections.abc import Mapping
from typing import Final

from tender.card.iso8583.codec import Coding, Rewriting
from tender.card.iso8583.dialect import Dialect, NetworkCodes, Place, own_text, wrong
from tender.card.iso8583.message import Message
from tender.errors import RemoteProtocolError

_TEXT: Final = "cp500"
_TRACK: Final = re.compile(r"[0-9]{1,19}=[0-9]+")
_NETWORK: Final = "MCC"
_REFERENCE: Final = 9
_DAY: Final = 4
_CARD_NOT_PRESENT: Final = "T"
_RETAIL: Final = "R"
_PRINTED_CODE, _PRINTED_CODE_RESULT = "92", "87"
_ELECTRONIC_COMMERCE: Final = "59"
_NAME, _CITY = 22, 13
_COUNTRIES: Final = {
    "KZ": "KAZ",
    "RU": "RUS",
    "KG": "KGZ",
    "UZ": "UZB",
    "CN": "CHN",
    "TR": "TUR",
    "AE": "ARE",
    "DE": "DEU",
    "GB": "GBR",
    "US": "USA",
}
"""Two letters → three (ISO 3166-1), of the places a card here is likely to be used at."""
_TWO_LETTERS: Final = {three: two for two, three in _COUNTRIES.items()}


def _track(text: str) -> str:
    if not _TRACK.fullmatch(text):
        raise ValueError
    return text


def subelements(message: Message) -> tuple[str, dict[str, str]]:
    """48 taken apart: the transaction category, and its sub-elements, tag → value; ("", {}) where it is
    missing.

    ``RemoteProtocolError field-wrong`` at ``iso8583.de048``: cut off, a tag or length that is no number, a
    tag twice.
    """
    if 48 not in message.fields:
        return "", {}
    text = message.text(48)
    category, at, found = text[0], 1, dict[str, str]()
    while at < len(text):
        tag, length = text[at : at + 2], text[at + 2 : at + 4]
        if not ((tag + length).isdecimal() and len(length) == 2) or tag in found:
            raise wrong(48)
        value = text[at + 4 : at + 4 + int(length)]
        if len(value) != int(length):
            raise wrong(48)
        found[tag] = value
        at += 4 + len(value)
    return category, found


def with_subelement(message: Message, tag: str, value: str) -> Message:
    """The same message with this sub-element of 48 put in, all in the order of their tags."""
    category, found = subelements(message)
    if not category:
        online = message.fields.get(25) == _ELECTRONIC_COMMERCE
        category = _CARD_NOT_PRESENT if online else _RETAIL
    rows = sorted({**found, tag: value}.items())
    return message.having({48: category + "".join(f"{one}{len(said):02}{said}" for one, said in rows)})


class MastercardStyle(Dialect):
    """The dialect; there is one, :data:`tender.card.iso8583.dialects.MASTERCARD_STYLE`."""

    def __init__(self) -> None:
        super().__init__(
            "mastercard-style",
            Coding(packed=False, text=_TEXT),
            {},
            frozenset(),
            {35: Rewriting(_track, _track)},
            NetworkCodes(("061", "001"), ("062", "002"), ("270",), ("161", "162"), ("201",)),
        )

    def new_life_cycle_id(self, number: int, day: str) -> str:
        """As :meth:`Dialect.new_life_cycle_id`: the number as the reference, the day."""
        return f"{number % 10**_REFERENCE:0{_REFERENCE}}{day}"

    def life_cycle_id(self, message: Message) -> str:
        """The reference in 63 and the day in 15."""
        if 63 not in message.fields:
            return ""
        network, reference = message.text(63)[: len(_NETWORK)], message.text(63)[len(_NETWORK) :]
        if not (network.isalnum() and len(reference) == _REFERENCE and reference.isalnum()):
            raise wrong(63)
        return reference + message.digits(15)

    def with_life_cycle_id(self, message: Message, life_cycle_id: str) -> Message:
        """63 and 15."""
        own_text(63, life_cycle_id, _REFERENCE + _DAY)
        return message.having({63: _NETWORK + life_cycle_id[:_REFERENCE], 15: life_cycle_id[_REFERENCE:]})

    def cvv2(self, message: Message) -> str:
        """48.92."""
        code = subelements(message)[1].get(_PRINTED_CODE, "")
        if code and not (len(code) == 3 and code.isdecimal()):
            raise wrong(48)
        return code

    def with_cvv2(self, message: Message, cvv2: str) -> Message:
        """48.92."""
        return with_subelement(message, _PRINTED_CODE, own_text(48, cvv2, 3))

    def cvv2_result(self, message: Message) -> str:
        """48.87."""
        return subelements(message)[1].get(_PRINTED_CODE_RESULT, "")

    def with_cvv2_result(self, message: Message, result: str) -> Message:
        """48.87."""
        return with_subelement(message, _PRINTED_CODE_RESULT, own_text(48, result, 1))

    def place(self, message: Message) -> Place:
        """43: 22 characters of name, 13 of city, 3 of country, a blank between them."""
        text = message.text(43)
        name, city, country = text[:_NAME], text[_NAME + 1 : _NAME + 1 + _CITY], text[_NAME + _CITY + 2 :]
        if text[_NAME] != " " or text[_NAME + 1 + _CITY] != " " or country not in _TWO_LETTERS:
            raise wrong(43)
        return Place(name.rstrip(), city.rstrip(), _TWO_LETTERS[country])

    def with_place(self, message: Message, place: Place) -> Message:
        """43."""
        name, city = place.name[:_NAME], place.city[:_CITY]
        country = own_text(43, _COUNTRIES.get(place.country, ""), 3)
        return message.having({43: f"{name:<{_NAME}} {city:<{_CITY}} {country}"})

    def private(self, message: Message) -> Mapping[str, str]:
        """48 by its sub-elements, 63 by its halves."""
        try:
            category, found = subelements(message)
        except RemoteProtocolError:
            return {}  # shown starred out, by who prints it
        shown = {"48": category} if category else {}
        for tag, value in found.items():
            shown[f"48.{tag}"] = "*" * len(value) if tag == _PRINTED_CODE else value
        return shown
