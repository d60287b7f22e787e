"""Both dialects: what a message becomes on the wire, that it comes back whole, and what is refused where."""

from collections.abc import Mapping

import pytest

from tender.card.iso8583.dialects import (
    MASTERCARD_STYLE,
    VISA_STYLE,
    Dialect,
    MalformedMessage,
    Place,
    translated,
)
from tender.card.iso8583.message import Message
from tender.errors import Code, LocalProtocolError, RemoteProtocolError
from tests.iso8583.samples import PLACE, Sample, purchase, samples

BOTH = pytest.mark.parametrize("dialect", [VISA_STYLE, MASTERCARD_STYLE], ids=str)


def refused(dialect: Dialect, octets: bytes) -> MalformedMessage:
    """The refusal of these bytes."""
    with pytest.raises(MalformedMessage) as caught:
        dialect.decode(octets)
    assert isinstance(caught.value, RemoteProtocolError)
    return caught.value


@pytest.mark.parametrize("sample", samples(), ids=str)
def test_a_message_comes_back_as_it_went(sample: Sample) -> None:
    octets = sample.dialect.encode(sample.message)
    assert sample.dialect.decode(octets) == sample.message
    assert sample.dialect.encode(sample.dialect.decode(octets)) == octets


def test_visa_style_bytes_to_the_last_nibble() -> None:
    message = Message(
        "0100", {2: "4444441234567", 3: "000000", 22: "051", 35: "4444441234567=2812201", 39: "05"}
    )
    expected = "010060000400220000000D0444444123456700000005101504444441234567D2812201F0F5"
    assert VISA_STYLE.encode(message).hex().upper() == expected


def test_mastercard_style_bytes() -> None:
    message = Message("0810", {2: "555555123456", 39: "00", 70: "270", 52: bytes(8)})
    expected = "F0F8F1F0" + "C000000002001000" + "0400000000000000"
    expected += "F1F2" + "F5F5F5F5F5F5F1F2F3F4F5F6" + "F0F0" + "00" * 8 + "F2F7F0"
    assert MASTERCARD_STYLE.encode(message).hex().upper() == expected


@pytest.mark.parametrize("sample", samples(), ids=str)
def test_cut_anywhere_or_with_a_byte_more_it_is_no_message(sample: Sample) -> None:
    octets = sample.dialect.encode(sample.message)
    for end in range(len(octets)):
        assert refused(sample.dialect, octets[:end]).field.startswith("iso8583.")
    refused(sample.dialect, octets + b"\x00")


@pytest.mark.parametrize(
    ("octets", "field"),
    [
        ("", "iso8583.bitmap"),
        ("0100", "iso8583.bitmap"),
        ("0100 8000000000000000", "iso8583.bitmap"),
        ("1100 0000000000000000", "iso8583.mti"),
        ("01AA 0000000000000000", "iso8583.mti"),
        ("0900 0000000000000000", "iso8583.mti"),
        ("0109 0000000000000000", "iso8583.mti"),
        ("0100 1000000000000000 00000037790A", "iso8583.de004"),
        ("0100 4000000000000000 00", "iso8583.de002"),
        ("0100 4000000000000000 14" + "00" * 10, "iso8583.de002"),
        ("0100 4000000000000000 0D14444441234567", "iso8583.de002"),
        ("0100 0000040000000000 0511", "iso8583.de022"),
        ("0100 0000000020000000 054444441234", "iso8583.de035"),
        ("0100 0000000020000000 0E4444441234567A", "iso8583.de035"),
        ("0100 0000000000800000 " + "F0" * 7 + "00", "iso8583.de041"),
        ("0100 0000000000800000 " + "F0" * 7 + "45", "iso8583.de041"),
        ("0100 0000000010000000 00", "iso8583.de036"),
        ("0100 0000000001000000 00", "iso8583.de040"),
        ("0100 8000000000000000 8000000000000000 00", "iso8583.de065"),
        ("0100 0000000000000200 00", "iso8583.de055"),
    ],
)
def test_a_visa_style_message_is_refused_at_the_element_that_is_wrong(octets: str, field: str) -> None:
    assert refused(VISA_STYLE, bytes.fromhex(octets)).field == field


