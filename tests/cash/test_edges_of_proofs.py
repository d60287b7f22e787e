"""A fork proof and a revocation list at their edges, each refusal with the place it names."""

from dataclasses import replace

import pytest

from tender.cash.fork_proof import FORK_PROOF, ForkProof, Verdict, check_proof, encode_proof, make_proof
from tender.cash.revocation import Entry, ListBody, list_payload, open_list, sign_list
from tender.cash.rice import RICE_MAX, best_rice, decode_serials, encode_serials
from tender.cash.token import Claim, Link
from tender.crypto import envelope
from tender.crypto.certificates import Kind, issue_authority_certificate
from tender.crypto.directory import Trust
from tender.crypto.envelope import Envelope, Typ
from tests.cash.test_edges_of_tokens import AT, KEY, PARENT, told
from tests.mint import ALTYN, EURASIAN, NOW, Device, Mint, key_of

OTHER = bytes(reversed(KEY))


class Case:
    """A double spend of Aigul's, and every part of its proof to spoil."""

    def __init__(self) -> None:
        self.mint = Mint()
        self.trust: Trust = self.mint.trust()
        self.aigul: Device = self.mint.device("Aigul")
        self.bank = self.trust.bank(ALTYN, AT)
        self.one = self.signed(Link(PARENT, KEY, 5, 0))
        self.other = self.signed(Claim(PARENT, ALTYN, KEY))
        self.proof: ForkProof = make_proof(self.bank, self.aigul.certificate, self.one, self.other)

    def signed(self, spend: Link | Claim, by: str = "Aigul") -> Envelope:
        return envelope.sign(Typ.LINK if isinstance(spend, Link) else Typ.CLAIM, spend.payload(), key_of(by))

    def of(self, one: Envelope, other: Envelope) -> ForkProof:
        return make_proof(self.bank, self.aigul.certificate, one, other)

    def check(self, proof: ForkProof) -> Verdict:
        return check_proof(encode_proof(proof), self.trust.root_key)


@pytest.fixture
def case() -> Case:
    return Case()


def test_a_proof_says_who_what_and_how(case: Case) -> None:
    verdict = case.check(case.proof)
    assert (verdict.key, verdict.parent) == (case.aigul.key.public_key, PARENT)
    assert (verdict.bank, verdict.certificate) == (case.bank, case.aigul.certificate)
    assert set(verdict.spends) == {Link(PARENT, KEY, 5, 0), Claim(PARENT, ALTYN, KEY)}
    assert case.of(case.other, case.one) == case.proof
    two = case.signed(Link(PARENT, OTHER, 5, 0))
    first, second = case.check(case.of(case.one, two)).spends
    assert {first, second} == {Link(PARENT, KEY, 5, 0), Link(PARENT, OTHER, 5, 0)}


def authority(case: Case, kind: Kind, number: int, signer: str = "root") -> bytes:
    return issue_authority_certificate(
        key_of(signer),
        kind=kind,
        number=number,
        name="B",
        expiry=2**32 - 1,
        serial=bytes(8),
        key=case.mint.bank(number).public_key,
    ).to_bytes()


def test_each_part_of_a_proof_is_named_when_it_is_wrong(case: Case) -> None:
    elsewhere = case.signed(Link(KEY, KEY, 5, 0))
    by_another = case.signed(Link(PARENT, OTHER, 5, 0), by="Dana")
    receipt = envelope.sign(Typ.RECEIPT, b"\x80", case.aigul.key).to_bytes()
    no_link = envelope.sign(Typ.LINK, b"\x80", case.aigul.key).to_bytes()
    no_claim = envelope.sign(Typ.CLAIM, b"\x80", case.aigul.key).to_bytes()
    bank_signed = replace(case.aigul.certificate, signature=bytes(64)).packed()
    issuer, forged = authority(case, Kind.ISSUER, ALTYN), authority(case, Kind.BANK, ALTYN, "forger")
    proof, other = case.proof, authority(case, Kind.BANK, EURASIAN)
    cases = {
        "kind": (replace(proof, bank=issuer), "certificate-wrong", "bank"),
        "root": (
            replace(proof, bank=forged),
            "certificate-wrong",
            "bank",
        ),
        "no bank": (replace(proof, bank=b"\xff"), "cbor-malformed", "bank"),
        "number": (
            replace(proof, bank=other),
            "certificate-wrong",
            "certificate",
        ),
        "signature": (replace(proof, certificate=bank_signed), "certificate-wrong", "certificate"),
        "length": (replace(proof, certificate=bank_signed + b"!"), "field-wrong", "certificate"),
        "key": (replace(proof, key=OTHER), "certificate-wrong", "certificate"),
        "no first": (replace(proof, first=b"\xff"), "cbor-malformed", "first"),
        "no second": (replace(proof, second=b"\xff"), "cbor-malformed", "second"),
        "a receipt": (replace(proof, first=receipt), "type-confused", "first.protected"),
        "a receipt, second": (replace(proof, second=receipt), "type-confused", "second.protected"),
        "no link": (replace(proof, first=no_link), "field-wrong", "first"),
        "no claim": (replace(proof, second=no_claim), "field-wrong", "second"),
        "another signer": (replace(proof, first=by_another.to_bytes()), "signature-wrong", "first.signature"),
        "another signer, second": (
            replace(proof, second=by_another.to_bytes()),
            "signature-wrong",
            "second.signature",
        ),
        "another parent": (case.of(case.one, elsewhere), "proof-empty", "second.parent"),
    }
    for name, (bad, code, place) in cases.items():
        assert told(case.check, bad) == (code, f"proof.{place}", {}), name


