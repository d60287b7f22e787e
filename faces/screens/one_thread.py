"""The one thread beside the screen's own that a store and a secure element live in.

A screen must never wait for a disk, a key or a bank; and rows are read and written by one thread, one thing
after the other. So every call of a service goes through here, and the screen awaits it.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class OneThread:
    """``await desk(act, *arguments)`` runs an act in the one thread; hands back what it returns or raises."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="desk")
        self._waiting = 0

    @property
    def busy(self) -> bool:
        """Whether something was asked for that has not ended."""
        return self._waiting > 0

    async def __call__(self, act: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """Run it after whatever was asked for before. What has begun runs to its end though nobody waits."""
        self._waiting += 1
        running = asyncio.get_running_loop().run_in_executor(self._pool, partial(act, *arguments, **named))
        running.add_done_callback(self._ended)
        return await running

    def _ended(self, _: "asyncio.Future[T]") -> None:
        self._waiting -= 1

    def close(self, last: Callable[[], object] | None = None) -> None:
        """Let what has begun end, then do ``last`` in the same thread (close the store), then stop."""
        if last is not None:
            self._pool.submit(last).result()
        self._pool.shutdown(wait=True)
