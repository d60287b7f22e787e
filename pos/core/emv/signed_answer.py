"""The signature over a cryptogram: combined dynamic data authentication (EMV 4.3 Book 2, 6.6.2).

It says which cryptogram the card gave, in answer to exactly what it was told: whoever sits between card and
terminal can neither turn a refusal into an approval nor change a byte of the data.
"""

from pos.core.emv.keys import Untrusted, icc_key
from pos.core.emv.transaction import Transaction
from tender.card.certificates import CombinedData, digest, open_dynamic
from tender.card.tags import Tag
from tender.card.values import Tsi, Tvr
from tender.errors import RemoteProtocolError


def opened_answer(tx: Transaction, said: dict[int, bytes], template: bytes, *, is_second: bool) -> bool:
    """Verify, and add what stands within the signature (9F26, 9F4C) to what was said.

    ``template``: the value of the answer's template 77 as it came. ``False``: not signed, or not truly; the
    TVR says so then, and a cryptogram beside the signature counts for nothing.
    """
    tx.tsi |= Tsi.OFFLINE_DATA_AUTHENTICATION_PERFORMED
    said.pop(Tag.CRYPTOGRAM, None)
    signature = said.get(Tag.DYNAMIC_SIGNATURE, b"")
    told = tx.pdol_data + tx.cdol1_data + (tx.cdol2_data if is_second else b"")
    try:
        dynamic = open_dynamic(signature, icc_key(tx), tx.unpredictable)
        combined = CombinedData.from_bytes(dynamic.rest)
    except (RemoteProtocolError, Untrusted):
        tx.tvr |= Tvr.CDA_FAILED
        return False
    information = said[Tag.CRYPTOGRAM_INFORMATION][0]
    hashed = digest(told, _without(template, signature))
    if combined.cryptogram_information != information or combined.transaction_hash != hashed:
        tx.tvr |= Tvr.CDA_FAILED
        return False
    said[Tag.CRYPTOGRAM] = combined.cryptogram
    said[Tag.ICC_DYNAMIC_NUMBER] = dynamic.number
    return True


def _without(template: bytes, signature: bytes) -> bytes:
    """The answer's objects as they came, but for the signature: it cannot sign itself (Book 2, table 18)."""
    count = len(signature)
    lengths = [bytes((0x81, count)), b"\x82" + count.to_bytes(2, "big")]
    if count < 0x80:
        lengths.insert(0, bytes((count,)))
    tag = Tag.DYNAMIC_SIGNATURE.to_bytes(2, "big")
    for length in lengths:
        whole = tag + length + signature
        if whole in template:
            return template.replace(whole, b"", 1)
    return template
