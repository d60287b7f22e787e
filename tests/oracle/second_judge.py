"""A second judge of fork proofs, written from `docs/protocol/cash.md` alone (section 10)."""

from typing import NamedTuple

from tests.oracle.plain_cbor import No, need, opened, shaped, signed_by, sized, whole, within, written
from tests.oracle.second_verifier import LINK
from tests.oracle.what_root_says import AMOUNT_MAX, BANK, authority, packed_certificate, part

CLAIM = "dt-claim.v1+cbor"
LINK_HEADER = written({1: -19, 16: LINK})
COSE_MAX_BYTES = 512


class Fork(NamedTuple):
    """The key that signed twice, the output it spent twice, its bank; or the code of a refusal."""

    code: str | None
    key: bytes = b""
    parent: bytes = b""
    bank: int = 0


def judge_proof(proof: bytes, root_key: bytes) -> Fork:
    """Whether `proof` stands, for one who has the root key and nothing else."""
    try:
        return judged_proof(proof, root_key)
    except No as no:
        return Fork(no.code)


def judged_proof(proof: bytes, root_key: bytes) -> Fork:
    """The verdict of `judge_proof`, refusing by `No`."""
    cose = sized(*range(1, COSE_MAX_BYTES + 1))
    _, bank_cose, raw, key, first, second = part(
        whole(proof), within(1, 1), cose, bytes, sized(32), cose, cose
    )
    bank = authority(root_key, bank_cose)
    need(bank.kind == BANK and raw[:2] == bank.number.to_bytes(2, "big"), "certificate-wrong")
    _, end = packed_certificate(raw, 0, key, {bank.number: bank})
    need(end == len(raw), "field-wrong")
    need(first < second, "proof-empty")
    (one, parent), (two, other) = (spend(message, key) for message in (first, second))
    need(parent == other and one != two, "proof-empty")
    return Fork(None, key, parent, bank.number)


def spend(message: bytes, key: bytes) -> tuple[bytes, bytes]:
    """Payload and parent of a link or claim that `key` signed."""
    parts = whole(message[1:])
    is_link = isinstance(parts, tuple) and parts[:1] == (LINK_HEADER,)
    typ = LINK if is_link else CLAIM
    payload, signature = opened(message, typ)
    fields = whole(payload)
    amounts = within(1, AMOUNT_MAX), within(0, AMOUNT_MAX)
    if is_link:
        need(shaped(fields, sized(32), sized(32), *amounts, sized(0, 8)), "field-wrong")
    else:
        need(shaped(fields, sized(32), within(100, 999), sized(32)), "field-wrong")
    need(signed_by(key, typ, payload, signature), "signature-wrong")
    return payload, fields[0]
