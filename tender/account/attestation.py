"""A name the user chose to show (DT-A-01): attested by the bank for one key, sent beside a token to the
counterparty only, never part of a link."""

from dataclasses import dataclass
from typing import Final

from tender.crypto.envelope import Typ, open_envelope, sign
from tender.crypto.keys import PUBLIC_KEY_BYTES, SigningKey
from tender.errors import Code, RemoteProtocolError
from tender.schema import Bytes, Maybe, Record, Text


@dataclass(frozen=True, slots=True)
class Attestation:
    """Who stands behind ``key``: the name to show, and the phone unless the user left it out."""

    key: bytes
    name: str
    phone: str | None


ATTESTATION: Final = Record(
    Attestation, ("key", Bytes(PUBLIC_KEY_BYTES)), ("name", Text(120, least=1)), ("phone", Maybe(Text(20)))
)


def issue_attestation(attestation: Attestation, bank_signer: SigningKey) -> bytes:
    """Signed by the bank's certificate key."""
    return sign(Typ.ATTESTATION, ATTESTATION.encode(attestation), bank_signer).to_bytes()


def open_attestation(data: bytes, key: bytes, bank_key: bytes, field: str = "attestation") -> Attestation:
    """The attested name of ``key``; raises ``certificate-wrong`` when it is another key's or forged."""
    envelope = open_envelope(data, Typ.ATTESTATION, field)
    attestation = ATTESTATION.decode(envelope.payload, field)
    try:
        envelope.check(bank_key, field)
    except RemoteProtocolError as error:
        raise RemoteProtocolError(Code.CERTIFICATE_WRONG, field) from error
    if attestation.key != key:
        raise RemoteProtocolError(Code.CERTIFICATE_WRONG, f"{field}.key")
    return attestation
