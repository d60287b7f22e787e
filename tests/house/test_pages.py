"""What a page names is there: files, tests and tables in them, other pages."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import ROOT

FOLDERS = "tender|device|wallet|pos|card_switch|platform_stub|hardware|faces|town|tests|docs"
NAMED = re.compile(rf"`((?:{FOLDERS})/[\w./-]*[\w/])(?:::(\w+))?`")
LINKED = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")


def pages() -> Iterator[tuple[Path, str]]:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("faces/**/*.md")]:
        yield page, page.read_text(encoding="utf-8")


def test_every_file_and_test_that_a_page_names_is_there() -> None:
    named = [(page.name, *found) for page, text in pages() for found in NAMED.findall(text)]
    assert len(named) > 200
    missing = [
        (page, path, test)
        for page, path, test in named
        if not (ROOT / path).exists() or (test and test not in (ROOT / path).read_text("utf-8"))
    ]
    assert not missing


def test_every_link_between_pages_leads_somewhere() -> None:
    linked = [(page, to) for page, text in pages() for to in LINKED.findall(text)]
    assert len(linked) > 50
    assert not [(page.name, to) for page, to in linked if not (page.parent / to).exists()]
