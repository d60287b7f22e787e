"""The wallet on the whole terminal beside an empty Textual program, in one tmux, in one run."""

import json
import os
import statistics
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from typing import Final

from device.compose import open_wallet
from device.config import read_config
from device.service.wallet import Wallet
from faces.amounts import NARROW_SPACE
from hardware.clock import SystemClock
from hardware.entropy import SystemEntropy
from hardware.wires import HttpWire
from tender.crypto.sealing import Pin
from town.bench.empty_screen import HELLO
from town.bench.measurement import Measurement, at_most, told
from town.bench.terminal import Terminal
from town.bench.two_wallets import pay
from town.cast import AIGUL, DANA
from town.processes import tenge_words
from town.town import STORY_PIN, fresh_town
from wallet.cli.machine import CHOICES_FILE

PAYMENTS: Final = 5_000
STARTS: Final = 7
PRESSES: Final = 60
IDLE_S: Final = 3.0
LOADED_TIYN: Final = 777_700
EMPTY: Final = [sys.executable, "-m", "town.bench.empty_screen"]


def on_screens(*, scale: bool = False) -> list[Measurement]:
    """First paint, key press and memory, each as a ratio to the empty program's (docs/performance.md)."""
    starts, presses = (STARTS * (3 if scale else 1), PRESSES * (3 if scale else 1))
    with long_history() as (environment, balance), Terminal() as terminal:
        ours = tenge_words("wallet", "open", "--wallet", AIGUL.name)
        first: dict[str, list[float]] = {"ours": [], "empty": []}
        for _ in range(starts + 1):  # the first one also writes byte code
            for name, words, sign in (("empty", EMPTY, HELLO), ("ours", ours, balance)):
                terminal.start(words, environment)
                first[name].append(terminal.wait_for(sign))
        time.sleep(IDLE_S)
        ours_bytes = terminal.resident_bytes()
        terminal.press("h")
        terminal.wait_for(str(PAYMENTS))
        ours_s = _p95([terminal.changed_s("Down") for _ in range(presses)])
        terminal.start(EMPTY, environment)
        terminal.wait_for(HELLO)
        time.sleep(IDLE_S)
        empty_bytes = terminal.resident_bytes()
        empty_s = _p95([terminal.changed_s("Down") for _ in range(presses)])
    paint_s = {name: statistics.median(all_s[1:]) for name, all_s in first.items()}
    history = f"wallet with {PAYMENTS} payments"
    return [
        at_most(f"{history}: first paint ÷ empty", paint_s["ours"] / paint_s["empty"], "times (at most)", 3),
        at_most(f"{history}: key to changed screen, p95 ÷ empty", ours_s / empty_s, "times (at most)", 3),
        at_most(f"{history}: resident memory ÷ empty", ours_bytes / empty_bytes, "times (at most)", 2),
        told(f"{history}: first paint", paint_s["ours"] * 1e3, "ms"),
        told(f"{history}: key to changed screen, p95", ours_s * 1e3, "ms"),
        told(f"{history}: resident memory", ours_bytes / 2**20, "MB"),
    ]


def _p95(taken_s: list[float]) -> float:
    return sorted(taken_s)[len(taken_s) * 95 // 100]


@contextmanager
def long_history() -> Iterator[tuple[Mapping[str, str], str]]:
    """The environment of Aigul's wallet with so many payments, and her balance as the screen shows it.

    One payment is real; the others are its copies at other times, request and receipt included.
    """
    with fresh_town(crowd=0) as town:
        aigul, _ = town.purses(AIGUL, DANA)
        aigul.fill(LOADED_TIYN)
        environment = {**os.environ, **town.programs().environment, "TENGE_PIN": STORY_PIN}
        with _opened(AIGUL.name, environment) as payer, _opened(DANA.name, environment) as payee:
            pay(payer, payee, 7_700)
            (real,) = payer.view.history(1)
            with payer.desk.commit() as changes:
                for place in range(1, PAYMENTS - len(payer.view.history(PAYMENTS)) + 1):
                    name = sha256(b"bench payment %d" % place).digest()[:16]
                    row = replace(real, id=name, time=real.time - 600 * place, amount_tiyn=100 * place)
                    changes.put(replace(row, number=real.number + place, purpose=f"purpose {place}"))
        seen = read_config(AIGUL.name, environment).folder / CHOICES_FILE
        seen.write_text(json.dumps({"rules_seen": True}), encoding="ascii")  # shown once, and not measured
        yield environment, f"7{NARROW_SPACE}700,00"


def _opened(name: str, environment: Mapping[str, str]) -> Wallet:
    config = read_config(name, environment)
    return open_wallet(config, Pin(STORY_PIN), SystemClock(), SystemEntropy(), HttpWire)
