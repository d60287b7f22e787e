"""A shop, a buyer's wallet that answers it, and one Chromium for all."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from device.compose import open_wallet
from hardware.entropy import SeededEntropy
from tender.account.client_messages import TO_DT
from tests.browser.chrome import chromium
from tests.serving import free_port, served
from tests.wallet.village import PIN, Village, good
from town.cast import AIGUL, CANTEEN
from town.shop.counter import Counter
from town.shop.web import make_app as shop_app
from wallet.cli.checkout import ShopsFile
from wallet.http.app import make_app as wallet_app
from wallet.service.checkout import Checkout


@dataclass
class Street:
    """Aigul's wallet with 10 000 on its account answers at ``wallet``; the canteen sells at ``shop``."""

    village: Village
    checkout: Checkout
    counter: Counter
    wallet: str
    shop: str

    def account_tiyn(self) -> int:
        """What is on Aigul's account, in her bank's books."""
        bank = self.village.platform.banks[AIGUL.bank]
        return bank.balances(self.village.client(AIGUL).number).dt_tiyn


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for a file, and gone after it: while it runs, its event loop is the thread's, and no screen of
    Textual's could be played there."""
    with chromium() as started:
        yield started


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    village = Village(tmp_path)
    aigul = village.wallet(AIGUL)
    good(aigul.bank.convert(TO_DT, 10_000_00))
    aigul.close()
    village.wallet(CANTEEN).close()

    config = village.config(AIGUL.name)
    chance = SeededEntropy("sheet")
    checkout = Checkout(
        lambda pin: open_wallet(config, pin, village.clock, chance, lambda _: village.line),
        ShopsFile(config, SeededEntropy("sign")),
        village.clock,
        SeededEntropy("questions"),
    )
    counter = Counter(
        lambda: open_wallet(
            village.config(CANTEEN.name), PIN, village.clock, SeededEntropy("till"), lambda _: village.line
        ),
        CANTEEN,
        village.clock,
        SeededEntropy("orders"),
    )
    at_wallet, at_shop = free_port(), free_port()
    wallet_url = f"http://127.0.0.1:{at_wallet.getsockname()[1]}"
    with (
        served(wallet_app(checkout, at_wallet.getsockname()[1]), at_wallet),
        served(shop_app(counter, wallet_url), at_shop) as shop_url,
    ):
        checkout.shops.allow(shop_url)
        yield Street(village, checkout, counter, wallet_url, shop_url)
    counter.close()
    village.platform.close()
