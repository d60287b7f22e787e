"""What every use case shares: the rows, the element, the time, and the one way to commit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from device.core.limits import Standing
from device.core.model import (
    KEY_FRESH,
    KEY_USED,
    OFFLINE,
    SPENDABLE,
    Coin,
    KeyEntry,
    Payment,
    Settings,
    Signed,
    TimeFloor,
)
from device.core.tallies import CoinTally, KeyTally, PaymentTally
from device.ports import Changes, Element, Store, Wire
from tender.cash.chain import Holding, verify_chain
from tender.cash.messages import REQUEST
from tender.cash.revocation import open_list
from tender.crypto.certificates import DAY_S, DeviceCertificate
from tender.crypto.directory import NoRevocations, Profile, Trust, open_directory
from tender.crypto.sealing import PinCost
from tender.crypto.time_floor import NO_CORRECTION, open_correction
from tender.errors import Code, DeviceError, StoreError
from tender.ports import Clock, Entropy

if TYPE_CHECKING:
    from tender.account.client_messages import Balances

DIRECTORY: Final = "directory"
REVOCATIONS: Final = "revocations"
CORRECTION: Final = "correction"
TIME_FLOOR: Final = b"floor"
KEY_OUTLASTS_S: Final = 35 * DAY_S
"""A holder's certificate must outlast the token, and tokens live a month: a key with less left would only be
good for depositing."""
KEY_RESTS_S: Final = 100 * DAY_S
"""Longer than money lives and may be claimed after a certificate's end: nothing can come back to it."""
SETTINGS: Final = b"settings"
VERIFIED_MOST: Final = 1_000
"""Histories that a running wallet does not verify a second time."""
_DIRECTORY: Final = DIRECTORY.encode()
_REVOCATIONS: Final = REVOCATIONS.encode()
_CORRECTION: Final = CORRECTION.encode()


