"""Amounts as people write them, and the ones that are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tender.errors import Code, Refusal
from tender.money import AMOUNT_MAX_TIYN, parse_tenge, plain_tenge


@pytest.mark.parametrize(
    ("text", "tiyn"),
    [
        ("3779", 377_900),
        ("3779.5", 377_950),
        ("3779,50", 377_950),
        ("3 779,50 ₸", 377_950),
        ("12\u00a0345,67", 1_234_567),
        ("1 000", 100_000),
        ("1'000'000.01 KZT", 100_000_001),
        ("0.01", 1),
        ("DT 5", 500),
        ("10 тенге", 1_000),
    ],
)
def test_amounts_people_write(text: str, tiyn: int) -> None:
    assert parse_tenge(text) == tiyn


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", Code.AMOUNT_UNREADABLE),
        ("-5", Code.AMOUNT_UNREADABLE),
        ("1.234", Code.AMOUNT_UNREADABLE),
        ("1,234", Code.AMOUNT_UNREADABLE),
        ("1,000,000", Code.AMOUNT_UNREADABLE),
        ("1 23", Code.AMOUNT_UNREADABLE),
        ("abc", Code.AMOUNT_UNREADABLE),
        ("1e6", Code.CURRENCY_FOREIGN),
        ("10 USD", Code.CURRENCY_FOREIGN),
        ("€10", Code.CURRENCY_FOREIGN),
        ("10 руб", Code.CURRENCY_FOREIGN),
        ("0", Code.AMOUNT_OUT_OF_RANGE),
        ("0.00", Code.AMOUNT_OUT_OF_RANGE),
        ("10995116277.76", Code.AMOUNT_OUT_OF_RANGE),
        ("9" * 5000, Code.AMOUNT_OUT_OF_RANGE),
        ("٣", Code.AMOUNT_UNREADABLE),
        ("3779\n", None),
    ],
    ids=lambda given: str(given)[:20],
)
def test_amounts_that_are_refused_are_never_guessed(text: str, code: Code | None) -> None:
    read = parse_tenge(text)
    if code is None:
        assert read == 377_900
    else:
        assert isinstance(read, Refusal) and (read.code, read.field) == (code, "amount")


@given(st.integers(1, AMOUNT_MAX_TIYN))
def test_each_amount_reads_back_to_the_tiyn(tiyn: int) -> None:
    assert parse_tenge(plain_tenge(tiyn)) == tiyn


def test_a_negative_amount_is_printed_and_never_read() -> None:
    assert plain_tenge(-377_950) == "-3779.50"
