"""Terminal risk management: floor limit, chance, how long the card was not online (EMV 4.3 Book 3, 10.6)."""

from typing import Final

from pos.core.emv.pin import asked
from pos.core.emv.steps import Stage, Steps
from pos.core.emv.transaction import Transaction
from tender.card.tags import Tag
from tender.card.values import Aip, Tsi, Tvr

_COUNTER_BYTES: Final = 2
_PERCENT: Final = 100
_DRAWN_BYTES: Final = 4


def manage(tx: Transaction) -> Steps[None]:
    """All of it; the floor limit, chance and velocity only if the card wants it (82, byte 1 bit 4)."""
    if tx.sale.force_online:
        tx.tvr |= Tvr.MERCHANT_FORCED_ONLINE
    if tx.fingerprint in tx.terminal.exceptions:
        tx.tvr |= Tvr.CARD_ON_EXCEPTION_FILE
    if Aip.TERMINAL_RISK_MANAGEMENT not in tx.aip:
        return
    tx.tsi |= Tsi.TERMINAL_RISK_MANAGEMENT_PERFORMED
    amount = tx.sale.amount_tiyn + tx.terminal.earlier_tiyn.get(tx.fingerprint, 0)
    if amount >= tx.chosen.floor_tiyn:
        tx.tvr |= Tvr.FLOOR_LIMIT_EXCEEDED
    elif is_drawn(tx):
        tx.tvr |= Tvr.SELECTED_RANDOMLY
    yield from _velocity(tx)


def percent_of(tx: Transaction) -> int:
    """How many of a hundred such transactions go online by chance: below the threshold the target, above it
    rising to the most at the floor limit (10.6.2)."""
    application, amount = tx.chosen, tx.sale.amount_tiyn
    if amount < application.threshold_tiyn:
        return application.target_percent
    span = application.floor_tiyn - application.threshold_tiyn
    if span <= 0:
        return application.most_percent
    more = application.most_percent - application.target_percent
    return application.target_percent + more * (amount - application.threshold_tiyn) // span


def is_drawn(tx: Transaction) -> bool:
    """Whether chance takes this one."""
    drawn = int.from_bytes(tx.sale.drawn("selection", _DRAWN_BYTES), "big") % _PERCENT + 1
    return drawn <= percent_of(tx)


def _velocity(tx: Transaction) -> Steps[None]:
    """Only if the issuer set both limits (9F14, 9F23): how many uses since the last online (10.6.3)."""
    lower, upper = tx.read.get(Tag.OFFLINE_LOWER), tx.read.get(Tag.OFFLINE_UPPER)
    if lower is None or upper is None:
        return
    now = yield from _counter(tx, Tag.ATC)
    last = yield from _counter(tx, Tag.LAST_ONLINE_ATC)
    if last == 0:
        tx.tvr |= Tvr.NEW_CARD
    if now is None or last is None or now <= last:
        # Both limits count as exceeded when nobody can say.
        tx.tvr |= Tvr.LOWER_OFFLINE_LIMIT_EXCEEDED | Tvr.UPPER_OFFLINE_LIMIT_EXCEEDED
        return
    if now - last > lower[0]:
        tx.tvr |= Tvr.LOWER_OFFLINE_LIMIT_EXCEEDED
    if now - last > upper[0]:
        tx.tvr |= Tvr.UPPER_OFFLINE_LIMIT_EXCEEDED


def _counter(tx: Transaction, tag: Tag) -> Steps[int | None]:
    value = yield from asked(tx, Stage.RISK, tag)
    if value is None or len(value) != _COUNTER_BYTES:
        tx.tvr |= Tvr.ICC_DATA_MISSING
        return None
    return int.from_bytes(value, "big")