class Desk:
    """The wallet's working table. Use cases read rows here and commit here; nothing else writes."""

    def __init__(
        self,
        store: Store,
        element: Element,
        clock: Clock,
        entropy: Entropy,
        wire: Callable[[str], Wire],
        pin_cost: PinCost,
    ) -> None:
        self.store = store
        self.element = element
        self.entropy = entropy
        self.wire = wire
        self.pin_cost = pin_cost
        self._clock = clock
        self._trust: Trust | None = None
        self._trusted: tuple[Signed | None, ...] = ()
        self._verified: dict[bytes, Holding] = {}

    @property
    def settings(self) -> Settings:
        """Who this wallet is."""
        found = self.store.get(Settings, SETTINGS)
        if found is None:
            raise StoreError(Code.STORE_TAMPERED, "store.settings")
        return found

    @property
    def behind(self) -> bool:
        """Whether the wallet's file is an older copy: its element has done more than the file remembers."""
        return self.store.mark < self.element.acknowledged

    def check_writable(self) -> None:
        """Raises ``store-behind`` while the file is an old copy, ``element-refused`` when the element is."""
        if self.behind:
            raise StoreError(Code.STORE_BEHIND, "store.counter")
        if self.store.mark > self.element.counter:
            # The element itself was put back: it would sign again what it has forgotten.
            raise DeviceError(Code.ELEMENT_REFUSED, "element.counter")

    @contextmanager
    def commit(self, *, caught_up: bool = False) -> Iterator[Changes]:
        """Gather changes; on leaving they are durable, together with the element's counter, or none is.

        The element may forget what it signed only when none of it is missing here (see ``claiming``). An old
        copy of the file stays known as one until a sync was answered (``caught_up``), whatever is written.
        """
        changes = self.store.changes()
        yield changes
        self.element.take([coin.packed for coin in changes.coming(Coin) if self._is_new(coin)])
        counter = self.element.counter
        old = self.behind and not caught_up
        self.store.commit(changes, self.store.mark if old else counter)
        if not old and not self.unwritten():
            self.element.acknowledge(counter)

    def _is_new(self, coin: Coin) -> bool:
        return coin.spendable and self.store.get(Coin, coin.output) is None

    def unwritten(self) -> list[Coin]:
        """Money that the element has signed away in a step the power cut short: here it still looks whole."""
        found = (self.store.get(Coin, output) for output in self.element.kept())
        return [coin for coin in found if coin is not None and coin.spendable]

    @property
    def trust(self) -> Trust:
        """What this device judges money by; ``not-enrolled`` before the first directory."""
        found = tuple(self.store.get(Signed, what) for what in (_DIRECTORY, _REVOCATIONS, _CORRECTION))
        if self._trust is None or self._trusted != found:
            directory, listed, corrected = found
            root_key = self.settings.root_key
            if root_key is None or directory is None:
                raise StoreError(Code.NOT_ENROLLED, "wallet")
            floor = self.store.get(TimeFloor, TIME_FLOOR)
            self._trust = Trust(
                root_key,
                open_directory(directory.raw, root_key),
                open_list(listed.raw, root_key, ours=True) if listed else NoRevocations(),
                floor.seconds if floor else 0,
                open_correction(corrected.raw, root_key) if corrected else NO_CORRECTION,
            )
            self._trusted = found
            self._verified = {}
        return self._trust

    def clock_now(self) -> int:
        """The clock of this machine."""
        return self._clock.now()

    def now(self) -> int:
        """The device's time: the clock, but never before what the root has signed."""
        settings = self.settings
        known = settings.root_key is not None and self.store.get(Signed, _DIRECTORY) is not None
        return self.trust.now(self._clock.now()) if known else self._clock.now()

    # --- money in hand

    def coins(self) -> tuple[Coin, ...]:
        """Every output this device holds, spendable or on its way to the account."""
        return self.store.all(Coin)

    def spendable(self) -> tuple[Coin, ...]:
        """What can be paid with, unless the element has already signed it away."""
        return tuple(
            coin for coin in self.coins() if coin.spendable and not self.element.has_signed(coin.output)
        )

    def holding_tiyn(self) -> int:
        """All the money counted on this device."""
        return self._coin_tally.holding_tiyn

    def standing(self) -> Standing:
        """Where the device stands against its limits."""
        return Standing(self.holding_tiyn(), self.settings.paid_since_sync_tiyn)

    def promised_tiyn(self) -> int:
        """What the device holds and what it has asked for and may still be paid."""
        return self.holding_tiyn() + self.payment_tally.promised_tiyn

    @cached_property
    def _coin_tally(self) -> CoinTally:
        tally = CoinTally()
        self.store.follow(Coin, tally.follow)
        return tally

    @cached_property
    def payment_tally(self) -> PaymentTally:
        """What the whole history says, line by line."""
        tally = PaymentTally()
        self.store.follow(Payment, tally.follow)
        return tally

    @cached_property
    def key_tally(self) -> KeyTally:
        """Whose keys are ours."""
        tally = KeyTally()
        self.store.follow(KeyEntry, tally.follow)
        return tally

    def holding(self, packed: bytes, field: str = "token") -> Holding:
        """A token verified from its root on, once for each state of what this device trusts."""
        trust = self.trust
        found = self._verified.get(packed)
        if found is None:
            found = verify_chain(packed, trust, field)
            while len(self._verified) >= VERIFIED_MOST:
                del self._verified[next(iter(self._verified))]
            self._verified[packed] = found
        return found

    def coin_of(self, packed: bytes, payment: bytes, now: int) -> Coin:
        """The row of a token that is now ours."""
        holding = self.holding(packed)
        return Coin(
            output=holding.output,
            packed=packed,
            holder=holding.holder,
            amount_tiyn=holding.amount_tiyn,
            hops_left=holding.hops_left,
            expiry=holding.root.expiry,
            purpose=holding.rule.purpose if holding.rule else "",
            state=SPENDABLE,
            payment=payment,
            since=now,
        )

    def next_number(self) -> int:
        """The number of the next line of the history."""
        return self.payment_tally.last_number + 1

    # --- keys

    def key(self, public: bytes) -> KeyEntry | None:
        """A key of ours."""
        return self.store.get(KeyEntry, public)

    def own_keys(self, state: str | None = None) -> list[KeyEntry]:
        """Our keys, oldest first."""
        found = [one for one in self.store.all(KeyEntry) if state in (None, one.state)]
        return sorted(found, key=lambda one: one.number)

    def fresh_key(self) -> tuple[KeyEntry, bytes]:
        """A certified key for a request, and the nonce it needs: none when the key was never used.

        When all are used up the last one serves again with eight random bytes: privacy suffers, payment does
        not. Raises ``keys-exhausted`` when every certificate has ended (sync brings new ones), and
        ``not-enrolled`` when there never was one.
        """
        now = self.now()
        # An old copy of the file believes that keys are fresh which the element knows better.
        fresh = next((entry for entry in self.fresh_keys() if not self.element.has_asked(entry.key)), None)
        if fresh is not None:
            return fresh, b""
        # Money that comes to a key so near its end can only be deposited; that is better than a refusal.
        short = (entry for entry in self.own_keys(KEY_FRESH) if expiry_of(entry) > now)
        late = next((entry for entry in short if not self.element.has_asked(entry.key)), None)
        if late is not None:
            return late, b""
        used = [entry for entry in self.own_keys(KEY_USED) if expiry_of(entry) > now]
        if used:
            return used[-1], self.entropy.draw(8)
        raise StoreError(Code.KEYS_EXHAUSTED if self.own_keys() else Code.NOT_ENROLLED, "keys")

    def fresh_keys(self) -> list[KeyEntry]:
        """Certified keys never used, whose certificates outlast any money that may come to them."""
        least = self.now() + KEY_OUTLASTS_S
        return [entry for entry in self.own_keys(KEY_FRESH) if expiry_of(entry) > least]

    def worn_out(self) -> list[KeyEntry]:
        """Keys whose certificates ended long ago and on which nothing rests: no money, no open request."""
        ended = self.now() - KEY_RESTS_S
        resting = {coin.holder for coin in self.coins()}
        talking = {
            REQUEST.decode(payment.message, "request").key
            for payment in self.store.all(Payment)
            if payment.channel == OFFLINE and payment.message and payment.status in ("requested", "partial")
        }
        old = (entry for entry in self.own_keys() if 0 < expiry_of(entry) < ended)
        return [entry for entry in old if entry.key not in resting | talking]

    def certificate_of(self, public: bytes) -> bytes:
        """The packed certificate of one of our keys."""
        entry = self.key(public)
        if entry is None or not entry.certificate:
            raise StoreError(Code.CERTIFICATE_MISSING, "keys", key=public.hex()[:16])
        return entry.certificate

    def profile(self) -> Profile:
        """Our own limits, by our newest certificate."""
        certified = [one for one in self.own_keys() if one.certificate]
        if not certified:
            raise StoreError(Code.NOT_ENROLLED, "keys")
        newest = certified[-1]
        certificate = DeviceCertificate.unpack(newest.certificate, newest.key, "certificate")
        return self.trust.profile(certificate.profile, "certificate.profile")

    def used(self, entry: KeyEntry) -> KeyEntry:
        """The same key, marked as spoken with."""
        return replace(entry, state=KEY_USED)


def expiry_of(entry: KeyEntry) -> int:
    """When a key's certificate ends (seconds); 0 when it has none."""
    if not entry.certificate:
        return 0
    return DeviceCertificate.unpack(entry.certificate, entry.key, "certificate").expiry


def remembered(settings: Settings, balances: "Balances", now: int) -> Settings:
    """The settings with what the bank says of the accounts at this time."""
    return replace(
        settings, account_tiyn=balances.dt_tiyn, noncash_tiyn=balances.noncash_tiyn, balances_at=now
    )
