"""A worker that answers with what it was asked, and dies of one question."""

import os

from hardware.workers import serve

DEADLY = b"die"


def _answer(raw: bytes) -> bytes:
    if raw == DEADLY:
        os._exit(1)
    return raw[::-1]


if __name__ == "__main__":
    serve(_answer)
