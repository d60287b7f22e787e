"""Forks the processes that are killed, out of one that has read all their modules already: a start costs
nothing but what the process itself has to do.

Each line of its input is a JSON list: ``["start", what, words…]`` is answered with the pid, ``["wait", pid]``
with the exit code once that process has ended. When the input ends, so does everything.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any, Final

from card_switch import serve
from tests.simulation.cards import bank_process, till_process


def _switch(*words: str) -> None:
    serve.main(list(words))


STARTS: Final[dict[str, Callable[..., None]]] = {
    "switch": _switch,
    "bank": bank_process.main,
    "till": till_process.main,
}


def started(what: str, words: Sequence[str]) -> int:
    """The pid of a new process."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 0)
        os.dup2(nowhere, 1)
        STARTS[what](*words)
        code = 0
    finally:
        # Nothing of the parent's is tidied up here: this is another process.
        if code:
            traceback.print_exc()
        os._exit(code)


def main() -> None:
    """Until nobody asks any more."""
    alive: set[int] = set()
    for line in sys.stdin:
        what, *words = json.loads(line)
        answer: Any
        if what == "start":
            answer = started(words[0], words[1:])
            alive.add(answer)
        else:
            answer = os.waitstatus_to_exitcode(os.waitpid(words[0], 0)[1])
            alive.discard(words[0])
        print(json.dumps(answer), flush=True)
    for pid in alive:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
