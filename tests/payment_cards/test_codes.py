"""What a card says to commands that are wrong, or come at the wrong time (EMV Book 1, 11; Book 3, 6.3.5)."""

import pytest

from hardware.cards.emv.flaws import LIVED, lived
from hardware.cards.emv.memory import new_image
from hardware.cards.emv.payment_card import PaymentCard
from hardware.cards.emv.profiles import profile, profile_names
from hardware.entropy import SeededEntropy
from tender.card.tags import Tag
from tender.errors import Code, DeviceError
from tests.payment_cards.bench import Talk, a_card, personal

T0, T1 = "visa-cvn18-dda", "visa-cvn18-cda"
PSE = b"1PAY.SYS.DDF01"


def talk_to(name: str) -> Talk:
    """A fresh card of this kind."""
    return Talk(a_card(name), name)


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("ffca000000", 0x6E00),  # a contact card has no number of the air
        ("01a4040000", 0x6E00),
        ("00ee000000", 0x6D00),
        ("80a4040007a0000000031010", 0x6E00),
        ("00a4000002 3f00", 0x6A86),
        ("00a4040103a00000", 0x6A86),
        ("00a40400", 0x6700),
        ("00a4040003a00000", 0x6700),
        ("00a4040007a0000000041010", 0x6A82),
        ("00a4040209f04b5a445450555253", 0x6A82),
        ("80a80000028300", 0x6985),
        ("80ae8000021234", 0x6985),
        ("00b2010c00", 0x6985),
        ("80ca9f3600", 0x6985),
        ("0084000000", 0x6985),
        ("00200080082412 34ffffffffff", 0x6985),
        ("00c0000010", 0x6985),
        ("841e000008" + "00" * 8, 0x6985),
        ("0020", 0x6700),
    ],
)
def test_before_anything_is_selected(command: str, sw: int) -> None:
    for name in (T0, T1):
        assert talk_to(name).raw(bytes.fromhex(command))[1] == sw


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("80ae800002 1234", 0x6985),  # no cryptogram before the processing options
        ("0020008008 241234ffffffffff", 0x6985),
        ("00880000041a2b3c4d", 0x6985),
        ("0082000008" + "00" * 8, 0x6985),
        ("80a8000002 8105", 0x6A80),
        ("80a8000003830100", 0x6700),
        ("80a8010002 8300", 0x6A86),
        ("80caff0100", 0x6A88),
        ("80ca5f2400", 0x6A88),
        ("00b2010400", 0x6A86),
        ("00b2010f00", 0x6A86),
        ("00b2000c00", 0x6A86),
        ("00b2090c00", 0x6A83),
        ("00b2014400", 0x6A82),
        ("00b2015c00", 0x6A83),  # the log is empty yet
        ("0084010000", 0x6A86),
    ],
)
def test_after_selection(command: str, sw: int) -> None:
    for name in (T0, T1):
        talk = talk_to(name)
        assert talk.select(profile(name).aid) == 0x9000
        assert talk.raw(bytes.fromhex(command))[1] == sw


def test_a_transaction_runs_one_way() -> None:
    for name in (T0, T1):
        talk = talk_to(name)
        talk.begin(name)
        assert talk.send("80A80000", b"\x83\x00")[1] == 0x6985, "the options are given once"
        assert talk.send("00820000", bytes(8), gives=False)[1] == 0x6985
        assert talk.send("80AE8000", bytes(3))[1] == 0x6700, "as long as the list"
        assert talk.send("80AEC000", bytes(29))[1] == 0x6A86
        assert talk.send("80AE8001", bytes(29))[1] == 0x6A86
        first = talk.generate(0x80, Tag.CDOL1)
        assert first[Tag.CRYPTOGRAM_INFORMATION] == b"\x80"
        assert talk.send("00200080", bytes.fromhex("241234FFFFFFFFFF"), gives=False)[1] == 0x6985
        assert talk.generated(0x80, Tag.CDOL2)[1] == 0x6985, "the bank was asked already"
        assert talk.generate(0x00, Tag.CDOL2, t8A=b"05")[Tag.CRYPTOGRAM_INFORMATION] == b"\x00"
        assert talk.generated(0x40, Tag.CDOL2)[1] == 0x6985
        assert talk.select(profile(name).aid) == 0x9000
        assert talk.options() == 0x9000, "and the next one begins"