@pytest.mark.parametrize("length", ["+5", " 5", "-0", "5 ", "0x", "1_", "٥5"])
def test_a_mastercard_style_length_is_two_digits_and_nothing_else(length: str) -> None:
    head = bytes.fromhex("F0F1F0F0 4000000000000000")
    body = length.encode("cp500", "replace") + "555555123456".encode("cp500")
    assert refused(MASTERCARD_STYLE, head + body).field == "iso8583.de002"


@BOTH
def test_what_was_readable_of_a_malformed_request_is_answered_with_format_error(dialect: Dialect) -> None:
    octets = dialect.encode(purchase(dialect))
    spoiled = octets.replace("TERM0001".encode("cp500"), "TERM000".encode("cp500") + b"\x01")
    error = refused(dialect, spoiled)
    assert (error.code, error.field) == (Code.FIELD_WRONG, "iso8583.de041")
    assert error.readable is not None and error.readable.stan == "000001" and 41 not in error.readable.fields
    answer = error.answer()
    assert answer is not None
    assert dialect.decode(dialect.encode(answer)) == answer
    assert (answer.mti, answer.code, answer.rrn) == ("0110", "30", "632516000001")


@BOTH
def test_before_a_third_bitmap_all_is_readable(dialect: Dialect) -> None:
    octets = bytearray(dialect.encode(purchase(dialect).having({70: "001"})))
    second = (2 if dialect is VISA_STYLE else 4) + 8
    octets[second] |= 0x80
    error = refused(dialect, bytes(octets))
    assert error.field == "iso8583.de065"
    assert error.readable is not None and error.readable.terminal == "TERM0001"


@BOTH
def test_what_is_no_request_or_has_no_trace_number_is_not_answered(dialect: Dialect) -> None:
    answer = dialect.encode(purchase(dialect).answer("00"))
    assert refused(dialect, answer[:-1]).answer() is None
    nameless = dialect.encode(purchase(dialect).without(11))
    assert refused(dialect, nameless[:-1]).answer() is None
    assert refused(dialect, b"\x00").answer() is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({4: "1"}, "iso8583.de004"),
        ({4: 12}, "iso8583.de004"),
        ({4: "00000000000A"}, "iso8583.de004"),
        ({4: "٠" * 12}, "iso8583.de004"),
        ({2: ""}, "iso8583.de002"),
        ({2: "4" * 20}, "iso8583.de002"),
        ({35: "4444441234567"}, "iso8583.de035"),
        ({41: "TERM\n001"}, "iso8583.de041"),
        ({41: "ТЕРМ0001"}, "iso8583.de041"),
        ({52: "0011223344556677"}, "iso8583.de052"),
        ({52: bytes(7)}, "iso8583.de052"),
        ({55: b""}, "iso8583.de055"),
        ({1: bytes(8)}, "iso8583.de001"),
        ({65: bytes(8)}, "iso8583.de065"),
        ({129: "1"}, "iso8583.de129"),
    ],
)
@BOTH
def test_what_does_not_fit_is_our_own_mistake(
    dialect: Dialect, fields: Mapping[int, str], field: str
) -> None:
    with pytest.raises(LocalProtocolError) as caught:
        dialect.encode(Message("0100", fields))
    assert caught.value.field == field


@BOTH
def test_a_type_that_is_none_is_our_own_mistake(dialect: Dialect) -> None:
    for mti in ("", "100", "01000", "1100", "01x0"):
        with pytest.raises(LocalProtocolError):
            dialect.encode(Message(mti, {}))


# --- where each dialect puts what it puts somewhere


