"""Every wallet test gets a village of its own."""

from pathlib import Path

import pytest

from tests.wallet.village import Village


@pytest.fixture
def village(tmp_path: Path) -> Village:
    """A platform and an empty street."""
    return Village(tmp_path)
