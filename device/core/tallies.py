"""What a payment asks of all rows together, kept up with each change instead of counted anew: a wallet with a
long history pays as fast as a new one."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from device.core.model import IN, OFFLINE, OUT, Coin, KeyEntry, Payment
from tender.cash.chain import Spend
from tender.cash.messages import REQUEST

R = TypeVar("R")


class CoinTally:
    """Sum of the money that counts as held (tiyn)."""

    def __init__(self) -> None:
        self.holding_tiyn = 0

    def follow(self, was: Coin | None, now: Coin | None) -> None:
        """One coin came, changed or went."""
        self.holding_tiyn += _held_tiyn(now) - _held_tiyn(was)


class PaymentTally:
    """What open requests may still bring (tiyn), the last line's number, and which requests were paid."""

    def __init__(self) -> None:
        self.promised_tiyn = 0
        self.last_number = 0
        self.requests: dict[bytes, bytes] = {}
        """Key + nonce of each request this device has answered → its payment id (16 bytes)."""

    def follow(self, was: Payment | None, now: Payment | None) -> None:
        """One line of the history came, changed or went."""
        self.promised_tiyn += _promised_tiyn(now) - _promised_tiyn(was)
        if now is not None:
            self.last_number = max(self.last_number, now.number)
        if (was and was.message) != (now and now.message):
            for row, known in ((was, False), (now, True)):
                named = _request_of(row)
                if row is not None and named is not None:
                    if known:
                        self.requests[named] = row.id
                    else:
                        self.requests.pop(named, None)


class KeyTally:
    """Every public key of this device."""

    def __init__(self) -> None:
        self.own: set[bytes] = set()

    def follow(self, was: KeyEntry | None, now: KeyEntry | None) -> None:
        """One key came, changed or went."""
        if was is not None:
            self.own.discard(was.key)
        if now is not None:
            self.own.add(now.key)


def _held_tiyn(coin: Coin | None) -> int:
    return coin.amount_tiyn if coin is not None and coin.spendable else 0


def _promised_tiyn(row: Payment | None) -> int:
    if row is None or row.direction != IN or row.channel != OFFLINE:
        return 0
    return row.amount_tiyn if row.status in ("requested", "partial") else 0


def _request_of(row: Payment | None) -> bytes | None:
    if row is None or row.direction != OUT or row.channel != OFFLINE or not row.message:
        return None
    asked = REQUEST.decode(row.message, "request")
    return asked.key + asked.nonce


class Seen(Mapping[bytes, Spend]):
    """The spends of histories this device has met, by their parent output; read when somebody looks."""

    def __init__(self, read: Callable[[], Mapping[bytes, Spend]]) -> None:
        self._read = read
        self._found: Mapping[bytes, Spend] | None = None

    def _spends(self) -> Mapping[bytes, Spend]:
        if self._found is None:
            self._found = self._read()
        return self._found

    def __getitem__(self, parent: bytes) -> Spend:
        return self._spends()[parent]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._spends())

    def __len__(self) -> int:
        return len(self._spends())
