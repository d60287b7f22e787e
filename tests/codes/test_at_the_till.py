"""A till draws its code, a wallet scans the picture and pays, the till hears of it: all by commands."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tender.account.client_messages import TO_DT
from tests.pos.market import Market
from tests.pos.test_commands import Counter
from tests.wallet.village import good
from town.cast import AIGUL, MERCHANT
from wallet.cli import app as wallet_app

RUNNER = CliRunner()
SALE_TIYN = 3_779_00


@pytest.fixture
def counter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Counter:
    """A merchant's counter on a street with banks."""
    return Counter(Market(tmp_path), monkeypatch)


def wallet_pays(counter: Counter, picture: Path) -> tuple[dict[str, object], str]:
    """What the wallet's command told in JSON, and what it shows a person who then says no."""
    words = ["pay-code", "--scan", str(picture), "-w", AIGUL.name]
    looked = RUNNER.invoke(wallet_app, words, input=b"n\n")
    paid = RUNNER.invoke(wallet_app, [*words, "--yes", "--json"], catch_exceptions=False)
    assert paid.exit_code == 0, paid.output
    return json.loads(paid.stdout), looked.stderr


@pytest.mark.parametrize(
    ("account", "tender"), [(True, "dt-online"), (False, "dt-converted")], ids=["with DT", "without DT"]
)
def test_a_kazakh_shop_is_paid_by_its_code(
    counter: Counter, tmp_path: Path, account: bool, tender: str
) -> None:
    market, picture = counter.market, tmp_path / "code.png"
    aigul = market.wallet(AIGUL)
    good(aigul.bank.convert(TO_DT, 1_000_000))
    aigul.close()
    client = market.client(MERCHANT)
    code = market.platform.banks[MERCHANT.bank].clients.activation_code(client.number)
    counter.run("create")
    counter.run("enrol", "--bank", str(MERCHANT.bank), "--code", code)
    if account:
        counter.run("open-account")
    counter.run("configure", "--merchant", "Дүкен «Сынақ»", "--city", "Өскемен")
    counter.run("add-cashier", "Aliya", "--code", "1111")
    counter.run("sign-on", "Aliya", "--code", "1111")
    counter.run("open-shift")
    counter.run("sale", "--item", "Tea=3779", "--tender", tender, "--png", str(picture))
    assert counter.told("poll")["amount_tiyn"] == 0
    told, shown = wallet_pays(counter, picture)
    assert 'Duken "Synaq"' in shown
    assert "Oskemen" in shown
    assert (told["amount_tiyn"], told["converted"]) == (SALE_TIYN, not account)
    taken = counter.told("poll")
    assert taken["amount_tiyn"] == SALE_TIYN
    assert taken["receipt"]["total_tiyn"] == SALE_TIYN
