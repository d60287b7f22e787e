"""A program that shares nothing with ours at one end of a line: its bytes come from another implementation.

First it is the member that signs on and buys; then it is the host that answers our member.
"""

from base64 import b64encode
from typing import Any

from starkbank.iso8583 import parse, unparse
from starkbank.iso8583.template.mastercard import mastercard
from starkbank.iso8583.template.visa import visa

from tender.card.iso8583.dialects import MASTERCARD_STYLE, VISA_STYLE
from tender.card.iso8583.framing import LENGTH_2, STATIONS_4
from tender.card.iso8583.link import Link
from tender.card.iso8583.link_events import Heard
from tests.iso8583.samples import CHIP, purchase

NOW_MS = 1_795_280_400_000
HEADER = {
    "H02": "01",
    "H03": "02",
    "H05": "900001",
    "H06": "400001",
    "H07": "00000000",
    "H08": "0000",
    "H09": "000000",
    "H10": "00",
    "H11": "000000",
    "H12": "00",
}


def visa_frame(said: dict[str, Any]) -> bytes:
    """Length of two bytes, two zeros, header, message; all but the first four by the other implementation."""
    body: bytes = unparse({"Header": dict(HEADER), **said}, template=visa)
    return len(body).to_bytes(2, "big") + bytes(2) + body


def visa_told(data: bytes) -> list[dict[str, Any]]:
    """The messages in what our end says."""
    found = []
    while data:
        end = 4 + int.from_bytes(data[:2], "big")
        found.append(parse(data[4:end], template=visa))
        data = data[end:]
    return found


def test_a_foreign_member_signs_on_asks_and_is_answered() -> None:
    host = Link(STATIONS_4, VISA_STYLE, True)
    host.opened(NOW_MS)
    sign_on = {"MTI": "0800", "DE007": "1121165500", "DE011": "000001", "DE070": "071"}
    asked = {
        "MTI": "0100",
        "DE002": "4444441234567892",
        "DE003": "000000",
        "DE004": "000000377900",
        "DE007": "1121165501",
        "DE011": "000002",
        "DE022": "0510",
        "DE041": "TERM0001",
        "DE042": "MERCHANT000001 ",
        "DE049": "398",
        "DE055": b64encode(CHIP),
    }
    host.receive_data(visa_frame(sign_on) + visa_frame(asked), NOW_MS)
    (heard,) = [event.message for event in host.events() if isinstance(event, Heard)]
    assert heard.amount_tiyn == 377_900 and heard.chip_data[0x9F27] == b"\x80"
    life = VISA_STYLE.new_life_cycle_id(7, "1121")
    host.send(VISA_STYLE.with_life_cycle_id(heard.answer("00", {38: "654321"}), life))
    signed_on, approved = visa_told(host.data_to_send())
    assert (signed_on["MTI"], signed_on["DE039"], signed_on["DE011"]) == ("0810", "00", "000001")
    assert (approved["MTI"], approved["DE039"], approved["DE038"]) == ("0110", "00", "654321")
    assert approved["DE062"]["SE02"] == life
    # To and from are changed over: it finds its way back through a foreign network.
    assert (approved["Header"]["H05"], approved["Header"]["H06"]) == ("400001", "900001")


def test_a_foreign_host_answers_our_member() -> None:
    member = Link(LENGTH_2, MASTERCARD_STYLE, False)
    member.opened(NOW_MS)

    def hear() -> dict[str, Any]:
        data = member.data_to_send()
        assert int.from_bytes(data[:2], "big") == len(data) - 2
        found: dict[str, Any] = parse(data[2:], template=mastercard, encoding="cp500")
        return found

    def say(said: dict[str, Any]) -> None:
        body = unparse(said, template=mastercard, encoding="cp500")
        member.receive_data(len(body).to_bytes(2, "big") + body, NOW_MS)

    sign_on = hear()
    assert (sign_on["MTI"], sign_on["DE070"]) == ("0800", "061")
    kept = ("DE007", "DE011", "DE070")
    say({"MTI": "0810", "DE039": "00"} | {name: sign_on[name] for name in kept})
    assert member.is_up
    assert member.send(purchase(MASTERCARD_STYLE))
    asked = hear()
    repeated = ("DE002", "DE003", "DE004", "DE007", "DE011", "DE015", "DE037", "DE041", "DE049", "DE063")
    answer = {"MTI": "0110", "DE038": "123456", "DE039": "51", "DE055": b64encode(bytes.fromhex("8A023531"))}
    say(answer | {name: asked[name] for name in repeated})
    (heard,) = [event.message for event in member.events() if isinstance(event, Heard)]
    assert (heard.code, heard.approval_code, heard.stan) == ("51", "123456", "000001")
    assert MASTERCARD_STYLE.life_cycle_id(heard) == MASTERCARD_STYLE.life_cycle_id(purchase(MASTERCARD_STYLE))
    assert heard.chip_data == {0x8A: b"51"}
