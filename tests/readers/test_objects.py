"""Data objects and answers to reset: one way to write each, everything else refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tender.card import atr, tlv
from tender.card.masking import STARS, fits, masked, unmasked
from tender.card.tlv import Tlv
from tender.errors import Code, LocalProtocolError, RemoteProtocolError

FCI = "6f118409f04b5a445450555253a5045002aabb"


def test_what_a_card_says_of_itself_is_taken_apart() -> None:
    octets = bytes.fromhex(FCI)
    (outer,) = tlv.unpack(octets)
    assert outer.is_template
    inner = tlv.unpack(outer.value)
    assert tlv.one(inner, 0x84) == bytes.fromhex("f04b5a445450555253")
    assert [(depth, found.tag) for depth, found in tlv.tree(octets)] == [
        (0, 0x6F),
        (1, 0x84),
        (1, 0xA5),
        (2, 0x50),
    ]
    label = tlv.template(0xA5, Tlv(0x50, b"\xaa\xbb"))
    assert tlv.pack([tlv.template(0x6F, inner[0], label)]) == octets


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        ("84", Code.MESSAGE_TRUNCATED),
        ("8402aa", Code.MESSAGE_TRUNCATED),
        ("9f", Code.MESSAGE_TRUNCATED),
        ("8482aa", Code.MESSAGE_TRUNCATED),
        ("848101aa", Code.FIELD_WRONG),
        ("84820001aa", Code.FIELD_WRONG),
        ("8480aa0000", Code.FIELD_WRONG),
        ("8483000001aa", Code.FIELD_WRONG),
        ("0000", Code.FIELD_WRONG),
        ("ff00", Code.FIELD_WRONG),
        ("9f0000", Code.FIELD_WRONG),
        ("9f810100", Code.FIELD_WRONG),
    ],
)
def test_a_data_object_has_one_form(octets: str, code: Code) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        tlv.unpack(bytes.fromhex(octets))
    assert caught.value.code is code


def test_a_tag_that_is_not_there_once_is_refused() -> None:
    twice = tlv.unpack(bytes.fromhex("840084009f380101"))
    assert tlv.one(twice, 0x9F38) == b"\x01"
    for tag in (0x84, 0x50):
        with pytest.raises(RemoteProtocolError):
            tlv.one(twice, tag)
    with pytest.raises(LocalProtocolError):
        tlv.pack([Tlv(0x1F, b"")])


def test_templates_do_not_nest_for_ever() -> None:
    octets = b""
    for _ in range(20):
        octets = tlv.pack([Tlv(0x6F, octets)])
    with pytest.raises(RemoteProtocolError):
        tlv.tree(octets)


@given(some.binary(max_size=80))
def test_any_bytes_are_data_objects_or_a_refusal(octets: bytes) -> None:
    try:
        assert tlv.pack(tlv.unpack(octets)) == octets
    except RemoteProtocolError as error:
        assert error.code in (Code.MESSAGE_TRUNCATED, Code.FIELD_WRONG)


REAL = [
    ("3b8801504f5357414c4c31", "too short"),
    ("3b8f8001804f0ca000000306030001000000006a", (bytes.fromhex("804f0ca00000030603000100000000"), (0, 1))),
    ("3b0241c2", (bytes.fromhex("41c2"), (0,))),
    ("3b6500002063cb6800", (bytes.fromhex("2063cb6800"), (0,))),
    ("ff", "too short"),
    ("008000", "not a first byte"),
    ("3b8001ff", "wrong check byte"),
    ("3b02", "too short"),
    ("3b00ff", "too long"),
    ("3b" + "80" * 40, "too long"),
]


@pytest.mark.parametrize(("octets", "says"), REAL, ids=[octets[:12] for octets, _ in REAL])
def test_answers_to_reset(octets: str, says: object) -> None:
    if isinstance(says, str):
        with pytest.raises(RemoteProtocolError):
            atr.read(bytes.fromhex(octets))
    else:
        assert atr.read(bytes.fromhex(octets)) == says


def test_the_one_we_make_reads_back() -> None:
    assert atr.read(atr.made(b"DTPURSE1")) == (b"DTPURSE1", (1,))
    with pytest.raises(LocalProtocolError):
        atr.made(bytes(16))


@given(some.binary(max_size=40))
def test_any_bytes_are_an_answer_to_reset_or_a_refusal(octets: bytes) -> None:
    try:
        assert len(atr.read(octets).historical) <= atr.HISTORICAL_MOST
    except RemoteProtocolError as error:
        assert error.field.startswith("atr")


STARRED = [
    ("002000800824123456ffffffff", "0020008008" + STARS * 8),
    ("00240080022412", "0024008002" + STARS * 2),
    ("10240080022412", "1024008002" + STARS * 2),
    ("002c000000000224120100", "002c0000000002" + STARS * 2 + "0100"),
    ("80120000022412ff", "8012000002" + STARS * 2 + "ff"),
    ("8020000002aabb", "8020000002aabb"),
    ("00a4040002aabb00", "00a4040002aabb00"),
    ("0020008008241234", "00200080" + STARS * 4),
]


@pytest.mark.parametrize(("octets", "shown"), STARRED)
def test_pins_and_keys_are_starred_out(octets: str, shown: str) -> None:
    command = bytes.fromhex(octets)
    written = masked(command, secret={0x12})
    assert written == shown
    assert fits(written, command)
    assert not fits(written, command + b"\x00")
    assert not fits(written, b"\x7f" + command[1:])
    assert len(unmasked(written)) == len(command)
