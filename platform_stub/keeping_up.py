"""A running platform takes up, every few seconds, whatever a crash, a silent peer or a deadline left open."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from logging import getLogger

from platform_stub.compose import Platform


@contextmanager
def kept_up(platform: Platform, every_s: float) -> Iterator[None]:
    """Tick beside whatever is done inside, from a thread that ends with it."""
    ended = threading.Event()
    threading.Thread(target=keep_up, args=(platform, ended, every_s), daemon=True).start()
    try:
        yield
    finally:
        ended.set()


def keep_up(platform: Platform, ended: threading.Event, every_s: float) -> None:
    """Tick until ``ended``; one tick that goes wrong is logged and ends nothing."""
    while not ended.wait(every_s):
        try:
            platform.refresh()
            platform.tick()
        except Exception:
            # Whatever it was, the next tick takes the work up again; nobody else would.
            getLogger(__name__).exception("unfinished work stays for the next tick")
