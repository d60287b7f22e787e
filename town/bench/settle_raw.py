"""Signature checks and nothing else, in a process of its own: what settlement is measured against."""

import marshal
import time
from typing import Final

from hardware.workers import serve
from tender.crypto.keys import verify_open

MODULE: Final = "town.bench.settle_raw"


def request(rounds: int, messages: list[tuple[bytes, bytes]]) -> bytes:
    """So many rounds over these (signature + message, key)."""
    return marshal.dumps((rounds, messages))


def cpu_s(answer: bytes) -> float:
    """The CPU seconds they took."""
    return float(marshal.loads(answer))  # noqa: S302 - our own process's


def _verify(raw: bytes) -> bytes:
    rounds, messages = marshal.loads(raw)  # noqa: S302 - our own process's
    started = time.process_time()
    for _ in range(rounds):
        for signed, key in messages:
            verify_open(signed, key)
    return marshal.dumps(time.process_time() - started)


if __name__ == "__main__":
    serve(_verify)
