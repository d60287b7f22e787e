"""A town whose banks' accounts are reached over the real link."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bank_cards.host import Host, link
from tests.platform_stub.people import Town, open_town


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """Five funded banks; what their staff types has the town's time, whatever this computer's is."""
    made = open_town(tmp_path)
    monkeypatch.setattr("hardware.clock.SystemClock.now", lambda _self: made.clock.now())
    yield made
    made.platform.close()


@pytest.fixture
def hosts(town: Town, tmp_path: Path) -> Iterator[dict[int, Host]]:
    """A card host for each bank."""
    with link(town, tmp_path) as made:
        yield made
