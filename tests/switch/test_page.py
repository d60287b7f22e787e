"""The page on the switch says what the code says."""

from docs.switch_page import PAGE, page


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m docs.switch_page"
