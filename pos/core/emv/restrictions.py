"""Processing restrictions: do the versions fit, may the card be used here and now (EMV 4.3 Book 3, 10.4).

Nothing ends here; each doubt is a bit of the TVR for terminal action analysis.
"""

from pos.core.emv.transaction import Transaction
from tender.card.tags import Tag
from tender.card.values import Auc, TransactionType, Tvr

_CASH = Auc.DOMESTIC_CASH | Auc.INTERNATIONAL_CASH
_SHOPPING = Auc.DOMESTIC_GOODS | Auc.DOMESTIC_SERVICES | Auc.INTERNATIONAL_GOODS | Auc.INTERNATIONAL_SERVICES
_CASHBACK = Auc.DOMESTIC_CASHBACK | Auc.INTERNATIONAL_CASHBACK
_DOMESTIC = Auc.DOMESTIC_CASH | Auc.DOMESTIC_GOODS | Auc.DOMESTIC_SERVICES | Auc.DOMESTIC_CASHBACK
_CENTURY_TURNS = 0x50
"""Years from 50 on are of the last century (Book 3, 4.1, dates)."""


def restrict(tx: Transaction) -> None:
    """Versions (10.4.1), usage (10.4.2), dates (10.4.3)."""
    version = tx.read.get(Tag.VERSION_CARD)
    if version is not None and version != tx.chosen.version:
        tx.tvr |= Tvr.VERSIONS_DIFFER
    if not _usage_allowed(tx):
        tx.tvr |= Tvr.SERVICE_NOT_ALLOWED
    today = _ordered(tx.today)
    effective = tx.read.get(Tag.EFFECTIVE)
    if effective is not None and today < _ordered(effective):
        tx.tvr |= Tvr.APPLICATION_NOT_YET_EFFECTIVE
    if today > _ordered(tx.read[Tag.EXPIRY]):
        tx.tvr |= Tvr.APPLICATION_EXPIRED


def _usage_allowed(tx: Transaction) -> bool:
    """At such a terminal (also when the issuer's country is unknown), and for such a purpose at home or
    abroad (table 28)."""
    value = tx.read.get(Tag.USAGE_CONTROL)
    if value is None:
        return True
    usage = Auc.read(value, "record.9F07")
    if (Auc.AT_ATM if tx.terminal.is_atm else Auc.NOT_AT_ATM) not in usage:
        return False
    country = tx.number(Tag.ISSUER_COUNTRY)
    if country is None:
        return True
    here = country == tx.terminal.country
    allowed = usage & (_DOMESTIC if here else ~_DOMESTIC)
    kind = tx.sale.kind
    if kind is TransactionType.CASH:
        return bool(allowed & _CASH)
    if kind is TransactionType.CASHBACK and not allowed & _CASHBACK:
        return False
    if kind in (TransactionType.PURCHASE, TransactionType.CASHBACK):
        return bool(allowed & _SHOPPING)
    return True


def _ordered(date: bytes) -> tuple[bool, bytes]:
    """A date ``YYMMDD`` in three bytes, so that later ones are greater."""
    return date[0] < _CENTURY_TURNS, date
