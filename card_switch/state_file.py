"""Where a running switch is: a file beside its rows, for its owner alone: it holds the token of its door."""

import json
import os
from pathlib import Path
from typing import Any, Final

STATE_FILE: Final = "switch.json"
PORTS_FILE: Final = "ports.json"
"""Where terminals of each bank came to last time: it stays when the switch ends."""
OPEN_IN_FOLDER: Final = 4
"""How a switch process ends in whose folder another one runs, or is just starting."""


def write_state(folder: Path, state: dict[str, Any], name: str = STATE_FILE) -> None:
    """Whole or not at all, and readable by nobody else; of a process (``pid``) with when it began."""
    if "pid" in state:
        state = {**state, "born": _born(int(state["pid"]))}
    part = folder / f"{name}.part"
    part.touch(mode=0o600)
    part.write_text(json.dumps(state, indent=2) + "\n")
    part.replace(folder / name)


def ports_before(folder: Path) -> dict[int, int]:
    """Bank → the port of its terminals last time; nothing before the first, or where it cannot be read."""
    try:
        told = json.loads((folder / PORTS_FILE).read_text())
        return {int(bank): int(port) for bank, port in told.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def state_of(folder: Path) -> dict[str, Any] | None:
    """Where the switch of this folder is, if it runs: after a crash another program may have its number."""
    try:
        state: dict[str, Any] = json.loads((folder / STATE_FILE).read_text())
        runs = _born(int(state["pid"])) == state["born"]
    except (OSError, ValueError, KeyError):
        return None
    return state if runs else None


def _born(pid: int) -> int:
    """When this process began, in ticks since the machine did; 0 where the system does not tell. Raises
    OSError where there is none."""
    os.kill(pid, 0)
    try:
        told = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return 0
    return int(told.rpartition(")")[2].split()[19])  # field 22 of proc(5); its second may hold anything
