"""Starting the town's programs: each wallet command is a process of its own, with or without a network.

"Offline" is meant literally: where the system allows it, the process runs in a network namespace of its own
that has no usable interface, so that no byte could leave even if the program tried.
"""

import functools
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TIMEOUT_S = 60
"""Longer than any command takes on a slow machine; a hang becomes an error instead of a wait."""


class CommandFailed(Exception):
    """A command of the town ended in a way its story did not expect; carries what it printed."""


@functools.cache
def no_network_prefix() -> tuple[str, ...]:
    """The words that start a program with no network, or nothing where the system does not allow it."""
    if shutil.which("unshare") is None:
        return ()
    for prefix in (("unshare", "--net", "--"), ("unshare", "--user", "--map-current-user", "--net", "--")):
        tried = subprocess.run([*prefix, "true"], capture_output=True, check=False, timeout=TIMEOUT_S)
        if tried.returncode == 0:
            return prefix
    return ()


def tenge_words(*words: str) -> list[str]:
    """The command line that starts ``tenge`` as a person does, from this very environment."""
    installed = Path(sys.executable).with_name("tenge")
    return [str(installed), *words] if installed.exists() else [sys.executable, "-m", "town.cli", *words]


def children_cpu_s() -> float:
    """CPU seconds of every program that was started here and has ended."""
    used = os.times()
    return used.children_user + used.children_system


@dataclass(frozen=True)
class Done:
    """How a command ended. ``told`` is what it printed with ``--json``."""

    words: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def told(self) -> dict[str, Any]:
        """The JSON object it printed; raises :class:`CommandFailed` if there is none."""
        try:
            value = json.loads(self.out)
        except ValueError as error:
            raise CommandFailed(self.describe()) from error
        if not isinstance(value, dict):
            raise CommandFailed(self.describe())
        return value

    def describe(self) -> str:
        """For the person who must find out why."""
        return f"`tenge {' '.join(self.words)}` ended with {self.code}\n{self.out}{self.err}".rstrip()


@dataclass
class Programs:
    """Starts ``tenge`` with one environment."""

    environment: Mapping[str, str]

    def start(self, words: Sequence[str], *, network: bool = True) -> "Running":
        """Start a command and do not wait for it."""
        prefix = () if network else no_network_prefix()
        child = subprocess.Popen(
            [*prefix, *tenge_words(*words)],
            env={**os.environ, **self.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return Running(tuple(words), child)

    def run(self, words: Sequence[str], *, network: bool = True, given: str = "") -> Done:
        """Run a command to its end, whatever that end is."""
        return self.start(words, network=network).finish(given)


@dataclass
class Running:
    """A command under way; ``unshare`` has replaced itself by it, so its process id is the program's own."""

    words: tuple[str, ...]
    child: subprocess.Popen[str]

    def finish(self, given: str = "") -> Done:
        """Wait for its end."""
        try:
            out, err = self.child.communicate(given, timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            out, err = self.child.communicate()
        return Done(self.words, self.child.returncode, out, err)

    def ended(self, patience_s: float = 5.0) -> bool:
        """Whether the command has ended, or does so within a moment."""
        try:
            self.child.wait(patience_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def wait_for(self, path: Path) -> None:
        """Wait until this path exists, such as a socket the command listens on, or until the command ends."""
        deadline = time.monotonic() + TIMEOUT_S
        while not path.exists() and self.child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)

    def kill(self) -> None:
        """kill -9: no farewell, no clean-up, as if the battery had been torn out."""
        self.child.kill()
