"""A purchase on every kind of card, from the answer to reset to the last cryptogram, checked by its bank and,
where it signs, by its authority's key."""

import pytest

from hardware.cards.emv.profiles import profile, profile_names
from hardware.entropy import SeededEntropy
from tender.card import atr
from tender.card.certificates import CombinedData, digest, open_dynamic, open_static
from tender.card.issuer_data import IssuerData
from tender.card.tags import Tag
from tender.card.tlv import Tlv, pack
from tender.card.values import Aip
from tests.payment_cards.bench import (
    BANK_OF,
    NUMBER,
    Talk,
    a_card,
    answered_by_bank,
    card_key_of,
    chip_data,
    hsm,
    issuer_of,
    objects,
    pan_of,
)

EVERY = pytest.mark.parametrize("name", profile_names())
SIGNING = pytest.mark.parametrize(
    "name", [one for one in profile_names() if profile(one).interchange & 0x2100]
)
ARQC, TC, CDA_ARQC = 0x80, 0x40, 0x90


def fits(talk: Talk, answered: dict[int, bytes]) -> bool:
    """Whether its bank takes this cryptogram for the card's."""
    scheme = profile(talk.name).scheme
    return hsm().cryptogram_fits(BANK_OF[scheme], pan_of(scheme), 1, chip_data(talk, answered))


def begun(name: str) -> tuple[Talk, bytes]:
    """A card of this kind, read; and what of it is signed."""
    talk = Talk(a_card(name), name)
    return talk, talk.begin(name)


@EVERY
def test_a_purchase_that_its_bank_approves(name: str) -> None:
    talk, _ = begun(name)
    first = talk.generate(ARQC, Tag.CDOL1)
    assert first[Tag.CRYPTOGRAM_INFORMATION] == b"\x80"
    assert first[Tag.ATC] == b"\x00\x01"
    assert fits(talk, first)
    proof = answered_by_bank(talk, first)
    if Aip.read(talk.data[Tag.AIP]) & Aip.ISSUER_AUTHENTICATION:
        assert talk.send("00820000", proof, gives=False)[1] == 0x9000
        assert talk.send("00820000", proof, gives=False)[1] == 0x6985, "once in a transaction"
    second = talk.generate(TC, Tag.CDOL2, t91=proof, t8A=b"00")
    assert second[Tag.CRYPTOGRAM_INFORMATION] == b"\x40"
    assert fits(talk, second)
    assert talk.send("80CA9F13")[0].hex() == "9f13020001", "the last time its bank was reached"
    assert IssuerData.read(second[Tag.ISSUER_DATA]).results.names


@pytest.mark.parametrize("version", [0x10, 0x11, 0x14, 0x15])
def test_every_version_of_a_mastercard_style_cryptogram(version: int) -> None:
    """On the kind whose counters are all used; the session key, what is signed, and the answer differ."""
    name = "mchip-cvn11-sda"
    talk = Talk(a_card(name, cryptogram_version=version), name)
    talk.begin(name)
    first = talk.generate(ARQC, Tag.CDOL1)
    assert IssuerData.read(first[Tag.ISSUER_DATA]).version == version
    assert fits(talk, first)
    second = talk.generate(TC, Tag.CDOL2, t91=answered_by_bank(talk, first), t8A=b"00")
    assert second[Tag.CRYPTOGRAM_INFORMATION] == b"\x40"
    assert fits(talk, second)


@EVERY
def test_the_records_hold_what_a_terminal_must_have(name: str) -> None:
    talk, _ = begun(name)
    for tag in (Tag.PAN, Tag.EXPIRY, Tag.CDOL1, Tag.CDOL2, Tag.TRACK2, Tag.CVM_LIST, Tag.PAN_SEQUENCE):
        assert talk.data[tag]
    pan = pan_of(profile(name).scheme).digits
    assert talk.data[Tag.PAN].hex() == pan
    assert talk.data[Tag.TRACK2].hex().startswith(f"{pan}d3012")
    assert talk.data[Tag.EXPIRY].hex() == "301231"


@EVERY
def test_the_answer_to_reset_is_as_emv_wants_it(name: str) -> None:
    octets = a_card(name).atr
    protocols = atr.read(octets).protocols
    assert protocols == (profile(name).protocol,)
    assert octets[2] == 0x00, "TB1: no programming voltage"
    assert octets[3] in (0x00, 0xFF), "TC1: no extra guard time"
    if protocols == (1,):
        assert octets[5] == 0x31, "TD2"
        assert octets[6] >= 0x10, "TA3: length of a block"
        assert octets[7] >> 4 <= 4, "TB3: block waiting time"
        assert octets[7] & 0x0F <= 5, "TB3: character waiting time"


