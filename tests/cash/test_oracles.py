"""Two unrelated COSE libraries verify what our compact forms expand to: link, claim, root, certificates,
request, receipt. They share no line with tender/crypto; a mistake there would have to be made three times."""

from dataclasses import dataclass

import cbor2
import cwt
import pytest
from pycose.algorithms import CoseAlgorithm, EdDSA
from pycose.keys import OKPKey
from pycose.keys.curves import Ed25519
from pycose.messages import Sign1Message

from tender.cash.chain import verify_chain
from tender.cash.messages import unwrap
from tender.cash.revocation import sign_list
from tender.cash.token import Claim
from tender.crypto import envelope
from tender.crypto.certificates import Kind, issue_authority_certificate
from tender.crypto.envelope import Typ
from tests.cash.two_devices import Phone, carry
from tests.mint import ALTYN, EURASIAN, NOW, Mint


@CoseAlgorithm.register_attribute()
class Ed25519Specified(EdDSA):
    """Algorithm -19 of RFC 9864, which pycose 1.1.0 does not know yet."""

    identifier = -19
    fullname = "ED25519"


@dataclass(frozen=True)
class Said:
    """A signed message, the key that must have signed it, and its type."""

    name: str
    message: bytes
    key: bytes
    typ: Typ


def everything() -> list[Said]:
    """One of each kind, taken from a real payment of coloured-free money with change and a nonce."""
    mint = Mint()
    trust = mint.trust()
    aigul = mint.device("Aigul")
    shop = mint.device("M", EURASIAN, category=5814, business="123456789012")
    dana = mint.device("Dana", EURASIAN)
    payer = Phone("Aigul", trust, [aigul], [mint.load(aigul, 50_000)])
    payee = Phone("M", trust, [shop])
    payee.ask_for(30_000, nonce=b"8 bytes.")
    carry(payee, payer)
    holding = verify_chain(payee.tokens[0], trust)
    payee.disk = b""
    last = Phone("Dana", trust, [dana])
    last.ask_for(30_000)
    carry(last, payee)
    longer = verify_chain(last.tokens[0], trust)
    bank = issue_authority_certificate(
        mint.root,
        kind=Kind.BANK,
        number=ALTYN,
        name="Altyn Bank",
        expiry=NOW,
        serial=bytes(8),
        key=mint.bank(ALTYN).public_key,
    )
    claim = Claim(longer.output, ALTYN, bytes(32))
    claimed = envelope.sign(Typ.CLAIM, claim.payload(), dana.key).to_bytes()
    merchant = longer.spends[1].device_certificate()
    return [
        Said("root", longer.root_envelope().to_bytes(), mint.issuer.public_key, Typ.ROOT),
        Said("link", longer.spends[0].envelope().to_bytes(), aigul.key.public_key, Typ.LINK),
        Said("second link", longer.spends[1].envelope().to_bytes(), shop.key.public_key, Typ.LINK),
        Said("claim", claimed, dana.key.public_key, Typ.CLAIM),
        Said(
            "person's certificate",
            holding.spends[0].device_certificate().envelope().to_bytes(),
            mint.bank(ALTYN).public_key,
            Typ.CERTIFICATE,
        ),
        Said(
            "merchant's certificate",
            merchant.envelope().to_bytes(),
            mint.bank(EURASIAN).public_key,
            Typ.CERTIFICATE,
        ),
        Said("bank's certificate", bank.to_bytes(), mint.root.public_key, Typ.CERTIFICATE),
        Said("request", unwrap(payee.sent[0])[1], shop.key.public_key, Typ.REQUEST),
        Said("receipt", unwrap(payee.sent[1])[1], shop.key.public_key, Typ.RECEIPT),
        Said("directory", trust.directory.raw, mint.root.public_key, Typ.DIRECTORY),
        Said(
            "revocation list",
            sign_list(7, NOW, {(ALTYN, 21_500): [3, 9]}, mint.root),
            mint.root.public_key,
            Typ.REVOCATIONS,
        ),
    ]


SAID = everything()


def flipped(message: bytes) -> bytes:
    """The same message with the last bit of its payload turned."""
    protected, unprotected, payload, signature = cbor2.loads(message).value
    turned = payload[:-1] + bytes((payload[-1] ^ 1,))
    return cbor2.dumps(cbor2.CBORTag(18, [protected, unprotected, turned, signature]))


def pycose_says(message: bytes, key: bytes) -> bool:
    opened = Sign1Message.decode(message)
    opened.key = OKPKey(crv=Ed25519, x=key)
    return bool(opened.verify_signature())


def cwt_says(message: bytes, key: bytes) -> bytes:
    public = cwt.COSEKey.new({1: 1, -1: 6, -2: key, 3: -19})
    return bytes(cwt.COSE.new().decode(message, public))


@pytest.mark.row("DT-Q-10")
@pytest.mark.parametrize("said", SAID, ids=lambda said: said.name)
def test_pycose_verifies_it(said: Said) -> None:
    assert pycose_says(said.message, said.key)
    assert not pycose_says(flipped(said.message), said.key)


@pytest.mark.row("DT-Q-10")
@pytest.mark.parametrize("said", SAID, ids=lambda said: said.name)
def test_cwt_verifies_it_and_reads_the_same_payload(said: Said) -> None:
    ours = envelope.open_envelope(said.message, said.typ, "message")
    assert cwt_says(said.message, said.key) == ours.payload
    with pytest.raises(cwt.VerifyError):
        cwt_says(flipped(said.message), said.key)


@pytest.mark.parametrize(
    "said", [one for one in SAID if one.typ is Typ.CERTIFICATE], ids=lambda one: one.name
)
def test_an_ordinary_reader_finds_the_claims_of_rfc_8392_in_a_certificate(said: Said) -> None:
    claims = cbor2.loads(envelope.open_envelope(said.message, said.typ, "message").payload)
    assert isinstance(claims[1], str) and isinstance(claims[4], int) and isinstance(claims[7], bytes)
    assert claims[8][1][1] == 1 and claims[8][1][-1] == 6 and len(claims[8][1][-2]) == 32
