"""A town for those who attack at the platform's doors; its books are checked whatever they did."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tender.account.participants import ALTYN, EURASIAN
from tests.platform_stub.people import Town, open_town
from tests.wallet.village import Village
from town.balance_sheet import read_balance_sheet


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Two banks with Digital Tenge; afterwards the books are equal, by arithmetic not the platform's."""
    made = open_town(tmp_path)
    for bank in (ALTYN, EURASIAN):
        made.stock(bank, 100_000)
    yield made
    assert read_balance_sheet(tmp_path).holds
    made.platform.close()


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    """Wallets on real files and a platform; afterwards the books are equal."""
    made = Village(tmp_path)
    yield made
    assert read_balance_sheet(tmp_path / "platform").holds
    made.platform.close()
