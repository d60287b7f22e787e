"""Offline data authentication: is this card the issuer's own (EMV 4.3 Book 3, 10.3; Book 2, 5 and 6).

The best that both can: CDA (a signature over the cryptogram, verified with it), DDA (a signature over the
terminal's number), SDA (a signature over the card's records). What fails is a bit of the TVR: what follows
from it, terminal action analysis decides.
"""

from pos.core.emv.keys import Untrusted, icc_key, issuer_key, static_data
from pos.core.emv.objects import collect
from pos.core.emv.outcome import Reason
from pos.core.emv.steps import Stage, Steps
from pos.core.emv.transaction import Ended, Transaction
from tender.card import dol
from tender.card.apdu import SHORT_ANSWER_MOST, Command
from tender.card.certificates import open_dynamic, open_static
from tender.card.tags import Tag
from tender.card.tlv import unpack
from tender.card.values import Aip, Capabilities, Tsi, Tvr
from tender.errors import Code, RemoteProtocolError

INTERNAL_AUTHENTICATE = 0x88


def authenticate(tx: Transaction) -> Steps[None]:
    """Choose the way and go it (Book 3, 10.3)."""
    able = tx.terminal.capabilities
    if Aip.CDA in tx.aip and Capabilities.CDA in able:
        _prepare_combined(tx)
    elif Aip.DDA in tx.aip and Capabilities.DDA in able:
        yield from _dynamic(tx)
    elif Aip.SDA in tx.aip and Capabilities.SDA in able:
        _static(tx)
    else:
        tx.tvr |= Tvr.OFFLINE_DATA_AUTHENTICATION_NOT_PERFORMED


def _prepare_combined(tx: Transaction) -> None:
    """CDA: only the keys now; the signature comes with the cryptogram (Book 2, 6.6). A card without good keys
    has failed already and is asked for no signature."""
    try:
        icc_key(tx)
    except Untrusted as trouble:
        _failed(tx, Tvr.CDA_FAILED, trouble)
    else:
        tx.cda = True


def _dynamic(tx: Transaction) -> Steps[None]:
    """DDA: the card signs what its list, or ours, names (Book 2, 6.5)."""
    try:
        key = icc_key(tx)
        wanted = dol.parse(tx.read.get(Tag.DDOL, tx.chosen.ddol), "record.9F49")
        if all(tag != Tag.UNPREDICTABLE for tag, _ in wanted):
            raise Untrusted  # a signature that anybody could have kept from another day
        data = dol.fill(wanted, tx.values())
        command = Command(0x00, INTERNAL_AUTHENTICATE, 0, 0, data, SHORT_ANSWER_MOST)
        response = yield from tx.transmit(Stage.AUTHENTICATION, command)
        if not response.is_done:
            raise Ended(Reason.CARD_ANSWER_WRONG, f"authentication.{response.sw:04X}")
        signature = _signature(response.data)
        try:
            tx.read[Tag.ICC_DYNAMIC_NUMBER] = open_dynamic(signature, key, data).number
        except RemoteProtocolError as error:
            raise Untrusted from error
    except Untrusted as trouble:
        _failed(tx, Tvr.DDA_FAILED, trouble)
    else:
        tx.tsi |= Tsi.OFFLINE_DATA_AUTHENTICATION_PERFORMED


def _static(tx: Transaction) -> None:
    """SDA: the issuer's signature over the records (Book 2, 5.4)."""
    tx.tvr |= Tvr.SDA_SELECTED
    try:
        key = issuer_key(tx)
        if Tag.STATIC_SIGNATURE not in tx.read:
            raise Untrusted(is_missing=True)
        try:
            code = open_static(tx.read[Tag.STATIC_SIGNATURE], key, static_data(tx))
        except RemoteProtocolError as error:
            raise Untrusted from error
        tx.read[Tag.DATA_CODE] = code
    except Untrusted as trouble:
        _failed(tx, Tvr.SDA_FAILED, trouble)
    else:
        tx.tsi |= Tsi.OFFLINE_DATA_AUTHENTICATION_PERFORMED


def _failed(tx: Transaction, bit: Tvr, trouble: Untrusted) -> None:
    """It was tried and failed; a card without the data for it has data missing, too (Book 3, 7.5)."""
    tx.tvr |= bit
    if trouble.is_missing:
        tx.tvr |= Tvr.ICC_DATA_MISSING
    tx.tsi |= Tsi.OFFLINE_DATA_AUTHENTICATION_PERFORMED


def _signature(data: bytes) -> bytes:
    """9F4B in format 1 (80) or 2 (77) (Book 3, 6.5.9.4); what has no such form ends the transaction."""
    outer = unpack(data, "authentication", loose=True)
    if len(outer) == 1 and outer[0].tag == Tag.ANSWER_PLAIN:
        return outer[0].value
    if len(outer) == 1 and outer[0].tag == Tag.ANSWER_PACKED:
        said: dict[int, bytes] = {}
        collect(unpack(outer[0].value, "authentication.77", loose=True), said, "authentication")
        if Tag.DYNAMIC_SIGNATURE in said:
            return said[Tag.DYNAMIC_SIGNATURE]
    raise RemoteProtocolError(Code.FIELD_WRONG, "authentication")
