"""Who proves what to the card: its holder by PIN, its bank by scripts under a MAC of the transaction."""

from typing import Any

import pytest

from hardware.cards.emv.flaws import lived
from hardware.cards.emv.memory import Amount, new_image
from hardware.cards.emv.payment_card import PaymentCard
from hardware.cards.emv.profiles import profile
from hardware.entropy import SeededEntropy
from hardware.triple_des import cvn
from tender.card.certificates import KeyCertificate, RsaPublicKey, enciphered_pin, recover_icc
from tender.card.issuer_data import IssuerData, MchipResults, StatusUpdate, VisaResults
from tender.card.personalisation import CardKeys
from tender.card.tags import Tag
from tender.crypto.sealing import Pin
from tests.payment_cards.bench import (
    BANK_OF,
    PIN,
    Talk,
    a_card,
    answered_by_bank,
    card_key_of,
    chip_data,
    hsm,
    issuer_of,
    pan_of,
    personal,
)

RIGHT, WRONG = Pin(PIN).block(), Pin("9999").block()
ARQC, TC, AAC = 0x80, 0x40, 0x00
FILL = bytes(range(256))


def verify(talk: Talk, block: bytes) -> int:
    """VERIFY in the clear; how it is answered."""
    return talk.send("00200080", block, gives=False)[1]


def tries(talk: Talk) -> int:
    """What GET DATA says of tries left."""
    return talk.send("80CA9F17")[0][-1]


def kinds_of_pin_key(talk: Talk, signed: bytes) -> RsaPublicKey:
    """The key a PIN is enciphered for: its own if the card has one, else the card's."""
    data = talk.data
    if Tag.PIN_KEY_CERTIFICATE not in data:
        return card_key_of(talk, signed)
    remainder = data.get(Tag.PIN_KEY_REMAINDER, b"")
    parts = KeyCertificate(data[Tag.PIN_KEY_CERTIFICATE], remainder, data[Tag.PIN_KEY_EXPONENT])
    return recover_icc(parts, issuer_of(talk)).key


def test_a_pin_has_three_tries_and_a_right_one_brings_them_back() -> None:
    talk = Talk(a_card("visa-cvn10-sda"), "visa-cvn10-sda")
    talk.begin("visa-cvn10-sda")
    assert [verify(talk, WRONG), tries(talk)] == [0x63C2, 2]
    assert [verify(talk, RIGHT), tries(talk)] == [0x9000, 3]
    assert [verify(talk, WRONG) for _ in range(4)] == [0x63C2, 0x63C1, 0x63C0, 0x6983]
    assert verify(talk, RIGHT) == 0x6983, "blocked stays blocked"
    talk.again()
    talk.begin("visa-cvn10-sda")
    assert verify(talk, RIGHT) == 0x6983, "without power too"
    results = IssuerData.read(talk.generate(ARQC, Tag.CDOL1)[Tag.ISSUER_DATA]).results
    assert VisaResults.PIN_TRIES_EXCEEDED in results


@pytest.mark.parametrize(
    ("block", "sw"),
    [
        ("241234ffffffff", 0x6700),
        ("141234ffffffffff", 0x6A80),
        ("231234ffffffffff", 0x6A80),
        ("2d1234567890123f", 0x6A80),
        ("24123affffffffff", 0x6A80),
        ("241234fffffffff0", 0x6A80),
    ],
)
def test_what_is_no_pin_costs_no_try(block: str, sw: int) -> None:
    talk = Talk(a_card("visa-cvn10-sda"), "visa-cvn10-sda")
    talk.begin("visa-cvn10-sda")
    assert verify(talk, bytes.fromhex(block)) == sw
    assert tries(talk) == 3


