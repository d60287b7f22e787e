"""Starting processes that may be killed, and looking at how they ended."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from tests.tears.seam import Place

PATIENCE_S = 60
KILLED = -signal.SIGKILL


@dataclass
class Victim:
    """A running process."""

    connection: socket.socket
    folder: Path
    pid: int
    log: Path
    _code: int | None = None

    def wait(self) -> int:
        """Its exit code; negative when a signal ended it."""
        if self._code is None:
            self._code = int(_line(self.connection))
            self.connection.close()
        return self._code

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        if self._code is None:
            self.connection.settimeout(0)
            try:
                ended = bool(self.connection.recv(1, socket.MSG_PEEK))
            except BlockingIOError:
                ended = False
            self.connection.settimeout(PATIENCE_S)
            return ended
        return True

    def kill(self) -> None:
        """kill -9."""
        os.kill(self.pid, signal.SIGKILL)

    def wait_for(self, path: Path) -> None:
        """Until this path is there, or the process has ended."""
        deadline = time.monotonic() + PATIENCE_S
        while not path.exists() and not self.ended and time.monotonic() < deadline:
            time.sleep(0.002)

    @property
    def out(self) -> str:
        """What it printed."""
        return (self.folder / "out").read_text()

    @property
    def err(self) -> str:
        """What it said beside."""
        return (self.folder / "err").read_text()

    @property
    def told(self) -> dict[str, Any]:
        """What it told programs (``--json``)."""
        told = json.loads(self.out)
        assert isinstance(told, dict)
        return told

    @property
    def places(self) -> list[Place]:
        """Where it could have died so far."""
        return Place.read(self.log)

    def well(self) -> "Victim":
        """The same, which must have ended well."""
        assert self.wait() == 0, f"{self.wait()}: {self.out}{self.err}"
        return self


@dataclass
class Zygote:
    """The warm process everybody is forked from."""

    folder: Path
    process: "subprocess.Popen[bytes]"
    _number: Iterator[int] = field(default_factory=count)
    _started: list[Victim] = field(default_factory=list)

    def start(
        self,
        deed: str,
        words: Sequence[str],
        environment: Mapping[str, str],
        *,
        die_at: int | None = None,
        armed_by: Path | None = None,
        given: bytes = b"",
    ) -> Victim:
        """Start a deed; it dies at place ``die_at`` if it comes that far."""
        folder = self.folder / f"job-{next(self._number)}"
        folder.mkdir()
        (folder / "in").write_bytes(given)
        job = {
            "deed": deed,
            "words": list(words),
            "environment": dict(environment),
            "die_at": die_at,
            "log": str(folder / "places"),
            "armed_by": str(armed_by or ""),
            "stdin": str(folder / "in"),
            "stdout": str(folder / "out"),
            "stderr": str(folder / "err"),
        }
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(PATIENCE_S)
        connection.connect(os.fspath(self.folder / "zygote"))
        connection.sendall(json.dumps(job).encode() + b"\n")
        victim = Victim(connection, folder, int(_line(connection)), folder / "places")
        self._started.append(victim)
        return victim

    def end(self) -> None:
        """Nobody who was started here outlives the tests."""
        for victim in self._started:
            if not victim.ended:
                victim.kill()
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(PATIENCE_S)


def _line(connection: socket.socket) -> bytes:
    """One line, byte by byte: what comes after it belongs to the next reader."""
    found = b""
    while not found.endswith(b"\n"):
        got = connection.recv(1)
        assert got, "the zygote is gone"
        found += got
    return found


@contextmanager
def warm_zygote() -> Iterator[Zygote]:
    """One zygote in a folder of its own (a socket's path must be short)."""
    folder = Path(tempfile.mkdtemp(prefix="tears-"))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.tears.zygote", os.fspath(folder / "zygote")],
        stdin=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    zygote = Zygote(folder, process)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not (folder / "zygote").exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        yield zygote
    finally:
        zygote.end()
        shutil.rmtree(folder, ignore_errors=True)
