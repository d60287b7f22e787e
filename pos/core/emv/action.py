"""Terminal action analysis: refuse, ask the issuer or approve, by what was found out (EMV 4.3 Book 3, 10.7).

Each bit of the TVR that an issuer (IAC, on the card) or an acquirer (TAC, in the terminal) has set in its
action code calls for that action: first denial, then online, then, where nobody can be asked, default.
"""

from typing import Final

from pos.core.emv.transaction import Transaction
from tender.card.tags import Tag
from tender.card.values import Cryptogram, TransactionType, Tvr

ALWAYS_ONLINE: Final = frozenset(
    (TransactionType.CASH, TransactionType.AVAILABLE_FUNDS, TransactionType.BALANCE)
)
"""What only an issuer can answer."""


def first_request(tx: Transaction) -> Cryptogram:
    """What the card is asked for first."""
    if tx.sale.kind is TransactionType.REFUND:
        # Nothing is approved by a card that is given money: it is only made to close (Book 4, 6.3).
        return Cryptogram.AAC
    denial = tx.chosen.denial | _issuers(tx, Tag.IAC_DENIAL, Tvr(0))
    if tx.tvr & denial:
        return Cryptogram.AAC
    if tx.terminal.kind.offline_only:
        return without_issuer(tx)
    if _is_issuers(tx):
        return Cryptogram.ARQC
    online = tx.chosen.online | _issuers(tx, Tag.IAC_ONLINE, Tvr.every())
    return Cryptogram.ARQC if tx.tvr & online else Cryptogram.TC


def without_issuer(tx: Transaction) -> Cryptogram:
    """What the card is asked for when nobody can be asked, or nobody answered."""
    if _is_issuers(tx):
        # Book 3, 10.7: an online-only terminal need not look: it refuses. So does what no terminal can know.
        return Cryptogram.AAC
    return Cryptogram.AAC if _default(tx) else Cryptogram.TC


def _is_issuers(tx: Transaction) -> bool:
    """Whether nobody but the issuer may say yes: not at such a terminal, not to such a question, and to no
    amount where the floor limit is zero, also with a card that wants no risk management."""
    online_only = tx.terminal.kind.online_only or not tx.chosen.floor_tiyn
    return online_only or tx.sale.kind in ALWAYS_ONLINE


def _default(tx: Transaction) -> bool:
    return bool(tx.tvr & (tx.chosen.default | _issuers(tx, Tag.IAC_DEFAULT, Tvr.every())))


def _issuers(tx: Transaction, tag: Tag, missing: Tvr) -> Tvr:
    """An action code of the card; one that is not there has all bits, for denial none (10.7)."""
    value = tx.read.get(tag)
    return missing if value is None else Tvr.read(value, f"record.{tag:02X}")


OFFLINE_APPROVED: Final = "Y1"
OFFLINE_DECLINED: Final = "Z1"
UNREACHED_APPROVED: Final = "Y3"
UNREACHED_DECLINED: Final = "Z3"
"""The terminal's own response codes (Book 4, A6)."""
