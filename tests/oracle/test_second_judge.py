"""A proof that convinces one judge convinces the other, and nothing else convinces either."""

import os
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tender.cash.fork_proof import FORK_PROOF, ForkProof, make_proof
from tender.cash.token import Claim, Link, Rule
from tender.crypto import envelope
from tender.crypto.certificates import Kind, issue_authority_certificate
from tender.crypto.envelope import Envelope, Typ
from tender.crypto.keys import SigningKey
from tender.errors import RemoteProtocolError
from tests.mint import ALTYN, EPOCH_DAY, EURASIAN, Mint, key_of
from tests.oracle.plain_cbor import No, written
from tests.oracle.second_judge import Fork, judge_proof
from tests.oracle.second_verifier import colour
from town.proof import check_proof

MINT = Mint()
TRUST = MINT.trust()
ROOT_KEY = MINT.root.public_key
AIGUL, DANA = MINT.device("Aigul"), MINT.device("Dana", EURASIAN)
MERCHANT = MINT.device("M", EURASIAN, category=5814, business="940140000385")
PARENT, OTHER = bytes(range(32)), bytes(32)
EXAMPLES = int(os.environ.get("TENGE_ORACLE_EXAMPLES", "150"))


def spend(what: Link | Claim, key: SigningKey = AIGUL.key) -> Envelope:
    return envelope.sign(Typ.CLAIM if isinstance(what, Claim) else Typ.LINK, what.payload(), key)


def link(to: str, parent: bytes = PARENT, amount_tiyn: int = 500) -> Link:
    return Link(parent, key_of(to).public_key, amount_tiyn, 500 - amount_tiyn)


def proof(one: Envelope, other: Envelope, **changed: object) -> bytes:
    """A proof of what Aigul signed; fields may be falsified."""
    honest = make_proof(TRUST.bank(ALTYN, "bank"), AIGUL.certificate, one, other)
    fields = {name: getattr(honest, name) for name in FORK_PROOF.names} | changed
    return FORK_PROOF.encode(ForkProof(**fields))


def agreed(data: bytes) -> Fork:
    """What both judges say; fails when one convicts and the other does not."""
    theirs = judge_proof(data, ROOT_KEY)
    try:
        ours = check_proof(data, ROOT_KEY)
    except RemoteProtocolError:
        assert theirs.code is not None, data.hex()
        return theirs
    assert theirs == Fork(None, ours.key, ours.parent, ours.bank.number), data.hex()
    return theirs


TO_DANA, TO_M = spend(link("Dana")), spend(link("M"))
HOME = spend(Claim(PARENT, ALTYN, bytes(32)))


@pytest.mark.row("DT-O-07")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (TO_DANA, TO_M),
        (TO_DANA, spend(link("Dana", amount_tiyn=499))),
        (TO_DANA, HOME),
        (HOME, spend(Claim(PARENT, ALTYN, bytes(31) + b"\1"))),
    ],
    ids=["two payees", "one payee, two amounts", "a payment and a claim", "two claims"],
)
def test_both_judges_convict(one: Envelope, other: Envelope) -> None:
    assert agreed(proof(one, other)) == Fork(None, AIGUL.key.public_key, PARENT, ALTYN)


def bank_made_up() -> bytes:
    own = key_of("a bank's own root")
    return issue_authority_certificate(
        own,
        kind=Kind.BANK,
        number=ALTYN,
        name="Altyn Bank",
        expiry=EPOCH_DAY * 86_400,
        serial=bytes(8),
        key=MINT.bank(ALTYN).public_key,
    ).to_bytes()


def issuer_as_bank() -> bytes:
    (issuer,) = (one for (kind, _), one in TRUST.directory.keys.items() if kind is Kind.ISSUER)
    return issuer.to_bytes()


