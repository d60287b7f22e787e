"""Durable settlement: two processes check signatures, one thread commits at most a hundred chains at a time.

η = S × chains a second ÷ raw verifications a second of two processes: 1.00 would be signatures and nothing
else. The other half of each pair is those two processes verifying, seconds before or after, so that the
machine and its other tenants are the same for both. What settlement does besides is all there: SQLite with
full synchronisation, fork detection, claims funded from their roots, and their credits carried by the node
and the notary to the bank's books before the clock stops.
"""

import gc
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from hardware.workers import Workers
from platform_stub.nbk.settlement_claims import Terms
from platform_stub.overview import equation
from tender.account.token_messages import Settle
from town.bench import settle_raw
from town.bench.measurement import Measurement, at_least, told
from town.bench.settle_mint import NOW, Mint, mint_at_hand, signatures, total_claims

VERIFIERS: Final = 2
AT_ONCE: Final = 16
"""Uploads on their way at once: enough for commits to be full while signatures are checked."""
UPLOADS_A_TICK: Final = 100
"""How often what is ready is credited, in one movement a bank: a few times a second at full speed."""
PAIRS: Final = 5
REACH: Final = ((1, 8000, 0.60), (5, 5000, 0.70), (15, 3200, 0.80))
"""Hops, chains of one sample, and the η to reach. A sample takes seconds: its last commit and credits are
made while the verifiers have nothing left to do, and of a second's work they would be a fifth."""
RAW_SIGNATURES: Final = 20_000


@dataclass(frozen=True, slots=True)
class Sample:
    """What one half of a pair took."""

    signatures: int
    wall_s: float
    cpu_s: float


def settling(*, scale: bool = False) -> list[Measurement]:
    """η for chains of 1, 5 and 15 hops, by the clock on the wall as it is defined, and by CPU time."""
    found: list[Measurement] = []
    with mint_at_hand(VERIFIERS) as (mint, _), raw_at_hand() as raw:
        for hops, chains, reach in REACH:
            pairs = [_pair(mint, raw, hops, chains, place) for place in range(PAIRS)]
            by_clock = statistics.median(_rate(engine) / _rate(alone) for engine, alone in pairs)
            by_cpu = statistics.median(_thrift(engine) / _thrift(alone) for engine, alone in pairs)
            a_second = statistics.median(chains / engine.wall_s for engine, _ in pairs)
            name = f"settlement, {hops} hop{'s' if hops > 1 else ''}"
            found += [
                at_least(f"{name}: η of two processes", by_clock, "ratio (at least)", reach),
                told(f"{name}: the same by CPU time", by_cpu, "ratio"),
                told(f"{name}: chains a second", a_second, "1/s"),
            ]
        _check(mint)
    return found


def raw_at_hand() -> "RawVerifiers":
    """Two processes that only verify."""
    return RawVerifiers()


class RawVerifiers:
    """Two processes that verify the same real messages at the same time."""

    def __init__(self) -> None:
        self._workers = Workers(settle_raw.MODULE, VERIFIERS)

    def __enter__(self) -> "RawVerifiers":
        return self

    def __exit__(self, *_: object) -> None:
        self._workers.close()

    def run(self, messages: list[tuple[bytes, bytes]]) -> Sample:
        """Each verifies the same many."""
        rounds = max(1, RAW_SIGNATURES // VERIFIERS // len(messages))
        request = settle_raw.request(rounds, messages)
        started = time.perf_counter()
        with ThreadPoolExecutor(VERIFIERS) as threads:
            answers = list(threads.map(self._workers.ask, [request] * VERIFIERS))
        wall_s = time.perf_counter() - started
        done = VERIFIERS * rounds * len(messages)
        return Sample(done, wall_s, sum(settle_raw.cpu_s(one) for one in answers))


def _pair(mint: Mint, raw: RawVerifiers, hops: int, chains: int, place: int) -> tuple[Sample, Sample]:
    uploads = mint.uploads(hops, chains)
    # What was minted is the bench's own and not settlement's: its collector need not look at it.
    gc.collect()
    gc.freeze()
    messages = mint.signed_messages(uploads[0])
    if place % 2:
        alone = raw.run(messages)
        return run_engine(mint, uploads, hops), alone
    engine = run_engine(mint, uploads, hops)
    return engine, raw.run(messages)


def run_engine(mint: Mint, uploads: Sequence[Settle], hops: int) -> Sample:
    """Settle these uploads, credits included; each upload is answered when it is on the disk."""
    settlement = mint.platform.settlement
    workers = mint.platform.verifiers
    pids = [] if workers is None else workers.pids

    def settle(upload: Settle) -> None:
        found = settlement.settler.examine(upload)
        settlement.settler.settle(found, NOW, Terms())

    cpu = time.process_time() + sum(map(cpu_of, pids))
    started = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        waiting = [threads.submit(settle, upload) for upload in uploads]
        for place, one in enumerate(waiting, 1):
            one.result()
            if not place % UPLOADS_A_TICK:
                settlement.tick()
    settlement.tick()
    wall_s = time.perf_counter() - started
    spent_s = time.process_time() + sum(map(cpu_of, pids)) - cpu
    return Sample(signatures(hops) * total_claims(uploads), wall_s, spent_s)


def cpu_of(pid: int) -> float:
    """CPU seconds of another process, all its threads together: Linux's clock of that process."""
    return time.clock_gettime((~pid << 3) | 2)


def _rate(sample: Sample) -> float:
    return sample.signatures / sample.wall_s


def _thrift(sample: Sample) -> float:
    return sample.signatures / sample.cpu_s


def _check(mint: Mint) -> None:
    """A fast settlement that loses a tiyn would be no settlement."""
    sheet = equation(mint.platform)
    if not sheet.holds or sheet.devices_tiyn:
        raise RuntimeError(f"the books do not hold: {sheet}")
