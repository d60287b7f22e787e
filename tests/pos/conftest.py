"""Every test of the till gets a market of its own."""

from pathlib import Path

import pytest

from tests.pos.market import Market


@pytest.fixture
def market(tmp_path: Path) -> Market:
    """A village with a till in it."""
    return Market(tmp_path)
