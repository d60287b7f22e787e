"""Codes on the command line: ``--qr`` draws a message, ``--png`` saves its picture, ``--scan`` reads one.

A code that fits is printed and stays; one that does not moves until a key is pressed, and is never cut: where
even that has no room, the message is given as text. Without colours, UTF-8 or a terminal it is drawn with
what there is.
"""

import os
import select
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from device.cli.speaking import Voice
from tender.errors import Code, RemoteProtocolError

if TYPE_CHECKING:
    from faces.qr_drawing import Modules

NEWS_MOST: Final = 600
"""Bytes of lists in a code: a few steps; more would cost frames."""
CAPTION_ROWS: Final = 2
_ENDING: Final = b"\r\n\x1b\x03qQ"
_ALTERNATE, _BACK = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
_HOME, _CLEAR = "\x1b[H", "\x1b[2J"


def save(message: bytes, file: str) -> None:
    """A message as a picture: one code, or an animated PNG; raises ``file-unwritable``."""
    from device.cli.travel import write_file
    from faces.qr_reel import payload_png

    write_file(Path(file), payload_png(message))


def draw(message: bytes) -> bool:
    """Show a message in this terminal; False when there is no room for any code of it.

    A still code is printed; a moving one takes the whole terminal until a key is pressed. Into a pipe the
    codes are printed one after the other.
    """
    from faces.qr_reel import VERSION_OF_FILES_MOST, reel, reel_within

    if not sys.stdout.isatty():
        found = reel(message, VERSION_OF_FILES_MOST)
        assert found is not None, "every message fits 128 of the largest codes"
        for number in range(found.frames.needed):
            typer.echo(_drawn(found.code(number)))
        return True
    found = reel_within(message, _largest())
    if found is None:
        return False
    if found.moves:
        _animate(message)
    else:
        typer.echo(_drawn(found.code(0)), nl=False)
    return True


def save_text(text: str, file: str) -> None:
    """A merchant's code as a picture; raises ``file-unwritable``."""
    from device.cli.travel import write_file
    from faces.qr_drawing import png, text_modules

    write_file(Path(file), png([text_modules(text)]))


def draw_text(text: str) -> None:
    """Print a merchant's code: it is short, and fits every terminal that fits a command line."""
    from faces.qr_drawing import text_modules

    typer.echo(_drawn(text_modules(text)), nl=False)


def _utf8() -> bool:
    from faces.plain_text import as_given, speaks_utf8

    return "utf" in (sys.stdout.encoding or "").lower() and speaks_utf8(as_given())


def _colours() -> bool:
    return not os.environ.get("NO_COLOR")


def _drawn(code: "Modules") -> str:
    from faces.qr_drawing import for_terminal

    escapes = sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    return for_terminal(code, utf8=_utf8(), colours=_colours(), escapes=escapes)


def _largest() -> int | None:
    """The largest version that this terminal shows whole, with the caption below it."""
    from faces.qr_drawing import largest_version

    columns, rows = shutil.get_terminal_size()
    half = _utf8() and _colours() and os.environ.get("TERM", "dumb") != "dumb"
    return largest_version(columns, rows - CAPTION_ROWS, half=half)


def _animate(message: bytes) -> None:
    """The frames one after the other, split again when the window changes, until a key is pressed."""
    from faces.language import label
    from faces.qr_reel import FRAMES_PER_SECOND, reel_within

    size, number, found = os.terminal_size((0, 0)), 0, None
    with _whole_terminal() as pressed:
        while not pressed(1 / FRAMES_PER_SECOND):
            if shutil.get_terminal_size() != size:
                size = shutil.get_terminal_size()
                found = reel_within(message, _largest())
                number = 0
                _write(_CLEAR)
            if found is None:
                _write(_HOME + label("qr.too_long"))
                continue
            _write(_HOME + _drawn(found.code(number)).replace("\n", "\r\n") + label("qr.press_enter"))
            number += 1


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


@contextmanager
def _whole_terminal() -> Iterator[Callable[[float], bool]]:
    """The other screen of the terminal, keys unseen; gives the question whether one that ends it was pressed
    within so many seconds. Standard input may carry a message, so keys come from the terminal itself."""
    import termios
    import tty

    with Path("/dev/tty").open("rb", buffering=0) as terminal:
        keys = terminal.fileno()
        before = termios.tcgetattr(keys)

        def pressed(timeout_s: float) -> bool:
            ready, _, _ = select.select([keys], [], [], timeout_s)
            return bool(ready) and any(one in _ENDING for one in os.read(keys, 64) or b"\r")

        try:
            tty.setcbreak(keys)
            _write(_ALTERNATE + _CLEAR)
            yield pressed
        except KeyboardInterrupt:
            pass
        finally:
            _write(_BACK)
            termios.tcsetattr(keys, termios.TCSADRAIN, before)


# --- reading


def scan(voice: Voice, word: str, timeout_s: int) -> bytes:
    """The message in the codes of a source (``camera``, ``clipboard``, a picture, a video, a folder).

    Damaged and foreign codes are passed over while better ones may follow. Raises what the source raises;
    when it ends, or time does, without a message: ``qr-unfinished``, what was wrong with the last code seen
    (``code-foreign`` or as :class:`Gathering`), or ``qr-not-found``.
    """
    from faces.merchant_codes import kind_text
    from hardware.qr_camera import open_source
    from tender.qr.gathering import Gathering

    ends = time.monotonic() + timeout_s
    gathering, best = Gathering(), (0, 0)
    last: RemoteProtocolError | None = None
    progress = _Progress(voice, word)
    try:
        for code in open_source(word).codes(lambda: time.monotonic() > ends):
            try:
                seen = gathering.receive_data(code)
            except RemoteProtocolError as error:
                last = error  # torn or false: those after it may be whole
                continue
            if isinstance(seen, bytes):
                return seen
            if seen is not None:
                last = RemoteProtocolError(Code.CODE_FOREIGN, "qr", what=kind_text(seen))
            elif gathering.progress > (0, 0):
                best = max(best, gathering.progress)
                progress.tell(*gathering.progress)
    except KeyboardInterrupt:
        pass
    finally:
        progress.end()
    have, needed = best
    if needed:
        raise RemoteProtocolError(Code.QR_UNFINISHED, "qr", have=have, needed=needed)
    raise last or RemoteProtocolError(Code.QR_NOT_FOUND, "qr", source=word)


class _Progress:
    """One line on standard error while somebody watches."""

    def __init__(self, voice: Voice, word: str) -> None:
        self._shown = sys.stderr.isatty() and not voice.as_json
        if self._shown:
            from faces.language import label

            typer.echo(label("qr.scanning", source=word), err=True)

    def tell(self, have: int, needed: int) -> None:
        """How many frames there are."""
        if self._shown:
            from faces.language import label

            typer.echo("\r" + label("qr.progress", have=have, needed=needed), err=True, nl=False)

    def end(self) -> None:
        """Leave the line."""
        if self._shown:
            typer.echo("", err=True)
