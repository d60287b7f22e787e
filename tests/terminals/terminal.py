"""Real terminals: a tmux server of the test's own, keys in, text and pictures out."""

import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.parts import part
from tests.patience import PATIENCE_S, comes_true
from tests.terminals.pane import picture

STEP_S = 0.1


class Terminal:
    """One window with one program in it. ``eye``: the folder that its program watches."""

    def __init__(self, tmux: tuple[str, ...], name: str, columns: int, eye: Path) -> None:
        self._tmux, self.name, self._columns, self.eye = tmux, name, columns, eye
        self._pictures = 0
        self._shown = ""
        eye.mkdir(exist_ok=True)

    def _does(self, *words: str) -> str:
        done = subprocess.run(
            [*self._tmux, *words], capture_output=True, text=True, check=True, timeout=PATIENCE_S
        )
        return done.stdout

    def press(self, *keys: str) -> None:
        """Keys by their names (``Enter``, ``Escape``, ``y``)."""
        for key in keys:
            self._does("send-keys", "-t", self.name, key)

    def types(self, text: str) -> None:
        """Text as it stands."""
        self._does("send-keys", "-t", self.name, "-l", text)

    def resize(self, columns: int, rows: int) -> None:
        """Another size of the window."""
        self._columns = columns
        self._does("resize-window", "-t", self.name, "-x", str(columns), "-y", str(rows))

    def text(self) -> str:
        """What stands there, letters only; narrow spaces as spaces."""
        found = self._does("capture-pane", "-p", "-t", self.name)
        return re.sub("[\u202f\u00a0]", " ", found)

    def says(self, *words: str) -> bool:
        """Whether all of these stand there, wherever a line ends between them."""
        flat = " ".join(self.text().split())
        return all(one in flat for one in words)

    def until(self, *words: str) -> None:
        """Wait for these words; fails and shows the screen when they never come."""
        self.wait(lambda: self.says(*words), f"{words} never came")

    def wait(self, holds: Callable[[], bool], otherwise: str) -> None:
        """Wait for something."""
        if not comes_true(holds, STEP_S):
            raise AssertionError(f"{self.name}: {otherwise}; the screen says:\n{self.text()}")

    def show_to(self, other: "Terminal", *until: str) -> None:
        """Photograph this screen into the folder the other one watches, until the other one says so."""

        def seen() -> bool:
            self.photograph(other.eye)
            return other.says(*until)

        other.wait(seen, f"{until} never came")

    def photograph(self, folder: Path) -> None:
        """The pane as a picture in this folder; the same picture only once."""
        captured = self._does("capture-pane", "-e", "-p", "-t", self.name)
        if captured == self._shown:
            return
        self._shown = captured
        self._pictures += 1
        file = folder / f"{self.name}-{self._pictures:04d}.png"
        part_written = file.with_suffix(".part")
        picture(captured, self._columns).save(part_written, "PNG", compress_level=1)
        part_written.rename(file)


class Terminals:
    """A tmux server on a socket of its own."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        program = part("tmux", "tmux")
        self._tmux = (program, "-S", str(folder / "tmux.sock"), "-f", "/dev/null")
        self._environment = {
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "TENGE_LANG": "en",
            "COLORTERM": "truecolor",
            **environment,
        }

    def open(self, name: str, command: list[str], *, columns: int = 100, rows: int = 45) -> Terminal:
        """A window of this size that runs the command."""
        given = [word for key, value in self._environment.items() for word in ("-e", f"{key}={value}")]
        size = ("-x", str(columns), "-y", str(rows))
        subprocess.run(
            [*self._tmux, "new-session", "-d", "-s", name, *size, *given, *command],
            check=True,
            capture_output=True,
            timeout=PATIENCE_S,
        )
        return Terminal(self._tmux, name, columns, self._folder / f"eye-{name}")

    def close(self) -> None:
        """End the server and everything in it."""
        subprocess.run([*self._tmux, "kill-server"], check=False, capture_output=True, timeout=PATIENCE_S)


@contextmanager
def terminals(folder: Path, environment: Mapping[str, str]) -> Iterator[Terminals]:
    """Real terminals, ended whatever happens."""
    opened = Terminals(folder, environment)
    try:
        yield opened
    finally:
        opened.close()
