"""A village for each test, and every screen in English unless a test says otherwise."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from faces.language import use
from tests.unhurried import unhurried
from tests.wallet.village import Village

__all__ = ["english", "unhurried", "village"]


@pytest.fixture
def village(tmp_path: Path) -> Village:
    """A platform and an empty street."""
    return Village(tmp_path)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """The language is the whole process's: each test begins in English, and leaves it so."""
    use("en")
    yield
    use("en")
