"""The technical view of a card payment: what chip and terminal found, bit by bit, in words.

The words are those of the standard (EMV Book 3, Annex C), in English: whoever reads them has it at hand.
"""

from tender.card.cvm_list import results_words
from tender.card.values import Tsi, Tvr

CVM_RESULTS_BYTES = 3


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
