"""The widget that shows a code: still where it fits, moving where it does not, and never cut.

It draws black on white whatever the theme, takes the largest code its room allows, splits the payload again
when the room changes, and says what it needs when there is none. Frames are drawn ahead, beside the thread of
the screen; showing the next one is a repaint without a layout.
"""

import sys
import time
from itertools import groupby
from pathlib import Path
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget
from textual.worker import get_current_worker

from faces.language import label
from faces.qr_drawing import (
    LEVELS,
    QUIET_AT_LEAST,
    QUIET_ON_SCREEN,
    Modules,
    cells_for,
    edged,
    largest_version,
    pairs,
    png,
    text_modules,
)
from faces.qr_reel import (
    FRAMES_PER_SECOND,
    Reel,
    payload_png,
    reel_within,
    version_needed,
)
from tender.qr.frames import tag_of

_DRAW_PAUSE_S: Final = 0.01
"""Between two frames drawn ahead, so that a key that is pressed meanwhile is not kept waiting."""

_COLOURS: Final = ("#ffffff", "#000000")
_STYLES: Final = {
    (upper, lower): Style(color=_COLOURS[upper], bgcolor=_COLOURS[lower])
    for upper in (0, 1)
    for lower in (0, 1)
}


def draws_blocks() -> bool:
    """Whether this terminal can show half blocks: it speaks UTF-8."""
    return "utf" in (getattr(sys.__stdout__, "encoding", "") or "").lower()


def strips(code: Modules, *, half: bool, quiet: int = QUIET_ON_SCREEN) -> list[Strip]:
    """The rows of cells of a code with its white edge."""
    whole = edged(code, quiet)
    rows = pairs(whole) if half else [[(one, one) for one in row] for row in whole]
    return [Strip(_segments(row, 1 if half else 2), len(row) * (1 if half else 2)) for row in rows]


def _segments(row: list[tuple[int, int]], wide: int) -> list[Segment]:
    return [
        Segment((" " if pair[0] == pair[1] else "▀") * sum(wide for _ in run), _STYLES[pair])
        for pair, run in groupby(row)
    ]


def _version(code: Modules) -> int:
    return (len(code) - 17) // 4