@pytest.mark.parametrize("name", ["visa-cvn18-dda", "visa-cvn18-cda", "mchip-cvn11-cda"])
def test_an_enciphered_pin_is_for_one_challenge(name: str) -> None:
    talk = Talk(a_card(name), name)
    key = kinds_of_pin_key(talk, talk.begin(name))

    def offered(block: bytes, challenge: bytes) -> int:
        octets = enciphered_pin(key, block, challenge, FILL[: key.size - 17])
        return talk.send("00200088", octets, gives=False)[1]

    challenge, _ = talk.send("00840000")
    assert offered(RIGHT, challenge) == 0x9000
    assert offered(RIGHT, challenge) == 0x6985, "a challenge serves once"
    challenge, _ = talk.send("00840000")
    talk.send("80CA9F17")
    assert offered(RIGHT, challenge) == 0x6985, "and only the next command"
    talk.send("00840000")
    assert offered(RIGHT, challenge) == 0x6984, "that of yesterday is none"
    challenge, _ = talk.send("00840000")
    assert offered(WRONG, challenge) == 0x63C2
    challenge, _ = talk.send("00840000")
    assert talk.send("00200088", bytes(key.size - 1), gives=False)[1] == 0x6700
    assert tries(talk) == 2
    answered = IssuerData.read(talk.generate(ARQC, Tag.CDOL1)[Tag.ISSUER_DATA]).results
    failed = MchipResults if profile(name).scheme == "mastercard" else VisaResults
    assert failed.OFFLINE_PIN_FAILED in answered


# ------------------------------------------------------------------------------------------------ scripts


def scripted(talk: Talk, answered: dict[int, bytes], *instructions: str) -> tuple[bytes, ...]:
    """What its bank sends after this cryptogram."""
    scheme = profile(talk.name).scheme
    chip = chip_data(talk, answered)
    return hsm().script_commands(BANK_OF[scheme], pan_of(scheme), 1, chip, instructions)


def asked(name: str, flaw: str = "") -> tuple[Talk, dict[int, bytes]]:
    """A card that has asked its bank."""
    image = new_image([personal(name)])
    lived(image, flaw)
    talk = Talk(PaymentCard(image, SeededEntropy("scripts")), name)
    talk.again()
    talk.begin(name)
    return talk, talk.generate(ARQC, Tag.CDOL1)


VERSIONS = ("visa-cvn10-sda", "visa-cvn18-cda", "mchip-cvn11-cda", "mchip-cvn14-dda")


@pytest.mark.parametrize("name", VERSIONS)
def test_a_bank_blocks_and_unblocks(name: str) -> None:
    talk, first = asked(name, "pin-blocked")
    unblock, block = scripted(talk, first, "pin-unblock", "block")
    assert talk.raw(unblock)[1] == 0x9000
    assert tries(talk) == 3
    talk.generate(TC, Tag.CDOL2, t91=answered_by_bank(talk, first), t8A=b"00")
    assert talk.raw(block)[1] == 0x9000, "after the last cryptogram too"
    talk.again()
    assert talk.select(profile(name).aid) == 0x6283
    if talk.is_t0:
        talk.data = {Tag.PDOL: profile(name).data.get(Tag.PDOL, b"")}
    assert talk.options() == 0x9000
    talk.data = {Tag.AFL: talk.data[Tag.AFL], Tag.AIP: talk.data[Tag.AIP]}
    talk.read_all()
    refused = talk.generate(TC, Tag.CDOL1)
    assert refused[Tag.CRYPTOGRAM_INFORMATION] == b"\x00", "it refuses everything"
    assert talk.raw(scripted(talk, refused, "unblock")[0])[1] == 0x9000
    talk.again()
    assert talk.select(profile(name).aid) == 0x9000


def test_a_bank_ends_a_card() -> None:
    talk, first = asked("mchip-cvn11-cda")
    assert talk.raw(scripted(talk, first, "card-block")[0])[1] == 0x9000
    talk.again()
    assert talk.select(profile("mchip-cvn11-cda").aid) == 0x6A81


@pytest.mark.parametrize("name", VERSIONS)
def test_a_script_of_nobody_changes_nothing_and_is_told(name: str) -> None:
    talk, first = asked(name)
    (block,) = scripted(talk, first, "block")
    assert talk.raw(block[:-1] + bytes((block[-1] ^ 1,)))[1] == 0x6988
    assert talk.raw(block)[1] == 0x6985, "after a wrong one no more is taken"
    talk.again()
    talk.begin(name)
    later = talk.generate(ARQC, Tag.CDOL1)
    results = IssuerData.read(later[Tag.ISSUER_DATA]).results
    assert "SCRIPT_FAILED" in results.names
    assert talk.raw(block)[1] == 0x6988, "nor in the next transaction"


