"""Processes that check signatures: the same verdicts as here, and nothing lost when one of them is killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from hardware.clock import SetClock
from hardware.entropy import SeededEntropy
from hardware.workers import Workers
from platform_stub.compose import build_platform
from platform_stub.config import PlatformConfig
from platform_stub.nbk.settlement import examine
from platform_stub.nbk.settler_verifier import MODULE, FarExaminer
from tender.account.participants import ALTYN, BANKS
from tender.account.token_messages import SETTLED, ClaimItem, Settle
from tender.cash.token import Rule
from tender.errors import LinkError
from tests.mint import Mint, chain_of
from tests.patience import comes_true, gone
from tests.platform_stub.people import AIGUL, BOLAT, NOW, TENGE, Town
from tests.settlement.echo_worker import DEADLY
from tests.settlement.offline import hand_over, settle
from tests.simulation.worlds import claim_of

MINT = Mint()
ECHO = "tests.settlement.echo_worker"


@contextmanager
def working(module: str, count: int = 1) -> Iterator[Workers]:
    """Workers that end with the test."""
    workers = Workers(module, count)
    try:
        yield workers
    finally:
        workers.close()


def test_far_verdicts_are_the_verdicts_here() -> None:
    packed, trust = chain_of(MINT, 3)
    holder = MINT.device("W3")
    good = claim_of(examine(Settle((packed,), ()), trust)[0][0].holding, holder)  # type: ignore[arg-type]
    coloured = MINT.load(holder, 500, rule=Rule("school meals", (8211,)))
    kept = claim_of(examine(Settle((coloured,), ()), trust)[0][0].holding, holder)  # type: ignore[arg-type]
    torn = packed[:-1] + bytes((packed[-1] ^ 1,))
    forged = ClaimItem(good.token, good.certificate, good.claim[:-1] + bytes((good.claim[-1] ^ 1,)))
    order = Settle((packed, torn, b"\x01"), (good, forged, kept))
    with working(MODULE) as workers:
        far = FarExaminer(workers.ask)(order, trust)
    here = examine(order, trust)
    assert far == here
    assert [one.refusal is None for one in here[0]] == [True, False, False]
    assert here[1][2].rule


def test_a_killed_worker_is_replaced_and_its_work_done_again() -> None:
    with working(ECHO, 2) as workers, ThreadPoolExecutor(8) as threads:
        before = workers.pids
        asked = [f"question {place}".encode() for place in range(400)]
        answers = threads.map(workers.ask, asked)
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        assert list(answers) == [one[::-1] for one in asked]
        assert workers.ask(b"after") == b"retfa"
        assert comes_true(lambda: not set(before) & set(workers.pids))


def test_work_that_kills_every_worker_is_given_up_and_the_rest_goes_on() -> None:
    with working(ECHO) as workers:
        with pytest.raises(LinkError):
            workers.ask(DEADLY)
        assert workers.ask(b"next") == b"txen"


def test_large_questions_and_answers_do_not_stop_one_another() -> None:
    large = bytes(range(256)) * 4_000
    with working(ECHO) as workers, ThreadPoolExecutor(6) as threads:
        assert set(threads.map(workers.ask, [large] * 12)) == {large[::-1]}


def test_workers_die_with_whoever_started_them() -> None:
    program = (
        "import os, signal\n"
        "from hardware.workers import Workers\n"
        f"workers = Workers({ECHO!r}, 1)\n"
        "workers.ask(b'ready')\n"
        "print(workers.pids[0], flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    parent = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, timeout=60)
    assert parent.returncode == -signal.SIGKILL
    assert comes_true(lambda: gone(int(parent.stdout)))


def test_a_platform_with_verifiers_settles_while_they_are_killed(tmp_path: Path) -> None:
    clock, entropy = SetClock(NOW), SeededEntropy("town")
    platform = build_platform(tmp_path, PlatformConfig(durable=False, verifiers=2), clock, entropy)
    try:
        town = Town(platform, clock, entropy)
        for bank in BANKS:
            town.fund_bank(bank, 5_000_000)
        town.stock(ALTYN, 100_000)
        aigul, bolat = town.rich_phone(AIGUL, 1_000), town.phone(BOLAT)
        tokens = [hand_over(aigul, token, bolat)[0] for token in aigul.load(100, 200, 300)]
        for token in tokens:
            assert platform.verifiers is not None
            for pid in platform.verifiers.pids:
                os.kill(pid, signal.SIGKILL)
            assert [one.state for one in settle(bolat, [token]).claims] == [SETTLED]
        assert bolat.balances().dt_tiyn == 600 * TENGE
        assert town.equation()[0] == town.equation()[1]
    finally:
        platform.close()
