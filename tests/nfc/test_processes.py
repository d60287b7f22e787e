"""Payments by tap between processes that nothing joins but an emulated field, with no network at all."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.mint import NOW
from tests.pos.market import Market
from tests.wallet.test_two_processes import end, start
from tests.wallet.village import Village, good
from town.cast import AIGUL, DANA
from town.processes import no_network_prefix

DAY_S = 86_400


def begun(village: Village, *words: str, product: str = "wallet", at: int = NOW) -> "subprocess.Popen[str]":
    """One command as a process with no network."""
    return start(village, *words, "--json", prefix=no_network_prefix(), product=product, at=at)


def taps(
    village: Village, paying: str, paid: str, amount: str, *, payee_polls: bool, at: int = NOW
) -> tuple[str, str]:
    """A payment by tap of two processes; how it ended for the payer, and for the payee."""
    where = f"unix:{village.folder / 'nfc'}"
    asks = ["request", amount, "--tap", where, "--wallet", paid]
    pays = ["pay", "--yes", "--tap", where, "--timeout-s", "60", "--wallet", paying]
    (pays if payee_polls else asks).append("--as-card")
    both = begun(village, *pays, at=at), begun(village, *asks, at=at)
    told = [end(one) for one in both]
    return str(told[0]["status"]), str(told[1]["status"])


def spendable(village: Village, name: str, at: int = NOW) -> int:
    """By the wallet's own word, in another process."""
    return int(end(begun(village, "balance", "--wallet", name, at=at))["spendable_tiyn"])


@pytest.mark.row("DT-O-02")
@pytest.mark.parametrize("payee_polls", [True, False], ids=["a", "b"])
def test_two_wallets_joined_only_by_a_field(village: Village, payee_polls: bool) -> None:
    """Whichever of the two is the reader; no third process, no network, no bank."""
    village.wallet(AIGUL, 100_000).close()
    village.wallet(DANA).close()
    village.platform.close()
    sent = len(village.line.sent)
    assert taps(village, "aigul", "dana", "500", payee_polls=payee_polls) == ("paid", "received")
    assert (spendable(village, "aigul"), spendable(village, "dana")) == (50_000, 50_000)
    assert len(village.line.sent) == sent


@pytest.mark.row("DT-Q-06")
def test_one_tap_at_the_till(tmp_path: Path) -> None:
    """A phone wallet, held once to the till's reader: no card is inserted, no number is keyed."""
    market = Market(tmp_path)
    market.wallet(AIGUL, 500_000).close()
    market.till().close()
    market.platform.close()
    where = f"unix:{tmp_path / 'nfc'}"
    phone = begun(market, "pay", "--yes", "--tap", where, "--as-card", "--wallet", "aigul")
    sold: dict[str, Any] = end(begun(market, "tap", "3779", "--reader", where, product="pos"))
    assert end(phone)["status"] == "paid"
    assert (sold["amount_tiyn"], sold["receipt"]["total_tiyn"]) == (377_900, 377_900)
    assert spendable(market, "aigul") == 500_000 - 377_900


@pytest.mark.row("DT-Q-12")
def test_a_week_away(village: Village) -> None:
    """No connection for seven days: it pays and is paid by tap; then everything reconciles."""
    for person in (AIGUL, DANA):
        village.wallet(person, 100_000).close()
    sent = len(village.line.sent)
    for days, paying, paid, polls in ((3, "dana", "aigul", True), (7, "aigul", "dana", False)):
        at = NOW + days * DAY_S
        assert taps(village, paying, paid, "120,50", payee_polls=polls, at=at) == ("paid", "received")
    assert len(village.line.sent) == sent
    village.clock.set(NOW + 7 * DAY_S)
    for name in ("aigul", "dana"):
        assert spendable(village, name, at=village.clock.now()) == 100_000
        with village.reopen(None, name, "home") as home:
            assert good(home.settling.deposit()).settled_tiyn == 100_000
            good(home.settling.sync())
            assert home.view.balance().account_tiyn == 100_000
