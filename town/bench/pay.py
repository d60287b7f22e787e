"""What one payment costs both wallets together, in signature checks: 1 V is one ``crypto_sign_open``."""

import statistics
from functools import partial

from tender.cash.token import HOPS_MAX_DEFAULT
from tender.crypto.keys import verify_open
from town.bench.measurement import PAIRS, Measurement, at_most, cpu_s, told
from town.bench.mint import make_chain
from town.bench.two_wallets import Pair, pay, two_wallets

AMOUNT_TIYN = 1_000_000
REACH_V = {1: 300.0, HOPS_MAX_DEFAULT: 500.0}
"""Hops of the token that is paid with, the payment's own included → most V."""


def paying(*, scale: bool = False) -> list[Measurement]:
    """CPU of one payment, request to receipt, both wallets together and already running, each step durable.

    One piece of money goes back and forth between two wallets until it has fifteen hops; then it is deposited
    and fresh money begins again.
    """
    messages = make_chain().signed_messages()

    def verify_all() -> None:
        for signed, key in messages:
            verify_open(signed, key)

    spent: dict[int, list[float]] = {hops: [] for hops in REACH_V}
    in_v: dict[int, list[float]] = {hops: [] for hops in REACH_V}
    with two_wallets() as pair:
        _round(pair)  # the first payment of a process also imports and opens
        for _ in range(PAIRS * (3 if scale else 1)):
            for hops, payment_s in _round(pair).items():
                v_s = cpu_s(verify_all, 20) / 20 / len(messages)
                spent[hops].append(payment_s)
                in_v[hops].append(payment_s / v_s)
    found: list[Measurement] = []
    for hops, most in REACH_V.items():
        name = f"CPU of one payment, both wallets, at {hops} hop{'s' * (hops > 1)}"
        found.append(at_most(name, statistics.median(in_v[hops]), "V (at most)", most))
        found.append(told(f"the same, at {hops}", statistics.median(spent[hops]) * 1e3, "ms"))
    return found


def _round(pair: Pair) -> dict[int, float]:
    """One piece of money through all its hops: CPU seconds of the payments that are looked at."""
    pair.load(AMOUNT_TIYN)
    payer, payee = pair.aigul, pair.dana
    found: dict[int, float] = {}
    for hop in range(1, HOPS_MAX_DEFAULT + 1):
        taken_s = cpu_s(partial(pay, payer, payee, AMOUNT_TIYN))
        if hop in REACH_V:
            found[hop] = taken_s
        payer, payee = payee, payer
    pair.empty(payer)
    return found
