"""Settlement from end to end: signed uploads of twenty chains over HTTP, to a platform in its own process.

η = S × chains a CPU-second of that process ÷ raw verifications a CPU-second. The eight clients' own work does
not count; everything of the platform does: the gateway, the bank, the National Bank, the notary, their
evidence and their books, and the credit on the client's account before the answer leaves.
"""

import http.client
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tender.account.eds import REPLY
from tender.account.token_messages import SETTLED, SETTLED_REPLY
from tender.crypto.envelope import Typ, open_envelope
from town.bench.measurement import Measurement, at_least, told
from town.bench.settle import RawVerifiers
from town.bench.settle_mint import BANK, CHAINS_AN_UPLOAD, CLIENTS, mint_at_hand, signatures

PAIRS: Final = 5
REACH: Final = ((1, 640, 0.45), (5, 480, 0.50), (15, 320, 0.65))
"""Hops, chains of one sample, and the η to reach."""
COSE: Final = {"content-type": "application/cose"}


class Server:
    """The platform's process."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "town.bench.settle_server", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self._line())

    def cpu_s(self) -> float:
        """CPU seconds it has used by now."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return float(self._line())

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    """A platform's process over the stores of a folder."""
    server = Server(folder)
    try:
        yield server
    finally:
        server.close()


def settling_over_http(*, scale: bool = False) -> list[Measurement]:
    """η for chains of 1, 5 and 15 hops."""
    rounds = PAIRS + 1  # the first warms up and does not count
    with mint_at_hand() as (mint, folder):
        orders: dict[int, list[list[bytes]]] = {}
        for hops, chains, _ in REACH:
            orders[hops] = []
            for _ in range(rounds):
                uploads = mint.uploads(hops, chains)
                orders[hops].append([mint.order(place, one) for place, one in enumerate(uploads)])
        messages = mint.signed_messages(uploads[0])
        mint.platform.close()
        with served(folder) as server, RawVerifiers() as raw:
            return [
                one
                for hops, chains, reach in REACH
                for one in _measured(server, raw, messages, hops, chains, reach, orders[hops])
            ]


def _measured(
    server: Server,
    raw: RawVerifiers,
    messages: list[tuple[bytes, bytes]],
    hops: int,
    chains: int,
    reach: float,
    rounds: Sequence[Sequence[bytes]],
) -> list[Measurement]:
    ratios: list[float] = []
    spent_ms: list[float] = []
    for orders in rounds:
        before_s = server.cpu_s()
        _send(server.port, orders)
        spent_s = server.cpu_s() - before_s
        alone = raw.run(messages)
        ratios.append(signatures(hops) * chains / spent_s / (alone.signatures / alone.cpu_s))
        spent_ms.append(spent_s / len(orders) * 1e3)
    name = f"HTTP, {CHAINS_AN_UPLOAD} chains an upload, {hops} hop{'s' if hops > 1 else ''}"
    return [
        at_least(f"{name}: η a CPU-second", statistics.median(ratios[1:]), "ratio (at least)", reach),
        told(f"{name}: CPU of an upload", statistics.median(spent_ms[1:]), "ms"),
    ]


def _send(port: int, orders: Sequence[bytes]) -> None:
    """Eight clients at once, each with a connection of its own; every claim must be settled."""

    def client(place: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", port)
        for raw in orders[place::CLIENTS]:
            line.request("POST", f"/bank/{BANK}/v1/settle", raw, COSE)
            answer = line.getresponse().read()
            reply = REPLY.decode(open_envelope(answer, Typ.REPLY, "reply").payload, "reply")
            states = {one.state for one in SETTLED_REPLY.decode(reply.body, "settled").claims}
            if states != {SETTLED}:
                raise RuntimeError(f"an upload ended in {states or reply.code}")
        line.close()

    with ThreadPoolExecutor(CLIENTS) as threads:
        list(threads.map(client, range(CLIENTS)))
