"""One street for all stories of a file; each brings its own people."""

from collections.abc import Iterator

import pytest

from tests.card_stories.boulevard import Boulevard, boulevard


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Boulevard]:
    """Banks as designed."""
    with boulevard(tmp_path_factory.mktemp("street")) as made:
        yield made
