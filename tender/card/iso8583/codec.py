"""Messages to bytes and back by a specification that is data: pyiso8583 moves the bytes, this holds them to
it.

The library takes what it can read; here a message is read one way or refused: every digit a digit, every
character printable, no element that the dialect does not know, none empty, no length written with a sign or a
blank.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, NamedTuple

import iso8583

from tender.card.iso8583.fields import LAST, Format, path
from tender.card.iso8583.message import Message, well_formed_mti
from tender.errors import Code, LocalProtocolError, RemoteProtocolError

Specification = Mapping[str, Mapping[str, Any]]
"""As pyiso8583 wants it: "h", "t", "p", "1" and the numbers as text → coding, length, what it is."""

_MTI_PATH: Final = "iso8583.mti"
_BITMAP_PATH: Final = "iso8583.bitmap"
_SHAPES_KEPT: Final = 512
"""How many sets of data elements are remembered with what has to be looked at: real traffic has some tens."""
_BITMAP_BYTES: Final = 8
_THIRD_BITMAP: Final = 65
_TRACE_NUMBER: Final = 11
_UNKNOWN: Final = {"data_enc": "b", "len_enc": "b", "len_type": 0, "max_len": 1 << 30, "desc": "unknown"}
"""An element that no message is long enough for: so reading one stops there, with what came before it."""


class MalformedMessage(RemoteProtocolError):
    """What came is no message of this dialect. ``readable``: what of it could be read, so that it can be
    answered with format error (39 = 30); None when not even that."""

    def __init__(self, code: Code, field: str, readable: Message | None) -> None:
        super().__init__(code, field)
        self.readable = readable

    def answer(self) -> Message | None:
        """The format error to answer with; None when it is not known what to answer: no request, or no trace
        number in it."""
        asked = self.readable
        if asked is None or not asked.is_request or _TRACE_NUMBER not in asked.fields:
            return None
        return asked.answer("30")


@dataclass(frozen=True, slots=True)
class Coding:
    """How a dialect writes things: digits packed or as text, lengths as one number or as digits, which
    characters. ``filled_behind``: elements whose odd number of packed digits has its 0 behind, not before."""

    packed: bool
    text: str
    filled_behind: frozenset[int] = frozenset()

    @property
    def mti_bytes(self) -> int:
        """How long the message type is."""
        return 2 if self.packed else 4


def specification(formats: Mapping[int, Format], names: Mapping[int, str], coding: Coding) -> Specification:
    """The dialect's data elements as pyiso8583 takes them."""
    spec: dict[str, dict[str, Any]] = {
        "h": {"data_enc": "b", "len_enc": "b", "len_type": 0, "max_len": 0, "desc": "none"},
        "t": {
            "data_enc": "b" if coding.packed else coding.text,
            "len_enc": "b",
            "len_type": 0,
            "max_len": coding.mti_bytes,
            "desc": "message type",
        },
    }
    for key, desc in (("p", "bitmap"), ("1", "second bitmap")):
        spec[key] = {"data_enc": "b", "len_enc": "b", "len_type": 0, "max_len": _BITMAP_BYTES, "desc": desc}
    for number in range(2, LAST + 1):
        known = formats.get(number)
        pad = "right_pad" if number in coding.filled_behind else "left_pad"
        spec[str(number)] = _element(known, names[number], coding, pad) if known else dict(_UNKNOWN)
    return spec


def _element(form: Format, name: str, coding: Coding, pad: str) -> dict[str, Any]:
    packed_digits = coding.packed and form.kind in ("n", "z")
    element: dict[str, Any] = {
        "data_enc": "b" if form.kind == "b" or packed_digits else coding.text,
        "len_enc": "b" if coding.packed else coding.text,
        "len_type": 0,
        "max_len": form.length_most,
        "desc": name,
    }
    if packed_digits:
        element |= {"len_count": "nibbles", pad: "0"}
    if form.varies and coding.packed:
        element["len_type"] = 1 if form.length_most <= 0xFF else 2
    elif form.varies:
        element["len_type"] = 2 if form.length_most <= 99 else 3
    return element


_Taker = Callable[[Mapping[str, Any]], tuple[Any, ...]]


def _taker(keys: tuple[str, ...]) -> _Taker:
    """The values under these keys, as fast as there is."""
    if len(keys) > 1:
        return itemgetter(*keys)
    return lambda values: tuple(values[key] for key in keys)


