"""A merchant's code: vectors from outside, every rule broken once, an unrelated parser asked about both."""

import csv
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path

import cemacqr
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tender.errors import Code, LocalProtocolError, Refusal, RemoteProtocolError
from tender.qr.code_rules import MARKS_MOST
from tender.qr.data_objects import check_number
from tender.qr.payment_code import (
    BANK_QR,
    DIGITAL_TENGE,
    HINT_OFFLINE,
    SMALL_MOST_BYTES,
    SMALL_NAME_LEAST,
    Fee,
    LocalNames,
    PaymentCode,
    Profile,
    decode,
    encode,
    payable,
    small_text,
)

VECTORS = Path(__file__).parents[1] / "vectors" / "payment_codes.tsv"
SHOP = PaymentCode("MAGAZIN TEST", "ALMATY", "941240000123", amount_tiyn=1_250_50)


def vectors() -> list[dict[str, str]]:
    with VECTORS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def resealed(body: str) -> str:
    """A code of these objects with the right check number."""
    return body + "6304" + check_number(body + "6304")


def oracle_takes(text: str) -> bool:
    """What the unrelated parser says."""
    try:
        return bool(cemacqr.validate(cemacqr.parse_payload(text)).ok)
    except cemacqr.CemacQrError:
        return False


@pytest.mark.parametrize("vector", vectors(), ids=lambda one: one["name"])
def test_codes_from_outside(vector: dict[str, str]) -> None:
    if vector["verdict"] == "read":
        assert decode(vector["payload"]).merchant_name == "MAGAZIN TEST"
        assert oracle_takes(vector["payload"])
        return
    with pytest.raises(RemoteProtocolError) as caught:
        decode(vector["payload"])
    assert caught.value.code == vector["verdict"]
    well_made = vector["verdict"] == Code.CURRENCY_FOREIGN
    assert oracle_takes(vector["payload"]) == well_made


def test_all_that_the_kazakh_code_says() -> None:
    (text,) = (one["payload"] for one in vectors() if one["name"] == "Kazakhstan")
    assert decode(text) == PaymentCode(
        merchant_name="MAGAZIN TEST",
        city="ALMATY",
        merchant="1234",
        network="kz.example.dt.purse",
        mcc=5411,
        amount_tiyn=1_250_50,
        dynamic=True,
        reference_label="REF-00001",
        local=LocalNames("kk", "Дүкен сынақ", "Алматы"),
        hint="OFFL01",
    )
    told = decode(text)
    assert told.offline
    assert (told.name_in("kk"), told.city_in("kk"), told.name_in("ru")) == (
        "Дүкен сынақ",
        "Алматы",
        "MAGAZIN TEST",
    )


def test_the_check_number_of_the_specification() -> None:
    assert check_number("123456789") == "29B1"


ACCOUNT = "26410019kz.example.dt.purse010412340206OFFL01"
START, MIDDLE, END = "000201", "520454115303398", "5802KZ5912MAGAZIN TEST6006ALMATY"
GOOD = START + "010212" + ACCOUNT + MIDDLE + "54071250.50" + END


@dataclass(frozen=True)
class Broken:
    """One rule broken; ``takes``: why the unrelated parser takes it all the same, if it does."""

    name: str
    text: str
    code: Code
    field: str
    takes: str = ""


