"""A proof of double spending: it convicts the guilty, and nobody else can be made to look so."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tender.cash.chain import verify_chain
from tender.cash.fork_proof import FORK_PROOF, ForkProof, check_proof, encode_proof, make_proof
from tender.cash.token import Claim
from tender.crypto import envelope
from tender.crypto.envelope import Envelope, Typ
from tender.errors import Code, RemoteProtocolError
from tests.mint import ALTYN, Mint, key_of, pay

MINT = Mint()
TRUST = MINT.trust()
AIGUL = MINT.device("Aigul")
ROOT_KEY = MINT.root.public_key


def two_branches() -> tuple[Envelope, Envelope]:
    """One output of Aigul's, paid to Dana and to the merchant."""
    holding = verify_chain(MINT.load(AIGUL, 500_00), TRUST)
    spends = []
    for payee in ("Dana", "M"):
        paid, _ = pay(holding, AIGUL, key_of(payee).public_key)
        last = verify_chain(paid, TRUST).last
        assert last is not None
        spends.append(last.envelope())
    return spends[0], spends[1]


def proof_of(one: Envelope, other: Envelope) -> ForkProof:
    """The proof Aigul's own bank could make."""
    return make_proof(TRUST.bank(ALTYN, "bank"), AIGUL.certificate, one, other)


@pytest.mark.row("DT-O-07")
def test_two_signatures_on_one_output_name_the_key_and_need_only_the_root_key() -> None:
    verdict = check_proof(encode_proof(proof_of(*two_branches())), ROOT_KEY)
    assert verdict.key == AIGUL.key.public_key
    assert verdict.bank.number == ALTYN
    assert verdict.certificate == AIGUL.certificate


def test_the_order_in_which_the_branches_were_found_does_not_show() -> None:
    one, other = two_branches()
    assert encode_proof(proof_of(one, other)) == encode_proof(proof_of(other, one))


def test_a_claim_beside_a_payment_is_a_fork_too() -> None:
    one, _ = two_branches()
    parent = verify_chain(MINT.load(AIGUL, 500_00), TRUST).output
    claim = Claim(parent, ALTYN, key_of("account").public_key)
    signed = envelope.sign(Typ.CLAIM, claim.payload(), AIGUL.key)
    assert claim in check_proof(encode_proof(proof_of(one, signed)), ROOT_KEY).spends


def _same_twice(proof: ForkProof) -> ForkProof:
    return replace(proof, second=proof.first)


def _swapped(proof: ForkProof) -> ForkProof:
    return replace(proof, first=proof.second, second=proof.first)


def _another_key(proof: ForkProof) -> ForkProof:
    other = MINT.device("Dana")
    return replace(proof, key=other.key.public_key, certificate=other.certificate.packed())


def _uncertified(proof: ForkProof) -> ForkProof:
    return replace(proof, key=key_of("nobody").public_key)


def _forged_bank(proof: ForkProof) -> ForkProof:
    spoiled = bytearray(proof.bank)
    spoiled[-1] ^= 1
    return replace(proof, bank=bytes(spoiled))


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (_same_twice, Code.PROOF_EMPTY),
        (_swapped, Code.PROOF_EMPTY),
        (_another_key, Code.SIGNATURE_WRONG),
        (_uncertified, Code.CERTIFICATE_WRONG),
        (_forged_bank, Code.CERTIFICATE_WRONG),
    ],
)
def test_nobody_is_framed(spoil: Callable[[ForkProof], ForkProof], code: Code) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        check_proof(FORK_PROOF.encode(spoil(proof_of(*two_branches()))), ROOT_KEY)
    assert caught.value.code is code


def test_spending_two_outputs_once_each_is_no_crime() -> None:
    one, _ = two_branches()
    other_money, _ = pay(verify_chain(MINT.load(AIGUL, 700_00), TRUST), AIGUL, key_of("M").public_key)
    last = verify_chain(other_money, TRUST).last
    assert last is not None
    with pytest.raises(RemoteProtocolError) as caught:
        check_proof(encode_proof(proof_of(one, last.envelope())), ROOT_KEY)
    assert caught.value.code is Code.PROOF_EMPTY
