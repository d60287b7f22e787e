"""kill -9 of the processes that check signatures beside the platform's: their work is done again.

The settler hands each upload to a verifier of its own process and commits what comes back. A verifier that
dies, idle or with an upload in its hands, is replaced; one whose platform dies ends by itself.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from device.service.wallet import Wallet
from hardware.wires import HttpWire
from tests.patience import comes_true, gone
from tests.tears.mortal import Mortal
from tests.tears.street import Street, fortune
from tests.wallet.village import good
from town.balance_sheet import read_balance_sheet

WHO = "aigul"
VERIFIERS = 2


def children(pid: int) -> list[int]:
    """The processes a process has started."""
    found: list[int] = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # a thread that has ended meanwhile; what it started is another's by now
            found += map(int, file.read_text().split())
    return found


def kill(pids: list[int]) -> None:
    """kill -9 of each."""
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


@contextmanager
def platform_with_verifiers(street: Street) -> Iterator[tuple[int, list[int], Wallet]]:
    """The platform's process id, its verifiers', and a wallet on the line."""
    with (
        Mortal(street, VERIFIERS) as mortal,
        street.opened(WHO, wire=HttpWire(mortal.url)) as (wallet,),
    ):
        verifiers = children(mortal.life.pid)
        assert len(verifiers) == VERIFIERS
        yield mortal.life.pid, verifiers, wallet


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_verifiers_die_and_the_deposit_is_settled_once(street: Street, busy: bool) -> None:
    with platform_with_verifiers(street) as (pid, verifiers, wallet):
        before = fortune(wallet)
        if busy:  # stopped, they take the upload up and never answer; then they are killed with it
            for one in verifiers:
                os.kill(one, signal.SIGSTOP)
            threading.Timer(0.5, kill, (verifiers,)).start()
        else:
            kill(verifiers)
        done = good(wallet.settling.deposit(2_500))
        assert done.settled_tiyn == 2_500
        assert fortune(wallet) == (before[0] - 2_500, before[1] + 2_500, before[2])
        assert comes_true(lambda: len(set(children(pid)) - set(verifiers)) == VERIFIERS), "others took over"
    assert read_balance_sheet(street.folder / "platform").holds


def test_verifiers_end_with_their_platform(street: Street) -> None:
    with platform_with_verifiers(street) as (pid, verifiers, _):
        os.kill(pid, signal.SIGKILL)
        assert comes_true(lambda: all(map(gone, verifiers)))
