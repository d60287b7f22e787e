"""Holds a card image to a virtual reader until it is told to stop: the process behind ``tenge card insert``.

Says one line: ``held``, or the code of what went wrong.
"""

import signal
import sys
from pathlib import Path
from types import FrameType

from hardware.readers import open_image
from hardware.vpcd import insert
from tender.errors import TenderError


def _say(word: str) -> None:
    print(word, flush=True)
    sys.stdout.close()


def main(file: str, port: str) -> int:
    """Hold the image in ``file`` to the reader behind ``port``; 0 once it was taken, 3 if it never lay."""
    try:
        card = open_image(Path(file))
    except TenderError as error:
        _say(error.code.value)
        return 3
    try:
        inserted = insert(card, int(port))
    except TenderError as error:
        card.close()
        _say(error.code.value)
        return 3

    def taken(number: int, frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, taken)
    _say("held")
    try:
        inserted.wait_until_gone()
    finally:
        inserted.remove()
        card.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
