"""Verification, bytes and cold starts, and what each must reach (docs/performance.md)."""

import os
import statistics
import subprocess
import sys
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from tender.cash.chain import check_current, verify_chain
from tender.crypto.keys import verify_open
from town.bench.measurement import PAIRS, Measurement, at_least, at_most, cpu_s, interleaved
from town.bench.mint import NOW, make_chain, repeated_holder_hop
from town.bench.wallet_at_hand import wallet_at_hand
from town.processes import tenge_words

ROUNDS: Final = 60
"""Chains per half of a pair: long enough for the CPU clock, short enough that both halves see one machine."""


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

    ratio = interleaved(
        lambda: cpu_s(signatures_alone, ROUNDS), lambda: cpu_s(as_a_payee_does, ROUNDS), pairs
    )
    name = f"15-hop chain, {len(messages)} × V ÷ whole verification"
    return at_least(name, ratio, "ratio (at least)", 0.90)


def sizes() -> list[Measurement]:
    """Bytes on the wire, exact."""
    steps = make_chain().steps
    hop = max(len(after) - len(before) for before, after in pairwise(steps))
    return [
        at_most("hop with its holder's certificate", hop, "bytes (at most)", 187),
        at_most("hop without certificate", repeated_holder_hop(), "bytes (at most)", 125),
        at_most("15-hop token with every certificate", len(steps[-1]), "bytes (at most)", 2953),
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
        at_most("tenge wallet --help ÷ python -c pass", helped, "times (at most)", 30),
        at_most("tenge wallet balance ÷ python -c pass", balanced, "times (at most)", 50),
    ]


def verifying(*, scale: bool = False) -> list[Measurement]:
    """How much of a verification is signatures. There is no larger scale of it."""
    del scale
    return [verification()]


def on_the_wire(*, scale: bool = False) -> list[Measurement]:
    """Bytes. There is no larger scale of it."""
    del scale
    return sizes()


def starting(*, scale: bool = False) -> list[Measurement]:
    """Cold starts. There is no larger scale of it."""
    del scale
    return cold_starts()
