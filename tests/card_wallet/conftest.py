"""Every test of a card wallet gets a street of its own, where nobody waits for a card."""

from pathlib import Path

import pytest

from tests.card_wallet.street import CardStreet


@pytest.fixture
def street(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CardStreet:
    """A platform, and people whose wallets are cards."""
    monkeypatch.setattr("device.compose_card.WAIT_S", 0.0)
    monkeypatch.setattr("hardware.card_element.AGAIN_S", 0.0)
    return CardStreet(tmp_path)
