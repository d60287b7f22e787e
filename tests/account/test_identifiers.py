"""IIN, BIN and phone: check digits by both passes, nothing guessed from a birth date."""

import pytest

from tender.account.identifiers import check_bin, check_iin, check_phone, control_digit
from tender.errors import Code, Refusal

IIN = [
    ("second pass, published example", "501005359572", True),
    ("second pass", "890103361644", True),
    ("second pass, again", "691128342782", True),
    ("first pass", "850702350019", True),
    ("last digit changed", "850702350018", False),
    ("two digits swapped", "580702350019", False),
    ("eleven digits", "85070235001", False),
    ("letters", "85070235001A", False),
    ("no birth date in it, and need not be", "999999300005", False),
    ("a BIN is no IIN", "940140000385", False),
    ("empty", "", False),
]


@pytest.mark.parametrize(("number", "good"), [row[1:] for row in IIN], ids=[row[0] for row in IIN])
def test_iin(number: str, good: bool) -> None:
    checked = check_iin(number)
    assert (checked == number) is good
    assert good or (isinstance(checked, Refusal) and checked.code is Code.IIN_WRONG)


def test_no_control_digit_exists_for_some() -> None:
    assert control_digit("90010130080") is None


BIN = [
    ("Halyk Bank", "940140000385", True),
    ("Kazpost", "000140002217", True),
    ("National Bank", "941240001151", True),
    ("last digit changed", "940140000384", False),
    ("an IIN is no BIN", "850702350019", False),
]


@pytest.mark.parametrize(("number", "good"), [row[1:] for row in BIN], ids=[row[0] for row in BIN])
def test_bin(number: str, good: bool) -> None:
    checked = check_bin(number)
    assert (checked == number) is good
    assert good or (isinstance(checked, Refusal) and checked.code is Code.BIN_WRONG)


PHONES = [
    ("+7 701 234-56-01", "+77012345601"),
    ("87012345601", "+77012345601"),
    ("+77012345601", "+77012345601"),
    ("+74951234567", None),  # Moscow: +7 is shared with Russia
    ("7012345601", None),
    ("+7701234560", None),
]


@pytest.mark.parametrize(("typed", "expected"), PHONES)
def test_phone(typed: str, expected: str | None) -> None:
    checked = check_phone(typed)
    if expected is None:
        assert isinstance(checked, Refusal)
        assert checked.code is Code.PHONE_WRONG
    else:
        assert checked == expected
