"""A Digital Tenge account as a current account: the bank's staff holds, releases, blocks and closes."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from platform_stub.cli import app
from tender.account.card_messages import REFUND
from tender.account.client_messages import (
    BY_IIN,
    FROM_DT,
    Balances,
    Convert,
    Stated,
    Statement,
    Transfer,
    Transferred,
)
from tender.account.participants import ALTYN, BANKS
from tender.errors import Code, Refusal, StoreError
from tests.bank_cards.books import check_books
from tests.bank_cards.host import Host, aigul_with_card
from tests.platform_stub.people import AIGUL, DANA, TENGE, Town, refused


def staff(folder: Path, *words: str, code: int = 0) -> dict[str, Any]:
    """What a command of the bank's staff says."""
    ran = CliRunner().invoke(app, ["account", *words, "--folder", str(folder), "--json"])
    assert ran.exit_code == code, ran.output
    told: dict[str, Any] = json.loads(ran.output)
    return told


@pytest.mark.row("DT-C-09")
def test_a_digital_account_is_held_released_blocked_and_closed_like_a_current_account(
    town: Town, hosts: dict[int, Host], tmp_path: Path
) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    town.phone(DANA)
    bank = hosts[ALTYN]
    client = ("949", AIGUL.identifier)

    def to_dana(tenge: int) -> Any:
        return aigul.ask("transfer", Transfer(BY_IIN, DANA.identifier, tenge * TENGE, ""))

    held = staff(tmp_path, "hold", *client, "400")
    assert (held["dt_tiyn"], held["held_tiyn"]) == (1_000 * TENGE, 400 * TENGE)
    assert refused(to_dana(601), Code.FUNDS_ENCUMBERED)
    assert bank.authorise("visa-1", 601, card=card).code == Code.FUNDS_ENCUMBERED
    assert staff(tmp_path, "hold", *client, "601", code=1)["code"] == "funds-insufficient"
    staff(tmp_path, "release", "949", held["reference"])
    assert staff(tmp_path, "release", "949", held["reference"], code=1)["code"] == "order-unknown"
    assert isinstance(to_dana(100), Transferred)

    assert staff(tmp_path, "block", *client)["blocked"]
    assert staff(tmp_path, "block", *client)["held_tiyn"] == 900 * TENGE
    assert refused(to_dana(1), Code.FUNDS_ENCUMBERED)
    assert bank.authorise("visa-2", 1, card=card).code == Code.FUNDS_ENCUMBERED
    assert (bank.balance("visa-3", card).free_tiyn, aigul.balances().dt_tiyn) == (0, 900 * TENGE)
    assert not staff(tmp_path, "unblock", *client)["blocked"]
    assert bank.authorise("visa-4", 100, card=card).code == ""

    told = aigul.ask("statement", Statement(2))
    assert isinstance(told, Stated)
    assert [(one.kind, one.change_tiyn // TENGE) for one in told.entries] == [
        ("card purchase", -100),
        ("transfer", -100),
    ]
    # With anything in it, or on its way, an account stays open.
    assert staff(tmp_path, "close", *client, code=1)["code"] == "account-not-empty"
    assert isinstance(aigul.ask("convert", Convert(FROM_DT, 800 * TENGE)), Balances)
    assert aigul.balances().dt_tiyn == 0
    assert staff(tmp_path, "close", *client, code=1)["code"] == "account-not-empty"
    town.clock.advance(60)
    town.platform.tick()
    staff(tmp_path, "close", *client)
    assert staff(tmp_path, "show", *client, code=1)["code"] == "account-unknown"
    assert bank.authorise("visa-5", 1, card=card).code == Code.CARD_STOPPED


def test_money_that_comes_back_to_a_closed_account_goes_to_the_current_account(
    town: Town, hosts: dict[int, Host]
) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    bank, node = hosts[ALTYN], town.platform.banks[ALTYN]
    before = aigul.balances().noncash_tiyn
    for name, tenge in (("visa-1", 700), ("visa-2", 300)):
        assert bank.authorise(name, tenge, card=card).code == ""
    town.clock.advance(60)
    town.platform.tick()
    client = node.client(AIGUL.identifier)
    assert not isinstance(client, Refusal) and node.accounts.close(client.number) is None
    assert bank.undo("visa-1").amount_tiyn == 700 * TENGE
    assert bank.credit("visa-3", "visa-2", 100, card=card, kind=REFUND).code == ""
    town.clock.advance(3_600)
    for _ in range(2):
        town.platform.tick()
    told = aigul.balances()
    assert (told.dt_tiyn, told.noncash_tiyn - before) == (0, 800 * TENGE)
    check_books(town, ALTYN, payable=200)


def test_what_goes_wrong_at_one_bank_stops_no_other(
    town: Town, hosts: dict[int, Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    _aigul, card = aigul_with_card(town, hosts, 1_000)
    assert hosts[ALTYN].authorise("visa-1", 700, card=card).code == ""
    town.clock.advance(60)

    def broken() -> None:
        raise StoreError(Code.STORE_BUSY, "store")

    for number in set(BANKS) - {ALTYN}:
        monkeypatch.setattr(town.platform.banks[number].card_moves, "tick", broken)
    monkeypatch.setattr(town.platform.banks[ALTYN].noncash, "tick", broken)
    with pytest.raises(StoreError):
        town.platform.tick()
    check_books(town, ALTYN, payable=700)
