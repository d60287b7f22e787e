"""How a device asks its bank to certify a batch of keys (docs/protocol/cash.md, "Privacy").

The device's identity key signs the batch: that is what lets the bank open a key to a device later, with a
fork proof, and frame nobody. Each key proves that the device holds it.
"""

from dataclasses import dataclass
from typing import Final

from tender import canon
from tender.crypto.envelope import Envelope, Typ, open_envelope, to_be_signed
from tender.crypto.keys import PUBLIC_KEY_BYTES, verify
from tender.errors import Code, RemoteProtocolError
from tender.schema import Bytes, Many, Record, Uint

BATCH_MAX_KEYS: Final = 64
_BATCH_FORM: Final = 1
_POSSESSION_FORM: Final = 2


@dataclass(frozen=True, slots=True)
class Batch:
    """Keys made on one device, for one bank, at a time (seconds)."""

    bank: int
    time: int
    keys: tuple[bytes, ...]
    form: int = _BATCH_FORM


BATCH: Final = Record(
    Batch,
    ("form", Uint(_BATCH_FORM, least=_BATCH_FORM)),
    ("bank", Uint(999, least=100)),
    ("time", Uint(2**40)),
    ("keys", Many(Bytes(PUBLIC_KEY_BYTES), most=BATCH_MAX_KEYS, least=1)),
)


def possession_payload(key: bytes, bank: int) -> bytes:
    """What each key of a batch signs (typ BATCH): ``[2, bank, key]``, for this bank and no other."""
    return canon.encode([_POSSESSION_FORM, bank, key])


def possession_proved(key: bytes, bank: int, signature: bytes) -> bool:
    """Whether the holder of ``key`` said so to this bank."""
    return verify(signature, to_be_signed(Typ.BATCH, possession_payload(key, bank)), key)


def seal_batch(batch: Batch, signature: bytes) -> bytes:
    """A batch signed by the device's identity key, as COSE_Sign1."""
    return Envelope(Typ.BATCH, BATCH.encode(batch), signature).to_bytes()


def open_batch(data: bytes, identity_key: bytes, bank: int, proofs: tuple[bytes, ...]) -> Batch:
    """A batch with its identity signature and each proof of possession verified.

    Raises :class:`RemoteProtocolError`: ``signature-wrong``, ``field-wrong`` (another bank's, a key twice).
    """
    envelope = open_envelope(data, Typ.BATCH, "batch")
    envelope.check(identity_key, "batch.signature")
    batch = BATCH.decode(envelope.payload, "batch")
    if batch.bank != bank or len(set(batch.keys)) != len(batch.keys) or len(proofs) != len(batch.keys):
        raise RemoteProtocolError(Code.FIELD_WRONG, "batch")
    for place, (key, proof) in enumerate(zip(batch.keys, proofs, strict=True)):
        if not possession_proved(key, bank, proof):
            raise RemoteProtocolError(Code.SIGNATURE_WRONG, f"batch.proofs[{place}]")
    return batch
