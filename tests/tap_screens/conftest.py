"""Every screen in English unless a test says otherwise."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from faces import language
from tests.pos.market import Market
from tests.unhurried import unhurried

__all__ = ["english", "market", "unhurried"]


@pytest.fixture
def market(tmp_path: Path) -> Market:
    """A village with tills."""
    return Market(tmp_path)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """English before and after."""
    language.use("en")
    yield
    language.use("en")
