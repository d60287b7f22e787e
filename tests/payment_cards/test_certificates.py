"""Certificates and signatures by EMV Book 2, byte by byte: what holds, and each way in which one does not."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from hardware.cards.emv.rsa_keys import rsa_key
from hardware.entropy import SeededEntropy
from tender.card.certificates import (
    CA_KEY,
    CaKey,
    CombinedData,
    DynamicData,
    KeyCertificate,
    RsaPublicKey,
    digest,
    enciphered_pin,
    icc_certificate,
    issuer_certificate,
    open_dynamic,
    open_static,
    opened_pin,
    recover_icc,
    recover_issuer,
    signed_dynamic,
    signed_static,
)
from tender.card.personalisation import RecordPlan, file_locator, static_data
from tender.errors import Code, LocalProtocolError, RemoteProtocolError

CA, ISSUER, CARD = (rsa_key(bits, SeededEntropy(f"cert {bits}")) for bits in (1024, 896, 768))
BIN, PAN = "440601", "4406010000000017"
SERIAL = b"\x00\x00\x07"
STATIC = b"what is signed"
UNPREDICTABLE = b"\x01\x02\x03\x04"


def issuer() -> KeyCertificate:
    """The issuer's, by the authority."""
    return issuer_certificate(CA.apply, CA.public, BIN, 203912, SERIAL, ISSUER.public)


def card() -> KeyCertificate:
    """The card's, by the issuer."""
    return icc_certificate(ISSUER.apply, ISSUER.public, PAN, 203012, SERIAL, CARD.public, STATIC)


def opened(signed: bytes, key: RsaPublicKey) -> bytearray:
    """The block inside."""
    return bytearray(key.apply(signed))


def test_a_chain_of_three_keys() -> None:
    found = recover_issuer(issuer(), CA.public)
    assert (found.identifier, found.ends_month, found.serial, found.key) == (
        BIN,
        203912,
        SERIAL,
        ISSUER.public,
    )
    assert found.fits(PAN)
    assert not found.fits("4406020000000015")
    mine = recover_icc(card(), found.key, STATIC)
    assert (mine.pan, mine.ends_month, mine.serial, mine.key) == (PAN, 203012, SERIAL, CARD.public)


def test_the_layout_is_the_books() -> None:
    """Book 2, tables 1 and 6: frame, format, digits with F behind them, MMYY, hash over all of it."""
    block = bytes(opened(issuer().certificate, CA.public))
    room = CA.public.size - 36
    assert block[:2].hex() == "6a02"
    assert block[2:6].hex() == "440601ff"
    assert block[6:8].hex() == "1239"
    assert block[8:11] == SERIAL
    assert block[11:15] == bytes((1, 1, ISSUER.public.size, 1))
    assert block[15 : 15 + room] == ISSUER.public.modulus[:room]
    rest = ISSUER.public.modulus[room:] + ISSUER.public.exponent
    assert issuer().remainder == ISSUER.public.modulus[room:]
    assert block[-21:] == digest(block[1:-21], rest) + b"\xbc"


def test_a_short_key_needs_no_remainder_and_is_filled_up() -> None:
    short = rsa_key(512, SeededEntropy("short"))
    made = issuer_certificate(CA.apply, CA.public, "52094", 203912, SERIAL, short.public)
    assert made.remainder == b""
    block = bytes(opened(made.certificate, CA.public))
    assert block[15 + 64 : -21] == b"\xbb" * (CA.public.size - 36 - 64)
    assert recover_issuer(made, CA.public).key == short.public


def resigned(change: Callable[[bytearray], None]) -> KeyCertificate:
    """The issuer's certificate changed by the authority itself, its hash made anew."""
    block = opened(issuer().certificate, CA.public)
    change(block)
    block[-21:-1] = digest(bytes(block[1:-21]), issuer().remainder, issuer().exponent)
    return replace(issuer(), certificate=CA.apply(bytes(block)))


def put(at: int, value: int) -> Callable[[bytearray], None]:
    def change(block: bytearray) -> None:
        block[at] = value

    return change


@pytest.mark.parametrize(
    ("made", "field"),
    [
        (resigned(put(0, 0x6B)), "issuer.frame"),
        (resigned(put(-1, 0xBD)), "issuer.frame"),
        (resigned(put(1, 0x04)), "issuer.format"),
        (resigned(put(2, 0xFF)), "issuer.identifier"),
        (resigned(put(3, 0xA6)), "issuer.identifier"),
        (resigned(put(6, 0x13)), "issuer.ends"),
        (resigned(put(7, 0x3A)), "issuer.ends"),
        (resigned(put(11, 0x02)), "issuer.algorithm"),
        (resigned(put(12, 0x02)), "issuer.algorithm"),
        (resigned(put(13, 0x7F)), "issuer.key"),
        (resigned(put(14, 0x03)), "issuer.key"),
        (resigned(put(15, 0x00)), "issuer.key"),
        (replace(issuer(), remainder=b"\x00" + issuer().remainder[1:]), "issuer.hash"),
        (replace(issuer(), exponent=b"\x05"), "issuer.hash"),
        (replace(issuer(), certificate=issuer().certificate[:-1]), "issuer.length"),
        (replace(issuer(), certificate=b"\xff" * CA.public.size), "issuer.length"),
    ],
)
def test_a_certificate_that_does_not_hold(made: KeyCertificate, field: str) -> None:
    with pytest.raises(RemoteProtocolError) as wrong:
        recover_issuer(made, CA.public)
    assert (wrong.value.code, wrong.value.field) == (Code.CERTIFICATE_WRONG, field)


