"""A town whose banks' accounts are reached over the real link."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bank_cards.host import Host, link
from tests.platform_stub.people import Town, open_town


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Five funded banks."""
    made = open_town(tmp_path)
    yield made
    made.platform.close()


@pytest.fixture
def hosts(town: Town, tmp_path: Path) -> Iterator[dict[int, Host]]:
    """A card host for each bank."""
    with link(town, tmp_path) as made:
        yield made
