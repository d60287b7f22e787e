"""One value, one encoding: what the library lets through and we do not."""

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tender import canon
from tender.errors import Code, LocalProtocolError, RemoteProtocolError
from tender.schema import Bytes, Choice, Flag, Int, Many, Maybe, Record, Text, Uint


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("integer written long", "1800"),
        ("two-byte integer written long", "190001"),
        ("duplicate key", "a201010102"),
        ("indefinite byte string", "5f4101ff"),
        ("indefinite array", "9f01ff"),
        ("trailing byte", "0101"),
        ("keys out of order", "a202010102"),
        ("bignum that fits an integer", "c24101"),
        ("half float", "f93c00"),
        ("undefined", "f7"),
        ("text key", "a1616101"),
        ("date tag", "c074323032362d31312d32315430303a30303a30305a"),
        ("truncated string", "5820aa"),
        ("huge length", "5bffffffffffffffff"),
        ("nested beyond the cap", "81" * 13 + "00"),
        ("nested very deeply", "81" * 5000 + "00"),
        ("nothing", ""),
        ("break alone", "ff"),
        ("invalid text", "62c328"),
        ("key beyond the allowed range", "a1181801"),
        ("simple value", "e0"),
        ("another tag", "d100"),
        ("tag written long", "d81200"),
        ("references that multiply", "83d81c8101d81c83d81d00d81d00d81d00d81c83d81d01d81d01d81d01"),
        ("a pattern to compile", "d8236428612b29"),
        ("a decimal with a huge exponent", "c4821a7fffffff01"),
        ("key twice in five bytes", "a23a00010000013a0001000002"),
        ("key too near to zero", "a139ffff01"),
        ("key that is text inside a tag", "d2a1616101"),
        ("lengths reserved", "1c"),
        ("more items than there are", "83f6f6"),
    ],
)
def test_any_other_encoding_is_refused(name: str, data: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        canon.decode(bytes.fromhex(data), "message")
    assert caught.value.code in (Code.CBOR_MALFORMED, Code.CBOR_NOT_CANONICAL), name
    assert caught.value.field == "message"


integers = st.integers(-(2**63), 2**64 - 1)
map_keys = st.integers(-24, 23) | st.just(-65537)
values = st.recursive(
    integers | st.binary(max_size=40) | st.text(max_size=20) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(map_keys, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_what_we_encode_we_decode_and_the_order_is_bytewise(value: canon.Value) -> None:
    data = canon.encode(value)
    assert canon.decode(data) == value
    if isinstance(value, dict):
        keys = [cbor2.dumps(key) for key in cbor2.loads(data)]
        assert keys == sorted(keys)


@given(st.binary(max_size=64))
def test_random_bytes_decode_to_themselves_or_are_refused(data: bytes) -> None:
    try:
        value = canon.decode(data)
    except RemoteProtocolError:
        return
    assert canon.encode(value) == data


def test_a_message_beyond_the_limit_is_refused_before_decoding() -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        canon.decode(bytes(canon.MESSAGE_MAX_BYTES + 1))
    assert caught.value.code is Code.MESSAGE_TOO_LONG


def test_our_own_mistakes_are_local_errors() -> None:
    for bad in (1.5, {"text": 1}, {100: 1}, 2**64, {1: [2.0]}, canon.Tagged(17, 1), {-65536: 1}, {True: 1}):
        with pytest.raises(LocalProtocolError):
            canon.encode(bad)  # type: ignore[arg-type]


@given(st.integers(0, 2**63 - 1))
def test_short_integers_match_the_library(number: int) -> None:
    assert canon.uint(number) == cbor2.dumps(number)
    if number < 5000:
        assert canon.head(2, number) == cbor2.dumps(bytes(number))[: len(canon.head(2, number))]


@pytest.mark.parametrize("number", [-1, -5, -256, -257])
def test_a_number_below_nothing_is_no_other_one(number: int) -> None:
    with pytest.raises((OverflowError, ValueError)):
        canon.uint(number)


SAMPLE = Record(
    lambda **fields: fields,
    ("count", Uint(9, least=2)),
    ("delta", Int()),
    ("key", Bytes(4)),
    ("note", Text(5)),
    ("way", Choice(("in", "out"))),
    ("live", Flag()),
    ("list", Many(Uint(3), most=2)),
    ("maybe", Maybe(Uint(1))),
)
GOOD: list[canon.Value] = [2, -5, b"abcd", "сом", "in", True, [1, 2], None]


@pytest.mark.parametrize(
    ("place", "bad", "path"),
    [
        (0, 1, "m.count"),
        (0, 10, "m.count"),
        (0, True, "m.count"),
        (1, 2**63, "m.delta"),
        (1, b"", "m.delta"),
        (2, b"abc", "m.key"),
        (2, "abcd", "m.key"),
        (3, "123456", "m.note"),
        (3, "a\x07", "m.note"),
        (3, "\u202eab", "m.note"),
        (4, "up", "m.way"),
        (5, 1, "m.live"),
        (6, [1, 2, 3], "m.list"),
        (6, [1, 4], "m.list[1]"),
        (6, 1, "m.list"),
        (7, 2, "m.maybe"),
    ],
)
def test_a_closed_schema_names_the_field_at_fault(place: int, bad: canon.Value, path: str) -> None:
    assert SAMPLE.from_value(GOOD, "m")["note"] == "сом"
    spoiled = [*GOOD[:place], bad, *GOOD[place + 1 :]]
    with pytest.raises(RemoteProtocolError) as caught:
        SAMPLE.from_value(spoiled, "m")
    assert (caught.value.code, caught.value.field) == (Code.FIELD_WRONG, path)


def test_a_field_too_many_or_too_few_is_refused() -> None:
    shapes: list[canon.Value] = [GOOD[:-1], [*GOOD, 0], {}, None]
    for shape in shapes:
        with pytest.raises(RemoteProtocolError):
            SAMPLE.from_value(shape, "m")
