"""A tmux of one's own with a program in it: keys in, text out, as a person at a terminal would have it."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from shlex import join
from types import TracebackType
from typing import Final

PATIENCE_S: Final = 60.0
LANGUAGE: Final = {"LANG": "C.UTF-8", "TERM": "tmux-256color", "COLORTERM": "truecolor"}


class Terminal:
    """One pane; :meth:`start` puts a program there, in place of the one before."""

    def __init__(self, columns: int = 120, rows: int = 40) -> None:
        if shutil.which("tmux") is None:
            raise RuntimeError("tmux is not installed: apt install tmux")
        self._folder = tempfile.mkdtemp(prefix="tenge-tmux-")
        self._size = ("-x", str(columns), "-y", str(rows))
        self._tmux("-f", "/dev/null", "new-session", "-d", *self._size, "sleep 86400")

    def _tmux(self, *words: str) -> str:
        socket = Path(self._folder) / "socket"
        done = subprocess.run(["tmux", "-S", str(socket), *words], capture_output=True, text=True, check=True)
        return done.stdout

    def start(self, words: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a program; what stood there before is gone."""
        given = {**environment, **LANGUAGE}
        told = [f"{name}={value}" for name, value in given.items() if name.startswith(("TENGE_", "PYTHON"))]
        told += [f"{name}={value}" for name, value in LANGUAGE.items()]
        self._tmux("respawn-pane", "-k", f"exec env {join(told)} {join(words)}")

    def press(self, *keys: str) -> None:
        """Press keys, as tmux calls them."""
        self._tmux("send-keys", *keys)

    def text(self, *, colours: bool = False) -> str:
        """What stands there; with ``colours`` also how it looks."""
        return self._tmux("capture-pane", "-p", *(("-e",) if colours else ()))

    def wait_for(self, words: str) -> float:
        """Seconds until these words stand there; RuntimeError when they never come."""
        began = time.monotonic()
        while words not in self.text():
            if time.monotonic() - began > PATIENCE_S:
                raise RuntimeError(f"{words!r} never came:\n{self.text()}")
        return time.monotonic() - began

    def changed_s(self, key: str) -> float:
        """Seconds from a key to a screen that looks otherwise."""
        before = self.text(colours=True)
        began = time.monotonic()
        self.press(key)
        while self.text(colours=True) == before:
            if time.monotonic() - began > PATIENCE_S:
                raise RuntimeError(f"nothing changed at {key}:\n{before}")
        return time.monotonic() - began

    def resident_bytes(self) -> int:
        """Memory of the program there."""
        pid = self._tmux("display-message", "-p", "#{pane_pid}").strip()
        (line,) = (
            one
            for one in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
            if one.startswith("VmRSS:")
        )
        return int(line.split()[1]) * 1024

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tmux("kill-server")
        shutil.rmtree(self._folder, ignore_errors=True)
