"""Tags, data lists and rows of bits: what they say, and that they refuse what cannot be."""

import pytest

from pos.core.emv.objects import CHECKED
from tender.card import dol
from tender.card.cvm_list import CvmList, Method
from tender.card.dol import Wanted
from tender.card.tags import ABOUT, Format, Tag, check, name_of
from tender.card.tlv import Tlv, unpack
from tender.card.values import (
    Aip,
    Bits,
    CardReason,
    Cryptogram,
    Tvr,
    cryptogram_kind,
    cryptogram_reason,
    wants_advice,
)
from tender.errors import Code, LocalProtocolError, RemoteProtocolError


def test_every_tag_is_described_once_and_every_checked_one_has_a_form() -> None:
    assert set(ABOUT) == set(Tag)
    assert {about.tag for about in ABOUT.values()} == set(Tag)
    assert all(about.least <= about.most for about in ABOUT.values())
    assert set(ABOUT) >= CHECKED
    assert (name_of(0x9F26), name_of(0xDF01)) == ("Application cryptogram", "DF01")


@pytest.mark.parametrize(
    ("tag", "value", "fits"),
    [
        (Tag.PAN, "4003440000000014", True),
        (Tag.PAN, "400344000000001F", True),
        (Tag.PAN, "4F03440000000014", False),
        (Tag.PAN, "FF", False),
        (Tag.AMOUNT, "000000377900", True),
        (Tag.AMOUNT, "00000037790A", False),
        (Tag.AMOUNT, "0000377900", False),
        (Tag.CRYPTOGRAM, "FFFFFFFFFFFFFFFF", True),
        (0xDF55, "", True),
    ],
)
def test_a_value_fits_its_tag_or_does_not(tag: int, value: str, fits: bool) -> None:
    if fits:
        check(tag, bytes.fromhex(value))
        return
    with pytest.raises(RemoteProtocolError) as refused:
        check(tag, bytes.fromhex(value), "record")
    assert (refused.value.code, refused.value.field) == (Code.FIELD_WRONG, f"record.{tag:02X}")


@pytest.mark.parametrize(
    ("tag", "length", "value", "filled"),
    [
        # Book 3, 5.4: numbers keep their right end, all else its left; digits are filled with F.
        (Tag.AMOUNT, 6, "000000377900", "000000377900"),
        (Tag.AMOUNT, 4, "000000377900", "00377900"),
        (Tag.AMOUNT, 8, "000000377900", "0000000000377900"),
        (Tag.PAN, 10, "4003440000000014", "4003440000000014FFFF"),
        (Tag.PAN, 4, "4003440000000014", "40034400"),
        (Tag.TVR, 2, "8000000001", "8000"),
        (Tag.TVR, 6, "8000000001", "800000000100"),
        (Tag.MERCHANT_NAME, 3, "4B494F534B", "4B494F"),
        (0xDF77, 3, "0102", "010200"),
        (0xDF77, 3, None, "000000"),
        (Tag.RECORD, 3, "5A0140", "000000"),
        (Tag.UNPREDICTABLE, 0, "01020304", ""),
    ],
)
def test_a_list_is_filled_by_the_standards_rules(
    tag: int, length: int, value: str | None, filled: str
) -> None:
    values = {} if value is None else {tag: bytes.fromhex(value)}
    assert dol.fill((Wanted(tag, length),), values).hex().upper() == filled


def test_a_list_is_packed_and_read_again() -> None:
    wanted = dol.parse(dol.pack({Tag.AMOUNT: 6, Tag.TVR: 5, 0xDF8101: 2}))
    assert wanted == ((0x9F02, 6), (0x95, 5), (0xDF8101, 2))
    with pytest.raises(LocalProtocolError):
        dol.pack({0: 1})


@pytest.mark.parametrize(
    ("octets", "code", "field"),
    [
        ("9F", Code.MESSAGE_TRUNCATED, "dol[0]"),
        ("9F02", Code.MESSAGE_TRUNCATED, "dol[0]"),
        ("9505DF81", Code.MESSAGE_TRUNCATED, "dol[1]"),
        ("95FC9501", Code.MESSAGE_TOO_LONG, "dol[1]"),
        ("9505000000", Code.FIELD_WRONG, "dol[1]"),
    ],
)
def test_a_list_that_is_none_is_refused_at_its_entry(octets: str, code: Code, field: str) -> None:
    with pytest.raises(RemoteProtocolError) as refused:
        dol.parse(bytes.fromhex(octets))
    assert (refused.value.code, refused.value.field) == (code, field)


def test_bits_have_words_and_unknown_ones_are_kept() -> None:
    found = Tvr.read(bytes.fromhex("4008040001"))
    assert found.words == ("SDA failed", "new card", "online PIN entered")
    assert found.packed() == bytes.fromhex("4008040001")
    assert Aip.read(b"\x3d\x00").names == (
        "DDA",
        "CARDHOLDER_VERIFICATION",
        "TERMINAL_RISK_MANAGEMENT",
        "ISSUER_AUTHENTICATION",
        "CDA",
    )


@pytest.mark.parametrize("kind", Bits.__subclasses__())
def test_no_two_bits_have_one_name_or_one_place(kind: type[Bits]) -> None:
    bits = list(kind)
    assert len({int(one) for one in bits}) == len(bits) == len({words for one in bits for words in one.words})
    assert all(int(one).bit_count() == 1 and int(one) <= int(kind.every()) for one in bits)
    with pytest.raises(RemoteProtocolError):
        kind.read(bytes(kind.BYTES + 1))


def test_cryptogram_information() -> None:
    assert [cryptogram_kind(one) for one in (0x00, 0x47, 0x80, 0xC0)] == [
        Cryptogram.AAC,
        Cryptogram.TC,
        Cryptogram.ARQC,
        None,
    ]
    assert cryptogram_reason(0x02) is CardReason.PIN_TRIES_EXCEEDED
    assert cryptogram_reason(0x07) is CardReason.NONE
    assert (wants_advice(0x08), wants_advice(0x00)) == (True, False)


def test_a_list_of_methods_is_read_and_written_again() -> None:
    octets = bytes.fromhex("000003E80000138842014403410342035E031F03")
    found = CvmList.read(octets)
    assert (found.x, found.y, found.to_bytes()) == (1000, 5000, octets)
    first = found.rules[0]
    assert (first.method, first.goes_on, first.condition) == (Method.ONLINE_PIN, True, 1)


@pytest.mark.parametrize(
    ("octets", "found"),
    [
        ("00005A0140000000", [(0x5A, b"\x40")]),
        ("5A810140", [(0x5A, b"\x40")]),
        ("5A82000140", [(0x5A, b"\x40")]),
        ("DF81020101", [(0xDF8102, b"\x01")]),
        ("", []),
        ("0000", []),
    ],
)
def test_payment_cards_may_write_looser_than_ours(octets: str, found: list[tuple[int, bytes]]) -> None:
    data = bytes.fromhex(octets)
    assert list(unpack(data, loose=True)) == [Tlv(*one) for one in found]
    if found:
        with pytest.raises(RemoteProtocolError):
            unpack(data)


def test_formats_in_use() -> None:
    assert {about.format for about in ABOUT.values()} == set(Format)