@pytest.mark.parametrize("name", ["visa-cvn10-sda", "visa-cvn10-dda", "mchip-cvn11-sda"])
def test_static_data_are_signed_by_the_issuer(name: str) -> None:
    talk, signed = begun(name)
    code = open_static(talk.data[Tag.STATIC_SIGNATURE], issuer_of(talk), signed + talk.data[Tag.AIP])
    assert code == b"\xda\xc1"


@pytest.mark.parametrize("name", ["visa-cvn10-dda", "visa-cvn18-dda", "visa-cvn18-cda", "mchip-cvn14-dda"])
def test_the_card_signs_what_the_terminal_chose(name: str) -> None:
    talk, signed = begun(name)
    key = card_key_of(talk, signed)
    answer, sw = talk.send("00880000", NUMBER)
    assert sw == 0x9000
    assert talk.send("00880000", NUMBER + b"\x00")[1] == 0x6700
    signature = answer[-key.size :]
    assert len(open_dynamic(signature, key, NUMBER).number) == 8


@pytest.mark.parametrize("name", ["visa-cvn18-cda", "mchip-cvn10-cda", "mchip-cvn11-cda"])
def test_cda_signs_both_cryptograms_with_all_that_was_said(name: str) -> None:
    talk, signed = begun(name)
    key = card_key_of(talk, signed)
    asked = talk.last_values  # of PDOL
    for p1, which, kind in ((CDA_ARQC, Tag.CDOL1, 0x80), (0x50, Tag.CDOL2, 0x40)):
        told = {} if which == Tag.CDOL1 else {"t8A": b"00"}
        answer, sw = talk.generated(p1, which, **told)
        assert sw == 0x9000
        answered = objects(answer)
        assert Tag.CRYPTOGRAM not in answered, "the cryptogram is within the signature"
        asked += talk.last_values
        rest = pack(Tlv(tag, value) for tag, value in answered.items() if tag != Tag.DYNAMIC_SIGNATURE)
        dynamic = open_dynamic(answered[Tag.DYNAMIC_SIGNATURE], key, NUMBER)
        combined = CombinedData.from_bytes(dynamic.rest)
        assert combined.cryptogram_information == kind == answered[Tag.CRYPTOGRAM_INFORMATION][0]
        assert combined.transaction_hash == digest(asked, rest)
        assert fits(talk, answered | {Tag.CRYPTOGRAM: combined.cryptogram})


def test_an_answer_of_nobody_makes_no_approval() -> None:
    for name in ("visa-cvn10-sda", "visa-cvn18-dda", "mchip-cvn11-cda", "mchip-cvn14-dda"):
        talk, _ = begun(name)
        first = talk.generate(ARQC, Tag.CDOL1)
        proof = bytearray(answered_by_bank(talk, first))
        proof[0] ^= 1
        if Aip.read(talk.data[Tag.AIP]) & Aip.ISSUER_AUTHENTICATION:
            assert talk.send("00820000", bytes(proof), gives=False)[1] == 0x6300
        second = talk.generate(TC, Tag.CDOL2, t91=bytes(proof), t8A=b"00")
        assert second[Tag.CRYPTOGRAM_INFORMATION] == b"\x00", "refused"
        talk.again()
        talk.begin(name)
        third = talk.generate(TC, Tag.CDOL1)
        assert third[Tag.CRYPTOGRAM_INFORMATION] == b"\x80", "and the next one goes to the bank"


@pytest.mark.parametrize("name", ["visa-cvn10-sda", "visa-cvn18-dda", "mchip-cvn11-cda", "mchip-cvn14-dda"])
def test_a_bank_that_says_no_gets_no_approval_whatever_the_terminal_claims(name: str) -> None:
    talk, _ = begun(name)
    first = talk.generate(ARQC, Tag.CDOL1)
    proof = answered_by_bank(talk, first, "05")
    talk.send("00820000", proof, gives=False)
    second = talk.generate(TC, Tag.CDOL2, t91=proof, t8A=b"00")
    assert second[Tag.CRYPTOGRAM_INFORMATION] == b"\x00"


def test_the_same_seed_makes_the_same_card() -> None:
    first, again = (Talk(a_card("visa-cvn18-cda", "one"), "visa-cvn18-cda") for _ in range(2))
    for talk in (first, again):
        talk.begin("visa-cvn18-cda")
        talk.generate(CDA_ARQC, Tag.CDOL1)
    assert first.said == again.said
    assert SeededEntropy("one").draw(4) != SeededEntropy("two").draw(4)
