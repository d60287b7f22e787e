"""A town on this laptop: one platform process on loopback, and as many wallets as people come by.

A town lives in a folder. ``tenge up`` keeps one in the user's own folder; each story gets a fresh one and
throws it away.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tender.cash.fork_proof import Verdict
from town import readings
from town.balance_sheet import BalanceSheet, read_balance_sheet, read_purposes
from town.cast import Person
from town.processes import CommandFailed, Programs
from town.purse import Cost, Purse
from town.serve import LOOPBACK, STATE_FILE, ShiftedClock

START_PATIENCE_S = 60.0
STOP_PATIENCE_S = 10.0
CROWD = 16
STORY_PIN = "202611"
"""Everybody's PIN in a story; a real wallet asks for one."""


@dataclass
class Town:
    """A running town: where it is, who lives there."""

    folder: Path
    crowd: int = CROWD
    port: int = 0
    days_ahead: int = 0
    verifiers: int = 0
    """Processes that check the signatures of uploads beside the platform's own."""
    profile: str = "full"
    """What the banks offer: ``full``, or ``pilot`` as it was in 2023."""
    tied: bool = False
    """Whether the platform ends with this process, as it must in a story."""
    state: dict[str, Any] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    pin: str = STORY_PIN
    costs: list[Cost] = field(default_factory=list)
    """What each payment by file has cost so far."""
    _purses: dict[str, Purse] = field(default_factory=dict)

    # --- the platform process

    def start(self) -> "Town":
        """Start the platform and wait until it answers; raises :class:`CommandFailed` if it does not."""
        self.folder.mkdir(parents=True, exist_ok=True)
        state_file = self.folder / STATE_FILE
        state_file.unlink(missing_ok=True)
        command = [
            sys.executable,
            *("-m", "town.serve", str(self.folder)),
            *("--port", str(self.port), "--crowd", str(self.crowd), "--days-ahead", str(self.days_ahead)),
            *("--verifiers", str(self.verifiers), "--profile", self.profile),
            *(["--tied"] if self.tied else []),
        ]
        log = self.folder / "platform.log"
        own = {name: value for name, value in os.environ.items() if name != "TENGE_PIN"}
        with log.open("ab") as out:
            # A client's PIN is no business of the platform's, not even of its process table.
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, env=own
            )
        deadline = time.monotonic() + START_PATIENCE_S
        while not state_file.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise CommandFailed(f"the platform did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.05)
        self.state = json.loads(state_file.read_text())
        return self

    def stop(self) -> None:
        """Stop the platform this object started."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=STOP_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def pass_days(self, days: int) -> None:
        """Let days pass for everybody: the platform's clock and each wallet's go ahead together."""
        self.port = int(str(self.state["url"]).rpartition(":")[2])
        self.stop()
        self.days_ahead += days
        codes = self.state["codes"]
        with _place_kept(self.port):  # wallets know where their bank was
            self.start()
        self.state["codes"] = {**self.state["codes"], **codes}

    @property
    def url(self) -> str:
        """Where the platform listens."""
        return str(self.state["url"])

    # --- people

    def programs(self) -> Programs:
        """Starts commands with the environment of this town."""
        at = {} if not self.days_ahead else {"TENGE_AT": str(self.now())}
        return Programs(
            {
                **at,
                "TENGE_HOME": str(self.folder),
                "TENGE_ELEMENTS": str(self.folder / "elements"),
                "TENGE_GATEWAY": self.url,
                "TENGE_PIN": self.pin,
                "TENGE_PIN_COST": "cheap",
            }
        )

    def now(self) -> int:
        """The town's time, seconds since 1970 (UTC)."""
        return ShiftedClock(self.days_ahead).now()

    def purses(self, *people: Person) -> tuple[Purse, ...]:
        """The wallets of these people; whoever has none yet gets one from the bank, two at a time."""
        new = [person for person in people if person.name not in self._purses]
        for person in new:
            code = str(self.state["codes"][person.name])
            self._purses[person.name] = Purse(self, person, person.name, code)
        with ThreadPoolExecutor(max_workers=2) as pool:
            list(pool.map(lambda person: self._purses[person.name].join(), new))
        return tuple(self._purses[person.name] for person in people)

    # --- what the stores say

    def balance_sheet(self) -> BalanceSheet:
        """The equation, recomputed now."""
        return read_balance_sheet(self.folder / "platform")

    def account_tiyn(self, person: Person) -> int:
        """Digital Tenge on somebody's account, read from the bank's store."""
        return readings.account_tiyn(self.folder / "platform", person.number)

    def issuance_lines(self) -> list[str]:
        """Who asked for how much, and what the National Bank said."""
        return readings.issuance_lines(self.folder / "platform")

    def fork_proofs(self) -> list[bytes]:
        """Every proof of double spending there is."""
        return readings.fork_proofs(self.folder / "platform")

    def covers(self) -> list[readings.Cover]:
        """How proved losses were paid."""
        return readings.covers(self.folder / "platform")

    def orders_heard(self) -> int:
        """How many orders the platform has been sent so far."""
        return readings.orders_heard(self.folder / "platform")

    def fees_tiyn(self) -> int:
        """All fees ever booked."""
        return readings.fees_tiyn(self.folder / "platform")

    def owner_of(self, verdict: Verdict) -> str:
        """The IIN or BIN behind a proved key, from the store of the bank that certified it."""
        return readings.owner_of(self.folder / "platform", verdict)

    def root_key(self) -> bytes:
        """The one key every device is born with."""
        return bytes.fromhex(self.state["root_key"])

    def sponsor_report(self, purpose: str) -> dict[str, int]:
        """Totals of money with this purpose (DT-T-03)."""
        return read_purposes(self.folder / "platform").get(purpose, {})


@contextmanager
def _place_kept(port: int) -> Iterator[None]:
    """Within, no other program is given this port, though nobody listens there yet."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as place:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):  # somebody was quicker: the start will say so
            place.bind((LOOPBACK, port))
        yield


@contextmanager
def fresh_town(crowd: int = CROWD) -> Iterator[Town]:
    """A town in a folder that is thrown away at the end."""
    folder = Path(tempfile.mkdtemp(prefix="tenge-"))
    town = Town(folder, crowd, tied=True)
    try:
        yield town.start()
    finally:
        town.stop()
        shutil.rmtree(folder, ignore_errors=True)


# --- the town of `tenge up`


def home_folder() -> Path:
    """Where the user's own town lives: ``TENGE_HOME``, beside the wallets."""
    given = os.environ.get("TENGE_HOME")
    home = Path(given) if given else Path.home() / ".local" / "share" / "tenge"
    return home / "town"


def standing_state() -> dict[str, Any] | None:
    """The state of the user's town if its platform process is alive, else None."""
    file = home_folder() / STATE_FILE
    try:
        state: dict[str, Any] = json.loads(file.read_text())
    except (OSError, ValueError):
        return None
    return state if _is_our_platform(int(state["pid"])) else None


def _is_our_platform(pid: int) -> bool:
    """Whether this process id still is a platform of ours, and not somebody else's process by now."""
    try:
        return b"town.serve" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def take_down() -> bool:
    """End the user's town; False when none was running."""
    state = standing_state()
    if state is None:
        return False
    pid = int(state["pid"])
    os.kill(pid, signal.SIGTERM)
    ends = time.monotonic() + STOP_PATIENCE_S
    while _is_our_platform(pid):
        if time.monotonic() > ends:
            os.kill(pid, signal.SIGKILL)  # what it has said is on the disk; two of them must never be
        time.sleep(0.05)
    (home_folder() / STATE_FILE).unlink(missing_ok=True)
    return True
