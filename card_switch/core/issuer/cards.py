"""The cards of one issuer: what is fixed about each (:class:`CardRecord`) and what moves (:class:`Usage`).

They are two rows, so that an operator's change and a purchase never write the same one. Amounts are tiyn; a
day is the issuer's calendar day.
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from typing import Final

from tender.account.card_messages import ACTIVE, CARD_LINK_BYTES, CARD_STATES, REAL, VIRTUAL
from tender.card.pan import Pan
from tender.money import AMOUNT_MAX_TIYN
from tender.schema import Bytes, Choice, Many, Record, Text, Uint

CARDS: Final = "cards"
USAGES: Final = "usages"
"""Tables of rows; the key is the card's link id in hexadecimal."""

PIN_TRIES: Final = 3
CODE_TRIES: Final = 5
"""Printed codes and expiries that may be wrong, one after the other, before a typed number counts no more."""
STRIPE_TRIES: Final = 5
"""The same for a stripe's check value. Apart from each other: who has copied a stripe would otherwise get
tries for the printed code back with it, over and over."""
ATC_WINDOW: Final = 60
"""How far behind the highest counter one may come that was not seen yet (answers overtake each other)."""
LOST: Final = "lost"
STOLEN: Final = "stolen"
DAY_S: Final = 86_400
DAY_BEGINS_S: Final = 5 * 3600
"""A calendar day of Kazakhstan begins so long before that of UTC (one zone, UTC+5)."""
_CENTURY: Final = 2000
_EPOCH: Final = date(1970, 1, 1)
_COUNT_MOST: Final = 1_000_000


class Proof(Enum):
    """What somebody who used a card in vain had, or tried, to prove: tries are told of by each apart, so that
    whoever has the number alone fills no list before a PIN is tried."""

    NUMBER = "number"
    """Nothing but the number was needed to hear this no."""
    STATE = "state"
    """The card is blocked, closed, not activated or expired."""
    CHIP = "chip"
    STRIPE = "stripe"
    PRINTED = "printed"
    PIN = "pin"
    """Of a card that was read: it, or a copy of its stripe, was there."""
    GIVEN = "given"
    """The card was proved, and something else was in the way."""


_PROOFS: Final = tuple(Proof)
_TOLD_OF_NONE: Final = (0,) * len(_PROOFS)


@dataclass(frozen=True, slots=True)
class Limits:
    """The most by this card: in one operation, in a day, in cash in a day, and how many a day."""

    operation_tiyn: int = 1_000_000_00
    day_tiyn: int = 3_000_000_00
    cash_day_tiyn: int = 500_000_00
    day_count: int = 100


@dataclass(frozen=True, slots=True, repr=False)
class CardRecord:
    """A card. ``link``: what the bank's node knows it by; ``sequence``: tag 5F34; ``expiry``: YYMM;
    ``service_code`` that of its stripe; ``why`` it is blocked: ``lost``, ``stolen`` or other words."""

    link: bytes
    number: str
    sequence: int
    expiry: str
    service_code: str
    pvv: str
    kind: str
    state: str
    why: str
    client: str
    limits: Limits
    changes: int = 0
    """How often its state has changed: each change is an order of its own to the bank."""

    @property
    def pan(self) -> Pan:
        """Its number, masking itself."""
        return Pan(self.number)

    @property
    def is_virtual(self) -> bool:
        """Whether there is no plastic: neither chip nor stripe."""
        return self.kind == VIRTUAL

    @property
    def is_active(self) -> bool:
        """Whether it may be used at all."""
        return self.state == ACTIVE

    def expired(self, day: int) -> bool:
        """Whether its last month is over; ``day``: as :func:`day_of`."""
        return day >= (self._ended() - _EPOCH).days

    def remade(self) -> "CardRecord":
        """With another chip: the next sequence number and, so that neither the earlier card's stripe nor what
        is printed on it is this card's, the next month as its last one."""
        return replace(self, sequence=self.sequence + 1, expiry=f"{self._ended():%y%m}")

    def _ended(self) -> date:
        """The first day after its last month."""
        # Counted from 0, the month after it has the number this one has counted from 1.
        year, month = divmod((_CENTURY + int(self.expiry[:2])) * 12 + int(self.expiry[2:]), 12)
        return date(year, month + 1, 1)

    def __repr__(self) -> str:
        return f"CardRecord({self.pan}, {self.state})"


