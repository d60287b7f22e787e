"""Proof that a key signed twice: two different payloads over one parent (docs/protocol/cash.md, section 10).

The proof stands alone. Whoever has the root key can check it, offline and with nothing else, and nobody can
make one against an honest device: it never signs a second link or claim on an output (DT-O-07). It names a
key; only the bank that certified the key can open it to a device.
"""

from dataclasses import dataclass
from typing import Final

from tender.cash.token import Claim, Link
from tender.crypto.certificates import (
    AuthorityCertificate,
    DeviceCertificate,
    Kind,
    open_authority_certificate,
)
from tender.crypto.envelope import Envelope, Typ, open_envelope
from tender.errors import Code, RemoteProtocolError
from tender.schema import Bytes, Record, Uint

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class ForkProof:
    """The bytes of a proof: the bank's certificate, the device's, and both signed spends, smaller first."""

    bank: bytes
    """The bank's authority certificate, a COSE_Sign1 by the root."""
    certificate: bytes
    """The packed device certificate."""
    key: bytes
    first: bytes
    second: bytes
    """Each a COSE_Sign1 of type link or claim."""
    version: int = VERSION


FORK_PROOF: Final = Record(
    ForkProof,
    ("version", Uint(VERSION, VERSION)),
    ("bank", Bytes(least=1, most=512)),
    ("certificate", Bytes(least=76, most=81)),
    ("key", Bytes(32)),
    ("first", Bytes(least=1, most=512)),
    ("second", Bytes(least=1, most=512)),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a valid proof says: this key, certified by this bank, spent this output twice."""

    key: bytes
    parent: bytes
    bank: AuthorityCertificate
    certificate: DeviceCertificate
    spends: tuple[Link | Claim, Link | Claim]


def make_proof(
    bank: AuthorityCertificate, certificate: DeviceCertificate, one: Envelope, other: Envelope
) -> ForkProof:
    """Lay two spends side by side; the same two give the same proof in whatever order they were found."""
    first, second = sorted((one.to_bytes(), other.to_bytes()))
    return ForkProof(bank.to_bytes(), certificate.packed(), certificate.key, first, second)


def encode_proof(proof: ForkProof) -> bytes:
    """Canonical CBOR, as `tenge verify-proof` reads it."""
    return FORK_PROOF.encode(proof)


def check_proof(data: bytes, root_key: bytes) -> Verdict:
    """Confirm a proof with the root key alone.

    Raises :class:`RemoteProtocolError`: ``proof-empty`` when the two spends are one payload or name different
    parents, ``certificate-wrong`` or ``signature-wrong`` when somebody else made them up.
    """
    proof = FORK_PROOF.decode(data, "proof")
    bank = open_authority_certificate(proof.bank, root_key, "proof.bank")
    if bank.kind is not Kind.BANK:
        raise RemoteProtocolError(Code.CERTIFICATE_WRONG, "proof.bank")
    certificate = DeviceCertificate.unpack(proof.certificate, proof.key, "proof.certificate")
    if certificate.issuer != bank.number:
        raise RemoteProtocolError(Code.CERTIFICATE_WRONG, "proof.certificate")
    certificate.check(bank.key, "proof.certificate")
    first = _open_spend(proof.first, proof.key, "proof.first")
    second = _open_spend(proof.second, proof.key, "proof.second")
    # Two signatures on one payload are one spend; and one pair of spends has one proof.
    if proof.first >= proof.second or first == second:
        raise RemoteProtocolError(Code.PROOF_EMPTY, "proof")
    if first[0].parent != second[0].parent:
        raise RemoteProtocolError(Code.PROOF_EMPTY, "proof.second.parent")
    return Verdict(proof.key, first[0].parent, bank, certificate, (first[0], second[0]))


def _open_spend(data: bytes, key: bytes, field: str) -> tuple[Link | Claim, Typ]:
    try:
        envelope, typ = open_envelope(data, Typ.LINK, field), Typ.LINK
    except RemoteProtocolError as error:
        if error.code is not Code.TYPE_CONFUSED:
            raise
        envelope, typ = open_envelope(data, Typ.CLAIM, field), Typ.CLAIM
    envelope.check(key, f"{field}.signature")
    if typ is Typ.LINK:
        return Link.from_payload(envelope.payload, field), typ
    return Claim.from_payload(envelope.payload, field), typ
