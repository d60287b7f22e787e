"""A payer's code: the two examples of the specification, and each way such a code can be wrong."""

import base64

import pytest

from tender.errors import Code, RemoteProtocolError
from tender.qr.consumer_code import PREFIX, Application, ConsumerCode, decode, encode

# EMVCo QR Code Specification for Payment Systems, Consumer-Presented Mode, Annex B.
ONE = "hQVDUFYwMWEaTwegAAAAVVVVVw8SNFZ4kBI0WNGRIgESNF8="
TWO = (
    "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWETTwegAAAAZmZmUAhQcm9kdWN0MmJJWggSNFZ4kBI0WF8gDkNBUkRIT0xERVIv"
    "RU1WXy0IcnVlc2RlZW5kIZ8QBwYBCgMAAACfJghYT9OF+iNLzJ82AgABnzcEbVjvEw=="
)
PAN = bytes.fromhex("1234567890123458")


def test_one_card() -> None:
    (card,) = decode(ONE).applications
    assert card.aid.hex() == "a0000000555555"
    assert card.data[0x57].hex() == "1234567890123458d191220112345f"
    assert encode(decode(ONE)) == ONE


def test_two_cards_share_what_is_common() -> None:
    told = decode(TWO)
    assert [(one.aid.hex(), one.label) for one in told.applications] == [
        ("a0000000555555", "Product1"),
        ("a0000000666666", "Product2"),
    ]
    for one in told.applications:
        assert (one.data[0x5A], one.data[0x5F20]) == (PAN, b"CARDHOLDER/EMV")
        assert one.transparent.hex().startswith("9f1007")
    second = told.choose((bytes.fromhex("a0000000666666"), bytes.fromhex("a000000999")))
    assert second is told.applications[1]
    assert told.choose((bytes.fromhex("a00000"),)) is told.applications[0]
    assert told.choose((bytes.fromhex("f04b5a4454"),)) is None


def test_no_account_number_is_ever_shown() -> None:
    shown = repr(decode(ONE)) + repr(decode(TWO))
    assert "Product1" in shown
    for digits in ("1234567890123458", PAN.hex(), repr(PAN)[2:-1], "CARDHOLDER"):
        assert digits not in shown


CPV = bytes.fromhex("8505") + b"CPV01"
AID = bytes.fromhex("4f07a0000000555555")


def application(inside: bytes, tag: int = 0x61) -> bytes:
    return bytes((tag, len(inside))) + inside


ONLY = application(AID)


@pytest.mark.parametrize(
    ("data", "code", "field"),
    [
        pytest.param(b"", Code.CODE_WRONG, "code.85", id="nothing"),
        pytest.param(ONLY + CPV, Code.CODE_WRONG, "code.85", id="version not first"),
        pytest.param(
            bytes.fromhex("8505") + b"CPV02" + ONLY, Code.VERSION_UNKNOWN, "code.85", id="version 2"
        ),
        pytest.param(CPV, Code.CODE_WRONG, "code.61", id="no application"),
        pytest.param(CPV + ONLY * 3, Code.CODE_WRONG, "code.61", id="three applications"),
        pytest.param(
            CPV + ONLY + application(b"\x5a\x01\x12", 0x62), Code.CODE_WRONG, "code.62", id="common to one"
        ),
        pytest.param(CPV + application(b"\x50\x01A"), Code.CODE_WRONG, "code.61.4F", id="no name"),
        pytest.param(
            CPV + application(b"\x4f\x04\xa0\0\0\0"), Code.CODE_WRONG, "code.61.4F", id="name too short"
        ),
        pytest.param(CPV + application(AID + AID), Code.CODE_WRONG, "code.61.4F", id="name twice"),
        pytest.param(CPV + ONLY[:-1], Code.CODE_WRONG, "code.61", id="cut"),
        pytest.param(CPV + b"\x61", Code.CODE_WRONG, "code", id="no length"),
        pytest.param(CPV + b"\x61\x80" + AID + b"\0\0", Code.CODE_WRONG, "code", id="no end"),
        pytest.param(CPV + b"\x61\x84\xff\xff\xff\xff", Code.CODE_WRONG, "code", id="four gigabytes"),
        pytest.param(CPV + b"\x9f\x81\x01\x01A", Code.CODE_WRONG, "code", id="tag of three bytes"),
        pytest.param(CPV + application(AID + b"\x50\x02A\n"), Code.CODE_WRONG, "code.61.50", id="line break"),
        pytest.param(
            CPV + application(AID + b"\x50\x02\xd0\x90"), Code.CODE_WRONG, "code.61.50", id="not Latin"
        ),
        pytest.param(
            CPV + application(AID + b"\x63\x02\x9f\x10"), Code.CODE_WRONG, "code.61", id="opaque part cut"
        ),
        pytest.param(
            CPV + application(AID + b"\x9f\x36\x01A\x63\x04\x9f\x36\x01B"),
            Code.CODE_WRONG,
            "code.61.9F36",
            id="object in the opaque part again",
        ),
        pytest.param(
            CPV + application(AID + b"\x5a\x01\x12") * 2 + application(b"\x5a\x01\x12", 0x62),
            Code.CODE_WRONG,
            "code.61.5A",
            id="object own and common",
        ),
        pytest.param(
            CPV + ONLY + b"\x70\x82\x02\x00" + bytes(512), Code.MESSAGE_TOO_LONG, "code", id="too long"
        ),
    ],
)
def test_what_is_refused(data: bytes, code: Code, field: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        decode(base64.b64encode(data).decode())
    assert (caught.value.code, caught.value.field) == (code, field)


@pytest.mark.parametrize(
    "text", [PREFIX + "*", PREFIX, ONE[:-1], ONE.replace("V", "-"), ONE + "\n", "ä" + ONE]
)
def test_what_is_no_base64(text: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        decode(text)
    assert caught.value.field == "code"


def test_a_long_object_and_an_unknown_one_are_read() -> None:
    long = Application(AID[2:], "DT", {0x4F: AID[2:], 0x50: b"DT", 0xC1: bytes(200)}, b"\x9f\x10\x01A")
    text = encode(ConsumerCode((long,)))
    assert text.startswith(PREFIX)
    assert decode(text) == ConsumerCode((long,))