class _Shape(NamedTuple):
    """What to look at in a message that has just these data elements; keys as pyiso8583 has them."""

    numbers: tuple[int, ...]
    keys: tuple[str, ...]
    all_of: _Taker
    digits_of: _Taker
    text_of: _Taker
    varying_of: _Taker
    binary: tuple[tuple[int, str], ...]
    lengths: tuple[str, ...]
    rewritten: tuple[tuple[int, str], ...]


class Rewriting(NamedTuple):
    """How the wire holds an element otherwise than a message does; both ways raise ``ValueError`` for what
    does not belong there."""

    read: Callable[[str], str]
    write: Callable[[str], str]


class Codec:
    """One dialect's reading and writing."""

    def __init__(
        self,
        formats: Mapping[int, Format],
        names: Mapping[int, str],
        coding: Coding,
        rewritten: Mapping[int, Rewriting],
    ) -> None:
        self.specification: Final = specification(formats, names, coding)
        self._formats: Final = formats
        self._coding: Final = coding
        self._rewritten: Final = rewritten
        self._shape: Final = lru_cache(_SHAPES_KEPT)(self._shape_of)
        self._shape_of_bits: Final = lru_cache(_SHAPES_KEPT)(lambda bits: self._shape_of(_numbers(bits)))

    def _shape_of(self, numbers: tuple[int, ...]) -> _Shape:
        known = [(n, str(n), self._formats[n]) for n in numbers if n in self._formats]
        keys = tuple(key for _, key, _ in known)
        varying = tuple(key for _, key, form in known if form.varies)
        return _Shape(
            numbers=tuple(n for n, _, _ in known),
            keys=keys,
            all_of=_taker(keys),
            digits_of=_taker(tuple(key for _, key, form in known if form.kind == "n")),
            text_of=_taker(tuple(key for _, key, form in known if form.kind in ("text", "z"))),
            varying_of=_taker(varying),
            binary=tuple((n, key) for n, key, form in known if form.kind == "b"),
            lengths=() if self._coding.packed else varying,
            rewritten=tuple((n, key) for n, key, _ in known if n in self._rewritten),
        )

    # --- out

    def encode(self, message: Message) -> bytes:
        """The message's bytes. ``LocalProtocolError field-wrong`` at the element that does not fit."""
        fields = message.fields
        shape = self._shape(tuple(fields))
        if len(shape.numbers) != len(fields):
            raise LocalProtocolError(Code.FIELD_WRONG, path(min(fields.keys() - shape.numbers)))
        if not well_formed_mti(message.mti):
            raise LocalProtocolError(Code.FIELD_WRONG, _MTI_PATH)
        spoken: dict[str, Any] = dict(zip(shape.keys, fields.values(), strict=False))
        writing = 0
        try:
            for _, key in shape.binary:
                spoken[key] = spoken[key].hex()
            if (wrong := self._wrong(shape, spoken)) is None:
                for number, key in shape.rewritten:
                    writing = number
                    spoken[key] = self._rewritten[number].write(spoken[key])
                spoken["t"] = message.mti
                return bytes(iso8583.encode(spoken, self.specification)[0])
        except iso8583.EncodeError as error:
            wrong = _path_of(error.field)
        except (AttributeError, TypeError):
            wrong = self._of_wrong_type(fields)
        except ValueError:
            wrong = path(writing)
        raise LocalProtocolError(Code.FIELD_WRONG, wrong or _BITMAP_PATH)

    def _of_wrong_type(self, fields: Mapping[int, object]) -> str:
        types = {number: bytes if self._formats[number].kind == "b" else str for number in fields}
        return next((path(n) for n, value in fields.items() if not isinstance(value, types[n])), _BITMAP_PATH)

    # --- in

    def decode(self, octets: bytes) -> Message:
        """The message in these bytes, all of them; :class:`MalformedMessage` at the element that is wrong:
        ``message-truncated`` before the elements begin, else ``field-wrong``."""
        at = self._coding.mti_bytes
        bits = int.from_bytes(octets[at : at + _BITMAP_BYTES], "big") << 64
        if bits >> 127:
            at += _BITMAP_BYTES
            bits |= int.from_bytes(octets[at : at + _BITMAP_BYTES], "big")
        if len(octets) < at + _BITMAP_BYTES:
            raise MalformedMessage(Code.MESSAGE_TRUNCATED, _BITMAP_PATH, None)
        if bits >> 63 & 1:
            raise MalformedMessage(
                Code.FIELD_WRONG, path(_THIRD_BITMAP), self._before_third_bitmap(octets, at)
            )
        try:
            spoken, written = iso8583.decode(octets, self.specification)
        except iso8583.DecodeError as error:
            readable = self._readable(error.doc_dec, error.field)
            raise MalformedMessage(Code.FIELD_WRONG, _path_of(error.field), readable) from None
        shape = self._shape_of_bits(bits)
        wrong = self._rewrite(shape, spoken) or self._wrong(shape, spoken)
        if wrong is None and not well_formed_mti(spoken["t"]):
            wrong = _MTI_PATH
        if wrong is None and shape.lengths:
            # The library reads a length as Python reads a number: "+5" and " 5" would be ones.
            lengths = b"".join([written[key]["len"] for key in shape.lengths])
            if not lengths.decode(self._coding.text).isdecimal():
                wrong = _path_of(
                    next(key for key in shape.lengths if not self._is_length(written[key]["len"]))
                )
        if wrong is not None:
            raise MalformedMessage(Code.FIELD_WRONG, wrong, self._readable(spoken))
        fields: dict[int, str | bytes] = dict(zip(shape.numbers, shape.all_of(spoken), strict=False))
        for number, key in shape.binary:
            fields[number] = written[key]["data"]
        return Message.holding(spoken["t"], fields)

    def _is_length(self, octets: bytes) -> bool:
        return octets.decode(self._coding.text).isdecimal()

    def _rewrite(self, shape: _Shape, spoken: dict[str, Any]) -> str | None:
        for number, key in shape.rewritten:
            try:
                spoken[key] = self._rewritten[number].read(spoken[key])
            except ValueError:
                return path(number)
        return None

    def _wrong(self, shape: _Shape, spoken: Mapping[str, Any]) -> str | None:
        """Where a value is not of its element's kind, or empty. Looked at all at once: traffic is sound."""
        digits = "".join(shape.digits_of(spoken)) or "0"
        text = "".join(shape.text_of(spoken))
        sound = digits.isascii() and digits.isdecimal() and text.isascii() and text.isprintable()
        if sound and all(shape.varying_of(spoken)):
            return None
        return next((path(n) for n in shape.numbers if not self._is_sound(n, spoken[str(n)])), _BITMAP_PATH)

    def _is_sound(self, number: int, value: str) -> bool:
        kind = self._formats[number].kind
        allowed = value.isdecimal() if kind == "n" else value.isprintable()
        return bool(value) and value.isascii() and allowed

    # --- what can be read of what cannot be read

    def _before_third_bitmap(self, octets: bytes, at: int) -> Message | None:
        """The elements up to 64: those behind lie where nobody knows."""
        cleared = octets[:at] + bytes((octets[at] & 0x7F,)) + octets[at + 1 :]
        stop = str(_THIRD_BITMAP)
        try:
            spoken, _ = iso8583.decode(cleared, self.specification)
        except iso8583.DecodeError as error:
            spoken = error.doc_dec
            stop = min(stop, error.field, key=lambda key: int(key) if key.isdecimal() else 0)
        return self._readable(spoken, stop)

    def _readable(self, spoken: dict[str, Any], failed: str = "") -> Message | None:
        """A message of the sound elements that were read before the one that failed."""
        stop = int(failed) if failed.isdecimal() else 0 if failed else LAST + 1
        fields: dict[int, str | bytes] = {}
        for key, value in spoken.items():
            number = int(key) if key.isdecimal() else 0
            if number not in self._formats or number >= stop:
                continue
            if self._rewrite(self._shape((number,)), spoken) is None and self._is_sound(number, spoken[key]):
                fields[number] = bytes.fromhex(value) if self._formats[number].kind == "b" else spoken[key]
        mti = spoken.get("t", "")
        return Message(mti, fields) if well_formed_mti(mti) else None


def _numbers(bits: int) -> tuple[int, ...]:
    return tuple(number for number in range(2, LAST + 1) if bits >> LAST - number & 1)


def _path_of(key: str) -> str:
    """Of an element as pyiso8583 calls it."""
    if key.isdecimal():
        return path(int(key)) if key != "1" else _BITMAP_PATH
    return _MTI_PATH if key == "t" else _BITMAP_PATH
