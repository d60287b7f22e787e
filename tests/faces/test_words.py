"""The catalogue: every code has its sentence, facts are filled in, nothing is ever shown as a hole."""

import re

import pytest

from faces import words
from faces.amounts import amount_text, fact_text, signed_text
from tender.errors import Code, Refusal, StoreError
from tender.money import parse_tenge


@pytest.mark.parametrize("code", list(Code))
def test_every_code_has_a_sentence_that_reads_well_without_any_fact(code: Code) -> None:
    told = words.sentence(Refusal(code))
    assert told == words.sentence(Refusal(code), "xx"), "an unknown language falls back to English"
    assert told[0].isupper()
    assert told.endswith(".")
    holes = re.sub(r"digital-tenge\[\w+\]", "", told)  # an extra is written in brackets, for pip
    assert not re.search(r"[\[\]{}]|…|  | \.", holes), told


@pytest.mark.parametrize("code", list(Code))
def test_a_template_asks_only_for_facts_inside_brackets(code: Code) -> None:
    outside = re.sub(r"\[[^\]]*\]", "", words.ENGLISH[code])
    assert "{" not in outside, "a sentence must stand without its facts"


def test_no_two_codes_share_a_sentence() -> None:
    assert len(set(words.ENGLISH.values())) == len(words.ENGLISH) == len(Code)


TOLD = [
    (
        Refusal(Code.NOT_ENOUGH_MONEY, "amount", (("have_tiyn", 30_000), ("need_tiyn", 1_250_050))),
        "There is not enough money on this device: 300,00 ₸ of 12 500,50 ₸. Load more, or pay less.",
    ),
    (
        Refusal(Code.TOKEN_EXPIRED, "token", (("expiry", 1_795_219_200),)),
        "This money can no longer be passed on: it expired on 21.11.2026. Its holder should deposit it.",
    ),
    (
        Refusal(Code.PIN_WAIT, "pin", (("wait_s", 8),)),
        "Too many wrong PINs. Wait 8 seconds, then try again; nothing was erased.",
    ),
]


@pytest.mark.parametrize(("refusal", "expected"), TOLD, ids=[told[0].code.value for told in TOLD])
def test_facts_are_filled_in(refusal: Refusal, expected: str) -> None:
    assert words.sentence(refusal).replace("\u202f", " ").replace("\u00a0", " ") == expected


def test_explain_names_code_field_and_the_facts_the_sentence_left_out() -> None:
    told = words.explain(StoreError(Code.STORE_NEWER, "store.version", version=9))
    assert told.endswith("(store-newer, at store.version, version 9)")
    assert words.as_json(Refusal(Code.HOP_LIMIT))["code"] == "hop-limit"


@pytest.mark.parametrize("amount_tiyn", [1, 99, 100, 50_000, 123_456_789, 2**40 - 1])
def test_what_is_shown_can_be_typed_back(amount_tiyn: int) -> None:
    shown = amount_text(amount_tiyn)
    assert parse_tenge(shown) == amount_tiyn


def test_signs_of_changes() -> None:
    assert signed_text(50_000) == "+500,00\u00a0₸"
    assert signed_text(-50_000) == "−500,00\u00a0₸"
    assert signed_text(0) == "0,00\u00a0₸"
    assert fact_text("most_tiyn", 100) == "1,00\u00a0₸"