WRONG = Code.CODE_WRONG
BROKEN = [
    Broken("a letter read wrong", resealed(GOOD).replace("TEST", "TEXT"), Code.CODE_CHECKSUM, "code.63"),
    Broken(
        "a check number in small letters",
        resealed(GOOD)[:-4] + resealed(GOOD)[-4:].lower(),
        Code.CODE_CHECKSUM,
        "code.63",
        "it takes small letters",
    ),
    Broken("no check number", GOOD, WRONG, "code.63"),
    Broken("something behind the check number", resealed(GOOD) + "0101", WRONG, "code.63"),
    Broken("a length beyond the end", resealed(GOOD[:-10] + "6099ALMATY"), WRONG, "code.60"),
    Broken("a length that takes the check number", resealed(GOOD[:-10] + "6014ALMATY"), WRONG, "code.63"),
    Broken("a head of letters", resealed(GOOD + "6Z01A"), WRONG, "code"),
    Broken("digits of another script", resealed(GOOD + "61٠1A"), WRONG, "code", "any digit is one to it"),
    Broken("an object twice", resealed(GOOD + "6006ASTANA"), WRONG, "code.60"),
    Broken(
        "an object twice in a template",
        resealed(GOOD + "62100501A0501B"),
        WRONG,
        "code.62.05",
        "it looks at the root alone",
    ),
    Broken("an empty value", resealed(GOOD + "6100"), WRONG, "code.61", "it takes empty values"),
    Broken("not the first object first", resealed("010212000201" + GOOD[12:]), WRONG, "code.00"),
    Broken(
        "a way of starting nobody knows",
        resealed(GOOD.replace("010212", "010213")),
        WRONG,
        "code.01",
        "reserved values pass",
    ),
    Broken("no country", resealed(GOOD.replace("5802KZ", "")), WRONG, "code.58"),
    Broken("no currency", resealed(GOOD.replace("5303398", "")), WRONG, "code.53"),
    Broken("no merchant account", resealed(GOOD.replace(ACCOUNT, "")), WRONG, "code.26"),
    Broken(
        "a network without its name",
        resealed(GOOD.replace(ACCOUNT, "260801041234")),
        WRONG,
        "code.26.00",
        "it looks at the root alone",
    ),
    Broken(
        "a bank of four digits",
        resealed(GOOD.replace(ACCOUNT, ACCOUNT.replace("2641", "2649") + "03049490")),
        WRONG,
        "code.26.03",
        "it knows no profile",
    ),
    Broken("a currency of letters", resealed(GOOD.replace("5303398", "5303KZT")), WRONG, "code.53"),
    Broken("a comma", resealed(GOOD.replace("1250.50", "1250,50")), WRONG, "code.54"),
    Broken("a space", resealed(GOOD.replace("1250.50", "1 25.50")), WRONG, "code.54"),
    Broken("two points", resealed(GOOD.replace("1250.50", "12.5.50")), WRONG, "code.54"),
    Broken("nothing before the point", resealed(GOOD.replace("07" + "1250.50", "03.50")), WRONG, "code.54"),
    Broken("a sign", resealed(GOOD.replace("1250.50", "-250.50")), WRONG, "code.54"),
    Broken("half a tiyn", resealed(GOOD.replace("1250.50", "125.505")), WRONG, "code.54", "it takes three"),
    Broken(
        "nothing to pay", resealed(GOOD.replace("1250.50", "0000.00")), Code.AMOUNT_OUT_OF_RANGE, "code.54"
    ),
    Broken(
        "another currency",
        resealed(GOOD.replace("5303398", "5303643")),
        Code.CURRENCY_FOREIGN,
        "code.53",
        "it knows any currency",
    ),
    Broken(
        "a name not in Latin letters",
        resealed(GOOD.replace("MAGAZIN TEST", "ДҮКЕН  СЫНАҚ")),
        WRONG,
        "code.59",
        "it takes any letters",
    ),
    Broken("a name too long", resealed(GOOD.replace("12MAGAZIN TEST", "26" + "M" * 26)), WRONG, "code.59"),
    Broken("a city too long", resealed(GOOD.replace("06ALMATY", "16" + "A" * 16)), WRONG, "code.60"),
    Broken("a fixed fee unannounced", resealed(GOOD + "560510.00"), WRONG, "code.56"),
    Broken("a fixed fee that is not there", resealed(GOOD + "550202"), WRONG, "code.56"),
    Broken("a percentage of nothing", resealed(GOOD + "550203570500.00"), WRONG, "code.57"),
    Broken("a percentage with a sign", resealed(GOOD + "55020357055.00%"), WRONG, "code.57"),
    Broken("a tip of a fourth kind", resealed(GOOD + "550204"), WRONG, "code.55"),
    Broken("a reference too long", resealed(GOOD + "62300526" + "R" * 26), WRONG, "code.62.05"),
    Broken("a wish for the payer's shoe size", resealed(GOOD + "62050901S"), WRONG, "code.62.09"),
    Broken("a name without its language", resealed(GOOD + "640801041234"), WRONG, "code.64.00"),
    Broken("a language without its name", resealed(GOOD + "64060002KK"), WRONG, "code.64.01"),
    Broken(
        "text that runs backwards",
        resealed(GOOD + "64120002KK0102\u202eA"),
        WRONG,
        "code.64",
        "it takes any letters",
    ),
    Broken(
        "a name of two dots",
        resealed(GOOD.replace("12MAGAZIN TEST", "02..")),
        WRONG,
        "code.59",
        "it takes any letters",
    ),
    Broken(
        "a name of blanks",
        resealed(GOOD + "64120002KK0102\u3164\u2800"),
        WRONG,
        "code.64",
        "it takes any letters",
    ),
    Broken(
        "a local name of signs",
        resealed(GOOD + "64120002KK0102₸!"),
        WRONG,
        "code.64.01",
        "it takes any letters",
    ),
    Broken(
        "a name struck out",
        resealed(GOOD + "64140002KK0104A" + "\u0336" * 3),
        WRONG,
        "code.64.01",
        "it takes any letters",
    ),
    Broken(
        "a name that begins with a mark",
        resealed(GOOD + "64120002KK0102\u0336A"),
        WRONG,
        "code.64.01",
        "it takes any letters",
    ),
    Broken(
        "a line break in the name",
        resealed(GOOD.replace("MAGAZIN TEST", "MAGAZIN\nTEST")),
        WRONG,
        "code.59",
        "it takes any letters",
    ),
    Broken(
        "too long for a reader",
        resealed(GOOD + "".join(f"{n}98" + "A" * 98 for n in range(65, 70))),
        Code.MESSAGE_TOO_LONG,
        "code",
    ),
]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda one: one.name)
def test_each_broken_rule_is_named(broken: Broken) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        decode(broken.text)
    assert (caught.value.code, caught.value.field) == (broken.code, broken.field)
    assert oracle_takes(broken.text) == bool(broken.takes)