def issuer_side(maker: Any, keys: CardKeys) -> Any:
    """pyemv's issuer, with the keys of this card."""
    side = maker.__new__(maker)
    side.icc_mk_ac, side.icc_mk_smi, side.icc_mk_smc = keys.cryptogram, keys.integrity, keys.confidentiality
    return side


@pytest.mark.parametrize(
    ("name", "maker", "known"),
    [
        ("visa-cvn10-sda", cvn.VisaCVN10, None),
        ("visa-cvn18-cda", cvn.VisaCVN18, PIN),
        ("mchip-cvn11-cda", cvn.MasterCardCVN17, None),
    ],
)
def test_a_bank_gives_a_new_pin(name: str, maker: Any, known: str | None) -> None:
    talk, first = asked(name)
    side = issuer_side(maker, personal(name).keys)
    more = {} if known is None else {"current_pin": known}
    command = side.generate_pin_change_command(
        pin="48151623", tag_9f26=first[Tag.CRYPTOGRAM], tag_9f36=first[Tag.ATC], **more
    )
    assert talk.raw(command)[1] == 0x9000
    talk.again()
    talk.begin(name)
    assert verify(talk, RIGHT) == 0x63C2
    assert verify(talk, Pin("48151623").block()) == 0x9000


def test_a_bank_sets_limits() -> None:
    name = "visa-cvn18-cda"
    talk, first = asked(name)
    side = issuer_side(cvn.VisaCVN18, personal(name).keys)

    def put(tag: int, value: bytes) -> int:
        header = bytes((0x84, 0xDA, tag >> 8, tag & 0xFF, len(value) + 8))
        mac = side.generate_command_mac(header, first[Tag.CRYPTOGRAM], first[Tag.ATC], value)
        return talk.raw(header + value + mac)[1]

    assert put(Tag.OFFLINE_LOWER, b"\x09") == 0x9000
    assert put(Amount.LOWER, bytes.fromhex("000000000001")) == 0x9000
    assert put(Tag.PAN, bytes(8)) == 0x6A88, "no other object is written"
    talk.again()
    talk.begin(name)
    assert talk.data[Tag.OFFLINE_LOWER] == b"\x09"


# ----------------------------------------------------------------------------------------- alone, and not


def online_once(talk: Talk) -> None:
    """One transaction that its bank approved."""
    talk.begin(talk.name)
    first = talk.generate(ARQC, Tag.CDOL1)
    proof = answered_by_bank(talk, first)
    talk.send("00820000", proof, gives=False)
    talk.generate(TC, Tag.CDOL2, t91=proof, t8A=b"00")


@pytest.mark.parametrize("name", ["visa-cvn18-cda", "mchip-cvn11-cda"])
def test_a_card_approves_alone_within_its_limits_and_no_further(name: str) -> None:
    talk = Talk(a_card(name), name)
    talk.begin(name)
    assert talk.generate(TC, Tag.CDOL1)[Tag.CRYPTOGRAM_INFORMATION] == b"\x80", "a new card asks"
    talk.again()
    online_once(talk)
    kinds = []
    for _ in range(4):
        talk.again()
        talk.begin(name)
        kinds.append(talk.generate(TC, Tag.CDOL1)[Tag.CRYPTOGRAM_INFORMATION].hex())
    assert kinds == ["40", "40", "40", "80"], "three alone (9F14), then it asks"
    assert talk.generate(TC, Tag.CDOL2, t8A=b"Y3")[Tag.CRYPTOGRAM_INFORMATION] == b"\x40", "nobody there"
    for wanted in ("40", "40", "00"):  # up to six (9F23)
        talk.again()
        talk.begin(name)
        talk.generate(ARQC, Tag.CDOL1)
        assert talk.generate(TC, Tag.CDOL2, t8A=b"Y3")[Tag.CRYPTOGRAM_INFORMATION].hex() == wanted
    talk.again()
    online_once(talk)
    talk.again()
    talk.begin(name)
    assert talk.generate(TC, Tag.CDOL1)[Tag.CRYPTOGRAM_INFORMATION] == b"\x40", "its bank counted anew"