FRAMES: list[tuple[str, Callable[[], bytes]]] = [
    ("one link twice", lambda: proof(TO_DANA, TO_DANA)),
    ("two outputs, one link each", lambda: proof(TO_DANA, spend(link("M", OTHER)))),
    (
        "in the other order",
        lambda: proof(TO_DANA, TO_M, first=max(TO_DANA, TO_M, key=Envelope.to_bytes).to_bytes()),
    ),
    ("the second link by the bank", lambda: proof(TO_DANA, spend(link("M"), MINT.bank(ALTYN)))),
    ("both links by the bank", lambda: proof(*(spend(link(to), MINT.bank(ALTYN)) for to in ("Dana", "M")))),
    ("for another's key", lambda: proof(TO_DANA, TO_M, key=DANA.key.public_key)),
    (
        "for another's key and certificate",
        lambda: proof(TO_DANA, TO_M, key=DANA.key.public_key, certificate=DANA.certificate.packed()),
    ),
    ("a certificate of another bank", lambda: proof(TO_DANA, TO_M, certificate=DANA.certificate.packed())),
    ("a merchant's certificate", lambda: proof(TO_DANA, TO_M, certificate=MERCHANT.certificate.packed())),
    ("a bank the root never saw", lambda: proof(TO_DANA, TO_M, bank=bank_made_up())),
    ("the issuer as the bank", lambda: proof(TO_DANA, TO_M, bank=issuer_as_bank())),
    ("another bank's certificate", lambda: proof(TO_DANA, TO_M, bank=TRUST.bank(EURASIAN, "b").to_bytes())),
    (
        "a receipt as a link",
        lambda: proof(TO_DANA, envelope.sign(Typ.RECEIPT, link("M").payload(), AIGUL.key)),
    ),
    (
        "a link signed as a claim",
        lambda: proof(TO_DANA, envelope.sign(Typ.CLAIM, link("M").payload(), AIGUL.key)),
    ),
    ("a link for nothing", lambda: proof(TO_DANA, spend(link("M", amount_tiyn=0)))),
    ("a later version", lambda: b"\x86\x02" + proof(TO_DANA, TO_M)[2:]),
    ("with something after it", lambda: proof(TO_DANA, TO_M) + b"\0"),
    ("nothing at all", lambda: b""),
]


@pytest.mark.parametrize("make", [one[1] for one in FRAMES], ids=[one[0] for one in FRAMES])
def test_neither_judge_is_taken_in(make: Callable[[], bytes]) -> None:
    assert agreed(make()).code is not None


@pytest.mark.row("DT-Z-04")
@settings(max_examples=EXAMPLES)
@given(
    at=st.integers(0, 10_000),
    turned=st.integers(1, 255),
    how=st.sampled_from(["turn", "cut", "lose", "double"]),
    two=st.sampled_from([(TO_DANA, TO_M), (TO_DANA, HOME)]),
)
def test_no_damage_convicts_anybody(at: int, turned: int, how: str, two: tuple[Envelope, Envelope]) -> None:
    whole = proof(*two)
    at %= len(whole)
    data = {
        "turn": whole[:at] + bytes((whole[at] ^ turned,)) + whole[at + 1 :],
        "cut": whole[:at],
        "lose": whole[:at] + whole[at + 1 :],
        "double": whole[:at] + whole[at : at + 1] + whole[at:],
    }[how]
    verdict = agreed(data)
    assert verdict.code is not None or data == whole


@pytest.mark.parametrize(
    ("rule", "taken"),
    [
        ({1: "meals", 2: (5814,)}, True),
        ({1: "meals"}, True),
        ({1: "meals", 3: ("940140000385",), 4: 1_900_000_000}, True),
        ({1: ""}, False),
        ({1: "m" * 61}, False),
        ({1: "meals \u202e slaem"}, False),
        ({2: (5814,)}, False),
        ({1: "meals", 2: ()}, False),
        ({1: "meals", 2: (True,)}, False),
        ({1: "meals", 2: (0,)}, False),
        ({1: "meals", 2: (10_000,)}, False),
        ({1: "meals", 3: ("94014000038",)}, False),
        (
            {1: "meals", 3: ("\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669\u0660\u0661\u0662",)},
            False,
        ),
        ({1: "meals", 4: -1}, False),
        ({1: "meals", 4: True}, False),
        ({1: "meals", 5: 1}, False),
        ((1, "meals"), False),
    ],
    ids=str,
)
def test_both_read_the_same_rules(rule: object, taken: bool) -> None:
    raw = written(rule)
    try:
        ours = Rule.from_bytes(raw, "rule") is not None
    except RemoteProtocolError:
        ours = False
    try:
        theirs = colour(raw)[1] is not None
    except No:
        theirs = False
    assert (ours, theirs) == (taken, taken)
