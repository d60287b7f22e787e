"""What a message says of itself: its readers, its answer, and what it never shows."""

from collections.abc import Callable

import pytest

from tender.card.iso8583.dialects import MASTERCARD_STYLE, VISA_STYLE, Dialect
from tender.card.iso8583.message import AdditionalAmount, Message, Original, amount_text
from tender.card.iso8583.moments import day_of, transmitted_at, when
from tender.card.iso8583.printing import amount_in_tenge, lines
from tender.card.pan import Pan, Scheme, Track2, luhn_digit
from tender.errors import Code, LocalProtocolError, RemoteProtocolError
from tests.iso8583.samples import NUMBERS, purchase, reversal, samples

NOW_MS = 1_795_280_100_000
"""2026-11-21 16:55 UTC."""
ASKED = purchase(VISA_STYLE)


def test_a_purchase_is_read_by_name() -> None:
    assert (ASKED.amount_tiyn, ASKED.kind, ASKED.processing_code) == (377_900, "00", "000000")
    assert (ASKED.stan, ASKED.rrn, ASKED.terminal, ASKED.merchant) == (
        "000001",
        "632516000001",
        "TERM0001",
        "MERCHANT000001",
    )
    assert (ASKED.pan.digits, ASKED.expiry, ASKED.sequence_number) == (NUMBERS[VISA_STYLE], "2812", 1)
    assert (ASKED.entry_mode, ASKED.condition, ASKED.merchant_category) == ("05", "00", "5411")
    assert ASKED.chip_data[0x9F36] == b"\x00\x01" and ASKED.pin_block == bytes(range(8))
    assert ASKED.is_request and not ASKED.is_repeat


def test_chip_data_of_any_terminal_are_read_and_unknown_tags_kept() -> None:
    octets = bytes.fromhex("00 9F26810101 DF81010202FF 9F0206000000377900 00")
    read = Message("0100", {55: octets}).chip_data
    assert read == {0x9F26: b"\x01", 0xDF8101: b"\x02\xff", 0x9F02: bytes.fromhex("000000377900")}


def test_number_and_expiry_may_come_on_the_track_alone() -> None:
    track_only = ASKED.without(2, 14)
    assert (track_only.pan, track_only.expiry) == (ASKED.pan, "2812")


def test_a_reversal_says_what_it_reverses_and_what_still_stands() -> None:
    undone = reversal(VISA_STYLE)
    assert undone.original == Original("0100", "000001", "1121165500", "400001", "")
    assert undone.replacement_tiyn == 100_000
    assert undone.without(95).replacement_tiyn is None
    assert reversal(VISA_STYLE, repeat=True).is_repeat
    assert undone.original.to_text() == undone.fields[90]


def test_balances_are_read_with_their_sign() -> None:
    amounts = (AdditionalAmount("00", "02", "398", 12_345), AdditionalAmount("10", "01", "398", -700))
    answer = ASKED.answer("00", {54: "".join(one.to_text() for one in amounts)})
    assert answer.additional_amounts == amounts
    assert ASKED.additional_amounts == ()


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("0100", "0110"),
        ("0101", "0110"),
        ("0120", "0130"),
        ("0121", "0130"),
        ("0200", "0210"),
        ("0400", "0410"),
        ("0401", "0410"),
        ("0420", "0430"),
        ("0421", "0430"),
        ("0800", "0810"),
    ],
)
def test_every_request_has_its_answer(asked: str, answered: str) -> None:
    assert Message(asked, {}).answer_mti == answered
    with pytest.raises(LocalProtocolError):
        Message(answered, {}).answer("00")


def test_an_answer_repeats_what_ties_it_to_its_request_and_nothing_secret() -> None:
    answer = ASKED.answer("51", {44: "x"})
    assert answer.code == "51" and answer.fields[44] == "x"
    for number in (2, 3, 4, 7, 11, 32, 37, 41, 42, 49, 62):
        assert answer.fields[number] == ASKED.fields[number]
    assert not answer.fields.keys() & {14, 35, 52, 55, 43}


READERS: list[tuple[Callable[[Message], object], dict[int, str | bytes], str]] = [
    (lambda one: one.amount_tiyn, {}, "iso8583.de004"),
    (lambda one: one.amount_tiyn, {4: "00000000000A", 49: "398"}, "iso8583.de004"),
    (lambda one: one.amount_tiyn, {4: "000000000001", 49: "840"}, "iso8583.de049"),
    (lambda one: one.transmitted, {7: "1321165500"}, "iso8583.de007"),
    (lambda one: one.transmitted, {7: "1121245500"}, "iso8583.de007"),
    (lambda one: one.expiry, {14: "2813"}, "iso8583.de014"),
    (lambda one: one.pan, {2: "4444"}, "iso8583.de002"),
    (lambda one: one.track2, {35: "4444441234567892=28"}, "iso8583.de035"),
    (lambda one: one.code, {39: "a1"}, "iso8583.de039"),
    (lambda one: one.pin_block, {52: "text"}, "iso8583.de052"),
    (lambda one: one.additional_amounts, {54: "0002398C00000000000"}, "iso8583.de054"),
    (lambda one: one.chip_data, {55: bytes.fromhex("9F2601")}, "iso8583.de055[0]"),
    (lambda one: one.chip_data, {55: bytes.fromhex("8400 8400")}, "iso8583.de055"),
    (lambda one: one.network_code, {}, "iso8583.de070"),
    (lambda one: one.original, {90: "0100"}, "iso8583.de090"),
    (lambda one: one.replacement_tiyn, {95: "x" * 42}, "iso8583.de095"),
]


