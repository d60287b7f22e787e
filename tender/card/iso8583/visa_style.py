"""Visa-style: digits packed two to a byte, texts in EBCDIC, private elements that begin with a bitmap.

The life-cycle id is the transaction identifier, 15 digits in 62.2; the printed code travels in 126.10 and its
result is the tenth character of 44.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tender.card.iso8583.codec import Coding, Rewriting
from tender.card.iso8583.dialect import Dialect, NetworkCodes, Place, own_text, wrong
from tender.card.iso8583.message import Message
from tender.errors import RemoteProtocolError

_TEXT: Final = "cp500"
_TRACK: Final = re.compile(r"[0-9]{1,19}[D=][0-9]+")
_IDENTIFIER_DIGITS: Final = 15
_RESULT_AT: Final = 9
_CODE_PRESENT: Final = "1"
_NAME, _CITY, _COUNTRY = 25, 13, 2


def _track_read(text: str) -> str:
    if not _TRACK.fullmatch(text):
        raise ValueError
    return text.replace("D", "=")


def _track_write(text: str) -> str:
    if not _TRACK.fullmatch(text):
        raise ValueError
    return text.replace("=", "D")


@dataclass(frozen=True, slots=True)
class Bitmapped:
    """A private element that begins with a bitmap of its parts. ``sizes``: part → bytes of it, for those
    whose place can be known; one with any other part is taken as it is and not looked into."""

    number: int
    bitmap_bytes: int
    sizes: Mapping[int, int]

    def parts(self, message: Message) -> dict[int, bytes]:
        """Part → bytes; empty where the element is missing. ``RemoteProtocolError`` at the element."""
        if self.number not in message.fields:
            return {}
        octets = message.octets(self.number)
        places = self.bitmap_bytes * 8
        bits = int.from_bytes(octets[: self.bitmap_bytes], "big")
        at, found = self.bitmap_bytes, {}
        while bits:
            place = bits.bit_length()
            bits ^= 1 << place - 1
            part = places - place + 1
            if part not in self.sizes:
                raise wrong(self.number)
            found[part] = octets[at : at + self.sizes[part]]
            at += self.sizes[part]
        if at != len(octets):
            raise wrong(self.number)
        return found

    def having(self, message: Message, part: int, value: bytes) -> Message:
        """The same message with this part put in."""
        parts = {**self.parts(message), part: value}
        bits = sum(1 << self.bitmap_bytes * 8 - each for each in parts)
        body = b"".join(parts[each] for each in sorted(parts))
        return message.having({self.number: bits.to_bytes(self.bitmap_bytes, "big") + body})


_F62: Final = Bitmapped(
    62,
    8,
    {1: 1, 2: 8, 3: 4, 4: 1, 5: 1, 6: 1, 7: 26, 8: 3, 9: 1, 10: 3, 11: 1, 12: 1, 13: 1, 14: 6, 15: 1, 16: 2}
    | {17: 15, 18: 1, 19: 2, 20: 5, 21: 4, 22: 6, 23: 2, 24: 6, 25: 1, 26: 1},
)
_F63: Final = Bitmapped(
    63, 3, {1: 2, 2: 2, 3: 2, 4: 2, 6: 7, 8: 4, 9: 14, 10: 13, 11: 1, 13: 3, 15: 8, 19: 3}
)
_F126: Final = Bitmapped(
    126, 8, {5: 8, 6: 17, 7: 17, 8: 20, 9: 20, 10: 6, 12: 3, 13: 1, 15: 1, 18: 12, 19: 1}
)
_SECRET_PARTS: Final = frozenset(((126, 10),))


class VisaStyle(Dialect):
    """The dialect; there is one, :data:`tender.card.iso8583.dialects.VISA_STYLE`."""

    def __init__(self) -> None:
        texts = dict.fromkeys((46, 47, 48, 56, 57, 58, 106, 107, 108, 109), "ans..255")
        texts |= dict.fromkeys((112, 113, *range(116, 120), 125), "ans..255")
        texts |= {17: "ans4", 115: "ans..24", 121: "ans..11"}
        datasets = dict.fromkeys((34, 110, 111, 114), "b..1535")
        own = {55: "b..255", 59: "ans..14", 60: "b..12", 61: "b..18", 62: "b..255", 63: "b..255"}
        high = {104: "b..255", 105: "b16", 120: "b..1537", 123: "b..255", 126: "b..255", 127: "b..255"}
        super().__init__(
            "visa-style",
            Coding(packed=True, text=_TEXT, filled_behind=frozenset((22,))),
            texts | datasets | own | high,
            frozenset((40, 93, 96, 122, 124)),
            {35: Rewriting(_track_read, _track_write)},
            NetworkCodes(("071", "001"), ("072", "002"), ("301",), ("161", "162"), ("201",)),
        )

    def new_life_cycle_id(self, number: int, day: str) -> str:
        """As :meth:`Dialect.new_life_cycle_id`: 3, the day, the number."""
        return f"3{day}{number:010}"

    def life_cycle_id(self, message: Message) -> str:
        """62.2."""
        packed = _F62.parts(message).get(2)
        if packed is None:
            return ""
        digits = packed.hex()[1:]
        if packed[0] >> 4 or not digits.isdecimal():
            raise wrong(62)
        return digits

    def with_life_cycle_id(self, message: Message, life_cycle_id: str) -> Message:
        """62.2."""
        digits = own_text(62, life_cycle_id, _IDENTIFIER_DIGITS)
        return _F62.having(message, 2, bytes.fromhex("0" + digits))

    def cvv2(self, message: Message) -> str:
        """126.10: whether it is there, what answer is wanted, the code set right."""
        said = _F126.parts(message).get(10, b"").decode(_TEXT)
        if not said.startswith(_CODE_PRESENT):
            return ""
        code = said[2:].strip(" ")
        if not (len(code) in (3, 4) and code.isascii() and code.isdecimal()):
            raise wrong(126)
        return code

    def with_cvv2(self, message: Message, cvv2: str) -> Message:
        """126.10."""
        return _F126.having(message, 10, own_text(126, f"11{cvv2:>4}", 6).encode(_TEXT))

    def cvv2_result(self, message: Message) -> str:
        """44.10."""
        said = message.text(44) if 44 in message.fields else ""
        return said[_RESULT_AT : _RESULT_AT + 1].strip()

    def with_cvv2_result(self, message: Message, result: str) -> Message:
        """44.10."""
        said = f"{message.text(44) if 44 in message.fields else '':<{_RESULT_AT}}"
        return message.having({44: said[:_RESULT_AT] + own_text(44, result, 1) + said[_RESULT_AT + 1 :]})

    def place(self, message: Message) -> Place:
        """43: 25 characters of name, 13 of city, 2 of country."""
        text = message.text(43)
        name, city = text[:_NAME], text[_NAME : _NAME + _CITY]
        return Place(name.rstrip(), city.rstrip(), text[_NAME + _CITY :])

    def with_place(self, message: Message, place: Place) -> Message:
        """43."""
        name, city = place.name[:_NAME], place.city[:_CITY]
        return message.having({43: f"{name:<{_NAME}}{city:<{_CITY}}{own_text(43, place.country, _COUNTRY)}"})

    def private(self, message: Message) -> Mapping[str, str]:
        """62, 63 and 126 by their parts; 44.10."""
        shown: dict[str, str] = {}
        for element in (_F62, _F63, _F126):
            try:
                parts = element.parts(message)
            except RemoteProtocolError:
                continue  # shown as bytes, by who prints it
            for part, value in parts.items():
                secret = (element.number, part) in _SECRET_PARTS
                shown[f"{element.number}.{part}"] = "*" * len(value) if secret else value.hex().upper()
        if shown.get("62.2"):
            shown["62.2"] = shown["62.2"][1:]
        if result := self.cvv2_result(message):
            shown["44.10"] = result
        return shown
