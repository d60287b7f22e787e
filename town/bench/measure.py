"""The measurements and what each must reach (docs/performance.md)."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Final

from tender.cash.chain import check_current, verify_chain
from tender.crypto.keys import verify_open
from town.bench.mint import NOW, make_chain, repeated_holder_hop
from town.bench.wallet_at_hand import wallet_at_hand
from town.processes import tenge_words

PAIRS: Final = 9
"""How often a ratio is taken; its median counts."""

ROUNDS: Final = 60
"""Chains per half of a pair: long enough for the CPU clock, short enough that both halves see one machine."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One number, its unit, what it must reach (``least``: at least, else at most), and whether it does."""

    name: str
    value: float
    unit: str
    reach: float
    holds: bool
    least: bool

    def as_dict(self) -> dict[str, object]:
        """For ``--json``: name, value, unit, reach, holds."""
        told = asdict(self)
        del told["least"]
        return told


def _at_least(name: str, value: float, unit: str, reach: float) -> Measurement:
    return Measurement(name, round(value, 3), unit, reach, value >= reach, True)


def _at_most(name: str, value: float, unit: str, reach: float) -> Measurement:
    return Measurement(name, round(value, 2), unit, reach, value <= reach, False)


def _cpu_s(work: Callable[[], None], rounds: int) -> float:
    started = time.process_time()
    for _ in range(rounds):
        work()
    return time.process_time() - started


def verification(pairs: int = PAIRS) -> Measurement:
    """S × V ÷ the CPU of a whole verification, every check included; 1.00 would be signatures alone.

    S = 31: the root, fifteen links and fifteen holders' certificates, none cached, all holders different.
    """
    chain = make_chain()
    messages = chain.signed_messages()
    packed, trust = chain.packed, chain.trust

    def signatures_alone() -> None:
        for signed, key in messages:
            verify_open(signed, key)

    def as_a_payee_does() -> None:
        holding = verify_chain(packed, trust)
        check_current(holding, NOW)
        last = holding.spends[-1].device_certificate()
        if trust.revocations.names(last.issuer, last.epoch_day, last.serial):
            raise AssertionError("nobody is revoked here")

    ratios = []
    for place in range(pairs):
        # The order alternates, so that a clock that speeds up or slows down favours neither half.
        halves = (signatures_alone, as_a_payee_does) if place % 2 else (as_a_payee_does, signatures_alone)
        spent = {work: _cpu_s(work, ROUNDS) for work in halves}
        ratios.append(spent[signatures_alone] / spent[as_a_payee_does])
    name = f"15-hop chain, {len(messages)} × V ÷ whole verification"
    return _at_least(name, statistics.median(ratios), "ratio (at least)", 0.85)


def sizes() -> list[Measurement]:
    """Bytes on the wire, exact."""
    steps = make_chain().steps
    hop = max(len(after) - len(before) for before, after in pairwise(steps))
    return [
        _at_most("hop with its holder's certificate", hop, "bytes (at most)", 187),
        _at_most("hop without certificate", repeated_holder_hop(), "bytes (at most)", 125),
        _at_most("15-hop token with every certificate", len(steps[-1]), "bytes (at most)", 2953),
    ]


def _child_cpu_s(command: list[str], environment: Mapping[str, str]) -> float:
    child = subprocess.Popen(
        command,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise RuntimeError(f"{' '.join(command[1:])} ended with {child.returncode}")
    return usage.ru_utime + usage.ru_stime


def cold_ratio(command: list[str], environment: Mapping[str, str], pairs: int = PAIRS) -> float:
    """CPU of one start of a command ÷ CPU of ``python -c pass``, median of interleaved pairs."""
    nothing = [sys.executable, "-c", "pass"]
    _child_cpu_s(command, environment)  # the first start writes byte code; everyday starts do not
    ratios = []
    for _ in range(pairs):
        # A start of nothing takes about one tick of the kernel's clock, so several are averaged.
        floor = sum(_child_cpu_s(nothing, environment) for _ in range(5)) / 5
        ratios.append(_child_cpu_s(command, environment) / floor)
    return statistics.median(ratios)


def cold_starts() -> list[Measurement]:
    """How long a person waits before anything happens."""
    with wallet_at_hand() as (environment, balance):
        helped = cold_ratio(tenge_words("wallet", "--help"), environment)
        balanced = cold_ratio(balance, environment)
    return [
        _at_most("tenge wallet --help ÷ python -c pass", helped, "times (at most)", 30),
        _at_most("tenge wallet balance ÷ python -c pass", balanced, "times (at most)", 50),
    ]


def all_measurements() -> list[Measurement]:
    """Everything ``tenge bench`` shows, in its order."""
    return [verification(), *sizes(), *cold_starts()]
