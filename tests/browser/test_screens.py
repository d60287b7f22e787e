"""The screens in a browser: ``tenge wallet serve`` as a program, a real Chromium, and no network at all."""

import http.client
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page
from typer.testing import CliRunner

from hardware.qr_reader import read_codes
from hardware.wires import HttpWire
from pos.cli import app as pos_app
from tender.cash.messages import open_request
from tender.errors import LinkError
from tender.qr.frames import Collector
from tests.browser.chrome import watched
from tests.mint import NOW
from tests.patience import PATIENCE_S, looks, soon
from tests.wallet.village import Village
from town.cast import AIGUL
from wallet.cli import app as wallet_app

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
LOOK_MS = 50
TYPED = (
    ("4071\n", "Type your PIN"),
    ("\n", "I have read this"),
    ("r", "Newest payments"),
    ("500\n", "How much?"),
    ("\n", "500,00 ₸", "stay empty"),
)
"""What is typed, and what stands there before."""
APPS = {"wallet": wallet_app, "pos": pos_app}


class Typist:
    """Reads what the program draws, as it comes to the page, and types once the awaited words stand there."""

    def __init__(self, page: Page) -> None:
        self._page, self._drawn = page, ""
        page.on("websocket", lambda line: line.on("framereceived", self._draws))

    def types(self, word: str, *when: str) -> None:
        """This, when the screen has come to say all of that since the last word."""
        for _ in looks():
            if all(one in " ".join(ESCAPES.sub(" ", self._drawn).split()) for one in when):
                break
            self._page.wait_for_timeout(LOOK_MS)
        else:
            pytest.fail(f"{when!r} never came")
        self._drawn = ""
        self._page.keyboard.type(word)

    def _draws(self, frame: str | bytes) -> None:
        self._drawn += frame if isinstance(frame, str) else frame.decode(errors="replace")


def wait_for(url: str) -> None:
    """Until somebody answers there."""

    def answers() -> bool:
        try:
            HttpWire(url).fetch("GET", "/")
        except LinkError:
            return False
        return True

    soon(answers)


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[str]:
    """The address of Aigul's wallet, served by a process of its own; her bank is out of reach."""
    village = Village(tmp_path)
    village.wallet(AIGUL).close()
    environment = {
        **os.environ,
        "TENGE_HOME": str(tmp_path / "home"),
        "TENGE_ELEMENTS": str(tmp_path / "elements"),
        "TENGE_GATEWAY": "http://127.0.0.1:1",
        "TENGE_AT": str(NOW),
        "TENGE_LANG": "en",
        "TENGE_PIN": "9999",  # no visitor shall profit from it, nor be kept out by it
        "PYTHONUNBUFFERED": "1",
    }
    words = [sys.executable, "-m", "wallet", "serve", "--wallet", AIGUL.name, "--port", "0"]
    process = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found is not None
        wait_for(found[0])
        yield found[0]
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        village.platform.close()


def codes_on(page: Page, folder: Path) -> list[bytes]:
    """What a camera would read from the page's picture."""
    file = folder / "page.png"
    page.screenshot(path=file)
    gray = Image.open(file).convert("L")
    return read_codes(gray.tobytes(), gray.width, gray.height)


def test_the_wallet_in_a_browser_shows_takes_keys_and_asks_nobody_else(
    browser: Browser, screen: str, tmp_path: Path
) -> None:
    collector = Collector()
    message = None
    with watched(browser, viewport={"width": 1400, "height": 900}) as seen:
        page = seen.page
        typist = Typist(page)
        page.goto(f"{screen}/?fontsize=12")
        page.wait_for_selector("body.-first-byte")
        page.locator("#terminal").click()
        for word, *when in TYPED:
            typist.types(word, *when)
        for _ in looks():
            for code in codes_on(page, tmp_path):
                message = collector.receive_data(code).payload or message
            if message is not None:
                break
        assert (seen.outside, seen.complaints) == (set(), [])
    assert message is not None, "no request was ever seen on the page"
    assert open_request(message).request.amount_tiyn == 500_00


def test_another_page_and_another_name_are_sent_away(screen: str) -> None:
    address = urlsplit(screen)
    assert address.port is not None
    here = f"127.0.0.1:{address.port}"
    for path, host, origin, status in (
        ("/", here, "", 200),
        ("/", f"wallet.example:{address.port}", "", 421),
        ("/ws", here, "http://shop.example", 403),
        ("/ws", here, "", 403),
    ):
        line = http.client.HTTPConnection("127.0.0.1", address.port, timeout=PATIENCE_S)
        line.request("GET", path, headers={"Host": host, **({"Origin": origin} if origin else {})})
        answer = line.getresponse()
        assert answer.status == status, (path, host, origin)
        assert "frame-ancestors 'none'" in answer.headers.get("Content-Security-Policy", ""), (path, host)
        line.close()


@pytest.mark.parametrize("product", ["wallet", "pos"])
def test_an_address_that_others_reach_is_refused_unless_meant(
    product: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENGE_HOME", str(tmp_path))
    told = CliRunner().invoke(APPS[product], ["serve", "--host", "0.0.0.0"])
    assert told.exit_code == 2
    assert "--outside" in told.output
