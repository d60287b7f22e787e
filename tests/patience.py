"""Waiting for what comes, however busy the machine: a slow one is not a wrong program."""

import time
from collections.abc import Callable, Iterator
from itertools import count, takewhile
from pathlib import Path

PATIENCE_S = 120.0
"""It ends a wait that is lost and nothing else: nobody waits so long for what does happen."""
STEP_S = 0.01


def looks() -> Iterator[int]:
    """As many looks as there are until a wait is lost."""
    ends = time.monotonic() + PATIENCE_S
    return takewhile(lambda _: time.monotonic() < ends, count())


def comes_true(holds: Callable[[], object], step_s: float = STEP_S) -> bool:
    """Whether it holds, now or later."""
    ends = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > ends:
            return False
        time.sleep(step_s)
    return True


def soon(holds: Callable[[], object]) -> None:
    """Wait until it holds; fails when it never does."""
    assert comes_true(holds), "it never came to that"


def gone(pid: int) -> bool:
    """Whether a process has ended (or waits, dead, for somebody to ask how)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
