"""What others have worked out in public, worked out again by our module.

* CVV 561: the worked example of the card verification value in IBM's public manuals of cryptographic services
  (number 4123456789012345, expiry 8701, service code 101, keys 0123456789ABCDEF and FEDCBA9876543210).
* CVV 204 and 453, PVV 1226, the cryptograms ARQC and ARPC: values published with the tests of the jPOS
  security module (an unrelated program in another language), whose keys are all 12345678 four times.
* MACs: ISO/IEC 9797-1:2011, annex C, algorithm 3 with DES.
* PIN block 0412AC89ABCDEF67: the example of ISO 9564-1 format 0 in the public encyclopaedias.
"""

import psec
import pytest
from pyemv.mac import mac_iso9797_3

from hardware.hsm_cryptograms import VERSIONS, CardKeySet, MasterKeys
from hardware.pin_pad import PinPad
from hardware.triple_des import cvn, triple_des
from tender.card.issuer_data import CVN10, CVN18, IssuerData, MchipResults
from tender.card.pan import Pan, Scheme
from tender.card.tags import Tag

KEY = bytes.fromhex("12345678" * 4)
PAN = Pan("1234567890123456")
RESULTS = bytes.fromhex("A08003242000")
CHIP: dict[int, bytes] = {
    Tag.AMOUNT: bytes.fromhex("000000010000"),
    Tag.AMOUNT_OTHER: bytes.fromhex("000000001000"),
    Tag.TERMINAL_COUNTRY: bytes.fromhex("0840"),
    Tag.TVR: bytes.fromhex("0000001080"),
    Tag.CURRENCY: bytes.fromhex("0840"),
    Tag.DATE: bytes.fromhex("980704"),
    Tag.TRANSACTION_TYPE: b"\x00",
    Tag.UNPREDICTABLE: bytes.fromhex("11111111"),
    Tag.AIP: bytes.fromhex("5800"),
    Tag.ATC: bytes.fromhex("3456"),
}


def keys(scheme: Scheme, version: int) -> CardKeySet:
    return CardKeySet(MasterKeys(KEY, KEY, KEY), PAN, 0, VERSIONS[scheme, version])


@pytest.mark.parametrize(
    ("scheme", "version", "arqc"),
    [
        (Scheme.VISA, CVN10, "26C8A1042D1CAF3E"),
        (Scheme.VISA, CVN18, "55BE45DD2C9E0CBF"),
        (Scheme.MASTERCARD, 0x10, "AC8074C9E62EE6EF"),
        (Scheme.MASTERCARD, 0x14, "55BE45DD2C9E0CBF"),
    ],
)
def test_cryptograms(scheme: Scheme, version: int, arqc: str) -> None:
    card = keys(scheme, version)
    data = IssuerData(1, version, MchipResults.read(RESULTS))
    chip = CHIP | {Tag.CRYPTOGRAM: bytes.fromhex(arqc), Tag.ISSUER_DATA: RESULTS}
    assert card.fits(chip, data)
    for tag in CHIP:
        changed = chip[tag][:-1] + bytes((chip[tag][-1] ^ 1,))
        assert not card.fits(chip | {tag: changed}, data), f"{tag:04X} is not covered"


@pytest.mark.parametrize(
    ("scheme", "version", "arqc", "answer"),
    [
        (Scheme.VISA, CVN10, "26C8A1042D1CAF3E", "98DE7C7B3D80A831" + "3030"),
        (Scheme.MASTERCARD, 0x10, "AC8074C9E62EE6EF", "5B5B712F9A644774" + "0012"),
        (Scheme.MASTERCARD, 0x14, "55BE45DD2C9E0CBF", "01BAE8DE6A0DE9E0" + "0012"),
    ],
)
def test_the_issuers_answer(scheme: Scheme, version: int, arqc: str, answer: str) -> None:
    chip = CHIP | {Tag.CRYPTOGRAM: bytes.fromhex(arqc)}
    assert keys(scheme, version).authentication(chip, "00", approved=True) == bytes.fromhex(answer)


def test_the_issuers_answer_by_method_2() -> None:
    card = cvn.VisaCVN18(KEY, KEY, KEY, PAN.digits, "00")
    arpc = card.generate_arpc(
        tag_9f26=bytes.fromhex("55BE45DD2C9E0CBF"), tag_9f36=CHIP[Tag.ATC], csu=bytes.fromhex("00120000")
    )
    assert arpc == bytes.fromhex("B4C698B6")


@pytest.mark.parametrize(
    ("text", "padding", "mac"),
    [
        ("Now is the time for all ", 1, "A1C72E74EA3FA9B6"),
        ("Now is the time for all ", 2, "E9086230CA3BE796"),
        ("Now is the time for it", 1, "2E2B1428CC78254F"),
    ],
)
def test_the_code_over_scripts(text: str, padding: int, mac: str) -> None:
    halves = bytes.fromhex("0123456789ABCDEF"), bytes.fromhex("FEDCBA9876543210")
    assert mac_iso9797_3(*halves, text.encode(), padding, 8) == bytes.fromhex(mac)


@pytest.mark.parametrize(
    ("key", "number", "expiry", "service_code", "value"),
    [
        ("0123456789ABCDEFFEDCBA9876543210", "4123456789012345", "8701", "101", "561"),
        ("12345678" * 4, "123456789012", "1108", "000", "204"),
        ("1234567812345678" + "8765432187654321", "123456789012", "1108", "000", "453"),
    ],
)
def test_card_verification_values(key: str, number: str, expiry: str, service_code: str, value: str) -> None:
    assert psec.cvv.generate_cvv(bytes.fromhex(key), number, expiry, service_code) == value


def test_a_pin_verification_value() -> None:
    # Their number has 13 digits; the value is made of eleven of them without the last.
    assert psec.pin.generate_visa_pvv(KEY, "0", "1234", "1234567890123") == "1226"


def test_a_pin_block() -> None:
    key = bytes(range(1, 17))
    clear = triple_des(key)
    assert clear.key_size == 192
    block = PinPad(key).block("1234", Pan("43219876543210987"))
    assert psec.des.decrypt_tdes_ecb(key, block) == bytes.fromhex("0412AC89ABCDEF67")
