"""Writes a page that is made from the code, or only compares (``--check``)."""

import sys
from collections.abc import Callable
from pathlib import Path


def write_or_check(path: Path, page: Callable[[], str]) -> int:
    """Write it, or with ``--check`` say whether it is as it would be written: 0 when it is."""
    if "--check" in sys.argv[1:]:
        return int(path.read_text(encoding="utf-8") != page())
    path.write_text(page(), encoding="utf-8")
    return 0
