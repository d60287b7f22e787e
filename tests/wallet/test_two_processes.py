"""Two wallets as two processes joined by one local socket, and nothing else running (DT-O-02)."""

import json
import os
import subprocess
import sys
import time
from typing import Any

import pytest

from tests.mint import NOW
from tests.wallet.village import Village
from town.cast import AIGUL, DANA

WAIT_S = 60


def start(
    village: Village, *words: str, prefix: tuple[str, ...] = (), at: int = NOW, product: str = "wallet"
) -> "subprocess.Popen[str]":
    """One command as a process of its own, with a gateway address where nobody listens."""
    environment = {
        **os.environ,
        "TENGE_HOME": str(village.folder / "home"),
        "TENGE_ELEMENTS": str(village.folder / "elements"),
        "TENGE_GATEWAY": "http://127.0.0.1:1",
        "TENGE_PIN": "4071",
        "TENGE_PIN_COST": "cheap",
        "TENGE_AT": str(at),
    }
    return subprocess.Popen(
        [*prefix, sys.executable, "-m", "town.cli", product, *words],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """What it told, after it ended well."""
    out, err = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0, out + err
    told = json.loads(out)
    assert isinstance(told, dict)
    return told


@pytest.mark.row("DT-O-02")
@pytest.mark.row("DT-O-01")
def test_two_wallet_processes_and_no_third_complete_a_payment(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, 100_000), village.wallet(DANA)
    aigul.close()
    dana.close()
    village.platform.close()  # whatever happens now, no bank takes part in it
    sent_before = len(village.line.sent)
    meeting = village.folder / "tap.sock"

    payee = start(village, "receive", "500", "--socket", str(meeting), "--wallet", "dana", "--json")
    deadline = time.monotonic() + WAIT_S
    while not meeting.exists() and payee.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    payer = start(village, "pay", "--socket", str(meeting), "--yes", "--wallet", "aigul", "--json")
    end(payer)
    end(payee)

    assert end(start(village, "balance", "--wallet", "dana", "--json"))["spendable_tiyn"] == 50_000
    assert end(start(village, "balance", "--wallet", "aigul", "--json"))["spendable_tiyn"] == 50_000
    assert len(village.line.sent) == sent_before