@dataclass(frozen=True, slots=True)
class Usage:
    """What was done with a card: spent on ``day``, tries left for the PIN, printed codes and stripes,
    counters of the chip that were seen (``atc_seen``: bit n stands for ``atc_highest`` − n); ``scripts`` that
    it has not yet said it carried out, and the counter of the transaction they went out with last (0: not
    yet)."""

    link: bytes
    day: int = 0
    spent_tiyn: int = 0
    cash_tiyn: int = 0
    count: int = 0
    pin_tries: int = PIN_TRIES
    atc_highest: int = 0
    atc_seen: int = 0
    scripts: tuple[str, ...] = ()
    scripts_atc: int = 0
    code_tries: int = CODE_TRIES
    stripe_tries: int = STRIPE_TRIES
    tries_told: tuple[int, ...] = _TOLD_OF_NONE
    """Tries in vain of this day that its customer has been told of, in the order of :class:`Proof`."""

    def on(self, day: int) -> "Usage":
        """With nothing spent yet when the day is a new one."""
        if self.day >= day:
            return self
        return replace(self, day=day, spent_tiyn=0, cash_tiyn=0, count=0, tries_told=_TOLD_OF_NONE)

    def spending(self, amount_tiyn: int, cash: bool) -> "Usage":
        """One operation more."""
        return replace(
            self,
            spent_tiyn=self.spent_tiyn + amount_tiyn,
            cash_tiyn=self.cash_tiyn + (amount_tiyn if cash else 0),
            count=self.count + 1,
        )

    def giving_back(self, day: int, amount_tiyn: int, cash: bool, whole: bool) -> "Usage":
        """An operation of this day, or a part of it, was undone; one of an earlier day no longer counts."""
        if day != self.day:
            return self
        return replace(
            self,
            spent_tiyn=max(0, self.spent_tiyn - amount_tiyn),
            cash_tiyn=max(0, self.cash_tiyn - (amount_tiyn if cash else 0)),
            count=max(0, self.count - whole),
        )

    def told(self, proof: Proof) -> int:
        """How many tries in vain of this kind its customer has been told of today."""
        return self.tries_told[_PROOFS.index(proof)]

    def telling(self, proof: Proof) -> "Usage":
        """One more."""
        told = (count + (one is proof) for one, count in zip(_PROOFS, self.tries_told, strict=True))
        return replace(self, tries_told=tuple(told))

    def no_longer_wanting(self, script: str) -> "Usage":
        """Without a script that is not to be sent any more."""
        return replace(self, scripts=tuple(one for one in self.scripts if one != script))

    def wanting(self, script: str) -> "Usage":
        """With a script to be sent; one that waits already waits once."""
        scripts = tuple(one for one in self.scripts if one != script)
        return replace(self, scripts=(*scripts, script), scripts_atc=0)

    def counted(self, atc: int) -> "Usage | None":
        """With this counter of the chip; None when it was seen before or is too far behind: a replay."""
        ahead = atc - self.atc_highest
        if ahead > 0:
            seen = (self.atc_seen << ahead | 1) & (1 << ATC_WINDOW) - 1
            return replace(self, atc_highest=atc, atc_seen=seen)
        if -ahead >= ATC_WINDOW or self.atc_seen >> -ahead & 1:
            return None
        return replace(self, atc_seen=self.atc_seen | 1 << -ahead)


LIMITS: Final = Record(
    Limits,
    ("operation_tiyn", Uint(AMOUNT_MAX_TIYN)),
    ("day_tiyn", Uint(AMOUNT_MAX_TIYN)),
    ("cash_day_tiyn", Uint(AMOUNT_MAX_TIYN)),
    ("day_count", Uint(_COUNT_MOST)),
)
CARD_RECORD: Final = Record(
    CardRecord,
    ("link", Bytes(CARD_LINK_BYTES)),
    ("number", Text(19, least=12)),
    ("sequence", Uint(99)),
    ("expiry", Text(4, least=4)),
    ("service_code", Text(3, least=3)),
    ("pvv", Text(4)),
    ("kind", Choice((VIRTUAL, REAL))),
    ("state", Choice(CARD_STATES)),
    ("why", Text(60)),
    ("client", Text(20, least=1)),
    ("limits", LIMITS),
    ("changes", Uint(_COUNT_MOST)),
)
USAGE: Final = Record(
    Usage,
    ("link", Bytes(CARD_LINK_BYTES)),
    ("day", Uint()),
    ("spent_tiyn", Uint()),
    ("cash_tiyn", Uint()),
    ("count", Uint()),
    ("pin_tries", Uint(PIN_TRIES)),
    ("atc_highest", Uint(0xFFFF)),
    ("atc_seen", Uint((1 << ATC_WINDOW) - 1)),
    ("scripts", Many(Text(20), most=8)),
    ("scripts_atc", Uint(0xFFFF)),
    ("code_tries", Uint(CODE_TRIES)),
    ("stripe_tries", Uint(STRIPE_TRIES)),
    ("tries_told", Many(Uint(_COUNT_MOST), most=len(_PROOFS), least=len(_PROOFS))),
)


def day_of(now_ms: int) -> int:
    """The issuer's calendar day as a number: days since 1970 in Kazakhstan."""
    return (now_ms // 1000 + DAY_BEGINS_S) // DAY_S
