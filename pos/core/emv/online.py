"""Online: ask the issuer, and let the card judge its answer (EMV 4.3 Book 3, 10.9; Book 4, 12.2)."""

from dataclasses import dataclass
from typing import Final

from pos.core.emv.scripts import SCRIPTS_BYTES_MOST
from pos.core.emv.steps import Answered, GoOnline, Stage, Steps, Unanswered
from pos.core.emv.transaction import Transaction
from tender.card.apdu import Command
from tender.card.tags import ABOUT, Tag
from tender.card.tlv import Tlv, pack, unpack
from tender.card.values import Aip, Tsi, Tvr
from tender.errors import Code, LocalProtocolError, RemoteProtocolError

EXTERNAL_AUTHENTICATE: Final = 0x82
"""Book 3, 6.5.4."""


@dataclass(frozen=True, slots=True)
class IssuerData:
    """What the issuer sent for the chip."""

    authentication: bytes = b""
    """Tag 91; empty: none."""
    before: tuple[bytes, ...] = ()
    """Scripts 71."""
    after: tuple[bytes, ...] = ()
    """Scripts 72."""


def ask_issuer(tx: Transaction) -> Steps[Answered | Unanswered]:
    """Send what the issuer must know; the answer stays with the transaction."""
    tx.stage = Stage.ONLINE
    reply = yield GoOnline(
        tx.online_data(),
        tx.pin_block,
        tx.number_of_card,
        tx.read[Tag.EXPIRY].hex()[:4],
        tx.sequence,
        tx.read.get(Tag.TRACK2, b""),
    )
    if not isinstance(reply, Answered | Unanswered):
        raise LocalProtocolError(Code.OUT_OF_ORDER, "reply", got=type(reply).__name__)
    tx.answer = reply
    return reply


def issuer_data(answer: Answered) -> IssuerData:
    """Data element 55 of an answer. What cannot be read, or is longer than a card must take, is as if it had
    not come: the answer's code counts all the same, and the card, told nothing, decides for itself."""
    try:
        found = unpack(answer.chip_data, "answer", loose=True)
    except RemoteProtocolError:
        return IssuerData()
    given = [one.value for one in found if one.tag == Tag.ISSUER_AUTHENTICATION]
    authentication = given[0] if len(given) == 1 else b""
    if not ABOUT[Tag.ISSUER_AUTHENTICATION].fits(len(authentication)):
        authentication = b""
    before = tuple(one.value for one in found if one.tag == Tag.SCRIPT_BEFORE)
    after = tuple(one.value for one in found if one.tag == Tag.SCRIPT_AFTER)
    scripts = pack(Tlv(Tag.SCRIPT_BEFORE, script) for script in before + after)
    if len(scripts) > SCRIPTS_BYTES_MOST:
        before = after = ()
    return IssuerData(authentication, before, after)


def authenticate_issuer(tx: Transaction, authentication: bytes) -> Steps[None]:
    """EXTERNAL AUTHENTICATE, once, if the card can (82) and there is something to judge. A card that judges
    with its second cryptogram finds it there (CDOL2 names 91)."""
    if authentication:
        tx.read[Tag.ISSUER_AUTHENTICATION] = authentication
    if not authentication or Aip.ISSUER_AUTHENTICATION not in tx.aip:
        return
    response = yield from tx.transmit(
        Stage.ISSUER_AUTHENTICATION, Command(0x00, EXTERNAL_AUTHENTICATE, 0, 0, authentication)
    )
    tx.tsi |= Tsi.ISSUER_AUTHENTICATION_PERFORMED
    if not response.is_done:
        tx.tvr |= Tvr.ISSUER_AUTHENTICATION_FAILED
