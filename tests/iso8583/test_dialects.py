"""Both dialects: what a message becomes on the wire, and that it comes back whole."""

import pytest

from tender.card.iso8583.dialects import (
    MASTERCARD_STYLE,
    VISA_STYLE,
)
from tender.card.iso8583.message import Message
from tests.iso8583.samples import Sample, samples

BOTH = pytest.mark.parametrize("dialect", [VISA_STYLE, MASTERCARD_STYLE], ids=str)


@pytest.mark.parametrize("sample", samples(), ids=str)
def test_a_message_comes_back_as_it_went(sample: Sample) -> None:
    octets = sample.dialect.encode(sample.message)
    assert sample.dialect.decode(octets) == sample.message
    assert sample.dialect.encode(sample.dialect.decode(octets)) == octets


def test_visa_style_bytes_to_the_last_nibble() -> None:
    message = Message(
        "0100", {2: "4444441234567", 3: "000000", 22: "051", 35: "4444441234567=2812201", 39: "05"}
    )
    expected = (
        "0100" + "6000040022000000" + "0D04444441234567" + "000000" + "0510" + "150444444123" + "4567D2812201"
    )
    assert VISA_STYLE.encode(message).hex().upper() == expected + "F0F5"


def test_mastercard_style_bytes() -> None:
    message = Message("0810", {2: "555555123456", 39: "00", 70: "270", 52: bytes(8)})
    expected = "F0F8F1F0" + "C000000002001000" + "0400000000000000"
    expected += "F1F2" + "F5F5F5F5F5F5F1F2F3F4F5F6" + "F0F0" + "00" * 8 + "F2F7F0"
    assert MASTERCARD_STYLE.encode(message).hex().upper() == expected
