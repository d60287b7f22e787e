"""A mall for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from card_switch.config import SwitchConfig
from tests.ecommerce.mall import Mall, a_mall


@pytest.fixture
def mall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mall]:
    """Banks as designed."""
    with a_mall(tmp_path, monkeypatch, SwitchConfig()) as made:
        yield made