def test_t0_announces_an_answer_and_corrects_a_length() -> None:
    talk = talk_to(T0)
    aid = profile(T0).aid
    answer, sw = talk.raw(bytes((0x00, 0xA4, 0x04, 0x00, len(aid))) + aid)
    assert (answer, sw >> 8) == (b"", 0x61)
    length = sw & 0xFF
    assert talk.raw(bytes.fromhex("00C0000000")) == (b"", 0x6C00 | length)
    first, sw = talk.raw(bytes.fromhex("00C0000005"))
    assert sw == 0x6100 | length - 5
    rest, sw = talk.raw(bytes((0x00, 0xC0, 0x00, 0x00, length - 5)))
    assert (sw, (first + rest)[0]) == (0x9000, 0x6F)
    assert talk.raw(bytes.fromhex("00C0000001"))[1] == 0x6985, "nothing waits any more"
    assert talk.raw(bytes.fromhex("80CA9F3600")) == (b"", 0x6C05)
    assert talk.raw(bytes.fromhex("80CA9F3605")) == (bytes.fromhex("9F36020000"), 0x9000)


def test_t1_answers_at_once() -> None:
    talk = talk_to(T1)
    aid = profile(T1).aid
    answer, sw = talk.raw(bytes((0x00, 0xA4, 0x04, 0x00, len(aid))) + aid + b"\x00")
    assert (sw, answer[0]) == (0x9000, 0x6F)


def test_the_directory_names_what_is_on_the_card() -> None:
    for name in profile_names():
        talk = talk_to(name)
        assert talk.select(PSE) == 0x9000
        assert talk.data[Tag.SFI] == b"\x01"
        answer, sw = talk.send("00B2010C")
        assert sw == 0x9000
        aid = profile(name).aid
        assert bytes((0x4F, len(aid))) + aid in answer
        assert talk.send("00B2020C")[1] == 0x6A83
        assert talk.send("00B20114")[1] == 0x6A82


def test_a_part_of_a_name_selects_each_application_in_turn() -> None:
    cards = [personal(name) for name in ("visa-cvn18-cda", "mchip-cvn11-cda")]
    image = new_image([*cards, cards[0]])
    card = PaymentCard(image, SeededEntropy("three"))
    card.power(True)
    talk = Talk(card, "visa-cvn18-cda")
    visa = bytes.fromhex("A000000003")
    assert talk.select(visa) == 0x9000
    assert talk.data[Tag.DF_NAME] == profile("visa-cvn18-cda").aid
    assert talk.select(visa, 2) == 0x9000
    assert talk.select(visa, 2) == 0x6A82, "there were two"
    assert talk.select(bytes.fromhex("A000000004")) == 0x9000
    assert talk.data[Tag.DF_NAME] == profile("mchip-cvn11-cda").aid


def test_the_log_holds_the_last_ten() -> None:
    talk = talk_to(T1)
    for number in range(12):
        talk.again()
        talk.begin(T1)
        talk.generate(0x00, Tag.CDOL1, t9C=bytes((number,)))
    assert talk.send("80CA9F4F")[0][:3] == bytes.fromhex("9F4F10")
    lines = [talk.send(f"00B2{number:02X}5C")[0] for number in range(1, 11)]
    assert [line[-1] for line in lines] == list(range(11, 1, -1)), "the newest first"
    assert lines[0].hex() == "00" + "000000377900" + "0398" + "260115" + "000c" + "0b"
    assert talk.send("00B20B5C")[1] == 0x6A83


@pytest.mark.parametrize("flaw", sorted(LIVED))
def test_what_was_blocked_says_so(flaw: str) -> None:
    for name in (T0, T1):
        image = new_image([personal(name)])
        lived(image, flaw)
        talk = Talk(PaymentCard(image, SeededEntropy(flaw)), name)
        talk.again()
        selected = talk.select(profile(name).aid)
        dead = {"card-blocked": 0x6A81, "chip-broken": 0x6F00}.get(flaw)
        if dead is not None:
            assert selected == talk.select(PSE) == dead
            continue
        assert selected == (0x6283 if flaw == "blocked" else 0x9000)
        if talk.is_t0 and flaw == "blocked":
            assert talk.raw(bytes.fromhex("00C0000000"))[1] >> 8 == 0x6C, "what it is can still be read"
            continue
        assert talk.options() == 0x9000
        talk.read_all()
        if flaw == "pin-blocked":
            assert talk.send("80CA9F17")[0] == bytes.fromhex("9F170100")
            assert talk.send("00200080", bytes.fromhex("241234FFFFFFFFFF"), gives=False)[1] == 0x6983
        wanted = 0x00 if flaw == "blocked" else 0x80
        assert talk.generate(0x40, Tag.CDOL1)[Tag.CRYPTOGRAM_INFORMATION][0] == wanted


def test_a_card_without_power_says_nothing() -> None:
    card = a_card(T1)
    card.power(False)
    with pytest.raises(DeviceError) as gone:
        card.transmit(bytes.fromhex("00A4040000"))
    assert gone.value.code is Code.CARD_GONE
