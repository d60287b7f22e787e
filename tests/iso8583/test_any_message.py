"""Any message that fits its dialect: it comes back, its bytes are one, and an unrelated implementation reads
them so."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from starkbank.iso8583 import parse
from starkbank.iso8583.template.mastercard import mastercard
from starkbank.iso8583.template.visa import visa
from starkbank.iso8583.version import IsoVersion

from tender.card.iso8583.dialects import DIALECTS, VISA_STYLE, Dialect
from tender.card.iso8583.fields import LAST, Format
from tender.card.iso8583.framing import STATIONS_4, Framer, route_between
from tender.card.iso8583.message import Message

TEMPLATED = frozenset((34, 48, 62, 63, 104, 108, 110, 111, 112, 114, 120, 126))
"""Elements the other takes apart by rules of its own, so that not every value is one to it."""
UNDEFINED = {"visa-style": frozenset((64,)), "mastercard-style": frozenset[int]()}
"""Elements of ours the other has no rule for: it keeps authentication codes in 128 alone."""
ROUTE = route_between(STATIONS_4.envelope, 1, 2)
PRINTABLE = some.characters(min_codepoint=0x20, max_codepoint=0x7E)


def values(form: Format) -> some.SearchStrategy[str | bytes]:
    """Any value of an element, not always the shortest."""
    most = min(form.length_most, 60)
    least = 1 if form.varies else most
    if form.kind == "b":
        return some.binary(min_size=least, max_size=most)
    if form.kind == "z":
        return some.from_regex(r"[0-9]{12,19}=[0-9]{7,17}", fullmatch=True)
    digits = form.kind == "n"
    return some.text(some.sampled_from("0123456789") if digits else PRINTABLE, min_size=least, max_size=most)


@some.composite
def messages(draw: some.DrawFn, dialect: Dialect, without: frozenset[int]) -> Message:
    """A type, and any elements of the dialect."""
    numbers = draw(some.sets(some.sampled_from(sorted(dialect.formats.keys() - without)), max_size=30))
    mti = draw(some.sampled_from(("0100", "0110", "0120", "0200", "0400", "0421", "0800", "0810")))
    return Message(mti, {n: draw(values(dialect.formats[n])) for n in sorted(numbers)})


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=str)
@settings(max_examples=60)
@given(data=some.data())
def test_any_message_comes_back_from_bytes_that_are_one(dialect: Dialect, data: some.DataObject) -> None:
    message = data.draw(messages(dialect, frozenset()))
    octets = dialect.encode(message)
    assert dialect.decode(octets) == message
    shuffled = Message(message.mti, dict(reversed(list(message.fields.items()))))
    assert dialect.encode(shuffled) == octets
    framed = STATIONS_4.frame(octets, ROUTE)
    assert [frame.octets for frame in Framer(STATIONS_4).feed(framed)] == [octets]


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=str)
def test_every_element_is_as_long_as_the_other_has_it(dialect: Dialect) -> None:
    """And varies where it varies there, is packed where it is packed there: but for track 3 (36), which
    nobody sends, and the third bitmap."""
    template = (visa if dialect is VISA_STYLE else mastercard)[IsoVersion._1987]
    for number in range(2, LAST + 1):
        other = template.fieldByName[f"DE{number:03}"]
        kind = type(other.parsingRule).__name__
        form = dialect.formats.get(number)
        if form is None:
            assert kind == "ParseUndefined" or number in (36, 65), number
        elif number == 22:
            assert other.lengthRule.limit in (3, 4), "the fourth digit is filling"
        elif number not in UNDEFINED[dialect.name]:
            varies = other.lengthRule.byteLength() > 0
            assert (form.length_most, form.varies) == (other.lengthRule.limit, varies), number
            if dialect is VISA_STYLE:
                assert (form.kind in "nz") == (kind == "ParseBcdString"), number


def told(dialect: Dialect, octets: bytes) -> dict[str, Any]:
    """What the other makes of it."""
    if dialect is VISA_STYLE:
        framed = STATIONS_4.frame(octets, ROUTE)
        return dict(parse(framed[STATIONS_4.head_bytes :], template=visa))
    return dict(parse(octets, template=mastercard, encoding="cp500"))


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=str)
@settings(max_examples=60)
@given(data=some.data())
def test_the_other_reads_any_text_of_ours(dialect: Dialect, data: some.DataObject) -> None:
    message = data.draw(messages(dialect, TEMPLATED | UNDEFINED[dialect.name]))
    found = told(dialect, dialect.encode(message))
    assert found["MTI"] == message.mti
    for number, value in message.fields.items():
        said = found[f"DE{number:03}"]
        if number == 22:
            said = said[:3]
        elif number == 35:
            said = said.replace("d", "=")
        if isinstance(value, str):
            assert said == value, number
    listed = [*found["BMP"], *found.get("DE001", [])]
    assert [number for number in listed if number != 1] == list(message.fields)
