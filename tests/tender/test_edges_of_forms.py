"""CBOR heads and schema fields at their edges, each refusal with its code and place."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from tender import canon
from tender.canon import Tagged, Value
from tender.errors import Code, LocalProtocolError
from tender.schema import Bytes, Choice, Field, Flag, Int, Many, Maybe, Record, Text, Uint
from tests.cash.test_edges_of_tokens import AT, told

GOOD = {
    "00": 0,
    "17": 23,
    "1818": 24,
    "18ff": 255,
    "190100": 256,
    "19ffff": 65_535,
    "1a00010000": 65_536,
    "1affffffff": 2**32 - 1,
    "1b0000000100000000": 2**32,
    "1bffffffffffffffff": 2**64 - 1,
    "20": -1,
    "3bffffffffffffffff": -(2**64),
    "40": b"",
    "5818" + "00" * 24: bytes(24),
    "60": "",
    "62d0b0": "а",
    "80": [],
    "83f4f5f6": [False, True, None],
    "a0": {},
    "a3000120023a0001000003": {0: 1, -1: 2, -65537: 3},
    "a217003700": {23: 0, -24: 0},
    "a13affffffff00": {-(2**32): 0},
}


@pytest.mark.parametrize("data", GOOD)
def test_each_head_at_its_edge_is_read_and_written(data: str) -> None:
    assert canon.decode(bytes.fromhex(data), AT) == GOOD[data]
    assert canon.encode(GOOD[data]).hex() == data  # type: ignore[arg-type]


NOT_CANONICAL = (
    "1817",
    "1900ff",
    "1a0000ffff",
    "1b00000000ffffffff",
    "3817",
    "5817" + "00" * 23,
    "7800",
    "9800",
    "9900ff" + "00" * 255,
    "b800",
    "d812" + "00",
    "5f4100ff",
    "7fff",
    "9fff",
    "bfff",
    "1f",
    "df00",
    "0000",
    "8000",
    "a2200000f6",
    "a200010001",
    "a220012001",
    "a23a00010001003a0001000000",
)
MALFORMED = (
    "",
    "18",
    "19ff",
    "1c",
    "1d",
    "1e",
    "41",
    "5818",
    "6261",
    "62c328",
    "81",
    "82f6",
    "a1",
    "a100",
    "f3",
    "f7",
    "f814",
    "f90000",
    "fa00000000",
    "fb0000000000000000",
    "ff",
    "c0",
    "d100",
    "d3f6",
    "d2",
    "a1181800",
    "a1381800",
    "a1190100f6",
    "a13900ff00",
    "a13b000000010000000000",
    "a14000",
    "a16000",
    "a18000",
    "a1f500",
    "5bffffffffffffffff",
    "9bffffffffffffffff",
)


@pytest.mark.parametrize("data", NOT_CANONICAL)
def test_another_way_to_write_it_says_so(data: str) -> None:
    assert told(canon.decode, bytes.fromhex(data), AT) == ("cbor-not-canonical", AT, {})


@pytest.mark.parametrize("data", MALFORMED)
def test_what_is_none_of_ours_says_so(data: str) -> None:
    assert told(canon.decode, bytes.fromhex(data), AT) == ("cbor-malformed", AT, {})


def test_depth_length_and_count_end_where_they_are_said_to() -> None:
    most = canon.DEPTH_MAX - 1
    for opening, closing in ((b"\x81", b"\xf6"), (b"\xa1\x01", b"\xf6"), (b"\xd2", b"\xf6")):
        canon.decode(opening * most + closing, AT)
        deeper = opening * (most + 1) + closing
        assert told(canon.decode, deeper, AT) == ("cbor-malformed", AT, {})
    longest = canon.MESSAGE_MAX_BYTES
    string = b"\x5a" + (longest - 5).to_bytes(4, "big") + bytes(longest - 5)
    assert canon.decode(string, AT) == bytes(longest - 5)
    too_long = told(canon.decode, string + b"\x00", AT)
    assert too_long == ("message-too-long", AT, {"bytes": longest + 1, "most": longest})
    for extra, code in ((0, None), (1, "cbor-malformed")):
        items = canon.ITEMS_MAX - 1 + extra
        data = b"\x9a" + items.to_bytes(4, "big") + b"\xf6" * items
        assert code is None or told(canon.decode, data, AT)[0] == code
        assert code is not None or canon.decode(data, AT) == [None] * items


def test_a_field_that_is_not_named_is_the_message() -> None:
    assert told(canon.decode, b"\xff") == ("cbor-malformed", "message", {})


def deep(depth: int) -> Value:
    value: Value = None
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "bad",
    [
        1.5,
        {"a": 1},
        {24: 1},
        {-25: 1},
        {-65536: 1},
        {-(2**32) - 1: 1},
        {True: 1},
        2**64,
        -(2**64) - 1,
        Tagged(17, 1),
        {1: [2.0]},
        Tagged(18, 2.0),  # type: ignore[arg-type]
        deep(12),
    ],
)
def test_what_could_not_be_read_is_not_written(bad: Value) -> None:
    with pytest.raises(LocalProtocolError) as caught:
        canon.encode(bad)
    assert caught.value.code is Code.FIELD_WRONG
    assert caught.value.field


def test_what_can_be_read_is_written() -> None:
    assert canon.decode(canon.encode(deep(11))) == deep(11)
    tagged = canon.decode(canon.encode(Tagged(18, [1, {-65537: b""}])))
    assert isinstance(tagged, Tagged)
    assert (tagged.tag, tagged.value) == (18, [1, {-65537: b""}])


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        (Uint(9, least=2), (2, 9), (1, 10, True, "2", None, -2)),
        (Uint(), (0, 2**63 - 1), (-1, 2**63)),
        (Int(), (-(2**63) + 1, 2**63 - 1, 0), (2**63, -(2**63), False, b"")),
        (Flag(), (True, False), (0, 1, None, "true")),
        (Bytes(4), (b"1234",), (b"123", b"12345", "1234", None)),
        (Bytes(most=3, least=1), (b"1", b"123"), (b"", b"1234")),
        (Bytes(), (b"",), (bytes((1 << 20) + 1),)),
        (Text(3, least=1), ("a", "абв"), ("", "abcd", b"abc", "a\n", "\u2067", "a\u00a0")),
        (Text(), ("", "x" * 140, "a b"), ("x" * 141,)),
        (Choice(("in", "out")), ("in", "out"), ("", "up", 1, None)),
        (Maybe(Uint(1)), (None, 0, 1), (2, "1")),
        (Many(Uint(3), most=2, least=1), ((1,), (0, 3)), ((), (1, 2, 3), (4,))),
        (Many(Uint(3)), ((), (1,) * 1000), ((1,) * 1001,)),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Uint | Int | Flag | Bytes | Text) else "",
)
def test_a_field_takes_what_lies_within_and_writes_it_as_it_was(
    field: Field, good: tuple[object, ...], bad: tuple[object, ...]
) -> None:
    for item in good:
        value = field.to_value(item)
        assert field.from_value(value, AT) == item
        assert canon.decode(canon.encode(value)) == value
    for item in bad:
        value = list(item) if isinstance(item, tuple) else item  # type: ignore[assignment]
        code, place, facts = told(field.from_value, value, AT)
        assert (code, facts) == ("field-wrong", {})
        assert place == (f"{AT}[0]" if item == (4,) else AT)


PAIR = Record(lambda one, two: (one, two), ("one", Uint(5)), ("two", Many(Text(3))))


def test_a_record_names_the_field_by_its_path() -> None:
    assert (PAIR.names, [name for name, _ in PAIR.fields]) == (("one", "two"), ["one", "two"])
    assert PAIR.decode(b"\x82\x05\x81\x61a", AT) == (5, ("a",))
    cases = {"820680": ".one", "820581" + "01": ".two[0]", "8105": "", "83058000": "", "05": "", "a0": ""}
    for data, place in cases.items():
        assert told(PAIR.decode, bytes.fromhex(data), AT) == ("field-wrong", AT + place, {}), data
    assert told(PAIR.decode, b"\xff") == ("cbor-malformed", "message", {})
    assert told(PAIR.decode, b"\x80") == ("field-wrong", "message", {})


def test_a_list_of_so_many_is_a_list_of_so_many() -> None:
    assert canon.as_list([1, 2], 2, AT) == [1, 2]
    for value in ([1], [1, 2, 3], {1: 2}, None):
        assert told(canon.as_list, value, 2, AT) == ("field-wrong", AT, {})


def test_heads_by_hand_are_the_librarys() -> None:
    for number in (0, 23, 24, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32, 2**63):
        assert canon.uint(number) == canon.encode(number)
    for length in (0, 23, 24, 255, 256, 70_000):
        assert canon.head(2, length) + bytes(length) == canon.encode(bytes(length))
        assert canon.head(4, length) + b"\xf6" * length == canon.encode([None] * length)


@pytest.mark.parametrize(
    "wrap", [lambda one: [one], lambda one: {1: one}, lambda one: Tagged(canon.TAG_ONLY, one)]
)
def test_what_is_nested_as_deep_as_may_be_is_written_and_one_deeper_is_not(
    wrap: Callable[[Value], Value],
) -> None:
    value: Value = 0
    for _ in range(canon.DEPTH_MAX - 1):
        value = wrap(value)
    assert canon.encode(value)
    with pytest.raises(LocalProtocolError) as caught:
        canon.encode(wrap(value))
    assert caught.value.field == "nested too deeply"


def test_what_must_be_read_again_is_refused_before_it_is_written_at_its_own_field() -> None:
    pair = Record(SimpleNamespace, ("size", Uint(9)), ("name", Text(4)))
    assert pair.readable_value(SimpleNamespace(size=9, name="abcd"), AT) == [9, "abcd"]
    with pytest.raises(LocalProtocolError) as caught:
        pair.readable_value(SimpleNamespace(size=10, name="abcd"), AT)
    assert (caught.value.code, caught.value.field) == (Code.FIELD_WRONG, f"{AT}.size")
