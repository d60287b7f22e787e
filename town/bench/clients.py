"""Eight clients at once against one platform over HTTP, each a process of its own, for a minute."""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from device.service.wallet import Wallet
from tender.account.client_messages import FROM_DT, TO_DT
from tender.errors import Code, Refusal, TenderError
from town.bench.measurement import Measurement, at_most, told
from town.bench.wallet_over_http import wallet_over_http
from town.cast import neighbour
from town.town import fresh_town

CLIENTS: Final = 8
SECONDS: Final = 60
LOCKED: Final = frozenset({Code.STORE_BUSY.value, Code.STORE_FAILED.value})
AMOUNT_TIYN: Final = 10_000


def eight_at_once(*, scale: bool = False) -> list[Measurement]:
    """Convert, load, deposit, sync and convert back, over and over; ``scale``: for five minutes."""
    seconds = SECONDS * (5 if scale else 1)
    with fresh_town(crowd=CLIENTS) as town:
        workers = [
            subprocess.Popen(
                [sys.executable, "-m", "town.bench.clients", str(town.folder), str(place), str(seconds)],
                stdout=subprocess.PIPE,
            )
            for place in range(CLIENTS)
        ]
        told_by = [worker.communicate()[0] for worker in workers]
        if any(worker.returncode for worker in workers):
            raise RuntimeError("a client of the bench broke off")
        sheet = town.balance_sheet()
    answers = [json.loads(said) for said in told_by]
    taken_ms = sorted(ms for one in answers for ms in one["taken_ms"])
    codes = [code for one in answers for code in one["codes"]]
    locked = sum(code in LOCKED for code in codes)
    name = f"{CLIENTS} clients, {seconds} s"
    return [
        at_most(f"{name}: lock errors", locked, "errors (at most)", 0),
        at_most(f"{name}: other refusals{_which(codes)}", len(codes) - locked, "refusals (at most)", 0),
        at_most(f"{name}: books that do not hold", int(not sheet.holds), "(at most)", 0),
        told(f"{name}: answered orders a second", len(taken_ms) / seconds, "1/s"),
        told(f"{name}: p50 of an order", statistics.median(taken_ms), "ms"),
        told(f"{name}: p99 of an order", taken_ms[len(taken_ms) * 99 // 100], "ms"),
    ]


def _which(codes: list[str]) -> str:
    named = sorted(set(codes) - LOCKED)
    return f" ({', '.join(named)})" if named else ""


def _client(folder: Path, place: int, seconds: int) -> dict[str, list[object]]:
    """One client's life; what each order took, and every refusal's code."""
    taken_ms: list[object] = []
    codes: list[object] = []
    with wallet_over_http(folder, neighbour(place)) as wallet:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for act in (_convert, _load, _deposit, _sync, _convert_back):
                began = time.monotonic()
                try:
                    outcome = act(wallet)
                    code = outcome.code.value if isinstance(outcome, Refusal) else None
                except TenderError as error:
                    code = error.code.value
                if code is None:
                    taken_ms.append((time.monotonic() - began) * 1e3)
                else:
                    codes.append(code)
    return {"taken_ms": taken_ms, "codes": codes}


def _convert(wallet: Wallet) -> object:
    return wallet.bank.convert(TO_DT, AMOUNT_TIYN)


def _convert_back(wallet: Wallet) -> object:
    return wallet.bank.convert(FROM_DT, AMOUNT_TIYN)


def _load(wallet: Wallet) -> object:
    return wallet.bank.load(AMOUNT_TIYN)


def _deposit(wallet: Wallet) -> object:
    return wallet.settling.deposit()


def _sync(wallet: Wallet) -> object:
    return wallet.settling.sync()


if __name__ == "__main__":
    json.dump(_client(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])), sys.stdout)
