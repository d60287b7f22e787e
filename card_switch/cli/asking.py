"""Asking the switch that runs: where it is, one question and its answer, or a stream of events."""

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from card_switch.state_file import state_of
from tender.errors import Code, LinkError, Refusal

FOLDER_NAME: Final = "switch"
PATIENCE_S: Final = 70.0


def town_folder() -> Path:
    """The town whose banks answer: that of ``TENGE_HOME`` when one stands there, else of `tenge up`."""
    home = Path(os.environ.get("TENGE_HOME") or Path.home() / ".local" / "share" / "tenge")
    return home if (home / "town.json").exists() else home / "town"


def switch_folder() -> Path:
    """Where the switch keeps its rows and keys: in its town."""
    return town_folder() / FOLDER_NAME


def _opened(state: dict[str, Any], question: dict[str, Any], patience_s: float = PATIENCE_S) -> socket.socket:
    try:
        line = socket.create_connection(("127.0.0.1", int(state["door"])), patience_s)
        line.sendall(json.dumps({**question, "token": state["token"]}).encode() + b"\n")
    except OSError as error:
        raise LinkError(Code.SWITCH_UNREACHABLE, "switch") from error
    return line


def running() -> dict[str, Any]:
    """Where the switch is; raises :class:`LinkError` when none runs."""
    state = state_of(switch_folder())
    if state is None:
        raise LinkError(Code.SWITCH_UNREACHABLE, "switch")
    return state


def ask(question: str, /, **given: Any) -> dict[str, Any] | Refusal:
    """One question to the running switch, with what is given to it; ``patience_s`` is no part of that: how
    long the answer is waited for. Raises :class:`LinkError` when none runs, or none answers."""
    patience_s = float(given.pop("patience_s", PATIENCE_S))
    with _opened(running(), {"do": question, **given}, patience_s) as line, line.makefile("rb") as read:
        try:
            told: dict[str, Any] = json.loads(read.readline())
        except (OSError, ValueError) as error:
            raise LinkError(Code.SWITCH_UNREACHABLE, "switch") from error
    refused = told.get("refused")
    if refused is None:
        return told
    return Refusal(Code(refused["code"]), refused["field"], tuple(refused["facts"].items()))


def watch() -> Iterator[dict[str, Any]]:
    """Events from now on, until the switch or whoever reads them ends."""
    with _opened(running(), {"do": "trace"}) as line, line.makefile("rb") as read:
        line.settimeout(None)
        read.readline()
        for row in read:
            yield json.loads(row)
