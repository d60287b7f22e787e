"""A PC/SC daemon of one's own with virtual readers in it, apart from the computer's: a folder, no settings.

The daemon's socket stands at a fixed path, so it is started where that path is another folder (a mount
namespace); its readers are the driver ``vpcd``, one copy of it for every two (its slots are one table per
file), each behind a port of this computer that a card in software dials (:mod:`hardware.vpcd`).
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final, NamedTuple

from hardware.entropy import SystemEntropy
from tender.errors import Code, DeviceError

DAEMON: Final = Path("/usr/sbin/pcscd")
DRIVERS: Final = Path("/usr/lib/pcsc/drivers/serial")
PACKAGES: Final = ("pcscd", "vsmartcard-vpcd")
"""Debian's names of what is needed."""
READERS_MOST: Final = 16
"""The daemon's own limit."""
_DRIVER: Final = "libifdvpcd.so"
_SLOTS: Final = 2
_START_S: Final = 30.0
"""Longer than a busy machine takes; one that ends instead is noticed at once."""
_STOP_S: Final = 3.0
_LOOK_S: Final = 0.005
_PORTS: Final = range(12_000, 30_000, 32)
"""Below those that the system gives out by itself."""


class VirtualReader(NamedTuple):
    """One reader: what the daemon calls it, and the port a card dials."""

    name: str
    port: int


def missing() -> tuple[str, ...]:
    """What stands in the way of a daemon of one's own, in words; nothing when it can start."""
    why = [] if DAEMON.exists() else [f"{PACKAGES[0]} is not installed"]
    if not (DRIVERS / _DRIVER).exists():
        why.append(f"{PACKAGES[1]} is not installed")
    if not why and not _can_unshare():
        why.append("this user may not make a namespace of its own (root may)")
    return tuple(why)


def _prefix() -> list[str]:
    return ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--mount"]


def _can_unshare() -> bool:
    if not all(shutil.which(word) for word in ("unshare", "mount", "setpriv")):
        return False
    return subprocess.run([*_prefix(), "true"], capture_output=True, check=False).returncode == 0


class Pcscd:
    """A daemon in ``folder`` with ``count`` readers called ``{label} 0`` and so on."""

    def __init__(self, folder: Path, *, count: int = 2, label: str = "Virtual Reader") -> None:
        self._folder = folder
        self._count = count
        self._label = label
        self.socket = folder / "run" / "pcscd.comm"
        self.pid = 0
        self.readers: tuple[VirtualReader, ...] = ()

    def start(self, *, tied: bool = True) -> None:
        """Start it and wait until every reader listens; ``pcsc-silent`` with the reason when it does not.

        ``tied``: it ends with the thread that started it, however that ends.
        """
        if why := missing():
            raise DeviceError(Code.PCSC_SILENT, "pcscd", why=why[0])
        for name in ("conf", "run"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        self.readers = self.readers or self._configured()
        self._run(tied=tied)

    def _configured(self) -> tuple[VirtualReader, ...]:
        """Drivers, ports and names. All in one file: from several the order would be the disk's."""
        readers, lines = [], []
        drivers = -(-min(self._count, READERS_MOST) // _SLOTS)
        first = _free_ports(drivers * _SLOTS)
        for number in range(drivers):
            copy = self._folder / f"{number}-{_DRIVER}"
            shutil.copyfile(DRIVERS / _DRIVER, copy)
            port, name = first + number * _SLOTS, f"{self._label} {number}"
            lines += [
                f'FRIENDLYNAME "{name}"',
                f"DEVICENAME /dev/null:0x{port:X}",
                f"LIBPATH {copy}",
                f"CHANNELID 0x{port:X}",
                "",
            ]
            readers += [VirtualReader(f"{name} 00 {slot:02}", port + slot) for slot in range(_SLOTS)]
        (self._folder / "conf" / "readers").write_text("\n".join(lines))
        return tuple(readers)

    def _run(self, *, tied: bool) -> None:
        self.socket.unlink(missing_ok=True)
        # A quiet daemon: at a louder level its log holds every command, PINs too.
        daemon = f"{DAEMON} --foreground --critical --config '{self._folder / 'conf'}'"
        bound = "setpriv --pdeathsig TERM " if tied else ""
        inside = (
            "mount -t tmpfs none /run && mkdir /run/pcscd && "
            f"mount --bind '{self.socket.parent}' /run/pcscd && exec {bound}{daemon}"
        )
        log = self._folder / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [*_prefix(), "sh", "-c", inside],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=not tied,
            )
        self.pid = process.pid  # every step hands over to the next: it is the daemon itself
        self._process = process
        end = time.monotonic() + _START_S
        while not (self.socket.exists() and self._listening()):
            if process.poll() is not None or time.monotonic() > end:
                self.stop()
                why = log.read_text(errors="replace").strip().splitlines()
                raise DeviceError(Code.PCSC_SILENT, "pcscd", why=(why or ["it did not start"])[-1])
            time.sleep(_LOOK_S)

    def _listening(self) -> bool:
        """The socket is there before the readers: wait for the last one's port."""
        wanted = {f":{reader.port:04X}" for reader in self.readers}
        rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
        return wanted <= {row[1][-5:] for row in rows if row[3] == "0A"}

    def stop(self) -> None:
        """Stop it, by its number; a card that never answers may keep it busy, then it is killed."""
        if not self.pid:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.pid = 0


def own_folder() -> Path:
    """A new folder for a daemon; its path is short, as a socket's must be."""
    return Path(tempfile.mkdtemp(prefix="tenge-pcscd-"))


def _free_ports(count: int) -> int:
    """The first of ``count`` free ports in a row, from a random place: two who start together must not pick
    the same."""
    at = int.from_bytes(SystemEntropy().draw(4), "big") % len(_PORTS)
    firsts: list[int] = [*_PORTS[at:], *_PORTS[:at]]
    for first in firsts:
        held = []
        try:
            for port in range(first, first + count):
                one = socket.socket()
                held.append(one)
                one.bind(("", port))
            return first
        except OSError:
            continue
        finally:
            for one in held:
                one.close()
    raise DeviceError(Code.PCSC_SILENT, "pcscd", why="no free ports")
