"""A town for the loss rule: two banks with Digital Tenge in stock, and books that are checked at the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tender.account.participants import ALTYN, EURASIAN
from tests.platform_stub.people import Town, open_town
from town.balance_sheet import read_balance_sheet


@pytest.fixture
def town(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Town]:
    """Five funded banks; parametrised indirectly, with these settings of the platform."""
    made = open_town(tmp_path, **getattr(request, "param", {}))
    made.stock(ALTYN, 100_000)
    made.stock(EURASIAN, 100_000)
    yield made
    # Whatever a story did, the books are equal to the tiyn, by arithmetic that is not the platform's own.
    assert read_balance_sheet(tmp_path).holds
    made.platform.close()
