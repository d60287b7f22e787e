"""A real PostgreSQL for one test run: its own data folder, its own socket, no TCP, gone afterwards."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

START_TIMEOUT_S = 180


def postgres_programs() -> Path | None:
    """The folder with initdb and its companions, wherever the distribution put it."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    on_path = shutil.which("initdb")
    places = [*reversed(debian), *([Path(on_path).parent] if on_path else [])]
    needed = ("initdb", "pg_ctl", "createdb")
    return next((one for one in places if all((one / name).exists() for name in needed)), None)


@dataclass
class PostgresServer:
    """Started by :meth:`start`, ended by :meth:`stop`; SERIALIZABLE is asked for by the engine itself."""

    programs: Path
    folder: Path = field(default_factory=lambda: Path(mkdtemp(prefix="dtpg")))

    def start(self) -> None:
        """Make a cluster and start it; the server refuses to run as root, so root lends it another user."""
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        data = self.folder / "data"
        self._run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8")
        options = f"-k {self.folder} -c listen_addresses= -c fsync=off -c max_connections=200"
        log = self.folder / "log"
        self._run("pg_ctl", "-D", str(data), "-l", str(log), "-o", options, "-w", "start")

    def stop(self) -> None:
        """End it at once and remove everything."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def make_databases(self, names: Sequence[str]) -> str:
        """One database for each store; returns the URL with ``{name}`` in it."""
        for name in names:
            self._run("createdb", "-h", str(self.folder), "-U", "postgres", name)
        return f"postgresql+psycopg://postgres@/{{name}}?host={self.folder}"

    def _run(self, program: str, *words: str) -> None:
        command = [str(self.programs / program), *words]
        if os.geteuid() == 0:
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]
        subprocess.run(
            command,
            check=True,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=START_TIMEOUT_S,
        )
