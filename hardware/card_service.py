"""The virtual readers of ``tenge card up``: a daemon of one's own that stays until ``down``, and who holds
cards to it.

What stands is written in one file of the user's own folder; a process that is gone is forgotten. Processes
are ended by their number, after a look that they still are ours.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

from hardware.pcsc import SERVICE_VARIABLE, is_empty, use_service
from hardware.pcscd import Pcscd, VirtualReader, own_folder
from tender.errors import Code, DeviceError

HOLDING: Final = "town.card.holding"
"""The program that holds a card image to a reader."""
_END_S: Final = 5.0
_NOTICED_S: Final = 2.0
_LOOK_S: Final = 0.02


class Standing(NamedTuple):
    """A daemon that runs: its number, its folder, its readers, and who holds what to which port."""

    pid: int
    folder: Path
    readers: tuple[VirtualReader, ...]
    held: dict[int, tuple[int, str]]
    """Port: the process that holds a card to it, and the card's file."""

    @property
    def socket(self) -> Path:
        """Where the daemon listens."""
        return self.folder / "run" / "pcscd.comm"


def _file() -> Path:
    given = os.environ.get("TENGE_HOME")
    home = Path(given) if given else Path.home() / ".local" / "share" / "tenge"
    return home / "card-service.json"


def _is(pid: int, *words: str) -> bool:
    """Whether this number still is that process, and not somebody else's by now."""
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return False
    return all(word in line for word in words)


def standing() -> Standing | None:
    """What runs, or nothing."""
    try:
        told: dict[str, Any] = json.loads(_file().read_text())
        found = Standing(
            int(told["pid"]),
            Path(told["folder"]),
            tuple(VirtualReader(str(name), int(port)) for name, port in told["readers"]),
            {int(port): (int(pid), str(file)) for port, (pid, file) in told["held"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    if not _is(found.pid, "pcscd", str(found.folder)):
        return None
    held = {port: row for port, row in found.held.items() if _is(row[0], HOLDING, str(port))}
    return found._replace(held=held)


def _write(found: Standing) -> None:
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    told = {
        "pid": found.pid,
        "folder": str(found.folder),
        "readers": found.readers,
        "held": {str(port): row for port, row in found.held.items()},
    }
    new = file.with_suffix(".new")
    new.write_text(json.dumps(told))
    new.replace(file)


def up(count: int) -> Standing:
    """Start the readers, or find them standing; ``pcsc-silent`` with the reason when it cannot be."""
    if found := standing():
        return found
    folder = own_folder()
    daemon = Pcscd(folder, count=count)
    try:
        daemon.start(tied=False)
    except DeviceError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    new = Standing(daemon.pid, folder, daemon.readers, {})
    _write(new)
    return new


def down() -> bool:
    """Take every card away and stop the readers; false when none stood."""
    found = standing()
    if found is None:
        return False
    for pid, _ in found.held.values():
        _end(pid, HOLDING)
    _end(found.pid, str(found.folder))
    _file().unlink(missing_ok=True)
    shutil.rmtree(found.folder, ignore_errors=True)
    return True


def _end(pid: int, word: str) -> None:
    """End this process of ours; one that does not go is killed."""
    end = time.monotonic() + _END_S
    sign = signal.SIGTERM
    while _is(pid, word):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sign)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)  # a child of this very process stays until it is asked about
        if time.monotonic() > end:
            sign = signal.SIGKILL
        time.sleep(_LOOK_S)


def reader_of(file: Path) -> VirtualReader | None:
    """The virtual reader to which the card image in ``file`` is held; None when it is held to none."""
    found = standing()
    if found is None:
        return None
    held = {port for port, (_, name) in found.held.items() if Path(name).resolve() == file.resolve()}
    return next((reader for reader in found.readers if reader.port in held), None)


def _port(found: Standing, words: str) -> VirtualReader:
    for reader in found.readers:
        if words.casefold() in reader.name.casefold():
            return reader
    raise DeviceError(Code.READER_MISSING, "reader", reader=words)


def _needed() -> Standing:
    found = standing()
    if found is None:
        raise DeviceError(Code.PCSC_SILENT, "reader")
    return found


def insert(file: Path, words: str) -> VirtualReader:
    """Hold the card image in ``file`` to the virtual reader whose name holds these words, the first empty one
    without any, from a process that stays; returns the reader. ``reader-missing``, ``reader-full``,
    ``card-elsewhere``, ``pcsc-silent``, and what the image raises (``card-wrong``, ``card-tampered``,
    ``reader-taken`` for one that a program uses)."""
    found = _needed()
    if held_at := reader_of(file):
        raise DeviceError(Code.CARD_ELSEWHERE, "card", reader=held_at.name)
    empty = [one for one in found.readers if one.port not in found.held]
    reader = empty[0] if empty and not words else _port(found, words)
    if reader.port in found.held:
        raise DeviceError(Code.READER_FULL, "reader", reader=reader.name)
    process = subprocess.Popen(
        [sys.executable, "-m", HOLDING, str(file.absolute()), str(reader.port)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdout is not None
    said = process.stdout.readline().decode().strip()  # one line, when the reader has seen it or it failed
    if said != "held":
        process.wait()
        code = Code(said) if said in {one.value for one in Code} else Code.FILE_UNREADABLE
        raise DeviceError(code, "card", file=file.name, reader=f"{reader.name}, {file.name}")
    _write(found._replace(held={**found.held, reader.port: (process.pid, str(file.absolute()))}))
    return reader


def remove(words: str) -> VirtualReader:
    """Take the card from that reader; ``card-missing`` when none of ours is held to it."""
    found = _needed()
    holding = [one for one in found.readers if one.port in found.held]
    reader = holding[0] if len(holding) == 1 and not words else _port(found, words)
    if reader.port not in found.held:
        raise DeviceError(Code.CARD_MISSING, "reader", reader=reader.name)
    _end(found.held[reader.port][0], HOLDING)
    _write(found._replace(held={port: row for port, row in found.held.items() if port != reader.port}))
    talk_to_own()
    with contextlib.suppress(DeviceError):  # it is gone, whether or not this program can see so
        is_empty(reader.name, _NOTICED_S)
    return reader


def talk_to_own() -> None:
    """Let this process's readers be those of ``tenge card up`` when it stands and nobody named another."""
    if SERVICE_VARIABLE not in os.environ and (found := standing()) is not None:
        use_service(str(found.socket))
