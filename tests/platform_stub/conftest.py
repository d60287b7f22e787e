"""One platform for each test, in a folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.platform_stub.people import Town, open_town


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Five funded banks."""
    made = open_town(tmp_path)
    yield made
    made.platform.close()
