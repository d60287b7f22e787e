"""Payments between two wallets by files, with no network: the everyday, and what people do to it."""

from pathlib import Path

import pytest

from tests.wallet.village import Village, hand_over
from town.cast import AIGUL, DANA, MERCHANT


@pytest.fixture
def village(tmp_path: Path) -> Village:
    return Village(tmp_path)


@pytest.mark.row("DT-O-01")
def test_aigul_pays_dana_with_no_network(village: Village) -> None:
    """Both devices offline: 500.00 move, and nobody was called."""
    aigul, dana = village.wallet(AIGUL, 200_000), village.wallet(DANA)
    village.line.away = True
    village.line.sent.clear()
    before = aigul.view.balance().spendable_tiyn
    hand_over(aigul, dana, 50_000, "lunch")
    assert dana.view.balance().spendable_tiyn == 50_000
    assert aigul.view.balance().spendable_tiyn - before == -50_000
    assert village.line.sent == [], "0 network calls"


@pytest.mark.row("DT-O-05")
def test_dana_spends_what_she_got_before_any_reconnect(village: Village) -> None:
    aigul, dana, merchant = village.wallet(AIGUL, 200_000), village.wallet(DANA), village.wallet(MERCHANT)
    village.line.away = True
    hand_over(aigul, dana, 50_000)
    hand_over(dana, merchant, 30_000, "coffee")
    assert merchant.view.balance().spendable_tiyn == 30_000
    assert dana.view.balance().spendable_tiyn == 20_000
