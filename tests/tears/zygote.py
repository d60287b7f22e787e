"""A warm process that forks one real process for each command, so that hundreds may be killed in a minute.

``python -m tests.tears.zygote SOCKET``: reads one job (JSON) a connection, answers with the process id of the
child, and, when the child has ended, with its exit code (negative for a signal). It ends with whoever
started it.
"""

import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from tests.tears.deeds import perform


def main() -> None:
    """Listen until standard input ends."""
    path = Path(sys.argv[1])
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(os.fspath(path))
    listening.listen(16)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        ready, _ = _either(listening)
        if not ready:
            return
        connection, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            _wait_for_child(connection)
        connection.close()


def _either(listening: socket.socket) -> tuple[bool, bool]:
    """Whether somebody calls (first), or whoever started us is gone (second)."""
    import select

    readable, _, _ = select.select([listening, sys.stdin], [], [])
    return listening in readable, sys.stdin in readable


def _wait_for_child(connection: socket.socket) -> None:
    """In a process of its own: start the child, tell its id, wait, tell how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    job: dict[str, Any] = json.loads(connection.makefile().readline())
    child = os.fork()
    if child == 0:
        connection.close()
        _live(job)
    connection.sendall(f"{child}\n".encode())
    _, status = os.waitpid(child, 0)
    connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _live(job: dict[str, Any]) -> None:
    """The child: its own standard streams, its own environment, then the deed."""
    code = 99
    try:
        for number, name, flags in ((0, "stdin", os.O_RDONLY), (1, "stdout", _NEW), (2, "stderr", _NEW)):
            opened = os.open(job[name], flags, 0o600)
            os.dup2(opened, number)
            os.close(opened)
        os.environ.update(job["environment"])
        code = perform(job)
    except BaseException:  # noqa: BLE001 - a child must never return into the zygote's loop
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


if __name__ == "__main__":
    main()
