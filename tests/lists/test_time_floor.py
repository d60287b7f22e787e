"""The time floor: what the root has signed lies in the past, unless the root takes it back."""

from typer.testing import CliRunner

from platform_stub.cli import app as platform_app
from tender.errors import Code, Refusal
from tests.mint import NOW
from tests.wallet.village import Village, good, hand_over
from town.cast import AIGUL, DANA

YEAR_S = 365 * 86_400


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
