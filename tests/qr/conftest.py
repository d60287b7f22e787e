"""Where payments by codes are tried: a village, a keyboard, and screens that others can look at."""

from pathlib import Path

import pytest

from tests.qr.street import Screens
from tests.wallet.test_commands import Desk
from tests.wallet.village import Village


@pytest.fixture
def village(tmp_path: Path) -> Village:
    """A platform and an empty street."""
    return Village(tmp_path)


@pytest.fixture
def desk(village: Village, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Somebody at a keyboard."""
    return Desk(village, monkeypatch)


@pytest.fixture
def screens(desk: Desk, tmp_path: Path) -> Screens:
    """What each wallet shows."""
    folder = tmp_path / "screens"
    folder.mkdir()
    return Screens(desk, folder)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Screens are played in asyncio, as Textual is."""
    return "asyncio"