def test_data_that_were_not_signed_break_the_card_s_certificate() -> None:
    with pytest.raises(RemoteProtocolError) as wrong:
        recover_icc(card(), ISSUER.public, STATIC + b"!")
    assert (wrong.value.code, wrong.value.field) == (Code.CERTIFICATE_WRONG, "icc.hash")


def test_signed_static_data() -> None:
    signed = signed_static(ISSUER.apply, ISSUER.public, b"\xda\xc1", STATIC)
    assert open_static(signed, ISSUER.public, STATIC) == b"\xda\xc1"
    for key, data in ((ISSUER.public, b"other"), (CARD.public, STATIC)):
        with pytest.raises(RemoteProtocolError) as wrong:
            open_static(signed, key, data)
        assert wrong.value.code is Code.SIGNATURE_WRONG


def test_signed_dynamic_data() -> None:
    combined = CombinedData(0x80, b"\x11" * 8, digest(b"all"))
    dynamic = DynamicData(b"\x22" * 8, combined.to_bytes())
    signed = signed_dynamic(CARD.apply, CARD.public, dynamic.to_bytes(), UNPREDICTABLE)
    found = open_dynamic(signed, CARD.public, UNPREDICTABLE)
    assert found == dynamic
    assert CombinedData.from_bytes(found.rest) == combined
    with pytest.raises(RemoteProtocolError) as wrong:
        open_dynamic(signed, CARD.public, b"\x01\x02\x03\x05")
    assert wrong.value.field == "dynamic.hash"
    with pytest.raises(RemoteProtocolError):
        CombinedData.from_bytes(found.rest[:-1])
    with pytest.raises(LocalProtocolError):
        signed_dynamic(CARD.apply, CARD.public, bytes(CARD.public.size - 24), UNPREDICTABLE)


@pytest.mark.parametrize("length", [b"\x00\x08", b"\x08\x01" + bytes(7), b"\x09\x09" + bytes(8)])
def test_a_dynamic_number_of_no_length(length: bytes) -> None:
    signed = signed_dynamic(CARD.apply, CARD.public, length[1:], UNPREDICTABLE)
    with pytest.raises(RemoteProtocolError) as wrong:
        open_dynamic(signed, CARD.public, UNPREDICTABLE)
    assert wrong.value.field == "dynamic.length"


def test_an_enciphered_pin_comes_back_with_its_challenge() -> None:
    block, challenge = bytes.fromhex("241234FFFFFFFFFF"), b"\x33" * 8
    sent = enciphered_pin(CARD.public, block, challenge, bytes(CARD.public.size - 17))
    assert block not in sent
    assert opened_pin(CARD.apply(sent)) == (block, challenge)
    with pytest.raises(RemoteProtocolError):
        opened_pin(CARD.apply(bytes(CARD.public.size - 1) + b"\x02"))
    with pytest.raises(LocalProtocolError):
        enciphered_pin(CARD.public, block, challenge, b"")


def test_an_authority_s_key_has_a_check_sum() -> None:
    key = CaKey.made(bytes.fromhex("A000000003"), 0xD7, CA.public)
    assert key.is_whole
    assert key.check_sum == digest(bytes.fromhex("A000000003D7"), CA.public.modulus, b"\x03")
    assert not replace(key, index=0xD8).is_whole
    assert CA_KEY.decode(CA_KEY.encode(key)) == key


def test_signed_records_lead_each_entry_of_the_locator() -> None:
    plans = (
        RecordPlan(1, 1, (0x57,), signed=False),
        RecordPlan(2, 1, (0x5A,), signed=True),
        RecordPlan(2, 2, (0x5F24,), signed=True),
        RecordPlan(2, 3, (0x8F,), signed=False),
        RecordPlan(2, 4, (0x9F07,), signed=True),
        RecordPlan(12, 1, (0x9F08,), signed=True),
    )
    assert file_locator(plans).hex() == "08010100" + "10010302" + "10040401" + "60010101"
    data = {0x57: b"a", 0x5A: b"b", 0x5F24: b"c", 0x8F: b"d", 0x9F07: b"e", 0x9F08: b"f", 0x82: b"AP"}
    signed = static_data(data | {0x9F4A: b"\x82"}, plans)
    assert signed == b"\x5a\x01b" + b"\x5f\x24\x01c" + b"\x9f\x07\x01e" + b"\x70\x04\x9f\x08\x01f" + b"AP"
    assert static_data(data, plans) == signed[:-2]