@pytest.mark.parametrize(("read", "fields", "field"), READERS)
def test_what_means_nothing_is_refused_where_it_stands(
    read: Callable[[Message], object], fields: dict[int, str | bytes], field: str
) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        read(Message("0100", fields))
    assert caught.value.field == field


def test_an_amount_has_twelve_digits() -> None:
    assert amount_text(377_900) == "000000377900"
    for amount_tiyn in (-1, 10**12):
        with pytest.raises(LocalProtocolError):
            amount_text(amount_tiyn)


# --- card numbers


@pytest.mark.parametrize(
    ("number", "scheme"),
    [
        ("4111111111111111", Scheme.VISA),
        ("5105105105105100", Scheme.MASTERCARD),
        ("5555555555554444", Scheme.MASTERCARD),
        ("2221000000000009", Scheme.MASTERCARD),
        ("2720990000000007", Scheme.MASTERCARD),
        ("2220990000000005", None),
        ("2721000000000004", None),
        ("5610591081018250", None),
        ("378282246310005", None),
    ],
)
def test_a_number_tells_its_scheme(number: str, scheme: Scheme | None) -> None:
    assert Pan(number).scheme is scheme


def test_the_check_digit_of_published_test_numbers_holds_and_of_no_neighbour() -> None:
    for number in ("4111111111111111", "5105105105105100", "5555555555554444", "378282246310005"):
        assert Pan(number).luhn_holds and luhn_digit(number[:-1]) == number[-1]
        wrong = [number[:-1] + digit for digit in "0123456789" if digit != number[-1]]
        assert not any(Pan(one).luhn_holds for one in wrong)


@pytest.mark.parametrize(
    "number", ["", "4" * 11, "4" * 20, "411111111111111x", "٤" * 16, "4111 1111 1111 1111"]
)
def test_what_is_no_number_is_refused(number: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        Pan(number)
    assert caught.value.code is Code.FIELD_WRONG and "4" * 6 not in str(caught.value)


def test_a_track_is_the_same_as_text_and_in_a_chip() -> None:
    for digits in ("0000012300000", "00000123000000"):
        text = f"4444441234567892=2812201{digits[:13]}"
        track = Track2.from_text(text)
        assert track.to_text() == text
        assert Track2.from_bytes(track.to_bytes()) == track == Track2.from_text(text.replace("=", "D"))
    for wrong in ("4444441234567892", "4444441234567892=2812", "4444441234567892=2812201" + "0" * 14):
        with pytest.raises(RemoteProtocolError):
            Track2.from_text(wrong)


def test_numbers_and_tracks_never_show_themselves() -> None:
    pan, track = ASKED.pan, ASKED.track2
    assert str(pan) == repr(pan) == f"{pan}" == "444444******7892"
    for shown in (str(track), repr(track), repr([pan, track]), repr(ASKED), str(ASKED)):
        assert "1234567892" not in shown and "2812201" not in shown


@pytest.mark.parametrize("dialect", [VISA_STYLE, MASTERCARD_STYLE], ids=str)
def test_no_printed_message_shows_a_secret(dialect: Dialect) -> None:
    number = NUMBERS[dialect]
    chip = bytes.fromhex(f"5A08{number}5713{number}D28122010000012300000F5F2004414C4D41")
    typed = dialect.with_cvv2(purchase(dialect).having({45: f"B{number}^ALMA", 55: chip}), "987")
    for said in ("\n".join(lines(typed, dialect)), str(typed)):
        assert number not in said and number[6:12] not in said
        assert "987" not in said and "28122010" not in said and "0001020304" not in said
        assert "414C4D41" not in said and "ALMA" not in said
        assert f"{number[:6]}******{number[-4:]}" in said


def test_a_printed_message_can_be_read_by_people() -> None:
    said = lines(
        purchase(VISA_STYLE).answer("51", {55: bytes.fromhex("8A023531 9505 8000008000")}), VISA_STYLE
    )
    assert said[0] == "0110 authorisation answer, visa-style"
    text = "\n".join(said)
    for expected in (
        "3 779,00 tenge",
        "51  not enough money",
        "000000  purchase",
        "62.2",
        "8A",
        "Offline data",
    ):
        assert expected.lower() in text.lower(), expected
    echo = next(one for one in samples() if one.name == "echo").message
    assert any("301  echo" in line for line in lines(echo, VISA_STYLE))
    broken = lines(purchase(VISA_STYLE).having({55: b"\x9f\x26\x09"}), VISA_STYLE)
    assert any("cannot be read" in line for line in broken)


def test_an_amount_is_printed_with_its_tiyn() -> None:
    assert [amount_in_tenge(n) for n in (0, 5, 377_900, 123_456_789)] == [
        "0,00 tenge",
        "0,05 tenge",
        "3 779,00 tenge",
        "1 234 567,89 tenge",
    ]


# --- moments


def test_a_moment_without_a_year_is_the_nearest_one() -> None:
    assert transmitted_at(NOW_MS) == "1121165500" and day_of(NOW_MS) == "1121"
    assert when("1121165500", NOW_MS) == NOW_MS // 1000
    new_year = 1_798_761_600_000  # 2027-01-01 00:00:00 UTC
    assert when("1231235959", new_year) == new_year // 1000 - 1
    assert when("0101000001", new_year - 2_000) == new_year // 1000 + 1
    with pytest.raises(RemoteProtocolError):
        when("0230000000", NOW_MS)
