"""Where a process may die: before and after each durable commit of any store, at each arrow of a session, and
half-way through a file it hands over.

The product knows nothing of this. A process that was started by :mod:`tests.tears.zygote` watches its own
SQLite connections and its own session steps, counts the places, writes each one down, and at the place it was
told takes its own life with SIGKILL: no handler runs, nothing is flushed, no lock is given back by hand.
"""

import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final

PRODUCT: Final = ("wallet.", "platform_stub.", "town.", "tender.", "hardware.secure_element")
PLUMBING: Final = ("device.store.", "platform_stub.store.base")
"""Every commit passes here; it says nothing of what is committed."""
STEP: Final = "step"
BEFORE: Final = "before"
AFTER: Final = "after"
TORN: Final = "torn"
_DEPTH: Final = 4


@dataclass(frozen=True)
class Place:
    """A place to die: its kind (``step``, ``before``, ``after``, ``torn``), which store, file or arrow it is
    about, the last arrow before it (``role phase event``), and the functions that led to it."""

    kind: str
    what: str
    arrow: str
    site: str

    def line(self) -> str:
        """As it is written down."""
        return f"{self.kind}\t{self.what}\t{self.arrow}\t{self.site}\n"

    @staticmethod
    def read(log: Path) -> list["Place"]:
        """Every place a process passed, in order."""
        if not log.exists():
            return []
        return [Place(*line.split("\t")) for line in log.read_text().splitlines()]


class Seam:
    """Counts the places of this process; dies at one of them."""

    def __init__(self, log: Path, die_at: int | None, armed_by: Path | None = None) -> None:
        """``armed_by``: count only once this file is there (a platform must have opened first), and anew when
        it changes; its first word says at which place to die from then on."""
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._die_at = die_at
        self._armed_by = armed_by
        self._count = 0
        self._arrow = ""
        self._told = ""

    def place(self, kind: str, what: str) -> None:
        """Pass a place, or die there."""
        if self._armed_by is not None:
            if not self._armed_by.exists():
                return
            told = self._armed_by.read_text()
            if told != self._told:
                self._told, self._count = told, 0
                self._die_at = int(told.split()[0]) if told else None
        if kind == STEP:
            self._arrow = what
        os.write(self._log, Place(kind, what, self._arrow, _site()).line().encode())
        if self._count == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self._count += 1


def _site() -> str:
    names: list[str] = []
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and len(names) < _DEPTH:
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith(PRODUCT) and not module.startswith(PLUMBING):
            names.append(f"{module.rpartition('.')[2]}.{frame.f_code.co_name}")
        frame = frame.f_back
    return " < ".join(names)


def watch(seam: Seam) -> None:
    """Watch every store this process opens from now on, every step of its sessions, every file it writes."""
    _watch_stores(seam)
    _watch_steps(seam)
    _watch_files(seam)


def _watch_stores(seam: Seam) -> None:
    class Cursor(sqlite3.Cursor):
        connection: "Connection"

        def execute(self, sql: str, *given: Any) -> Any:
            return self.connection.passing(sql, lambda: super(Cursor, self).execute(sql, *given))

        def executemany(self, sql: str, *given: Any) -> Any:
            return self.connection.passing(sql, lambda: super(Cursor, self).executemany(sql, *given))

    class Connection(sqlite3.Connection):
        """Notices what becomes durable: a commit of changes, or a change outside a transaction."""

        name = ""
        changed = False

        def cursor(self, factory: Any = None) -> Any:
            return super().cursor(factory or Cursor)

        def execute(self, sql: str, *given: Any) -> Any:
            return self.cursor().execute(sql, *given)

        def executemany(self, sql: str, *given: Any) -> Any:
            return self.cursor().executemany(sql, *given)

        def executescript(self, script: str) -> Any:
            return self.passing(script, lambda: super(Connection, self).executescript(script))

        def commit(self) -> None:
            self.passing("COMMIT", super().commit)

        def passing(self, sql: str, act: Callable[[], Any]) -> Any:
            """Run a statement, with a place before and one after it if it makes something durable."""
            if not self._makes_durable(sql):
                return act()
            seam.place(BEFORE, self.name)
            done = act()
            seam.place(AFTER, self.name)
            return done

        def _makes_durable(self, sql: str) -> bool:
            word = sql.split(maxsplit=1)[0].upper()
            if word in ("COMMIT", "END"):
                durable, self.changed = self.in_transaction and self.changed, False
                return durable
            changes = word in CHANGING or (word == "PRAGMA" and "_id =" in sql)
            if word in ("BEGIN", "ROLLBACK"):
                self.changed = False
            elif self.in_transaction:
                self.changed = self.changed or changes
                return False
            return changes

    def connect(database: Any, *given: Any, **named: Any) -> sqlite3.Connection:
        opened: Connection = really(database, *given, **{**named, "factory": Connection})
        opened.name = Path(str(database)).name
        return opened

    really: Callable[..., Any] = sqlite3.connect
    sqlite3.connect = connect  # type: ignore[assignment]
    sqlite3.dbapi2.connect = connect  # type: ignore[assignment]


CHANGING: Final = ("INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "ALTER", "DROP", "WITH")


def _watch_files(seam: Seam) -> None:
    """A file that is handed over may be left half-written."""

    def write_bytes(self: Path, data: Any) -> int:
        really(self, bytes(data)[: len(data) // 2])
        seam.place(TORN, self.name)
        return really(self, data)

    really = Path.write_bytes
    Path.write_bytes = write_bytes  # type: ignore[method-assign]


def _watch_steps(seam: Seam) -> None:
    from device.service import talk
    from tender.cash import session
    from tender.cash.messages import open_message
    from tender.cash.session_events import Event, Received
    from tender.cash.session_state import State
    from tender.errors import RemoteProtocolError

    def step(state: State, event: Event, now: int) -> Any:
        what: type[Any] = type(event)
        if isinstance(event, Received):
            with suppress(RemoteProtocolError):
                what = type(open_message(event.data))
        done = session.step(state, event, now)
        seam.place(STEP, f"{state.role.value} {state.phase.value} {what.__name__}")
        return done

    vars(talk)["step"] = step
