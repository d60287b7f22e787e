"""Every input that ever broke a parser, or shows a way in that was closed, replayed without the fuzzer."""

import pytest

from tests.fuzz.fuzz import CORPUS, everyone, judge

FILES = sorted(CORPUS.glob("*.bin"))
PARSERS = everyone()


def test_the_corpus_is_there_and_small() -> None:
    assert FILES
    assert sum(file.stat().st_size for file in FILES) < 200_000
    assert not [file.name for file in FILES if file.name.rpartition("-")[0] not in PARSERS]


@pytest.mark.row("DT-Z-04")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_once_broke_is_refused(file) -> None:  # type: ignore[no-untyped-def]  # a path, by pytest
    """By its own parser; and by every other, for what breaks one may break its like."""
    data = file.read_bytes()
    assert not judge(PARSERS[file.name.rpartition("-")[0]], data)
    for parser in PARSERS.values():
        judge(parser, data)
