"""The working table of a card whose holder has no device of his own here: rows in memory, money on the card.

The terminal that the card lies on plays the holder's part of the conversation. It is not trusted for that:
the card signs only what it has checked itself (docs/protocol/purse-card.md). What the terminal knows anyway,
lists, time and verified histories, is not read a second time from the card.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from device.core.model import (
    KEY_FRESH,
    KEY_USED,
    SPENDABLE,
    Coin,
    KeyEntry,
    Settings,
)
from device.ports import Changes, Element, Store, Wire
from device.service.desk import Desk
from tender.cash.chain import Holding
from tender.cash.token import Link
from tender.crypto.directory import Profile, Trust
from tender.crypto.sealing import PIN_COST_CHEAP, Pin
from tender.errors import Code, DeviceError, LinkError

GUEST: Final = "card"
"""What the rows of a tap call their owner."""


@dataclass(frozen=True, slots=True)
class CardToken:
    """A line of a card's token table: money that the card holds and has not signed away (tiyn, seconds)."""

    output: bytes
    amount_tiyn: int
    holder: bytes
    hops_left: int
    expiry: int
    coloured: bool

    def coin(self) -> Coin:
        """The same as a row of a device, as long as nobody asks for its history."""
        return Coin(
            self.output,
            b"",
            self.holder,
            self.amount_tiyn,
            self.hops_left,
            self.expiry,
            "",
            SPENDABLE,
            b"",
            0,
        )


@dataclass(frozen=True, slots=True)
class CardKey:
    """A one-time key of a card: whether it has ever signed a request, and whether a bank has certified it."""

    public: bytes
    asked: bool
    certified: bool


class PurseCard(Protocol):
    """What a tap asks of a card beside its signatures; raises ``DeviceError`` as reader and card do."""

    @property
    def number(self) -> bytes:
        """16 bytes that tell this card from others."""

    @property
    def directory_number(self) -> int:
        """The number of the newest directory the card has seen."""

    def put_directory(self, raw: bytes) -> None:
        """Show the card a newer directory, so that it knows new banks and the date."""

    def tokens(self) -> tuple[CardToken, ...]:
        """The money it holds."""

    def packed(self, output: bytes) -> bytes:
        """The packed token of an output, spent ones included until that was acknowledged."""

    def keys(self) -> tuple[CardKey, ...]:
        """Its one-time keys, oldest first."""

    def certificate(self, key: bytes) -> bytes:
        """The packed certificate of one of its keys."""

    def unfinished(self) -> dict[bytes, tuple[Link, ...]]:
        """Links it has signed and still keeps, by the payment (16-byte id) they were signed for."""

    def asked(self, payment: bytes) -> tuple[bytes, bytes] | None:
        """A request it once made, as it signed it, and the receipt that closed it or nothing."""

    def room(self) -> tuple[int, int]:
        """How many tokens more it can hold, and bytes of history."""

    def verify_pin(self, pin: Pin) -> None:
        """For one payment. Raises ``pin-wrong`` with the tries that are left, or ``card-blocked``."""

    def acknowledge(self, receipt: bytes) -> None:
        """Show it the payee's receipt (COSE_Sign1): it forgets what it kept for just that payment."""


class _ClockOf:
    """The clock of the terminal's own device."""

    def __init__(self, host: Desk) -> None:
        self._host = host

    def now(self) -> int:
        return self._host.clock_now()


