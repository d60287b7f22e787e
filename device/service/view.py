"""Looking: balance and history. Reads only, and imports as little as it can: it must feel instant."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import nlargest

from device.core.model import BANK_WORD, IN, OFFLINE, REFUSED, BankWord, Coin, Incident, Payment
from device.core.recovery import still_open
from device.service.desk import Desk
from tender.errors import Code, Refusal

__all__ = ["Balance", "Coin", "Glance", "Incident", "Payment", "View"]


@dataclass(frozen=True, slots=True)
class Balance:
    """Amounts in tiyn. ``spendable`` is in hand; ``waiting`` is claimed and not yet credited; ``pending`` was
    asked for and has not come; ``refused`` the bank will not credit; accounts as the bank last said."""

    spendable_tiyn: int
    waiting_tiyn: int
    pending_tiyn: int
    refused_tiyn: int
    by_purpose: Mapping[str, int]
    account_tiyn: int
    noncash_tiyn: int
    told_at: int
    coins: int
    last_hop_tiyn: int
    behind: bool
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Glance:
    """``unfinished``: payments that have not ended, in no order; ``newest``: newest first."""

    unfinished: tuple[Payment, ...]
    newest: tuple[Payment, ...]


class View:
    """Use cases that change nothing."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def balance(self, payments: Iterable[Payment] | None = None) -> Balance:
        """What is in hand, what is on its way, and what the bank last said of the accounts.

        ``payments``: those that may be open, where somebody has looked for them already.
        """
        desk = self._desk
        coins = desk.coins()
        mine = desk.spendable()
        settings = desk.settings
        by_purpose: dict[str, int] = {}
        for coin in mine:
            by_purpose[coin.purpose] = by_purpose.get(coin.purpose, 0) + coin.amount_tiyn
        pending = [
            one
            for one in (desk.store.all(Payment) if payments is None else payments)
            if one.direction == IN and one.channel == OFFLINE and one.status in ("requested", "partial")
        ]
        return Balance(
            spendable_tiyn=sum(coin.amount_tiyn for coin in mine),
            waiting_tiyn=sum(coin.amount_tiyn for coin in coins if coin.claim and coin.state != REFUSED),
            pending_tiyn=sum(one.amount_tiyn for one in pending),
            refused_tiyn=sum(coin.amount_tiyn for coin in coins if coin.state == REFUSED),
            by_purpose=by_purpose,
            account_tiyn=settings.account_tiyn,
            noncash_tiyn=settings.noncash_tiyn,
            told_at=settings.balances_at,
            coins=len(mine),
            last_hop_tiyn=sum(coin.amount_tiyn for coin in mine if coin.hops_left < 1),
            behind=desk.behind,
            lost=desk.store.get(BankWord, BANK_WORD) is not None,
        )

    def coins(self) -> tuple[Coin, ...]:
        """Every piece of money on the device, largest first."""
        return tuple(sorted(self._desk.coins(), key=lambda coin: (-coin.amount_tiyn, coin.output)))

    def incidents(self) -> tuple[Incident, ...]:
        """What counterparties sent that was refused, newest first."""
        return tuple(sorted(self._desk.store.all(Incident), key=lambda one: -one.number))

    def history(self, most: int = 50) -> tuple[Payment, ...]:
        """Payments, newest first, each with its way from status to status."""
        found = sorted(self._desk.store.all(Payment), key=lambda one: (-one.time, -one.number))
        return tuple(found[:most])

    def glance(self, most: int) -> Glance:
        """The open payments and the newest, found in one reading of a history that is not kept."""
        unfinished: list[Payment] = []

        def each() -> Iterator[Payment]:
            for one in self._desk.store.scan(Payment):
                if still_open(one) is not None:
                    unfinished.append(one)
                yield one

        newest = nlargest(most, each(), key=lambda one: (one.time, one.number))
        return Glance(tuple(unfinished), tuple(newest))

    def payment(self, name: str) -> Payment | Refusal:
        """A payment by the first characters of its id, as shown in the history; ``payment-unknown`` when none
        or more than one fits."""
        found = [one for one in self._desk.store.all(Payment) if one.id.hex().startswith(name.lower())]
        return found[0] if len(found) == 1 else Refusal(Code.PAYMENT_UNKNOWN, "payment")
