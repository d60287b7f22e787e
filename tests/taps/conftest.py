"""Every test of a tap gets a market of its own."""

from pathlib import Path

import pytest

from tests.pos.market import Market


@pytest.fixture
def market(tmp_path: Path) -> Market:
    """A village with a till in it."""
    return Market(tmp_path)


@pytest.fixture(autouse=True)
def _nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A card that was taken away does not come back by itself here."""
    monkeypatch.setattr("hardware.card_element.AGAIN_S", 0.0)
