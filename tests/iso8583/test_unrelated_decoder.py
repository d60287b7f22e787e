"""An unrelated implementation reads every message of ours, and we read every message of its.

starkbank-iso8583 is what an issuer uses in production, with templates of its own for both networks; it shares
no line with ours. Its Visa template carries the encoding of each element, so it is never given one; its
Mastercard template has none, so it always is. It ignores what stands behind a message: that is checked by its
length.
"""

from base64 import b64decode, b64encode
from typing import Any

import pytest
from starkbank.iso8583 import parse, unparse
from starkbank.iso8583.template.mastercard import mastercard
from starkbank.iso8583.template.visa import visa

from tender.card.iso8583.dialects import MASTERCARD_STYLE, VISA_STYLE
from tender.card.iso8583.framing import STATIONS_4, Framer, route_between
from tender.card.iso8583.message import Message
from tests.iso8583.samples import CHIP, PLACE, Sample, purchase, samples

ROUTE = route_between(STATIONS_4.envelope, 400_001, 990_000)
HEADER_BYTES = 22


def read_by_other(sample: Sample) -> dict[str, Any]:
    """What the other makes of our bytes; Visa-style with the header of stations before them."""
    octets = sample.dialect.encode(sample.message)
    if sample.dialect is VISA_STYLE:
        framed = STATIONS_4.frame(octets, ROUTE)[STATIONS_4.head_bytes :]
        found = dict(parse(framed, template=visa))
        assert int(found["Header"]["H04"], 16) == len(framed)
    else:
        found = dict(parse(octets, template=mastercard, encoding="cp500"))
    assert found["Length"] == len(octets), "it read to the last byte"
    return found


def as_text(sample: Sample, number: int, value: object) -> object:
    """An element of the other's, said as ours are."""
    if number in (52, 55) and isinstance(value, bytes):
        return b64decode(value)
    if number in (52, 64) and isinstance(value, str):
        return int(value, 2).to_bytes(8, "big")
    if sample.dialect is VISA_STYLE and number == 35:
        return str(value).replace("d", "=")
    if sample.dialect is VISA_STYLE and number == 22:
        return str(value)[:3]
    return value


@pytest.mark.parametrize("sample", samples(), ids=str)
def test_the_other_reads_the_same_in_every_element_of_ours(sample: Sample) -> None:
    found = read_by_other(sample)
    assert found["MTI"] == sample.message.mti
    listed = [number for number in found["BMP"] if number != 1] + found.get("DE001", [])
    assert listed == sorted(sample.message.fields)
    private = {48, 62, 126}
    for number, value in sample.message.fields.items():
        if number not in private:
            assert as_text(sample, number, found[f"DE{number:03}"]) == value, number


def test_the_other_finds_the_private_parts_where_they_belong() -> None:
    visa_style = {one.name: read_by_other(one) for one in samples() if one.dialect is VISA_STYLE}
    assert visa_style["purchase"]["DE062"] == {"SE00": [2], "SE02": "311210000000005"}
    assert visa_style["electronic commerce"]["DE126"]["SE10"] == "11 123"
    mastercard_style = {one.name: read_by_other(one) for one in samples() if one.dialect is MASTERCARD_STYLE}
    assert mastercard_style["electronic commerce"]["DE048"] == {"SE00": "T", "SE92": "123"}
    assert (mastercard_style["purchase"]["DE063"], mastercard_style["purchase"]["DE015"]) == (
        "MCC000000005",
        "1121",
    )


def test_the_other_reads_a_message_that_we_give_back() -> None:
    octets = VISA_STYLE.encode(purchase(VISA_STYLE))
    framed = STATIONS_4.frame(octets, ROUTE, reject="0042")[STATIONS_4.head_bytes :]
    found = parse(framed, template=visa)
    assert found["RejectHeader"]["H14"] == "0042"
    assert int(found["RejectHeader"]["H04"], 16) == len(framed)
    assert (found["RejectHeader"]["H05"], found["RejectHeader"]["H06"]) == ("990000", "400001")
    assert (found["Header"]["H05"], found["Header"]["H06"]) == ("400001", "990000")
    assert found["DE011"] == "000001"


OTHERS: dict[str, Any] = {
    "MTI": "0100",
    "DE002": "4444441234567",
    "DE003": "000000",
    "DE004": "000000377900",
    "DE007": "1121165500",
    "DE011": "000042",
    "DE032": "400001",
    "DE037": "632516000042",
    "DE041": "TERM0001",
    "DE042": "MERCHANT000001 ",
    "DE049": "398",
    "DE055": b64encode(CHIP),
}


def test_we_read_a_visa_style_message_of_the_other() -> None:
    asked = OTHERS | {
        "Header": {
            "H02": "01",
            "H03": "02",
            "H05": "400001",
            "H06": "990000",
            "H07": "00000000",
            "H08": "0000",
            "H09": "000000",
            "H10": "00",
            "H11": "000000",
            "H12": "00",
        },
        "DE022": "0510",
        "DE035": "4444441234567D2812201000001230000",
        "DE043": "Magazin Dana             Almaty       KZ",
        "DE052": b64encode(bytes(range(8))),
        "DE062": {"SE02": "311210000000042"},
        "DE126": {"SE10": "11 987"},
    }
    framed = unparse(asked, template=visa)
    (frame,) = Framer(STATIONS_4).feed(len(framed).to_bytes(2, "big") + bytes(2) + framed)
    assert frame.route[:HEADER_BYTES].hex()[10:22] == "400001990000"
    message = VISA_STYLE.decode(frame.octets)
    check_of_other(message)
    assert VISA_STYLE.place(message) == PLACE
    assert message.track2.pan == message.pan and message.track2.service_code == "201"
    assert message.pin_block == bytes(range(8))
    assert VISA_STYLE.life_cycle_id(message) == "311210000000042"
    assert VISA_STYLE.cvv2(message) == "987"
    assert message.fields[22] == "051"


def test_we_read_a_mastercard_style_message_of_the_other() -> None:
    asked = OTHERS | {
        "DE015": "1121",
        "DE022": "051",
        "DE035": "4444441234567=2812201000001230000",
        "DE043": "Magazin Dana           Almaty        KAZ",
        "DE048": {"SE00": "R", "SE87": "M", "SE92": "987"},
        "DE052": "".join(f"{octet:08b}" for octet in range(8)),
        "DE063": "MCC000000042",
        "DE090": "0100000001112116550000000400001" + "0" * 11,
    }
    message = MASTERCARD_STYLE.decode(unparse(asked, template=mastercard, encoding="cp500"))
    check_of_other(message)
    assert MASTERCARD_STYLE.place(message) == PLACE
    assert message.pin_block == bytes(range(8))
    assert MASTERCARD_STYLE.life_cycle_id(message) == "0000000421121"
    assert (MASTERCARD_STYLE.cvv2(message), MASTERCARD_STYLE.cvv2_result(message)) == ("987", "M")
    assert message.original.acquirer == "400001" and message.original.stan == "000001"


def check_of_other(message: Message) -> None:
    """What both of the other's messages say."""
    assert (message.mti, message.kind, message.amount_tiyn, message.stan) == ("0100", "00", 377_900, "000042")
    assert (message.rrn, message.terminal, message.merchant) == ("632516000042", "TERM0001", "MERCHANT000001")
    assert message.acquirer == "400001" and message.pan.digits == "4444441234567"
    assert message.chip_data[0x9F26] == bytes.fromhex("AABBCCDDEEFF0011")