def test_one_pair_of_spends_has_one_proof(case: Case) -> None:
    turned = replace(case.proof, first=case.proof.second, second=case.proof.first)
    same = replace(case.proof, second=case.proof.first)
    for bad in (turned, same, replace(case.proof, first=case.proof.second)):
        assert told(case.check, bad) == ("proof-empty", "proof", {})


def test_bytes_that_are_no_proof_say_so(case: Case) -> None:
    assert told(check_proof, b"\xff", case.trust.root_key) == ("cbor-malformed", "proof", {})
    longer = FORK_PROOF.encode(replace(case.proof, key=KEY[1:]))
    assert told(check_proof, longer, case.trust.root_key) == ("field-wrong", "proof.key", {})


# --- lists


def signed_list(mint: Mint, *entries: Entry, number: int = 1) -> bytes:
    return envelope.sign(Typ.REVOCATIONS, list_payload(number, NOW, entries), mint.root).to_bytes()


def test_a_list_names_the_entry_at_fault() -> None:
    mint = Mint()
    root = mint.root.public_key
    good, later = Entry(ALTYN, 1, *encode_serials([1, 5])), Entry(ALTYN, 2, *encode_serials([7]))
    opened = open_list(signed_list(mint, good, later), root, AT)
    assert (opened.number, opened.date) == (1, NOW)
    assert opened.names(ALTYN, 1, 5)
    assert not opened.names(ALTYN, 2, 5)
    assert not opened.names(EURASIAN, 1, 5)
    spoiled = replace(later, bits=later.bits + b"\x00")
    for entries in ((later, good), (good, good), (good, spoiled)):
        raw = signed_list(mint, *entries)
        assert told(open_list, raw, root, AT) == ("list-wrong", f"{AT}.entries[1]", {})
    three = signed_list(mint, good, later, good)
    assert told(open_list, three, root, AT) == ("list-wrong", f"{AT}.entries[2]", {})
    assert told(open_list, b"\xff", root) == ("cbor-malformed", "list", {})
    forged = sign_list(1, NOW, {}, key_of("forger"))
    assert told(open_list, forged, root, AT) == ("list-wrong", AT, {})
    no_list = envelope.sign(Typ.REVOCATIONS, b"\x80", mint.root).to_bytes()
    assert told(open_list, no_list, root, AT) == ("field-wrong", AT, {})
    zero = signed_list(mint, number=0)
    assert told(open_list, zero, root, AT) == ("field-wrong", f"{AT}.number", {})


def test_what_this_device_checked_before_is_decoded_only_when_asked_for() -> None:
    mint = Mint()
    bad = Entry(ALTYN, 1, 9, 0, b"\x00")
    raw = signed_list(mint, bad, Entry(ALTYN, 2, *encode_serials([7])))
    kept = open_list(raw, mint.root.public_key, ours=True)
    assert kept.decoded == {}
    assert kept.names(ALTYN, 2, 7)
    assert set(kept.decoded) == {(ALTYN, 2)}
    assert kept.group((ALTYN, 2)) is kept.group((ALTYN, 2))
    assert told(kept.names, ALTYN, 1, 7) == ("list-wrong", "list", {})
    assert kept.raw == raw
    with pytest.raises(TypeError):
        ListBody()  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("serials", "coded"),
    [
        ([0], (1, 0, "00")),
        ([1], (1, 0, "80")),
        ([7], (1, 2, "b0")),
        ([0, 1, 2, 3, 4, 5, 6, 7], (8, 0, "00")),
        ([0, 1, 2, 3, 4, 5, 6, 7, 8], (9, 0, "0000")),
        ([2**32 - 1], (1, 31, "bfffffff80")),
        ([], (0, 0, "")),
    ],
)
def test_serials_have_one_code(serials: list[int], coded: tuple[int, int, str]) -> None:
    count, rice, bits = encode_serials(serials)
    assert (count, rice, bits.hex()) == coded
    assert decode_serials(count, rice, bits, AT) == frozenset(serials)


@pytest.mark.parametrize(
    ("count", "rice", "bits"),
    [
        (1, 0, "01"),  # a stray bit behind
        (1, 0, "0000"),  # a byte too many
        (8, 0, "0000"),  # exactly a byte too many
        (9, 0, "00"),  # the end is missing
        (1, 0, "ff"),  # no end of a gap
        (1, 2, "ff"),
        (1, 7, "00"),  # low bits missing by one
        (1, 6, "00"),  # readable, but not the shortest
        (1, 31, "ffffffff00"),
        (2, 31, "bfffffff8000000000"),
        (1, 32, "8000000000"),
    ],
)
def test_any_other_bits_are_refused(count: int, rice: int, bits: str) -> None:
    assert told(decode_serials, count, rice, bytes.fromhex(bits), AT) == ("list-wrong", AT, {})


def test_the_parameter_is_the_smallest_of_the_best() -> None:
    for gaps in ([0], [1], [3], [4, 4], [100, 5, 9], [2**31], [2**32 - 1, 0], list(range(50))):
        lengths = [sum((gap >> rice) + 1 + rice for gap in gaps) for rice in range(RICE_MAX + 1)]
        assert best_rice(gaps) == lengths.index(min(lengths)), gaps
