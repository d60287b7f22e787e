"""The time floor: what the root has signed lies in the past, unless the root takes it back."""

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from platform_stub.cli import app as platform_app
from tender.cash.revocation import open_list, sign_list
from tender.crypto.directory import Trust
from tender.crypto.time_floor import Correction, open_correction, sign_correction
from tender.errors import Code, Refusal, RemoteProtocolError
from tests.mint import NOW, Mint, key_of
from tests.wallet.village import Village, good, hand_over
from town.cast import AIGUL, DANA

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


def test_a_list_dated_in_ten_years_ends_every_token_until_the_root_takes_it_back(village: Village) -> None:
    """The Certification Centre's clock was wrong for a moment; Aigul synced just then."""
    aigul, dana = village.wallet(AIGUL, 100_000), village.wallet(DANA)
    village.clock.set(NOW + 10 * YEAR_S)
    village.platform.certification.publish_revocations()
    village.clock.set(NOW)
    good(aigul.settling.sync())
    assert aigul.desk.now() == NOW + 10 * YEAR_S
    request = good(dana.money.request(5_000))
    refused = aigul.money.propose(request.message)
    assert isinstance(refused, Refusal)
    assert refused.code is Code.CERTIFICATE_EXPIRED
    village.clock.advance(60)
    village.platform.certification.correct_time()
    village.platform.refresh()
    good(aigul.settling.sync())
    assert aigul.desk.now() == NOW + 60
    aigul = village.reopen(aigul, "aigul")
    assert aigul.desk.trust.time_floor == NOW + 60, "it stays so"
    hand_over(aigul, dana, 5_000)
    assert dana.view.balance().spendable_tiyn == 5_000


def test_a_device_remembers_the_floor_when_its_lists_and_clock_are_put_back(village: Village) -> None:
    aigul = village.wallet(AIGUL, 1_000)
    village.clock.advance(3 * 86_400)
    good(aigul.settling.sync())
    village.clock.set(NOW - 86_400)
    village.platform.certification.publish_revocations()
    good(aigul.settling.sync())
    assert aigul.desk.trust.revocations.date == NOW - 86_400
    assert village.reopen(aigul, "aigul").desk.now() == NOW + 3 * 86_400


def test_settlement_never_saw_the_wrong_date(village: Village) -> None:
    """What was paid before is deposited while the list of the future is everybody's newest."""
    aigul, dana = village.wallet(AIGUL, 100_000), village.wallet(DANA)
    hand_over(aigul, dana, 40_000)
    village.clock.set(NOW + 10 * YEAR_S)
    village.platform.certification.publish_revocations()
    village.clock.set(NOW)
    good(dana.settling.sync())
    assert good(dana.settling.deposit()).settled_tiyn == 40_000


def test_the_operators_command_signs_a_correction(village: Village) -> None:
    folder = str(village.folder / "platform")
    ended = CliRunner().invoke(platform_app, ["correct-time", "--folder", folder], catch_exceptions=False)
    assert ended.exit_code == 0, ended.output
    assert "Correction 1 is signed" in ended.output
    aigul = village.wallet(AIGUL)
    good(aigul.settling.sync())
    assert aigul.desk.trust.correction.number == 1