@BOTH
def test_what_is_put_in_is_found_again(dialect: Dialect) -> None:
    bare = Message("0100", {11: "000001", 15: "1121"})
    assert (dialect.life_cycle_id(bare), dialect.cvv2(bare), dialect.cvv2_result(bare)) == ("", "", "")
    life = dialect.new_life_cycle_id(42, "1121")
    full = dialect.with_life_cycle_id(dialect.with_cvv2(dialect.with_place(bare, PLACE), "123"), life)
    full = dialect.with_cvv2_result(full, "N")
    there = dialect.decode(dialect.encode(full))
    assert dialect.life_cycle_id(there) == life
    assert (dialect.cvv2(there), dialect.cvv2_result(there), dialect.place(there)) == ("123", "N", PLACE)
    assert dialect.cvv2_result(dialect.with_cvv2_result(there, "M")) == "M"


@BOTH
def test_no_two_operations_have_one_life_cycle_id(dialect: Dialect) -> None:
    ids = [dialect.new_life_cycle_id(n, day) for n in (0, 1, 999_999_999) for day in ("1121", "1122")]
    assert len(set(ids)) == 6
    assert all(
        dialect.life_cycle_id(dialect.with_life_cycle_id(Message("0100", {}), one)) == one for one in ids
    )


def test_a_name_that_is_too_long_is_cut() -> None:
    place = Place("A very long name of a shop in a very long street", "Ust-Kamenogorsk", "KZ")
    assert VISA_STYLE.place(VISA_STYLE.with_place(Message("0100", {}), place)) == Place(
        "A very long name of a sho", "Ust-Kamenogor", "KZ"
    )
    assert MASTERCARD_STYLE.place(MASTERCARD_STYLE.with_place(Message("0100", {}), place)) == Place(
        "A very long name of a", "Ust-Kamenogor", "KZ"
    )


@pytest.mark.parametrize(
    ("dialect", "fields"),
    [
        (VISA_STYLE, {62: bytes.fromhex("4000000000000000") + b"\xff" * 8}),
        (VISA_STYLE, {62: bytes.fromhex("4000000000000000") + b"\x00" * 7}),
        (VISA_STYLE, {62: bytes.fromhex("0000000000000001") + b"\x00" * 8}),
        (MASTERCARD_STYLE, {63: "MCC12345678", 15: "1121"}),
        (MASTERCARD_STYLE, {63: "MCC123456789"}),
    ],
)
def test_a_life_cycle_id_that_is_none_is_refused(dialect: Dialect, fields: Mapping[int, str]) -> None:
    with pytest.raises(RemoteProtocolError):
        dialect.life_cycle_id(Message("0110", fields))


@pytest.mark.parametrize("text", ["R92", "R9204123", "R92x3123", "R92031239203123", "R9203123X", "R9202 1"])
def test_private_data_that_cannot_be_taken_apart_is_refused(text: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        MASTERCARD_STYLE.cvv2(Message("0100", {48: text}))
    assert caught.value.field == "iso8583.de048"


@BOTH
def test_a_message_passes_into_the_other_dialect_and_back(dialect: Dialect) -> None:
    other = MASTERCARD_STYLE if dialect is VISA_STYLE else VISA_STYLE
    asked = dialect.with_cvv2_result(dialect.with_cvv2(purchase(dialect), "123"), "M")
    moved = translated(asked, dialect, other)
    assert other.life_cycle_id(moved) == ""
    assert (other.cvv2(moved), other.cvv2_result(moved), other.place(moved)) == ("123", "M", PLACE)
    back = translated(other.decode(other.encode(moved)), other, dialect)
    own = {15, 44, 48, 62, 63, 126}
    assert back.without(*own) == asked.without(*own)
    assert translated(asked, dialect, dialect) is asked


def test_what_the_other_dialect_cannot_say_is_refused_where_it_stands() -> None:
    for fields, field in (({55: bytes(256)}, "iso8583.de055"), ({47: "x" * 256}, "iso8583.de047")):
        with pytest.raises(RemoteProtocolError) as caught:
            translated(Message("0100", fields), MASTERCARD_STYLE, VISA_STYLE)
        assert caught.value.field == field
    placed = VISA_STYLE.with_place(Message("0100", {}), Place("Shop", "Rome", "IT"))
    with pytest.raises(RemoteProtocolError):
        translated(placed, VISA_STYLE, MASTERCARD_STYLE)
