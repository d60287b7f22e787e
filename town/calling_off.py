"""Calling off what has to be put away: Ctrl-C is heard at places where nothing is half made."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

EXIT_CALLED_OFF: Final = 130
"""As shells say it of a program that Ctrl-C ended."""
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class CalledOff(Exception):
    """Somebody called it off."""


class CallingOff:
    """Whether somebody has called it off; once is as good as many times."""

    def __init__(self) -> None:
        self.asked = False

    def heed(self) -> None:
        """Raises :class:`CalledOff` when it was called off."""
        if self.asked:
            raise CalledOff


@contextmanager
def calling_off() -> Iterator[CallingOff]:
    """Within, Ctrl-C and SIGTERM break nothing off: they are asked for. In a program's main thread only."""
    off = CallingOff()

    def ask(_number: int, _frame: FrameType | None) -> None:
        off.asked = True

    before = {number: signal.signal(number, ask) for number in _SIGNALS}
    try:
        yield off
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
