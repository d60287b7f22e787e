"""Card authorisations over sockets: the switch's process and the banks' together, everything durable.

Real cryptograms are made beforehand by chips and kernel; measured is what follows: the terminal's message
over TCP, acquirer, network and issuer each reading and writing their dialect, ARQC verified, Digital Tenge
converted in the bank's books, the answer with its ARPC. The same switch with banks that answer at once and
write nothing is what it is compared with. All cards' merchants are of another bank (off-us).
"""

import json
import os
import socket
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from card_switch.tcp.loading import Lane, Loaded, load
from hardware.clock import SystemClock
from town.bench.card_payers import ACQUIRER, Payer, issuing_neighbours, open_account
from town.bench.measurement import Measurement, at_least, told
from town.card_rails import PATIENCE_S, switch_before
from town.cast import MERCHANT
from town.town import Town, fresh_town

CONNECTIONS: Final = 32
EACH: Final = 24
"""Purchases of each card in a round; a card may be used a hundred times a day."""
ROUNDS: Final = 3
CROWD: Final = 10
AMOUNT_TIYN: Final = 3_779
LEAST: Final = 0.45


@dataclass
class Half:
    """A switch, the banks behind it, and the payers whose cards it has issued."""

    state: dict[str, Any]
    pids: tuple[int, ...]
    payers: list[Payer]

    def round(self) -> tuple[tuple[float, ...], Loaded]:
        """All payers at once; the CPU seconds of the switch and of its banks, and what came of it."""
        lanes = [
            Lane([payer.ask_for(AMOUNT_TIYN) for _ in range(EACH)], payer.seals) for payer in self.payers
        ]
        before_s = [cpu_of(pid) for pid in self.pids]
        loaded = load(int(self.state["terminals"][str(ACQUIRER)]), lanes, SystemClock().now_ms())
        spent_s = tuple(cpu_of(pid) - was_s for pid, was_s in zip(self.pids, before_s, strict=True))
        if set(loaded.codes) != {"00"}:
            raise RuntimeError(f"the bench's cards were declined: {dict(loaded.codes)}")
        return spent_s, loaded


def cpu_of(pid: int) -> float:
    """CPU seconds of a process so far, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def asked(state: dict[str, Any], question: str, **given: Any) -> dict[str, Any]:
    """One question at the switch's door."""
    with socket.create_connection(("127.0.0.1", int(state["door"])), PATIENCE_S) as line:
        line.sendall(json.dumps({"do": question, "token": state["token"], **given}).encode() + b"\n")
        answer: dict[str, Any] = json.loads(line.makefile().readline())
    if "refused" in answer:
        raise RuntimeError(f"the switch refuses: {question}: {answer['refused']}")
    return answer


@contextmanager
def quick_banks(folder: Path) -> Iterator[int]:
    """Banks that say yes at once; their pid."""
    words = [sys.executable, "-m", "town.bench.quick_bank", str(folder)]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None
    port = int(process.stdout.readline())
    (folder / "town.json").write_text(json.dumps({"card_link": f"127.0.0.1:{port}"}))
    try:
        yield process.pid
    finally:
        process.stdin.close()
        process.wait()


def payers_of(state: dict[str, Any], crowd: int, count: int = CONNECTIONS) -> list[Payer]:
    """A card for each connection, over the people of the banks that issue any."""
    people = issuing_neighbours(crowd)
    ask: Callable[..., dict[str, Any]] = partial(asked, state)
    return [
        Payer.made(ask, people[place % len(people)], place + 1, MERCHANT.number) for place in range(count)
    ]


@contextmanager
def real_half(town: Town, count: int = CONNECTIONS) -> Iterator[Half]:
    """The banks of a town."""
    for person in issuing_neighbours(town.crowd):
        open_account(town.folder, town.state, person)
    with switch_before(town.folder) as (pid, state):
        yield Half(state, (pid, int(town.state["pid"])), payers_of(state, town.crowd, count))


@contextmanager
def quick_half(crowd: int) -> Iterator[Half]:
    """The same switch before banks that do nothing."""
    with TemporaryDirectory(prefix="tenge-quick-") as name:
        folder = Path(name)
        with quick_banks(folder) as bank, switch_before(folder) as (pid, state):
            yield Half(state, (pid, bank), payers_of(state, crowd))


def authorising(*, scale: bool = False) -> list[Measurement]:
    """The ratio, the rate and how long answers take; ``scale``: there is no larger one."""
    del scale
    ratios: list[float] = []
    spent_s, rates, taken_ms = list[tuple[float, ...]](), list[float](), list[float]()
    with fresh_town(crowd=CROWD) as town, real_half(town) as real, quick_half(CROWD) as quick:
        for place in range(ROUNDS):
            halves = (real, quick) if place % 2 else (quick, real)
            found = {id(half): half.round() for half in halves}
            real_s, loaded = found[id(real)]
            quick_s, _ = found[id(quick)]
            ratios.append(sum(quick_s) / sum(real_s))
            spent_s.append(real_s)
            rates.append(loaded.rate)
            taken_ms += loaded.taken_ms
        holds = town.balance_sheet().holds
    if not holds:
        raise RuntimeError("the books do not hold after the bench of cards")
    all_of_it = Loaded(taken_ms)
    switch_s, banks_s = (sum(of_process) for of_process in zip(*spent_s, strict=True))
    count = len(taken_ms)
    name = f"card purchases, {CONNECTIONS} connections"
    return [
        at_least(
            f"{name}: CPU with quick banks ÷ with real ones",
            statistics.median(ratios),
            "ratio (at least)",
            LEAST,
        ),
        told(f"{name}: a CPU-second of switch and banks", count / (switch_s + banks_s), "authorisations"),
        told(f"{name}: CPU of the switch for each", 1e3 * switch_s / count, "ms"),
        told(f"{name}: CPU of the banks for each", 1e3 * banks_s / count, "ms"),
        told(f"{name}: a second", statistics.median(rates), "authorisations"),
        told(f"{name}: p50", all_of_it.within_ms(50), "ms"),
        told(f"{name}: p99", all_of_it.within_ms(99), "ms"),
    ]