def test_foreign_money_is_not_for_the_card_to_approve_alone() -> None:
    name = "visa-cvn18-cda"
    talk = Talk(a_card(name), name)
    online_once(talk)
    talk.again()
    talk.begin(name)
    assert talk.generate(TC, Tag.CDOL1, t5F2A=b"\x08\x40")[Tag.CRYPTOGRAM_INFORMATION] == b"\x80"


# ------------------------------------------------------------------------------ what its bank's answer orders


def answered(talk: Talk, first: dict[int, bytes], update: StatusUpdate) -> dict[int, bytes]:
    """The bank's answer with these orders, and what the card says to it."""
    side = issuer_side(cvn.VisaCVN18, personal(talk.name).keys)
    said = update.packed()
    proof = side.generate_arpc(tag_9f26=first[Tag.CRYPTOGRAM], tag_9f36=first[Tag.ATC], csu=said)
    assert talk.send("00820000", proof + said, gives=False)[1] == 0x9000
    return talk.generate(TC, Tag.CDOL2, t8A=b"00")


@pytest.mark.parametrize(
    ("update", "selected"),
    [
        (StatusUpdate.APPROVED, 0x9000),
        (StatusUpdate.APPROVED | StatusUpdate.BLOCK_APPLICATION, 0x6283),
        (StatusUpdate.APPROVED | StatusUpdate.BLOCK_CARD, 0x6A81),
    ],
)
def test_a_status_update_blocks(update: StatusUpdate, selected: int) -> None:
    talk, first = asked("visa-cvn18-cda")
    assert answered(talk, first, update)[Tag.CRYPTOGRAM_INFORMATION] == b"\x40"
    talk.again()
    assert talk.select(profile("visa-cvn18-cda").aid) == selected


def test_a_status_update_sets_tries_and_calls_the_card_back() -> None:
    name = "visa-cvn18-cda"
    talk, first = asked(name, "pin-blocked")
    two_tries = StatusUpdate(2 << 24)
    orders = StatusUpdate.APPROVED | StatusUpdate.SET_PIN_TRIES | StatusUpdate.GO_ONLINE_NEXT | two_tries
    answered(talk, first, orders)
    talk.again()
    talk.begin(name)
    assert tries(talk) == 2
    assert talk.generate(TC, Tag.CDOL1)[Tag.CRYPTOGRAM_INFORMATION] == b"\x80", "online, as it was told"


def test_a_script_of_a_wrong_length_is_none() -> None:
    for command, sw in (
        ("8418000007" + "00" * 7, 0x6700),
        ("8424000008" + "00" * 8, 0x6988),
        ("841e010008" + "00" * 8, 0x6988),
    ):
        talk, _ = asked("visa-cvn18-cda")
        assert talk.raw(bytes.fromhex(command))[1] == sw


@pytest.mark.parametrize(
    ("header", "body", "sw"),
    [
        ("841e0100", b"", 0x6A86),
        ("841e0000", b"\x00", 0x6700),
        ("84240100", b"", 0x6A86),
        ("84240003", b"", 0x6A86),
        ("84240000", b"\x00" * 8, 0x6700),
        ("84240002", b"\x00" * 16, 0x6A80),
        ("84240002", b"", 0x6A80),
        ("84da9f14", b"\x01\x02", 0x6700),
        ("84da9f54", b"\xaa" * 6, 0x6A80),
    ],
)
def test_a_script_that_means_nothing_ends_the_scripts(header: str, body: bytes, sw: int) -> None:
    """The bank's own, with a right MAC: refused, and nothing after it is taken."""
    talk, first = asked("visa-cvn18-cda")
    side = issuer_side(cvn.VisaCVN18, personal(talk.name).keys)
    head = bytes.fromhex(header) + bytes((len(body) + 8,))
    mac = side.generate_command_mac(head, first[Tag.CRYPTOGRAM], first[Tag.ATC], body)
    assert talk.raw(head + body + mac)[1] == sw
    (unblock,) = scripted(talk, first, "pin-unblock")
    assert talk.raw(unblock)[1] == 0x6985