class GuestDesk(Desk):
    """:class:`Desk` for the time of one tap."""

    def __init__(self, card: PurseCard, element: Element, rows: Store, host: Desk) -> None:
        super().__init__(rows, element, _ClockOf(host), host.entropy, _no_bank, PIN_COST_CHEAP)
        self._card = card
        self._host = host
        self._held = {one.output: one for one in card.tokens()}
        self._keys = {one.public: (place, one) for place, one in enumerate(card.keys())}
        with self.commit() as changes:
            changes.put(Settings(GUEST, card.number, root_key=host.settings.root_key))
            for place, key in self._keys.values():
                changes.put(KeyEntry(key.public, KEY_USED, place))

    # --- what the terminal knows

    @property
    def trust(self) -> Trust:
        """The terminal's: the card keeps its own, and asks it before it signs."""
        return self._host.trust

    def now(self) -> int:
        """The terminal's time; the card goes by its own floor."""
        return self._host.now()

    def holding(self, packed: bytes, field: str = "token") -> Holding:
        """A token verified once for both sides: they judge by the same lists, in one program."""
        return self._host.holding(packed, field)

    # --- what lies on the card

    @property
    def held(self) -> tuple[CardToken, ...]:
        """The money on the card as the tap began, and what came since."""
        return tuple(self._held.values())

    def holding_tiyn(self) -> int:
        """All of it, whether its histories were read or not."""
        return sum(one.amount_tiyn for one in self._held.values())

    def read(self, outputs: frozenset[bytes]) -> None:
        """Have these coins at hand, with their histories and certificates."""
        missing = [self._held[one] for one in outputs if self.store.get(Coin, one) is None]
        now = self.now()
        with self.commit() as changes:
            for token in missing:
                changes.put(self.coin_of(self._card.packed(token.output), b"", now))
            for key in {token.holder for token in missing}:
                changes.put(self.with_certificate(key))

    def recall(self, output: bytes) -> tuple[Holding, bytes]:
        """What the card has signed away and still keeps: the token as it was, its holder's certificate."""
        packed = self._card.packed(output)
        holding = self.holding(packed)
        self._held[output] = _row(holding)
        entry = self.with_certificate(holding.holder)
        with self.commit() as changes:
            changes.put(self.coin_of(packed, b"", self.now()))
            changes.put(entry)
        return holding, entry.certificate

    def look_again(self) -> None:
        """What the card holds now that an earlier tap was finished; what was read stays read."""
        self._held = {one.output: one for one in self._card.tokens()}
        with self.commit() as changes:
            for coin in self.store.all(Coin):
                if coin.output not in self._held:
                    changes.drop(coin)

    def with_certificate(self, key: bytes, state: str = KEY_USED) -> KeyEntry:
        """A key of the card with its certificate."""
        if key not in self._keys:
            raise DeviceError(Code.CARD_WRONG, "card.keys")
        place, _ = self._keys[key]
        return KeyEntry(key, state, place, self._card.certificate(key))

    def read_fresh_key(self) -> None:
        """Have one key at hand that a request may be made with: the first that never asked, else the last."""
        certified = [one for _, one in self._keys.values() if one.certified]
        fresh = next((one for one in certified if not one.asked), None)
        chosen = fresh or (certified[-1] if certified else None)
        if chosen is not None:
            with self.commit() as changes:
                changes.put(self.with_certificate(chosen.public, KEY_FRESH if fresh else KEY_USED))

    def fresh_key(self) -> tuple[KeyEntry, bytes]:
        """A key for a request, and always a nonce: whether a key that never asked has held money, which may
        yet come back to it, a stranger's terminal cannot know, and what comes back has no nonce."""
        entry, nonce = super().fresh_key()
        return entry, nonce or self.entropy.draw(8)

    def profile(self) -> Profile:
        """The limits that the card's certificates name."""
        if not any(one.certificate for one in self.own_keys()):
            self.read_fresh_key()
        return super().profile()

    @contextmanager
    def commit(self, *, caught_up: bool = False) -> Iterator[Changes]:
        """Gather changes; what the card must have is on the card before anything else is believed.

        Nothing is acknowledged here: these rows do not outlive the tap, so the card keeps what it signed
        until the other side has said, in writing, that it has the money.
        """
        changes = self.store.changes()
        yield changes
        came = {coin.output: coin for coin in changes.coming(Coin) if coin.output not in self._held}
        # The card writes change into its own table in the very step in which it signs.
        holdings = {output: self.holding(coin.packed) for output, coin in came.items()}
        self.element.take([coin.packed for output, coin in came.items() if not _is_change(holdings[output])])
        before = {one.output for one in self.store.all(Coin)}
        self.store.commit(changes, self.element.counter)
        for gone in before - {one.output for one in self.store.all(Coin)}:
            self._held.pop(gone, None)
        self._held |= {output: _row(holding) for output, holding in holdings.items()}


def _is_change(holding: Holding) -> bool:
    return holding.last is not None and holding.last.signer == holding.holder


def _row(holding: Holding) -> CardToken:
    return CardToken(
        holding.output,
        holding.amount_tiyn,
        holding.holder,
        holding.hops_left,
        holding.root.expiry,
        holding.rule is not None,
    )


def _no_bank(_: str) -> Wire:
    """A card on somebody's reader speaks with no bank."""
    raise LinkError(Code.PLATFORM_UNREACHABLE, "wire")
