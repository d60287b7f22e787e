"""Whether settlement slows down as the store grows: a store with a million settled coins beside an empty one.

The coins that fill it are rows like any other's (a history, its places, a paid claim, a root), of random
bytes: settlement never reads them, it only has to find its way between them. Both stores settle the same kind
of chains, in turns.
"""

import statistics
from typing import Final

from town.bench.measurement import Measurement, at_least, told
from town.bench.settle import Sample, run_engine
from town.bench.settle_mint import Mint, mint_at_hand

PAIRS: Final = 5
CHAINS: Final = 2_000
HOPS: Final = 1
COINS: Final = 1_000_000
COINS_AT_SCALE: Final = 10_000_000
VERIFIERS: Final = 2

_FILL: Final = {
    "token_histories (coin, packed, certificate, claim, shown_list, time)": (
        "SELECT i, randomblob(319), randomblob(76), randomblob(190), 0, 0 FROM n"
    ),
    "token_places (tag, coin)": (
        "SELECT tag, i FROM (SELECT random() AS tag, i FROM n UNION ALL SELECT random() AS tag, i FROM n) "
        "ORDER BY tag"
    ),
    "token_claims (digest, coin, output, bank, address, amount_tiyn, from_root_tiyn, credited_tiyn, "
    "due_tiyn, state, operation, time)": (
        "SELECT randomblob(32) AS digest, i, randomblob(32), 949, zeroblob(32), 1, 1, 1, 0, 'paid', "
        "randomblob(32), 0 FROM n ORDER BY digest"
    ),
    "roots (identifier, output, txid, place, amount_tiyn, holder, bank, expiry, packed, time)": (
        "SELECT randomblob(16), randomblob(32), randomblob(32), 0, 1, zeroblob(32), 949, 0, "
        "randomblob(128), 0 FROM n"
    ),
}
"""Rows for the tables, from a table ``n`` of the numbers 1, 2, 3 …"""


def growing(*, scale: bool = False) -> list[Measurement]:
    """Rate on the full store ÷ rate on the empty one."""
    coins = COINS_AT_SCALE if scale else COINS
    with mint_at_hand(VERIFIERS) as (empty, _), mint_at_hand(VERIFIERS) as (full, _):
        _fill(full, coins)
        pairs = [_pair(empty, full, place) for place in range(PAIRS)]
    by_clock = statistics.median(few.wall_s / many.wall_s for few, many in pairs)
    by_cpu = statistics.median(few.cpu_s / many.cpu_s for few, many in pairs)
    name = f"settlement with {coins // 1_000_000} M coins in the store ÷ on an empty one"
    return [
        at_least(name, by_clock, "ratio (at least)", 0.8),
        told(f"{name}: the same by CPU time", by_cpu, "ratio"),
    ]


def _fill(mint: Mint, coins: int) -> None:
    with mint.platform.nbk.desk.store.writing() as rows:
        for table, made in _FILL.items():
            numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            statement = f"{numbers} INSERT INTO {table} {made}"
            rows.connection.exec_driver_sql(statement, (coins,))


def _pair(empty: Mint, full: Mint, place: int) -> tuple[Sample, Sample]:
    """Who goes first takes turns."""
    turns = (full, empty) if place % 2 else (empty, full)
    took = {id(mint): run_engine(mint, mint.uploads(HOPS, CHAINS), HOPS) for mint in turns}
    return took[id(empty)], took[id(full)]
