"""The keys of a card, from the network's key in the terminal down (EMV 4.3 Book 2, 5.2–5.3, 6.3–6.4, 7.1).

Each is found once and kept with the transaction. What cannot be trusted is :class:`Untrusted`: a card without
good keys is not a broken card, only one that authenticates nothing.
"""

from typing import Final

from pos.core.emv.transaction import Transaction
from tender.card.certificates import (
    CaKey,
    IccKey,
    IssuerKey,
    KeyCertificate,
    RsaPublicKey,
    recover_icc,
    recover_issuer,
)
from tender.card.tags import Tag
from tender.errors import RemoteProtocolError

_CENTURY: Final = 2000


class Untrusted(Exception):
    """No key: it is not certified, or ``is_missing``: the card does not have the data for it."""

    def __init__(self, *, is_missing: bool = False) -> None:
        super().__init__()
        self.is_missing = is_missing


def issuer_key(tx: Transaction) -> RsaPublicKey:
    """The issuer's, by the network's (Book 2, 5.3)."""
    if tx.issuer_key is None:
        ca = ca_key(tx)
        certificate = _certificate(
            tx, Tag.ISSUER_CERTIFICATE, Tag.ISSUER_KEY_REMAINDER, Tag.ISSUER_KEY_EXPONENT
        )
        try:
            found = recover_issuer(certificate, ca.key)
        except RemoteProtocolError as error:
            raise Untrusted from error
        _check_issuer(tx, ca, found)
        tx.issuer_key = found.key
    return tx.issuer_key


def icc_key(tx: Transaction) -> RsaPublicKey:
    """The card's own for signatures (Book 2, 6.4): certified together with the static data."""
    if tx.icc_key is None:
        tx.icc_key = _certified(
            tx, Tag.ICC_CERTIFICATE, Tag.ICC_KEY_REMAINDER, Tag.ICC_KEY_EXPONENT, static_data(tx)
        )
    return tx.icc_key


def pin_key(tx: Transaction) -> RsaPublicKey:
    """The card's for enciphered PINs: one of its own, else that for signatures (Book 2, 7.1)."""
    if Tag.PIN_KEY_CERTIFICATE not in tx.read:
        return icc_key(tx)
    return _certified(tx, Tag.PIN_KEY_CERTIFICATE, Tag.PIN_KEY_REMAINDER, Tag.PIN_KEY_EXPONENT, b"")


def ca_key(tx: Transaction) -> CaKey:
    """The network's, by the application's name and the index on the card (8F); a key in the terminal whose
    check sum is wrong is none (Book 2, 10.2)."""
    index = tx.read.get(Tag.CA_KEY_INDEX, b"")
    if len(index) != 1:
        raise Untrusted(is_missing=True)
    for key in tx.terminal.ca_keys:
        if (key.rid, key.index) == (tx.chosen.rid, index[0]) and key.is_whole:
            return key
    raise Untrusted


def static_data(tx: Transaction) -> bytes:
    """The records that are authenticated, and the profile if the card wants it so: 9F4A may name that and
    nothing else (Book 3, 10.3)."""
    listed = tx.read.get(Tag.STATIC_TAGS)
    if not tx.static_is_whole or listed not in (None, bytes((Tag.AIP,))):
        raise Untrusted
    return tx.static + (tx.aip.packed() if listed is not None else b"")


def month(tx: Transaction) -> int:
    """The terminal's year and month: 202611."""
    return (_CENTURY + int(tx.today[:1].hex())) * 100 + int(tx.today[1:2].hex())


def _certified(
    tx: Transaction, certificate: Tag, remainder: Tag, exponent: Tag, static: bytes
) -> RsaPublicKey:
    parts = _certificate(tx, certificate, remainder, exponent)
    issuer = issuer_key(tx)
    try:
        found: IccKey = recover_icc(parts, issuer, static)
    except RemoteProtocolError as error:
        raise Untrusted from error
    if found.pan != tx.number_of_card.digits or found.ends_month < month(tx):
        raise Untrusted
    return found.key


def _certificate(tx: Transaction, certificate: Tag, remainder: Tag, exponent: Tag) -> KeyCertificate:
    """As it lies on the card; a remainder is there only when the key does not fit its certificate."""
    if certificate not in tx.read or exponent not in tx.read:
        raise Untrusted(is_missing=True)
    return KeyCertificate(tx.read[certificate], tx.read.get(remainder, b""), tx.read[exponent])


def _check_issuer(tx: Transaction, ca: CaKey, found: IssuerKey) -> None:
    if (
        not found.fits(tx.number_of_card.digits)
        or found.ends_month < month(tx)
        or (ca.rid, ca.index, found.serial) in tx.terminal.revoked
    ):
        raise Untrusted
