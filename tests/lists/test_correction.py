"""The correction of the time floor, alone: what it lowers, what it covers, and who may sign it."""

from dataclasses import replace

import pytest

from tender.cash.revocation import open_list, sign_list
from tender.crypto.directory import DirectoryBody, Trust, sign_directory
from tender.crypto.envelope import Typ, sign
from tender.crypto.time_floor import CORRECTION, Correction, open_correction, sign_correction
from tender.errors import Code, RemoteProtocolError
from tests.mint import NOW, PROFILE_PERSON, Mint, key_of

ROOT = key_of("root")
YEAR_S = 365 * 86_400


def listed(trust: Trust, number: int, date: int) -> Trust:
    """Trust after a list of this number and date."""
    return trust.with_revocations(open_list(sign_list(number, date, {}, ROOT), trust.root_key))


def test_the_floor_is_the_greatest_date_ever_seen() -> None:
    """A later list with an earlier date takes nothing back."""
    trust = listed(listed(Mint().trust(), 1, NOW + 900), 2, NOW + 100)
    assert trust.revocations.date == NOW + 100
    assert trust.time_floor == trust.now(0) == NOW + 900


def test_a_correction_lowers_a_wrong_date_once_and_for_all() -> None:
    wrong = listed(Mint().trust(), 5, NOW + 10 * YEAR_S)
    assert wrong.now(NOW) == NOW + 10 * YEAR_S
    correction = Correction(number=1, floor=NOW + 60, list_number=5, directory_number=1)
    right = wrong.with_correction(open_correction(sign_correction(correction, ROOT), ROOT.public_key))
    assert right.now(NOW) == NOW + 60
    assert right.list_date == NOW + 60, "nor is the list from the future younger than the correction"
    assert right.with_correction(replace(correction, floor=NOW + YEAR_S)).time_floor == NOW + 60
    assert listed(right, 6, NOW + 5_000).time_floor == NOW + 5_000


def test_whoever_was_corrected_before_meets_the_wrong_list_later() -> None:
    correction = Correction(number=3, floor=NOW, list_number=5, directory_number=1)
    trust = listed(Mint().trust(), 4, NOW - 100).with_correction(correction)
    assert listed(trust, 5, NOW + 10 * YEAR_S).time_floor == NOW


def test_a_correction_is_the_roots_alone() -> None:
    raw = sign_correction(Correction(number=1, floor=NOW), key_of("bank"))
    with pytest.raises(RemoteProtocolError) as caught:
        open_correction(raw, ROOT.public_key)
    assert caught.value.code is Code.CORRECTION_WRONG


def test_a_correction_covers_lists_and_directories_up_to_its_numbers_and_no_further() -> None:
    correction = Correction(number=1, floor=NOW, list_number=5, directory_number=3)
    late = NOW + YEAR_S
    assert [correction.list_date(number, late) for number in (4, 5, 6)] == [NOW, NOW, late]
    assert [correction.directory_date(number, late) for number in (2, 3, 4)] == [NOW, NOW, late]
    assert correction.list_date(5, NOW - 7) == correction.directory_date(3, NOW - 7) == NOW - 7
    assert Correction().list_date(1, late) == Correction().directory_date(1, late) == late


def test_a_wrong_directory_is_corrected_too() -> None:
    wrong = sign_directory(DirectoryBody(1, 9, NOW + 10 * YEAR_S, (), (PROFILE_PERSON,), ()), ROOT)
    trust = Mint().trust().with_directory(wrong)
    assert trust.time_floor == NOW + 10 * YEAR_S
    assert trust.with_correction(Correction(number=1, floor=NOW, directory_number=9)).time_floor == NOW
    assert trust.with_correction(
        Correction(number=1, floor=NOW, directory_number=8)
    ).time_floor == wrong_floor(trust)


def wrong_floor(trust: Trust) -> int:
    """What the directory itself says."""
    return trust.directory.date


@pytest.mark.parametrize(
    "body",
    [
        Correction(version=2, number=1),
        Correction(version=0, number=1),
        Correction(number=0),
        Correction(number=1, floor=2**32),
        Correction(number=2**32),
    ],
    ids=["later version", "no version", "number 0", "beyond 2106", "number beyond u32"],
)
def test_a_correction_of_another_form_is_none(body: Correction) -> None:
    raw = sign(Typ.TIME, CORRECTION.encode(body), ROOT).to_bytes()
    with pytest.raises(RemoteProtocolError) as caught:
        open_correction(raw, ROOT.public_key, "told")
    assert caught.value.code is Code.FIELD_WRONG
    assert caught.value.field.startswith("told.")
