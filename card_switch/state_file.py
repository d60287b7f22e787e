"""Where a running switch is: a file beside its rows, for its owner alone: it holds the token of its door."""

import json
import os
from pathlib import Path
from typing import Any, Final

STATE_FILE: Final = "switch.json"


def write_state(folder: Path, state: dict[str, Any]) -> None:
    """Whole or not at all, and readable by nobody else."""
    part = folder / f"{STATE_FILE}.part"
    part.touch(mode=0o600)
    part.write_text(json.dumps(state, indent=2) + "\n")
    part.replace(folder / STATE_FILE)


def state_of(folder: Path) -> dict[str, Any] | None:
    """Where the switch of this folder is, if it runs."""
    try:
        state: dict[str, Any] = json.loads((folder / STATE_FILE).read_text())
        os.kill(int(state["pid"]), 0)
    except (OSError, ValueError, KeyError):
        return None
    return state