class QrCode(Widget, can_focus=True):
    """Shows one payload (moving if it must) or one text. Posts :class:`Fitted` and :class:`TooSmall`."""

    DEFAULT_CSS = """
    QrCode { width: 1fr; height: 1fr; min-width: 25; min-height: 11; }
    """
    ALLOW_MAXIMIZE = True

    class Fitted(Message):
        """The code is drawn whole. ``frames``: how many rebuild the payload; 1 stands still."""

        def __init__(self, version: int, frames: int) -> None:
            self.version = version
            self.frames = frames
            super().__init__()

    class TooSmall(Message):
        """Nothing is drawn: so many columns and rows are needed; ``full``: the whole screen has them."""

        def __init__(self, columns: int, rows: int, *, full: bool) -> None:
            self.columns = columns
            self.rows = rows
            self.full = full
            super().__init__()

    def __init__(
        self,
        *,
        half: bool | None = None,
        folder: Path | None = None,
        full_key: str = "f",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """``half``: draw half blocks (default: as the terminal can). ``folder``: where ``s`` saves.
        ``full_key``: what leads to the full screen, where the screen needs ``f`` itself."""
        super().__init__(id=id, classes=classes)
        # Here and not in BINDINGS: the words are of the language in use.
        self._bindings.bind(full_key, "full_screen", label("qr.full"))
        self._bindings.bind("s", "save", label("qr.save"))
        self._bindings.bind("escape,enter", "back", show=False)
        self._asked_half = half
        self._half = True if half is None else half
        self._full_key = full_key
        self._folder = folder or Path.cwd()
        self._payload: bytes | None = None
        self._text: str | None = None
        self._reel: Reel | None = None
        self._words = ""
        self._drawn: list[list[Strip]] = []
        self._place = 0
        self._timer: Timer | None = None
        self.painted = 0
        """How many frames it has put on the screen since it was made."""

    # --- what it shows

    def show(self, payload: bytes) -> None:
        """Show a message container as frames of ours."""
        self._take(payload, None)

    def show_text(self, text: str) -> None:
        """Show a text for foreign readers: one code, or none."""
        self._take(None, text)

    def clear(self) -> None:
        """Show nothing."""
        self._take(None, None)

    def save_png(self, path: Path) -> None:
        """Save what is shown as a picture: one code, or an animated PNG of a payload too long for one.

        Raises OSError when it cannot be written; with nothing shown, writes nothing.
        """
        data = self._picture()
        if data is not None:
            path.write_bytes(data)

    @property
    def shown(self) -> bytes | str | None:
        """The payload or text it was given."""
        return self._payload if self._text is None else self._text

    @property
    def frame_number(self) -> int:
        """Which frame is on the screen now."""
        return self._place

    @property
    def frames(self) -> int:
        """How many frames rebuild what is shown; 0 when nothing is drawn."""
        return 0 if not self._drawn else self._reel.frames.needed if self._reel is not None else 1

    # --- how

    def on_mount(self) -> None:
        if self._asked_half is None:
            # An app that turns block letters into plain ones says so; others are as the terminal is.
            self._half = not getattr(self.app, "ascii_only", not draws_blocks())
        self._timer = self.set_interval(1 / FRAMES_PER_SECOND, self._advance, pause=True)
        self._fit()

    def on_resize(self, _: events.Resize) -> None:
        self._fit()

    def render_line(self, y: int) -> Strip:
        """One row of cells: the code in the middle of its room, or the words that say why there is none."""
        width, height = self.size
        rows = self._drawn[self._place] if self._drawn else self._lines(width)
        at = y - (height - len(rows)) // 2
        ground = self.rich_style
        if not 0 <= at < len(rows):
            return Strip.blank(width, ground)
        left = (width - rows[at].cell_length) // 2
        right = width - left - rows[at].cell_length
        return Strip.join([Strip.blank(left, ground), rows[at], Strip.blank(right, ground)])

    def action_full_screen(self) -> None:
        """The code alone on the screen, or back; the screen below stays the one that it is."""
        if self.screen.maximized is self:
            self.screen.minimize()
        elif self.shown is not None:
            self.screen.maximize(self, container=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """``back`` is a key of the full screen alone: elsewhere it means what the screen says."""
        return action != "back" or self.screen.maximized is self

    def action_back(self) -> None:
        """From the full screen to where it was."""
        self.screen.minimize()

    def action_save(self) -> None:
        """Save the picture in the folder and say where."""
        shown = self.shown
        if shown is None:
            return
        raw = shown.encode() if isinstance(shown, str) else shown
        path = self._folder / f"tenge-{tag_of(raw).hex()}.png"
        try:
            self.save_png(path)
        except OSError:
            self.notify(label("qr.not_saved", file=str(path)), severity="error")
        else:
            self.notify(label("qr.saved", file=str(path)))

    def _take(self, payload: bytes | None, text: str | None) -> None:
        self._payload, self._text, self._reel, self._drawn = payload, text, None, []
        if self._timer is not None:
            self._fit()

    def _fit(self) -> None:
        """Draw for the room there is now; frames that still fit it are kept and go on."""
        if not self.size or self._timer is None:
            return
        largest = largest_version(*self.size, half=self._half)
        self._words = ""
        if self._text is not None:
            self._fit_text(self._text)
        elif self._payload is not None:
            self._fit_payload(self._payload, largest)
        self.refresh()

    def _fit_payload(self, payload: bytes, largest: int | None) -> None:
        found = reel_within(payload, largest)
        if found is not None and found.frames.distinct == 1:
            self._reel = found
            self._fit_still(found.code(0), largest)
        elif found is None:
            self._refuse(version_needed(payload))
        elif self._reel is None or not self._drawn or self._reel.version != found.version:
            self._reel, self._place = found, 0
            drawn = self._drawn = [strips(found.code(0), half=self._half)]
            self.run_worker(lambda: self._draw_ahead(found, drawn), thread=True, group="qr", exclusive=True)
            self._run(True)
            self.post_message(self.Fitted(found.version, found.frames.needed))

    def _fit_text(self, text: str) -> None:
        """The strongest code that fits; on the whole screen, rather with a thin edge than not at all."""
        quiet = QUIET_AT_LEAST if self.screen.maximized is self else QUIET_ON_SCREEN
        ways = [
            (level, edge) for edge in dict.fromkeys((QUIET_ON_SCREEN, quiet)) for level in reversed(LEVELS)
        ]
        for level, edge in ways:
            code = text_modules(text, level)
            largest = largest_version(*self.size, half=self._half, quiet=edge)
            if largest is not None and _version(code) <= largest:
                break
        self._fit_still(code, largest, edge)

    def _fit_still(self, code: Modules, largest: int | None, quiet: int = QUIET_ON_SCREEN) -> None:
        self._run(False)
        version = _version(code)
        if largest is None or version > largest:
            self._refuse(version)
            return
        self._place, self._drawn = 0, [strips(code, half=self._half, quiet=quiet)]
        self.post_message(self.Fitted(version, 1))

    def _refuse(self, version: int) -> None:
        """No cut code: say how much room it takes."""
        self._run(False)
        columns, rows = cells_for(version, half=self._half)
        self._drawn, self._reel = [], None
        quiet = QUIET_ON_SCREEN if self._text is None else QUIET_AT_LEAST
        most = largest_version(*self.app.size, half=self._half, quiet=quiet) or 0
        full = most >= version and self.screen.maximized is not self
        self._words = label("qr.too_small", columns=columns, rows=rows, key=self._full_key if full else "")
        self.post_message(self.TooSmall(columns, rows, full=full))

    def _run(self, moving: bool) -> None:
        if self._timer is not None:
            (self._timer.resume if moving else self._timer.pause)()
        if not moving:
            self.workers.cancel_group(self, "qr")

    def _draw_ahead(self, found: Reel, drawn: list[list[Strip]]) -> None:
        worker = get_current_worker()
        while len(drawn) < found.length and not worker.is_cancelled:
            drawn.append(strips(found.code(len(drawn)), half=self._half))
            time.sleep(_DRAW_PAUSE_S)

    def _advance(self) -> None:
        """The next frame, if it is drawn already; after the last comes the first."""
        found = self._reel
        if found is None or not self._drawn:
            return
        following = (self._place + 1) % found.length
        if following < len(self._drawn):
            self._place = following
            self.painted += 1
            self.refresh()

    def _lines(self, width: int) -> list[Strip]:
        lines, line = [], ""
        for word in self._words.split():
            if line and len(line) + 1 + len(word) > width:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}".strip()
        ground = self.rich_style
        return [Strip([Segment(one[:width], ground)]) for one in [*lines, line] if one]

    def _picture(self) -> bytes | None:
        if self._text is not None:
            return png([text_modules(self._text)])
        return None if self._payload is None else payload_png(self._payload)
