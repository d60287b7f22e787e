"""Processes of our own that answer bytes with bytes: work that keeps a core busy, beside the one that waits.

A worker is ``python -m MODULE`` and speaks on its standard input and output: a length (u32) and so many
bytes, each way, the first eight of which name the piece of work. It ends when its input does, so it cannot
outlive us, whatever ends us. When one dies, by whatever hand, another takes its place and does again what had
no answer yet: work here must be safe to repeat.
"""

import contextlib
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from itertools import count as count_up
from typing import IO, Final

from tender.errors import Code, LinkError

NAME_BYTES: Final = 8
DEATHS_MAX: Final = 3
"""How often one piece of work may lose its worker before it is blamed for it."""


class _Job:
    """One piece of work on its way."""

    __slots__ = ("answer", "deaths", "done", "name", "raw")

    def __init__(self, name: bytes, raw: bytes) -> None:
        self.name = name
        self.raw = raw
        self.answer: bytes | None = None
        self.deaths = 0
        self.done = threading.Event()


class _Worker:
    """One process, the work it was given and not answered, and a thread that reads its answers."""

    def __init__(self, module: str) -> None:
        self._module = module
        # Held by whoever writes to the process, and never while its answers are read: a full pipe in one
        # direction must not stop the other.
        self._writing = threading.Lock()
        self._jobs: dict[bytes, _Job] = {}
        self._closing = False
        self._process = self._start()
        self._reader = threading.Thread(target=self._read, name=f"answers of {module}", daemon=True)
        self._reader.start()

    @property
    def load(self) -> int:
        """How much waits for it."""
        return len(self._jobs)

    @property
    def pid(self) -> int:
        """The process that works now."""
        return self._process.pid

    def give(self, job: _Job) -> None:
        with self._writing:
            self._jobs[job.name] = job
            self._send(job)

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", self._module], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def _send(self, job: _Job) -> None:
        # A worker that has just died is noticed by its reader, which sends everything again.
        with contextlib.suppress(OSError, ValueError):
            write_frame(_pipe(self._process.stdin), job.name + job.raw)

    def _read(self) -> None:
        while not self._closing:
            raw = read_frame(_pipe(self._process.stdout))
            if raw is None:
                self._replace()
                continue
            job = self._jobs.pop(raw[:NAME_BYTES], None)
            if job is not None:
                job.answer = raw[NAME_BYTES:]
                job.done.set()

    def _replace(self) -> None:
        with self._writing:
            if self._closing:
                return
            self._process.kill()
            self._process.wait()
            jobs = list(self._jobs.values())
            if jobs:
                jobs[0].deaths += 1
                if jobs[0].deaths >= DEATHS_MAX:
                    self._jobs.pop(jobs[0].name).done.set()
            self._process = self._start()
            left = tuple(self._jobs.values())
        # Beside the reading of its answers, for the same reason.
        threading.Thread(target=self._send_again, args=(left,), daemon=True).start()

    def _send_again(self, jobs: tuple[_Job, ...]) -> None:
        with self._writing:
            for job in jobs:
                self._send(job)

    def close(self) -> None:
        with self._writing:
            self._closing = True
            with contextlib.suppress(OSError):
                _pipe(self._process.stdin).close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(timeout=5)
        for job in list(self._jobs.values()):
            job.done.set()


class Workers:
    """Several processes of one kind; whoever asks waits for the one with the least to do."""

    def __init__(self, module: str, count: int) -> None:
        self._module = module
        self._workers = [_Worker(module) for _ in range(count)]
        self._names = count_up()

    @property
    def pids(self) -> list[int]:
        """The processes that work now."""
        return [worker.pid for worker in self._workers]

    def ask(self, raw: bytes) -> bytes:
        """The answer to some bytes, from whichever process; raises LinkError ``peer-unreachable`` when they
        kill every worker that takes them up, or when we are closing."""
        job = _Job(next(self._names).to_bytes(NAME_BYTES, "big"), raw)
        min(self._workers, key=lambda worker: worker.load).give(job)
        job.done.wait()
        if job.answer is None:
            raise LinkError(Code.PEER_UNREACHABLE, "worker")
        return job.answer

    def close(self) -> None:
        """End them."""
        for worker in self._workers:
            worker.close()


def serve(answer: Callable[[bytes], bytes]) -> None:
    """Be a worker: answer what comes in until there is no more."""
    # The keyboard's interrupt reaches the whole group; we end when our input does, with our work done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while (raw := read_frame(sys.stdin.buffer)) is not None:
        write_frame(sys.stdout.buffer, raw[:NAME_BYTES] + answer(raw[NAME_BYTES:]))


def read_frame(pipe: IO[bytes]) -> bytes | None:
    """The next bytes, or None when the other side is gone."""
    try:
        head = pipe.read(4)
        if len(head) < 4:
            return None
        length = int.from_bytes(head, "big")
        raw = pipe.read(length)
    except (OSError, ValueError):
        return None
    return raw if len(raw) == length else None


def write_frame(pipe: IO[bytes], raw: bytes) -> None:
    """Send bytes; raises OSError when the other side is gone."""
    pipe.write(len(raw).to_bytes(4, "big") + raw)
    pipe.flush()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
