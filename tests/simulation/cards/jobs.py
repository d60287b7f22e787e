"""Code that waits, in virtual time: written as if it blocked, run step by step, and it may lose its power.

One thread runs at a time, always: who resumes a job stands still until the job waits again or has ended. So a
world plays the same way from the same seed.
"""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread, current_thread


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
        self._go: SimpleQueue[None] = SimpleQueue()
        self._back: SimpleQueue[bool] = SimpleQueue()
        self._error: BaseException | None = None

    def start(self) -> None:
        """Run until it first waits."""
        _Running(self).start()
        self._until_it_waits()

    def resume(self) -> None:
        """What it waited for has happened, or its power has gone."""
        self._go.put(None)
        self._until_it_waits()

    def wait(self) -> None:
        """Called by the job itself: let the world go on. Raises :class:`PowerGone`."""
        self._back.put(False)
        self._go.get()
        self._power.check()

    def run(self) -> None:
        """All of it, in a thread of its own."""
        try:
            self._body()
        except PowerGone:
            pass
        except BaseException as error:  # noqa: BLE001 - raised again where the world stands
            self._error = error
        self._back.put(True)

    def _until_it_waits(self) -> None:
        if self._back.get():
            if self._error is not None:
                raise self._error
            self._ended()


class _Running(Thread):
    def __init__(self, job: Job) -> None:
        super().__init__(daemon=True)
        self.job = job

    def run(self) -> None:
        self.job.run()


def this_job() -> Job:
    """The job that asks."""
    running = current_thread()
    assert isinstance(running, _Running), "only a job may wait"
    return running.job
