"""Code that waits, in virtual time: written as if it blocked, run step by step, and it may lose its power.

One thread runs at a time, always: who resumes a job stands still until the job waits again or has ended. So a
world plays the same way from the same seed.
"""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread, current_thread
from typing import Final


class PowerGone(BaseException):
    """The process is no more; no code of it runs after this."""


class Power:
    """Of one process. ``at_commit``: it goes at the so-manieth commit from now (0: not by itself), ``before``
    it or after it."""

    def __init__(self) -> None:
        self.on = True
        self._at_commit = 0
        self._before = False

    def cut_at(self, commit: int, before: bool) -> None:
        """It will go at that commit."""
        self._at_commit, self._before = commit, before

    def check(self) -> None:
        """Go no further without it."""
        if not self.on:
            raise PowerGone

    def commit(self, write: Callable[[], None]) -> None:
        """Write, unless it goes first."""
        self.check()
        self._at_commit -= 1
        now = self._at_commit == 0
        if not (now and self._before):
            write()
        self.on = not now
        self.check()


class Job:
    """Something a process does. ``ended`` is called in the world's own thread, also when the power went."""

    def __init__(self, body: Callable[[], None], power: Power, ended: Callable[[], None]) -> None:
        self._body = body
        self._power = power
        self._ended = ended
        self._worker: _Worker | None = None
        self._error: BaseException | None = None

    def start(self) -> None:
        """Run until it first waits."""
        self._worker = _IDLE.pop() if _IDLE else _Worker()
        self._worker.job = self
        self._go_on()

    def resume(self) -> None:
        """What it waited for has happened, or its power has gone."""
        self._go_on()

    def wait(self) -> None:
        """Called by the job itself: let the world go on. Raises :class:`PowerGone`."""
        assert self._worker is not None
        self._worker.back.put(False)
        self._worker.go.get()
        self._power.check()

    def run(self) -> None:
        """All of it, in the worker's thread."""
        try:
            self._body()
        except PowerGone:
            pass
        except BaseException as error:  # noqa: BLE001 - raised again where the world stands
            self._error = error

    def _go_on(self) -> None:
        worker = self._worker
        assert worker is not None
        worker.go.put(None)
        if worker.back.get():
            _IDLE.append(worker)
            if self._error is not None:
                raise self._error
            self._ended()


class _Worker(Thread):
    """A thread for one job after the other."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.job: Job | None = None
        self.go: SimpleQueue[None] = SimpleQueue()
        self.back: SimpleQueue[bool] = SimpleQueue()
        self.start()

    def run(self) -> None:
        while True:
            self.go.get()
            assert self.job is not None
            self.job.run()
            self.back.put(True)


_IDLE: Final[list[_Worker]] = []
"""Threads whose jobs have ended."""


def this_job() -> Job:
    """The job that asks."""
    running = current_thread()
    assert isinstance(running, _Worker) and running.job is not None, "only a job may wait"
    return running.job
