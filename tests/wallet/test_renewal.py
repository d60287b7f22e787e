"""Money with a purpose is made fresh: no account takes it, and it loses neither its purpose nor a tiyn."""

import json

import pytest
from typer.testing import CliRunner

from device.cli import opening
from tender.cash.token import Rule
from tender.crypto.certificates import DAY_S
from tender.errors import Code, LinkError, Refusal
from tests.mint import NOW
from tests.wallet.village import Village, good
from town.balance_sheet import read_balance_sheet
from town.cast import AIGUL
from wallet.cli import app

SCHOOL = Rule("school", (8211,))


def test_what_nobody_may_deposit_comes_back_with_new_days(village: Village) -> None:
    aigul = village.wallet(AIGUL, 30_000, rule=SCHOOL.to_bytes())
    before = {coin.output: coin.expiry for coin in aigul.desk.spendable()}
    village.clock.advance(20 * DAY_S)
    done = good(aigul.colours.renew("school"))
    assert (done.sums, done.amount_tiyn) == ((("school", 30_000),), 30_000)
    fresh = aigul.desk.spendable()
    assert sum(coin.amount_tiyn for coin in fresh) == 30_000
    assert {coin.purpose for coin in fresh} == {"school"}
    assert {aigul.desk.holding(coin.packed).rule for coin in fresh} == {SCHOOL}
    assert not before.keys() & {coin.output for coin in fresh}
    assert min(coin.expiry for coin in fresh) == max(before.values()) + 20 * DAY_S
    assert aigul.desk.settings.account_tiyn == 0, "no account has a colour"
    assert read_balance_sheet(village.folder / "platform").holds


def test_there_must_be_money_of_that_purpose(village: Village) -> None:
    aigul = village.wallet(AIGUL, 30_000, rule=SCHOOL.to_bytes())
    refused = aigul.colours.renew("fuel")
    assert isinstance(refused, Refusal)
    assert refused.code is Code.NOT_ENOUGH_MONEY
    assert aigul.view.balance().spendable_tiyn == 30_000


@pytest.mark.parametrize("after", range(5))
def test_a_bank_that_goes_away_in_between_is_asked_again(
    village: Village, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    aigul = village.wallet(AIGUL, 30_000, rule=SCHOOL.to_bytes())
    whole, sent = village.line.send, 0

    def cut(path: str, raw: bytes) -> bytes:
        nonlocal sent
        sent += 1
        answer = whole(path, raw)
        if sent == after + 1:
            raise LinkError(Code.PLATFORM_UNREACHABLE, path)
        return answer

    monkeypatch.setattr(village.line, "send", cut)
    try:
        aigul.colours.renew()
    except LinkError:
        monkeypatch.setattr(village.line, "send", whole)
        again = aigul.colours.renew()
        # The answer that was lost may have been the last one: then all is done.
        assert not isinstance(again, Refusal) or again.code is Code.NOT_ENOUGH_MONEY
    assert sum(coin.amount_tiyn for coin in aigul.desk.spendable()) == 30_000
    assert read_balance_sheet(village.folder / "platform").holds


def test_more_than_the_device_may_hold_comes_back_in_parts(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A renewal cut before its load, a load in between: what has no room waits, and nothing is stuck."""
    aigul = village.wallet(AIGUL, 20_000_000, rule=SCHOOL.to_bytes())
    most = aigul.desk.profile().holding_tiyn

    def cut(*_: object) -> None:
        raise LinkError(Code.PLATFORM_UNREACHABLE, "wire")

    with monkeypatch.context() as during:
        during.setattr(aigul.bank, "load_kept", cut)
        with pytest.raises(LinkError):
            aigul.colours.renew()
    good(aigul.bank.convert("to-dt", 30_000_000))
    good(aigul.bank.load(30_000_000))
    room = most - 30_000_000
    assert 0 < room < 20_000_000
    done = good(aigul.colours.renew())
    assert (done.sums, done.stays) == ((("school", room),), (("school", 20_000_000 - room),))
    assert aigul.view.balance().spendable_tiyn == most
    full = aigul.bank.load(1)
    assert isinstance(full, Refusal) and full.code is Code.LIMIT_HOLDING
    plain = sum(coin.amount_tiyn for coin in aigul.desk.spendable() if not coin.purpose)
    assert good(aigul.settling.deposit(plain)).settled_tiyn == plain
    done = good(aigul.colours.renew())
    assert (done.sums, done.stays) == ((("school", 20_000_000),), ())
    assert read_balance_sheet(village.folder / "platform").holds


def test_by_command(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    village.wallet(AIGUL, 30_000, rule=SCHOOL.to_bytes()).close()
    settings = {
        "TENGE_HOME": str(village.folder / "home"),
        "TENGE_ELEMENTS": str(village.folder / "elements"),
        "TENGE_PIN": "4071",
        "TENGE_PIN_COST": "cheap",
        "TENGE_AT": str(NOW),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(opening, "wire", lambda url: village.line)
    ran = CliRunner().invoke(app, ["renew", "school", "-w", AIGUL.name, "--json"], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.stdout) == {"renewed": [{"purpose": "school", "amount_tiyn": 30_000}]}
    said = CliRunner().invoke(app, ["renew", "-w", AIGUL.name], catch_exceptions=False)
    assert "300,00\u00a0₸ for school are fresh" in said.stdout
