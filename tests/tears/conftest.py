"""One warm zygote and one template for everybody who is killed."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tears.street import Street, make_template
from tests.tears.victims import Zygote, warm_zygote

ALL = os.environ.get("TENGE_CUTS") == "all"
"""``TENGE_CUTS=all``: every byte and every commit (``make soak``). Without it, a sample that has every
distinct commit site and every boundary byte."""


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """Forks the processes."""
    with warm_zygote() as zygote:
        yield zygote


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The street as it was before anybody died."""
    return make_template(tmp_path_factory.mktemp("template") / "street")


@pytest.fixture
def street(template: Path, tmp_path: Path, zygote: Zygote) -> Street:
    """A street of one's own."""
    return Street.copy(template, tmp_path / "street", zygote)
