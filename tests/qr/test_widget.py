"""The widget on a screen, read from its pixels: whole or not at all, still or moving, after every resize."""

import random
from pathlib import Path
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Footer, Header

from faces.qr_drawing import cells_for, for_terminal, modules, text_modules
from faces.qr_widget import QrCode, strips
from tender.qr.frames import Collector, tag_of
from tests.qr.pixels import cells_to_picture, codes_in, letters_to_picture, screen_picture, screen_png
from town.bench.qr import payment

pytestmark = pytest.mark.anyio

SHORT = random.Random(1).randbytes(250)
LONG = random.Random(2).randbytes(1_200)
SMALL, WIDE = (80, 24), (100, 45)


class Page(App[None]):
    """A page with a code between header and footer."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, folder: Path | None = None, half: bool | None = True) -> None:
        super().__init__()
        self.code = QrCode(folder=folder, half=half)
        self.said: list[Any] = []

    def compose(self) -> ComposeResult:
        yield Header()
        yield self.code
        yield Footer()

    def on_qr_code_fitted(self, told: QrCode.Fitted) -> None:
        self.said.append((told.version, told.frames))

    def on_qr_code_too_small(self, told: QrCode.TooSmall) -> None:
        self.said.append((told.columns, told.rows))


async def read(app: Page, pilot: Pilot[None], collector: Collector, looks: int = 200) -> bytes | None:
    """Look at the screen, frame after frame, until a payload is whole."""
    for _ in range(looks):
        for code in codes_in(screen_picture(app)):
            payload = collector.receive_data(code).payload
            if payload is not None:
                return payload
        app.code._advance()  # the next frame, without waiting for the clock
        await pilot.pause()
    return None


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
async def test_what_fits_stands_still_and_is_read_from_an_outside_picture(theme: str) -> None:
    app = Page()
    async with app.run_test(size=WIDE) as pilot:
        app.theme = theme
        app.code.show(SHORT)
        await pilot.pause()
        assert app.said == [(12, 1)]
        (code,) = codes_in(screen_png(app))
        assert Collector().receive_data(code).payload == SHORT


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_what_does_not_fit_moves_and_is_read_frame_by_frame(size: tuple[int, int]) -> None:
    app = Page()
    async with app.run_test(size=size) as pilot:
        app.code.show(LONG)
        await pilot.pause()
        ((version, frames),) = app.said
        assert frames > 1 and cells_for(version)[1] <= app.code.size.height
        assert await read(app, pilot, Collector()) == LONG


async def test_a_real_payment_of_fifteen_hops_crosses_between_two_screens_of_80_by_24() -> None:
    app, message = Page(), payment()
    async with app.run_test(size=SMALL) as pilot:
        app.code.show(message)
        await pilot.pause()
        assert await read(app, pilot, Collector()) == message


async def test_frames_go_by_themselves() -> None:
    app = Page()
    async with app.run_test(size=SMALL) as pilot:
        app.code.show(LONG)
        await pilot.pause()
        first, painted = codes_in(screen_picture(app)), app.code.painted
        while app.code.painted < painted + 2:
            await pilot.pause(0.02)
        assert codes_in(screen_picture(app)) != first


async def test_a_resize_in_the_middle_of_the_animation_splits_again_and_never_cuts() -> None:
    app, collector = Page(), Collector()
    async with app.run_test(size=WIDE) as pilot:
        app.code.show(LONG)
        await pilot.pause()
        for size in ((90, 30), (60, 20), (120, 50), SMALL):
            await read(app, pilot, collector, looks=3)
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert len(codes_in(screen_picture(app))) == 1, "whole at every size"
        assert [version for version, _ in app.said] == [13, 8, 3, 13, 5]
        assert await read(app, pilot, collector) == LONG


async def test_where_there_is_no_room_it_says_how_much_it_takes_and_draws_nothing() -> None:
    app = Page()
    async with app.run_test(size=(30, 10)) as pilot:
        app.code.show(SHORT)
        await pilot.pause()
        ((columns, rows),) = app.said
        assert codes_in(screen_picture(app)) == []
        shown = "".join(segment.text for y in range(10) for segment in app.code.render_line(y))
        assert f"{columns} × {rows}" in shown
        await pilot.resize_terminal(columns, rows + 2)
        await pilot.pause()
        assert await read(app, pilot, Collector(), looks=60) == SHORT


@pytest.mark.parametrize("back", ["f", "escape", "enter"])
async def test_the_full_screen_has_room_for_more_and_a_key_leads_back(back: str) -> None:
    app = Page()
    async with app.run_test(size=SMALL) as pilot:
        app.code.show(LONG)
        app.code.focus()
        await pilot.pause()
        before = app.code.frames
        await pilot.press("f")
        await pilot.pause()
        assert app.code.size.height > 22 and app.code.frames < before
        assert len(codes_in(screen_picture(app))) == 1
        assert app.screen_stack == [app.screen], "what the page does next still happens to the page"
        await pilot.press(back)
        await pilot.pause()
        assert app.code.frames == before


async def test_a_saved_picture_holds_all_of_it(tmp_path: Path) -> None:
    app = Page(folder=tmp_path)
    async with app.run_test(size=SMALL) as pilot:
        app.code.show(LONG)
        app.code.focus()
        await pilot.press("s")
        await pilot.pause()
        (file,) = tmp_path.iterdir()
        assert file.name == f"tenge-{tag_of(LONG).hex()}.png"
        (code,) = codes_in(file.read_bytes())
        assert Collector().receive_data(code).payload == LONG
        app.code.save_png(tmp_path / "again.png")
        app.code.clear()
        await pilot.pause()
        assert codes_in(screen_picture(app)) == []
        app.code.save_png(tmp_path / "nothing.png")
        assert not (tmp_path / "nothing.png").exists()


async def test_a_folder_that_cannot_be_written_is_said_and_the_code_stays(tmp_path: Path) -> None:
    app = Page(folder=tmp_path / "gone")
    async with app.run_test(size=WIDE) as pilot:
        app.code.show(SHORT)
        app.code.focus()
        await pilot.press("s")
        await pilot.pause()
        assert any(note.severity == "error" for note in app._notifications)
        assert app.code.frames == 1


async def test_a_text_of_a_merchant_is_one_code_with_kazakh_letters_whole() -> None:
    text = "00020101021126180014kz.test.dengi5802KZ5913Әсел дүкені6006Алматы6304ABCD"
    app = Page()
    async with app.run_test(size=WIDE) as pilot:
        app.code.show_text(text)
        await pilot.pause()
        (code,) = codes_in(screen_png(app))
        assert code.decode() == text
        await pilot.resize_terminal(40, 12)
        await pilot.pause()
        assert codes_in(screen_picture(app)) == []
        assert app.code.shown == text


async def test_a_new_payload_takes_the_place_of_the_one_before() -> None:
    app = Page()
    async with app.run_test(size=SMALL) as pilot:
        app.code.show(LONG)
        await pilot.pause()
        app.code.show(SHORT)
        await pilot.pause()
        assert await read(app, pilot, Collector()) == SHORT


async def test_without_half_blocks_two_blanks_are_a_module() -> None:
    app = Page(half=False)
    async with app.run_test(size=(130, 60)) as pilot:
        app.code.show(SHORT[:60])
        await pilot.pause()
        shown = "".join(segment.text for y in range(58) for segment in app.code.render_line(y))
        assert shown.strip() == ""
        (code,) = codes_in(screen_picture(app))
        assert Collector().receive_data(code).payload == SHORT[:60]


async def test_an_app_without_utf8_gets_a_code_without_block_letters() -> None:
    app = Page(half=None)
    setattr(app, "ascii_only", True)  # noqa: B010  # as our own apps say it
    async with app.run_test(size=(130, 60)) as pilot:
        app.code.show(SHORT[:60])
        await pilot.pause()
        assert "▀" not in "".join(segment.text for y in range(58) for segment in app.code.render_line(y))
        assert len(codes_in(screen_picture(app))) == 1


@pytest.mark.parametrize("half", [True, False])
def test_cells_and_letters_draw_the_same_code(half: bool) -> None:
    code = modules(SHORT, level="M")
    assert codes_in(cells_to_picture(strips(code, half=half))) == [SHORT]
    plain = for_terminal(code, utf8=True, colours=True, escapes=False)
    assert codes_in(letters_to_picture(plain)) == [SHORT]
    assert plain.isascii()


def test_latin_text_needs_no_header_and_other_text_says_that_it_is_utf8() -> None:
    for text in ("00020101", "ҚҰТТЫҚТАЙМЫН ₸"):
        shown = for_terminal(text_modules(text), utf8=True, colours=True, escapes=False)
        (code,) = codes_in(letters_to_picture(shown))
        assert code.decode() == text


def test_bytes_that_fit_no_code_are_refused_and_not_cut() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        modules(bytes(2_954))
    with pytest.raises(ValueError, match="do not fit"):
        modules(bytes(107), version=5)
