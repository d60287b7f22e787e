"""A card switch in a process of its own before the banks of a town, for stories and the bench."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from card_switch.cli.asking import FOLDER_NAME
from card_switch.state_file import STATE_FILE

PATIENCE_S: Final = 60.0


@contextmanager
def switch_before(town: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """A switch's process before the banks of this town; its pid and where it is. Ends with this process."""
    folder = town / FOLDER_NAME
    folder.mkdir(parents=True)
    words = [sys.executable, "-m", "card_switch.serve", str(folder), "--town", str(town), "--tied"]
    process = subprocess.Popen(words)
    try:
        until_s = time.monotonic() + PATIENCE_S
        while not (folder / STATE_FILE).exists():
            if process.poll() is not None or time.monotonic() > until_s:
                raise RuntimeError("the switch does not start")
            time.sleep(0.02)
        yield process.pid, json.loads((folder / STATE_FILE).read_text())
    finally:
        process.terminate()
        process.wait()
