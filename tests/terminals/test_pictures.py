"""The pictures of README and docs are what ``make pictures`` takes of the real screens."""

import asyncio
import re
from html import unescape
from pathlib import Path

import pytest
from PIL import Image

from docs.screen_pictures import ALL, CODE, HOME, PAY, PAYMENT, SMALL, TILL, home, market
from hardware.qr_reader import read_codes
from tender.qr.frames import read_header
from tests.wallet_conversation.street import seated

ROOT = Path(__file__).parents[2]
STILL_MOST_BYTES = 150_000
MOVING_MOST_BYTES = 1_000_000


def words(svg: str) -> list[str]:
    """What an SVG of a screen says, run by run."""
    return [unescape(one).strip() for one in re.findall(r"<text[^>]*>([^<]*)</text>", svg)]


def tags(picture: Image.Image) -> set[bytes]:
    """Of which messages codes of ours stand in a picture."""
    grey = picture.convert("RGB").convert("L")
    return {read_header(code).tag for code in read_codes(grey.tobytes(), *grey.size)}


@pytest.mark.parametrize("file", ALL, ids=lambda file: str(file.name))
def test_every_picture_is_small_and_shown_somewhere(file: Path) -> None:
    most = MOVING_MOST_BYTES if file == PAYMENT else STILL_MOST_BYTES
    assert 1_000 < file.stat().st_size < most
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    assert any(f"pictures/{file.name}" in page.read_text(encoding="utf-8") for page in pages)


def test_the_home_screen_says_what_its_picture_says(tmp_path: Path) -> None:
    """The same people, the same payments, the same words in the same places."""

    async def look() -> str:
        async with seated(market(tmp_path), "aigul", size=SMALL) as (aigul,):
            return await home(aigul)

    assert words(asyncio.run(look())) == words(HOME.read_text(encoding="utf-8")), "run `make pictures`"


def test_codes_in_the_pictures_can_be_scanned() -> None:
    for file in (CODE, TILL):
        assert len(tags(Image.open(file))) == 1


def test_the_film_shows_request_payment_and_receipt() -> None:
    """Both sides' codes, read from the film itself; nothing in it asks another machine for anything."""
    seen: set[bytes] = set()
    with Image.open(PAYMENT) as film:
        frames = int(getattr(film, "n_frames", 1))
        for number in range(frames):
            film.seek(number)
            seen |= tags(film)
    assert frames >= 10
    assert len(seen) == 3
    for file in (HOME, PAY):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"@font-face|@import|url\(\s*[\"']?http|href=[\"']http", text)