def test_the_good_one_they_were_made_of() -> None:
    assert decode(resealed(GOOD)).amount_tiyn == 1_250_50
    assert oracle_takes(resealed(GOOD))


@pytest.mark.parametrize(
    ("written", "amount_tiyn"),
    [("98.", 98_00), ("98", 98_00), ("98.7", 98_70), ("98.73", 98_73), ("0.01", 1), ("007", 7_00)],
)
def test_amounts_to_the_tiyn(written: str, amount_tiyn: int) -> None:
    text = resealed(GOOD.replace("071250.50", f"{len(written):02d}{written}"))
    assert decode(text).amount_tiyn == amount_tiyn
    assert oracle_takes(text)


def test_what_cannot_be_read_cannot_be_written() -> None:
    for spoiled, field in (
        (replace(SHOP, merchant_name="Дүкен"), "code.59"),
        (replace(SHOP, merchant_name="M" * 26), "code.59"),
        (replace(SHOP, amount_tiyn=0), "code.54"),
        (replace(SHOP, merchant="941240000124"), "code.merchant"),
        (replace(SHOP, reference_label="R" * 26), "code.62.05"),
        (replace(SHOP, mcc=12_345), "code.52"),
    ):
        with pytest.raises(LocalProtocolError) as caught:
            encode(spoiled)
        assert caught.value.field == field


def test_a_fee_is_added_to_the_tiyn() -> None:
    percent, fixed = Fee("percent", basis_points=150), Fee("fixed", fixed_tiyn=25_00)
    assert (percent.of(1_00), percent.of(33), fixed.of(1), Fee("prompt").of(1_00)) == (2, 0, 25_00, 0)
    for fee in (percent, fixed, Fee("prompt")):
        text = encode(replace(SHOP, fee=fee))
        assert decode(text).fee == fee
        assert oracle_takes(text)


def test_the_network_is_a_matter_of_configuration() -> None:
    national = Profile("kz.example.national", merchant_id="07", template="45")
    text = encode(SHOP, national)
    unknown = decode(text)
    assert (unknown.merchant, unknown.network) == ("", "kz.example.national")
    assert payable(unknown) == Refusal(
        Code.CODE_NETWORK, "code.merchant", (("network", "kz.example.national"),)
    )
    known = decode(text, (DIGITAL_TENGE, national))
    assert known.merchant == SHOP.merchant
    assert payable(known) is None
    wrong = payable(replace(known, merchant="000000000000"))
    assert wrong is not None
    assert wrong.code is Code.BIN_WRONG


def test_a_code_of_cards_alone_says_whose_it_is() -> None:
    told = decode(resealed(GOOD.replace(ACCOUNT, "0204412304041234")))
    assert told.network == "Visa"
    refused = payable(told)
    assert refused is not None
    assert refused.code is Code.CODE_NETWORK


# --- both ways, over everything a code can say


