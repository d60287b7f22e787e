"""What the bank signed about our claims, kept when the money itself is dropped.

A bank that says *settled* and credits nothing is found when the owner looks at the account; this is what he
shows then (docs/threat-model.md, T35).
"""

from collections.abc import Iterable
from typing import Final

from device.core.model import BankReply, Coin, Payment
from device.ports import Changes
from device.service.desk import Desk
from tender import canon
from tender.errors import Code, Refusal

REPLIES_MOST: Final = 200
BYTES_MOST: Final = 4_000_000
"""Beyond either, the oldest go."""


def keep(desk: Desk, coins: Iterable[Coin], raw: bytes, now: int, changes: Changes) -> None:
    """Keep a signed reply beside the change that drops these coins, which it says are settled."""
    gone = list(coins)
    if not gone:
        return
    known = sorted(desk.store.all(BankReply), key=lambda one: (-one.time, one.raw))
    size = len(raw)
    for place, one in enumerate(known, 1):
        size += len(one.raw)
        if place >= REPLIES_MOST or size > BYTES_MOST:
            changes.drop(one)
    outputs, claims = tuple(one.output for one in gone), tuple(one.claim for one in gone)
    changes.put(BankReply(raw, outputs, claims, now))


def replies_about(desk: Desk, payment: Payment) -> tuple[BankReply, ...] | Refusal:
    """What the bank signed about the money of a payment or deposit, oldest first; ``payment-unknown`` when
    nothing is kept."""
    wanted = set(payment.outputs)
    found = [one for one in desk.store.all(BankReply) if wanted & set(one.outputs)]
    if not found:
        return Refusal(Code.PAYMENT_UNKNOWN, "receipt")
    return tuple(sorted(found, key=lambda one: (one.time, one.raw)))


def packed(replies: Iterable[BankReply]) -> bytes:
    """For a file: canonical CBOR, ``[[signed reply, [signed claims it answers]], …]``."""
    return canon.encode([[one.raw, list(one.claims)] for one in replies])
