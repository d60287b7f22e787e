"""The technical view of a card payment: what chip and terminal found, bit by bit, in words.

The words are those of the standard (EMV Book 3, Annex C), in English: whoever reads them has it at hand.
"""

from typing import Final

from tender.card.cvm_list import Method, results_words
from tender.card.values import Tsi, Tvr

CVM_RESULTS_BYTES: Final = 3
METHOD: Final = 0x3F
"""The bits of the first byte that name the method."""


def card_holder_words(cvm: bytes) -> str:
    """The receipt's label for how the customer proved to be the holder (tag 9F34), or nothing."""
    method = cvm[0] & METHOD if len(cvm) == CVM_RESULTS_BYTES else None
    if method in (Method.PLAIN_PIN, Method.ONLINE_PIN, Method.ENCIPHERED_PIN):
        return "receipt.card-pin"
    signs = (Method.SIGNATURE, Method.PLAIN_PIN_AND_SIGNATURE, Method.ENCIPHERED_PIN_AND_SIGNATURE)
    return "receipt.card-signature" if method in signs else ""


def technical_lines(
    aid: bytes, tvr: bytes, tsi: bytes, cvm: bytes, cryptogram: bytes
) -> tuple[tuple[str, str], ...]:
    """(name, value) line by line; what is not known has no line, a bit has a line without a name."""
    lines = [("AID", aid.hex().upper())] if aid else []
    if len(tvr) == Tvr.BYTES:
        lines.append(("TVR", tvr.hex().upper()))
        lines += [("", one) for one in Tvr.read(tvr).words]
    if len(tsi) == Tsi.BYTES:
        lines.append(("TSI", tsi.hex().upper()))
        lines += [("", one) for one in Tsi.read(tsi).words]
    if len(cvm) == CVM_RESULTS_BYTES:
        lines.append(("CVM", cvm.hex().upper()))
        lines.append(("", ", ".join(results_words(cvm))))
    if cryptogram:
        lines.append(("AC", cryptogram.hex().upper()))
    return tuple(lines)
