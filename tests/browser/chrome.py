"""A real Chromium, and servers for it: what its pages asked for and complained of is kept for the test."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.parts import part
from tests.patience import PATIENCE_S


@dataclass
class Watched:
    """A page, every host it asked, and every complaint of its console."""

    page: Page
    asked: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    @property
    def outside(self) -> set[str]:
        """Hosts that are not this computer."""
        return {one for one in self.asked if one not in ("127.0.0.1", "localhost", "")}


@contextmanager
def chromium() -> Iterator[Browser]:
    """The Chromium of the system, which can reach this computer alone."""
    program = part("chromium", "chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def watched(browser: Browser, language: str = "en-GB", **settings: Any) -> Iterator[Watched]:
    """A page in a window of its own."""
    context = browser.new_context(locale=language, **settings)
    context.set_default_timeout(PATIENCE_S * 1000)
    expect.set_options(timeout=PATIENCE_S * 1000)
    page = context.new_page()
    seen = Watched(page)
    context.on("request", lambda request: seen.asked.add(urlsplit(request.url).hostname or ""))
    page.on("console", lambda told: seen.complaints.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    try:
        yield seen
    finally:
        context.close()
