"""Everything that is not finished, as three lines for a person: what is certain, what waits, what to type.

Names here are keys of ``faces.phrases``; a command is the words after ``tenge wallet``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from device.core.model import (
    CLAIMED,
    IN,
    OFFLINE,
    REFUSED,
    WAITING,
    Coin,
    Payment,
    PendingOrder,
    Proof,
)
from device.core.recovery import Todo, by_card, still_open
from tender.cash.session_payee import PERHAPS_LATER
from tender.errors import Code


@dataclass(frozen=True, slots=True)
class Thing:
    """One unfinished thing. ``name``: the first digits of a payment, or empty; ``commands``: what to type,
    the likeliest first (none when there is only waiting)."""

    kind: str
    certain: str
    waits: str
    commands: tuple[str, ...] = ()
    name: str = ""
    amount_tiyn: int = 0
    party: str = ""
    code: str = ""
    since: int = 0
    """When it came to stand like this (seconds); 0 where nobody noted it."""


_WAITS: Final[Mapping[str, str]] = {
    "asked": "waits-for-you",
    "offered": "waits-for-ready",
    "signing": "waits-for-signature",
    "sent": "waits-for-receipt",
    "recorded": "waits-for-receipt",
    "handed-over": "waits-for-answer",
    "created": "waits-for-signature",
    "requested": "waits-for-payer",
    "partial": "waits-for-rest",
    "claimed": "waits-for-bank",
}
_COMMANDS: Final[Mapping[Todo, tuple[str, ...]]] = {
    Todo.NOTHING: (),
    Todo.SHOW_REQUEST_AGAIN: ("resend {name} --out request.tenge", "cancel {name}"),
    Todo.PAY_AGAIN: ("pay request.tenge --out payment.tenge", "cancel {name}"),
    Todo.SEND_AGAIN: ("resend {name} --out payment.tenge", "hand-over {name}"),
    Todo.WAIT_FOR_REST: ("cancel {name}",),
    Todo.FETCH_RECEIPT: ("receive receipt.tenge",),
    Todo.SYNC: ("sync",),
}


def of_payment(row: Payment, *, begun: bool = False, refused: str = "") -> Thing | None:
    """An open payment; None when it has ended. ``begun``: somebody offered to pay this request and went away;
    ``refused``: the code for which its money was not taken."""
    found = still_open(row)
    if found is None or row.channel == "deposit":
        return None
    name = row.id.hex()[:8]
    certain, waits = found.certain, _WAITS[row.status]
    commands = tuple(one.format(name=name) for one in _COMMANDS[found.todo])
    if row.direction == IN and refused:
        certain, waits = "came-and-not-taken", "waits-for-you-to-choose"
        commands = (
            ("deposit --all", f"cancel {name}")
            if refused == Code.LIMIT_HOLDING
            else ("sync", f"cancel {name}")
        )
    elif begun:
        waits, commands = "waits-for-first-payer", (f"free {name}", f"cancel {name}")
    elif row.status in ("sent", "recorded") and by_card(row):
        waits = "waits-for-terminal"
    elif row.status == "signing":
        commands = commands[:1]
    kind = "request" if row.direction == IN else "payment"
    since = row.path[-1].time if row.path else row.time
    return Thing(kind, certain, waits, commands, name, row.amount_tiyn, row.party, _shown(refused), since)


def _shown(code: str) -> str:
    return code if code in PERHAPS_LATER else ""


def of_coins(coins: Iterable[Coin], now: int, blocked: frozenset[bytes]) -> list[Thing]:
    """Money on its way to the account, refused there, or good for nothing but a deposit; one thing for each
    reason. ``blocked``: keys of ours that a revocation list names."""
    sums: dict[tuple[str, str], int] = {}
    since: dict[tuple[str, str], int] = {}
    for coin in coins:
        named = _kind_of(coin, now, blocked)
        if named is not None:
            sums[named] = sums.get(named, 0) + coin.amount_tiyn
            since[named] = min(since.get(named, coin.since), coin.since)
    things = []
    for named, amount_tiyn in sorted(sums.items()):
        (kind, code), at = named, since[named]
        certain, waits, commands = _COIN_KINDS[kind]
        things.append(Thing(kind, certain, waits, commands, amount_tiyn=amount_tiyn, code=code, since=at))
    return things


_COIN_KINDS: Final[Mapping[str, tuple[str, str, tuple[str, ...]]]] = {
    "claim": ("claim-signed", "waits-for-bank", ("sync",)),
    "claim-waits": ("claim-handed-in", "waits-for-national-bank", ("sync",)),
    "claim-refused": ("claim-not-credited", "waits-for-nothing", ("sync",)),
    "last-hop": ("only-deposit", "waits-for-you", ("deposit --all",)),
    "blocked-key": ("key-blocked", "waits-for-you", ("deposit --all",)),
    "colour-kept": ("claim-handed-in", "waits-for-you", ("renew",)),
    "colour-old": ("only-renew", "waits-for-you", ("renew",)),
}


def _kind_of(coin: Coin, now: int, blocked: frozenset[bytes]) -> tuple[str, str] | None:
    if coin.state == CLAIMED:
        return "claim", ""
    if coin.state == WAITING:
        return "colour-kept" if coin.code == Code.COLOUR_KEPT else "claim-waits", coin.code
    if coin.state == REFUSED:
        return "claim-refused", coin.code
    passes = coin.hops_left > 0 and coin.expiry > now and coin.holder not in blocked
    if passes:
        return None
    if coin.purpose:
        return "colour-old", ""
    return ("blocked-key" if coin.holder in blocked else "last-hop"), ""


def of_unwritten(coins: Iterable[Coin]) -> list[Thing]:
    """Money that the element has signed away in a step that a cut kept from being written down."""
    amount_tiyn = sum(coin.amount_tiyn for coin in coins)
    thing = Thing("unwritten", "signed-not-written", "waits-for-you", ("recover",), amount_tiyn=amount_tiyn)
    return [thing] if amount_tiyn else []


def of_orders(orders: Iterable[PendingOrder]) -> list[Thing]:
    """Orders whose answer is not here: a load in flight, a transfer."""
    return [
        Thing("order", "order-once", "waits-for-bank", ("sync",), code=one.kind, since=one.time)
        for one in orders
    ]


def of_proofs(proofs: Iterable[Proof]) -> list[Thing]:
    """Money that somebody signed away twice came by here."""
    found = len(tuple(proofs))
    commands = ("proof --out proof.tenge", "sync")
    return [Thing("fork", "fork-proved", "waits-for-settlement", commands)] if found else []


def of_device(*, behind: bool, lost: bool) -> list[Thing]:
    """What is the matter with the device itself."""
    things = [Thing("behind", "file-is-old", "waits-for-sync", ("sync",))] if behind else []
    if lost:
        things.append(Thing("lost", "device-lost", "waits-for-window", ("found --code CODE_FROM_THE_BANK",)))
    return things


def open_payments(rows: Iterable[Payment]) -> list[Payment]:
    """Offline payments that have not ended, newest first."""
    found = [one for one in rows if one.channel == OFFLINE and still_open(one) is not None]
    return sorted(found, key=lambda one: (-one.time, -one.number))
