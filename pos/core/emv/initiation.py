"""Begin with the selected application: GET PROCESSING OPTIONS (EMV 4.3 Book 3, 6.5.8 and 10.1)."""

from typing import Final

from pos.core.emv.objects import collect
from pos.core.emv.outcome import Reason
from pos.core.emv.steps import Stage, Steps
from pos.core.emv.transaction import Ended, Transaction
from tender.card import dol
from tender.card.apdu import CONDITIONS_UNMET, SHORT_ANSWER_MOST, Command
from tender.card.tags import Tag
from tender.card.tlv import Tlv, pack, unpack
from tender.card.values import Aip
from tender.errors import Code, RemoteProtocolError

GET_PROCESSING_OPTIONS: Final = 0xA8
COMMAND_TEMPLATE: Final = 0x83
OWN_CLASS: Final = 0x80
_AFL_ENTRY: Final = 4


def initiate(tx: Transaction) -> Steps[bool]:
    """Tell the card what its PDOL wants, be told what it can do (82) and where its records are (94).

    ``False``: the card does not want this application now (6985): another may be tried (Book 3, 10.1). Any
    other trouble ends the transaction.
    """
    wanted = dol.parse(tx.fci.get(Tag.PDOL, b""), "fci.9F38")
    tx.pdol_data = dol.fill(wanted, tx.values())
    data = pack((Tlv(COMMAND_TEMPLATE, tx.pdol_data),))
    command = Command(OWN_CLASS, GET_PROCESSING_OPTIONS, 0, 0, data, SHORT_ANSWER_MOST)
    response = yield from tx.transmit(Stage.INITIATION, command)
    if response.sw == CONDITIONS_UNMET:
        return False
    if not response.is_done:
        raise Ended(Reason.CARD_ANSWER_WRONG, f"options.{response.sw:04X}")
    said = _options(response.data)
    tx.aip, tx.afl = Aip.read(said.pop(Tag.AIP, b""), "options.82"), said.pop(Tag.AFL, b"")
    if not tx.afl or len(tx.afl) % _AFL_ENTRY:
        raise RemoteProtocolError(Code.FIELD_WRONG, "options.94")
    tx.read.update(said)
    return True


def _options(data: bytes) -> dict[int, bytes]:
    """Format 1 (80: profile, then locator) or format 2 (77: objects)."""
    outer = unpack(data, "options", loose=True)
    if len(outer) != 1:
        raise RemoteProtocolError(Code.FIELD_WRONG, "options")
    tag, value = outer[0]
    if tag == Tag.ANSWER_PLAIN:
        return {Tag.AIP: value[: Aip.BYTES], Tag.AFL: value[Aip.BYTES :]}
    if tag != Tag.ANSWER_PACKED:
        raise RemoteProtocolError(Code.FIELD_WRONG, "options")
    said: dict[int, bytes] = {}
    collect(unpack(value, "options.77", loose=True), said, "options")
    return said
