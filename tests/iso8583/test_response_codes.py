"""Data element 39: what it means to people, and that it means the same on both sides."""

import pytest

from faces.words import ENGLISH
from tender.card.response_codes import (
    RESPONSES,
    Response,
    Retry,
    in_words,
    is_approval,
    refusal_of,
    response_code,
)
from tender.errors import Code

PUBLISHED = """
00 01 03 04 05 06 07 10 12 13 14 15 19 21 25 30 41 43 46 51 52 53 54 55 57 58 59 61 62 63 65 68 70 75 76 78
81 82 85 87 88 91 92 93 94 96 1A N7 R0 R1 R3 6P Z3
"""


def test_every_published_code_is_known() -> None:
    assert not set(PUBLISHED.split()) - RESPONSES.keys()


@pytest.mark.parametrize("row", RESPONSES.values(), ids=lambda row: row.code)
def test_a_code_approves_or_says_what_a_person_understands(row: Response) -> None:
    assert is_approval(row.code) is (row.outcome is None)
    if row.outcome is not None:
        refused = refusal_of(row.code)
        assert refused.code is row.outcome and refused.facts == (("response", row.code),)
        assert ENGLISH[refused.code]


@pytest.mark.parametrize("outcome", sorted({row.outcome for row in RESPONSES.values() if row.outcome}))
def test_what_we_say_for_an_outcome_is_read_as_that_outcome(outcome: Code) -> None:
    assert refusal_of(response_code(outcome)).code is outcome


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (None, "00"),
        (Code.FUNDS_INSUFFICIENT, "51"),
        (Code.FUNDS_ENCUMBERED, "51"),
        (Code.CARD_UNKNOWN, "14"),
        (Code.CARD_STOPPED, "62"),
        (Code.CARD_EXPIRED, "54"),
        (Code.CARD_LIMIT, "61"),
        (Code.CARD_KEPT, "43"),
        (Code.CARD_NOT_GENUINE, "88"),
        (Code.CARD_BLOCKED, "75"),
        (Code.CARD_DECLINED, "05"),
        (Code.PRINTED_CODE_WRONG, "N7"),
        (Code.PIN_WRONG, "55"),
        (Code.PARTICIPANT_BLOCKED, "91"),
        (Code.ISSUER_SILENT, "91"),
        (Code.NOT_SUPPORTED, "57"),
        (Code.CONFIRMATION_MISSING, "1A"),
        (Code.HOP_LIMIT, "05"),
    ],
)
def test_what_is_said_for_our_outcomes(outcome: Code | None, said: str) -> None:
    assert response_code(outcome) == said


def test_a_till_names_the_way_out_of_a_blocked_pin_and_of_a_card_not_activated() -> None:
    for code, outcome, way in (
        ("75", Code.CARD_PIN_SPENT, "tenge switch card pin"),
        ("78", Code.CARD_INACTIVE, "tenge switch card activate"),
    ):
        assert refusal_of(code).code is outcome and response_code(outcome) == code
        assert way in ENGLISH[outcome]


def test_a_code_that_nobody_knows_declines() -> None:
    assert not is_approval("ZZ")
    assert refusal_of("ZZ").code is Code.CARD_DECLINED
    assert in_words("ZZ") == "ZZ unknown"
    assert in_words("51") == "51 not enough money"


def test_a_card_that_must_be_kept_is_never_tried_again() -> None:
    kept = [row for row in RESPONSES.values() if row.outcome is Code.CARD_KEPT]
    assert {row.code for row in kept} == {"04", "07", "41", "43"}
    assert {row.retry for row in kept} == {Retry.NEVER}