def marks(text: str) -> int:
    return sum(unicodedata.category(one).startswith("M") for one in unicodedata.normalize("NFC", text))


LATIN = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1)
BLANK = "\u115f\u1160\u2800\u3164\uffa0"
SHOWN = st.text(
    st.characters(exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"), exclude_characters=BLANK)
    | st.sampled_from("әіңғүұқөһ"),
    min_size=1,
)
LOCAL = SHOWN.map(lambda text: "Ә" + text[:24]).filter(lambda text: marks(text) <= MARKS_MOST)
LABELS = st.just("") | SHOWN.map(lambda text: text[:10])


@st.composite
def codes(draw: st.DrawFn) -> PaymentCode:
    fees = st.none() | st.sampled_from(
        [Fee("prompt"), Fee("fixed", fixed_tiyn=1), Fee("percent", basis_points=9_999)]
    )
    return PaymentCode(
        merchant_name="M" + draw(LATIN)[:24],
        city=draw(LATIN)[:15],
        merchant=draw(st.sampled_from(["941240000123", "990640000124"])),
        mcc=draw(st.integers(0, 9_999)),
        amount_tiyn=draw(st.none() | st.integers(1, 999_999_999_999)),
        dynamic=draw(st.booleans()),
        fee=draw(fees),
        bill_number=draw(LABELS),
        store_label=draw(LABELS),
        reference_label=draw(LABELS),
        terminal_label=draw(LABELS),
        purpose=draw(LABELS),
        local=draw(
            st.none()
            | st.builds(
                LocalNames,
                st.sampled_from(["kk", "ru"]),
                LOCAL,
                SHOWN.map(lambda t: t[:15]),
            )
        ),
        bank=draw(st.sampled_from([0, 7, 949])),
        hint=draw(st.sampled_from(["", "OFFL01", "OFFL02"])),
        vat=draw(st.sampled_from(["", "Y", "N"])),
    )


@settings(max_examples=150)
@given(codes(), st.sampled_from([DIGITAL_TENGE, BANK_QR]))
def test_what_is_written_is_read_here_and_elsewhere(code: PaymentCode, profile: Profile) -> None:
    text = encode(code, profile)
    assert decode(text) == replace(code, network=profile.guid)
    seen = cemacqr.parse_payload(text)
    assert cemacqr.validate(seen).ok, str(cemacqr.validate(seen))
    assert (seen.merchant_name, seen.merchant_city) == (code.merchant_name, code.city)
    assert seen.get_in(profile.template, "01") == code.merchant


@given(st.integers(1, 999_999_999_999), LATIN.map(lambda text: text[:25]))
def test_what_is_written_elsewhere_is_read_here(amount_tiyn: int, reference: str) -> None:
    tenge, tiyn = divmod(amount_tiyn, 100)
    made = (
        cemacqr.MerchantQr()
        .merchant(name="KAFE", city="ASTANA", country="KZ")
        .category("5812")
        .currency("398")
        .amount(f"{tenge}.{tiyn:02d}")
        .reusable(False)
        .account("31", gui=DIGITAL_TENGE.guid, merchant_pan="941240000123")
        .reference(reference)
        .alternate_language(language="kk", merchant_name="Дәмхана")
    )
    told = decode(str(made.build()))
    assert (told.amount_tiyn, told.reference_label, told.merchant) == (amount_tiyn, reference, "941240000123")
    assert (told.dynamic, told.name_in("kk")) == (True, "Дәмхана")


@pytest.mark.parametrize("name", ["Shop 7", "Merchant M", "Dastarkhan Cafe LLP", "A name of twenty five let"])
def test_a_tills_code_fits_the_smallest_screen_whatever_the_name(name: str) -> None:
    code = PaymentCode(
        merchant_name=name,
        city="Almaty",
        merchant="120440001234",
        mcc=5814,
        amount_tiyn=99_999_999_99,
        dynamic=True,
        bank=563,
        bill_number="123/456",
        reference_label="AAAAAAB-ABCDEFGH07",
        hint=HINT_OFFLINE,
    )
    small = small_text(code)
    told = decode(small)
    assert len(small.encode()) <= SMALL_MOST_BYTES
    assert name.startswith(told.merchant_name) and len(told.merchant_name) >= min(len(name), SMALL_NAME_LEAST)
    assert (told.merchant, told.bank, told.amount_tiyn) == (code.merchant, 563, 99_999_999_99)
    assert told.reference_label == code.reference_label
