"""What is on the clipboard, through the program every desktop has for it: a picture, or text.

``wl-paste`` (Wayland), ``xclip`` (X11) or ``pbpaste`` (macOS, text only). No more is read than a picture of a
code can be, and a program that hangs is ended.
"""

import os
import shutil
import subprocess
from typing import Final

from tender.errors import Code, DeviceError

BYTES_MOST: Final = 32 << 20
_TIMEOUT_S: Final = 5

_PICTURE: Final = ("image/png", "image/jpeg", "image/bmp")


def read() -> tuple[bytes, bytes]:
    """(picture, text) on the clipboard, either of them empty; raises DeviceError ``clipboard-missing``."""
    kinds, picture, text = _commands()
    if kinds:
        offered = _output(kinds).decode("utf-8", errors="replace").split()
        found = next((kind for kind in _PICTURE if kind in offered), "")
        if found:
            return _output([*picture, found]), b""
    return b"", _output(text)


def _commands() -> tuple[list[str], list[str], list[str]]:
    """How to list the kinds that are there, to get one of them, to get the text."""
    if os.environ.get("WAYLAND_DISPLAY") and shutil.which("wl-paste"):
        return ["wl-paste", "--list-types"], ["wl-paste", "--type"], ["wl-paste", "--no-newline"]
    if os.environ.get("DISPLAY") and shutil.which("xclip"):
        clip = ["xclip", "-selection", "clipboard", "-o"]
        return [*clip, "-t", "TARGETS"], [*clip, "-t"], clip
    if shutil.which("pbpaste"):
        return [], [], ["pbpaste"]
    raise DeviceError(Code.CLIPBOARD_MISSING, "clipboard")


def _output(command: list[str]) -> bytes:
    """What a program prints; nothing when it has nothing (then it fails), hangs, or prints too much."""
    try:
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as program:
            assert program.stdout is not None
            ended = _Ending(program)
            data = program.stdout.read(BYTES_MOST + 1)
            ended.call_off()
    except OSError as error:
        raise DeviceError(Code.CLIPBOARD_MISSING, "clipboard") from error
    return data if program.returncode == 0 and len(data) <= BYTES_MOST else b""


class _Ending:
    """Ends a program that has not said everything in time."""

    def __init__(self, program: "subprocess.Popen[bytes]") -> None:
        from threading import Timer

        self._program = program
        self._timer = Timer(_TIMEOUT_S, program.kill)
        self._timer.daemon = True
        self._timer.start()

    def call_off(self) -> None:
        """It has, or it goes on for too long: no more is read from it."""
        self._timer.cancel()
        assert self._program.stdout is not None
        self._program.stdout.close()
