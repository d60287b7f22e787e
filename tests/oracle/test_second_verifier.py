"""Two verifiers that share no line must agree on every token: vectors, honest ones, cheats' and noise."""

import ast
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tender.cash.chain import verify_chain
from tender.cash.messages import Transfer, open_message
from tender.cash.revocation import open_list, sign_list
from tender.crypto import envelope
from tender.crypto.envelope import Typ
from tender.errors import RemoteProtocolError
from tests.cash.attack_world import World
from tests.cash.test_refusals import PAYEE_REFUSES
from tests.mint import ALTYN, EURASIAN, NOW, chain_of
from tests.oracle.forger import (
    AIGUL,
    BY_NUMBER_ALONE,
    CANTEEN,
    DANA,
    FALSE_AIGUL,
    MEALS,
    MINT,
    NO_BANK,
    NO_PROFILE,
    PEOPLE,
    SHOP,
    SHORT,
    SMALL,
    TRUST,
    Move,
    blank,
    forged,
)
from tests.oracle.plain_cbor import No, written
from tests.oracle.second_verifier import Verdict, judge
from tests.oracle.what_root_says import directory, revoked

ROOT_KEY = MINT.root.public_key
KNOWN = directory(ROOT_KEY, TRUST.directory.raw)
EXAMPLES = int(os.environ.get("TENGE_ORACLE_EXAMPLES", "150"))
"""Each example is a history and 12 damaged copies of it."""

BYTES = {
    "cbor-malformed",
    "cbor-not-canonical",
    "field-wrong",
    "message-truncated",
    "colour-unknown",
    "amount-out-of-range",
    "version-unknown",
}
"""Of bytes that are wrong in several ways either code may come first."""


def first(token: bytes) -> Verdict:
    """What our own verifier says, in the other one's words."""
    try:
        found = verify_chain(token, TRUST)
    except RemoteProtocolError as error:
        return Verdict(error.code.value)
    return Verdict(None, found.holder, found.amount_tiyn, found.hops, found.output)


def agreed(token: bytes) -> Verdict:
    """The verdict both give; fails when they differ."""
    one, other = first(token), judge(token, KNOWN)
    same = one == other or (one.code in BYTES and other.code in BYTES)
    assert same, f"{one.code or one} against {other.code or other}: {token.hex()}"
    return other


def test_the_vectors_of_the_page() -> None:
    file = Path(__file__).resolve().parents[2] / "docs" / "protocol" / "cash-vectors.json"
    vectors = json.loads(file.read_text())
    known = directory(bytes.fromhex(vectors["keys"]["root"]["public"]), bytes.fromhex(vectors["directory"]))
    keys = {name: bytes.fromhex(pair["public"]) for name, pair in vectors["keys"].items()}
    split = vectors["link with split and nonce"]
    for token, owner, amount_tiyn, hops in (
        (vectors["root"]["packed"], "Aigul", 5_000_00, 0),
        (split["token, payee's side"], "Dana", 3_779_00, 1),
        (split["token, payer's side"], "Aigul", 1_221_00, 1),
        (vectors["coloured"]["packed"], "canteen", 700_00, 1),
    ):
        verdict = judge(bytes.fromhex(token), known)
        assert verdict[:4] == (None, keys[owner], amount_tiyn, hops)
    paid = judge(bytes.fromhex(split["token, payee's side"]), known)
    assert paid.output.hex() == split["payment_output"]


@pytest.mark.row("DT-O-03")
def test_fifteen_hops_through_sixteen_devices() -> None:
    packed, _ = chain_of(MINT, 15)
    verdict = agreed(packed)
    assert (verdict.code, verdict.amount, verdict.hops) == (None, 1_000_000, 15)


CHEATS: list[tuple[str, Callable[[], bytes], str]] = [
    ("an issuer nobody knows", lambda: blank(1000, issuer=777), "issuer-unknown"),
    ("a bank that signs a root", lambda: blank(1000, issuer=ALTYN), "issuer-unknown"),
    (
        "an amount raised in the root",
        lambda: blank(1000)[:19] + (10**9).to_bytes(5, "big") + blank(1000)[24:],
        "issuer-forged",
    ),
    ("a root for nothing", lambda: blank(1)[:19] + bytes(5) + blank(1)[24:], "amount-out-of-range"),
    (
        "a hop too many",
        lambda: forged(blank(1000, hops_max=1), Move(DANA), Move(AIGUL)),
        "hop-limit",
    ),
    ("a signer of no bank", lambda: forged(blank(1000, NO_BANK), Move(DANA)), "certificate-missing"),
    ("a signer with no certificate", lambda: forged(blank(9), Move(DANA, flags=8)), "certificate-missing"),
    (
        "a certificate twice",
        lambda: forged(blank(1000), Move(DANA, split=1, on_change=True), Move(DANA, certificate_again=True)),
        "certificate-missing",
    ),
    (
        "a certificate by another key in the bank's name",
        lambda: forged(blank(1000), Move(DANA, certificate=FALSE_AIGUL)),
        "certificate-wrong",
    ),
    (
        "somebody else's certificate",
        lambda: forged(blank(1000), Move(DANA, certificate=PEOPLE[DANA])),
        "certificate-wrong",
    ),
    (
        "a certificate that ends first",
        lambda: forged(blank(1000, SHORT), Move(DANA)),
        "certificate-too-short",
    ),
    ("more paid than there is", lambda: forged(blank(1000), Move(DANA, split=1001)), "value-created"),
    ("the whole, said as a split", lambda: forged(blank(1000), Move(DANA, split=1000)), "value-created"),
    ("nothing paid", lambda: forged(blank(1000), Move(DANA, split=0, on_change=True)), "value-created"),
    ("change of a whole payment", lambda: forged(blank(1000), Move(DANA, flags=1)), "value-created"),
    (
        "change that was signed larger",
        lambda: forged(blank(1000), Move(DANA, split=400, change_tiyn=601)),
        "signature-wrong",
    ),
    ("a thief's signature", lambda: forged(blank(1000), Move(DANA, signed_by=DANA)), "signature-wrong"),
    ("a claim as a link", lambda: forged(blank(1000), Move(DANA, typ=Typ.CLAIM)), "signature-wrong"),
    ("a receipt as a link", lambda: forged(blank(1000), Move(DANA, typ=Typ.RECEIPT)), "signature-wrong"),
    ("a profile nobody knows", lambda: forged(blank(1000, NO_PROFILE), Move(DANA)), "profile-unknown"),
    (
        "a payment above the signer's limit",
        lambda: forged(blank(200_000, SMALL), Move(DANA, split=100_001)),
        "limit-per-payment",
    ),
    (
        "meal money through a shop",
        lambda: forged(blank(1000, rule=MEALS), Move(SHOP), Move(CANTEEN)),
        "colour-broken",
    ),
    (
        "meal money through a person",
        lambda: forged(blank(1000, rule=BY_NUMBER_ALONE), Move(DANA), Move(CANTEEN)),
        "colour-broken",
    ),
    (
        "meal money that a shop gives back",
        lambda: forged(blank(1000, rule=MEALS), Move(SHOP), Move(AIGUL)),
        "colour-broken",
    ),
    ("a flag nobody knows", lambda: forged(blank(1000), Move(DANA, flags=0x10)), "field-wrong"),
    ("a byte too many", lambda: forged(blank(1000), Move(DANA)) + b"\0", "field-wrong"),
    ("a byte too few", lambda: forged(blank(1000), Move(DANA))[:-1], "message-truncated"),
    ("another version", lambda: b"\x02" + blank(1000)[1:], "version-unknown"),
]


@pytest.mark.parametrize(("make", "code"), [one[1:] for one in CHEATS], ids=[one[0] for one in CHEATS])
def test_both_name_the_same_reason(make: Callable[[], bytes], code: str) -> None:
    assert agreed(make()).code == code


HONEST: list[tuple[str, Callable[[], bytes], int, int]] = [
    ("fresh", lambda: blank(1000), AIGUL, 1000),
    ("the smallest payment", lambda: forged(blank(1000), Move(DANA, split=1)), DANA, 1),
    ("its change", lambda: forged(blank(1000), Move(DANA, split=1, on_change=True)), AIGUL, 999),
    ("a return", lambda: forged(blank(200_000, SMALL), Move(DANA, split=9), Move(SMALL)), SMALL, 9),
    (
        "a return above the own limit",
        lambda: forged(blank(200_000), Move(SMALL), Move(AIGUL)),
        AIGUL,
        200_000,
    ),
    (
        "a split to the own key above the own limit",
        lambda: forged(blank(200_000, SMALL), Move(SMALL, split=150_000)),
        SMALL,
        150_000,
    ),
    (
        "money that was here before",
        lambda: forged(blank(1000), Move(DANA), Move(AIGUL), Move(DANA, nonce=b"8 bytes!")),
        DANA,
        1000,
    ),
    ("meals at the canteen", lambda: forged(blank(9, rule=MEALS), Move(CANTEEN)), CANTEEN, 9),
    (
        "meal money that the canteen gives back",
        lambda: forged(blank(9, rule=MEALS), Move(CANTEEN), Move(AIGUL)),
        AIGUL,
        9,
    ),
]


@pytest.mark.parametrize(
    ("make", "owner", "amount_tiyn"), [one[1:] for one in HONEST], ids=[one[0] for one in HONEST]
)
def test_both_take_what_is_honest(make: Callable[[], bytes], owner: int, amount_tiyn: int) -> None:
    verdict = agreed(make())
    assert verdict[:3] == (None, PEOPLE[owner].key.public_key, amount_tiyn)


@pytest.mark.parametrize(("attack", "code"), PAYEE_REFUSES, ids=[a.__name__ for a, _ in PAYEE_REFUSES])
def test_both_judge_the_attackers_tokens_alike(attack: Callable[[World], bytes], code: str) -> None:
    try:
        message = open_message(attack(World()))
    except RemoteProtocolError as error:
        assert error.code == code, "not even a message"
        return
    if not isinstance(message, Transfer):
        assert code == "out-of-order"
        return
    verdicts = [agreed(token) for token in message.tokens]
    by_the_chain = [verdict.code for verdict in verdicts if verdict.code]
    assert by_the_chain in ([], [code]), "what the chain does not refuse, the session does"


MOVES = st.builds(
    Move,
    to=st.integers(0, len(PEOPLE) - 4),
    split=st.none() | st.integers(0, 3000) | st.just(100_001),
    on_change=st.booleans(),
    nonce=st.sampled_from([b"", b"", b"8 bytes!"]),
    signed_by=st.sampled_from([None] * 9 + [DANA]),
    typ=st.sampled_from([Typ.LINK] * 9 + [Typ.CLAIM]),
    certificate_again=st.sampled_from([False] * 9 + [True]),
)
TOKENS = st.builds(
    blank,
    st.sampled_from([1, 1000, 300_000, 2**40 - 1]),
    st.sampled_from(range(len(PEOPLE))),
    rule=st.sampled_from([None, None, MEALS, BY_NUMBER_ALONE]),
    hops_max=st.sampled_from([1, 15, 15, 255]),
)


def damaged(token: bytes, data: st.DataObject) -> bytes:
    """The token after one accident or one trick."""
    at = data.draw(st.integers(0, len(token) - 1))
    how = data.draw(st.sampled_from(["bit", "byte", "cut", "lost", "put in", "twice"]))
    if how == "bit":
        return token[:at] + bytes((token[at] ^ 1 << data.draw(st.integers(0, 7)),)) + token[at + 1 :]
    if how == "byte":
        return token[:at] + data.draw(st.binary(min_size=1, max_size=1)) + token[at + 1 :]
    if how == "cut":
        return token[:at]
    if how == "lost":
        return token[:at] + token[at + 1 :]
    if how == "put in":
        return token[:at] + data.draw(st.binary(min_size=1, max_size=8)) + token[at:]
    return token[:at] + token[at:] * 2


@pytest.mark.row("DT-Z-04")
@settings(max_examples=EXAMPLES)
@given(packed=TOKENS, moves=st.lists(MOVES, max_size=6), data=st.data())
def test_both_agree_on_whatever_is_made_up(packed: bytes, moves: list[Move], data: st.DataObject) -> None:
    honest_so_far: list[Move] = []
    amount_tiyn = first(packed).amount
    for move in moves:  # sums stay below what there is, so that a history grows before it goes wrong
        fitting = Move(**{**vars(move), "split": None}) if (move.split or 0) > amount_tiyn else move
        honest_so_far.append(fitting)
        paid = amount_tiyn if fitting.split is None else fitting.split
        amount_tiyn = amount_tiyn - paid if fitting.on_change else paid
    token = forged(packed, *honest_so_far)
    agreed(token)
    for _ in range(12):
        agreed(damaged(token, data))


def test_what_is_made_up_is_not_all_refused_for_one_reason() -> None:
    """The search above is worth something only if its histories get far: some pass, others fail variously."""
    codes: set[str | None] = set()

    @settings(max_examples=120, derandomize=True, database=None)
    @given(packed=TOKENS, moves=st.lists(MOVES, min_size=1, max_size=5))
    def look(packed: bytes, moves: list[Move]) -> None:
        with suppress(OverflowError, ValueError):  # sums beyond what can be written
            codes.add(judge(forged(packed, *moves), KNOWN).code)

    look()
    assert None in codes and len(codes) >= 6, codes


@pytest.mark.parametrize("flip", range(0, 900, 37))
def test_a_directory_of_another_root_or_with_a_turned_bit_is_none(flip: int) -> None:
    raw = bytearray(TRUST.directory.raw)
    raw[flip % len(raw)] ^= 1
    with pytest.raises(No):
        directory(ROOT_KEY, bytes(raw))
    with pytest.raises(No):
        directory(MINT.issuer.public_key, TRUST.directory.raw)


@settings(max_examples=40)
@given(
    groups=st.dictionaries(
        st.sampled_from([ALTYN, EURASIAN]), st.sets(st.integers(0, 2**32 - 1), max_size=40)
    )
)
def test_both_read_the_same_revocation_list(groups: dict[int, set[int]]) -> None:
    raw = sign_list(3, NOW, {(bank, 21_500): serials for bank, serials in groups.items()}, MINT.root)
    ours = open_list(raw, ROOT_KEY)
    theirs = revoked(ROOT_KEY, raw)
    assert all(ours.names(*one) for one in theirs)
    assert theirs == {(bank, 21_500, serial) for bank, serials in groups.items() for serial in serials}


def coded(serials: list[int], k: int) -> bytes:
    """The bits of sorted serials under any parameter, the right one or not."""
    gaps = [serial - before - 1 for serial, before in zip(serials, [-1, *serials], strict=False)]
    bits = "".join("1" * (gap >> k) + "0" + (f"{gap & (1 << k) - 1:0{k}b}" if k else "") for gap in gaps)
    return int((bits + "0" * (-len(bits) % 8)) or "0", 2).to_bytes((len(bits) + 7) // 8, "big")


@settings(max_examples=60)
@given(
    serials=st.sets(st.integers(0, 5_000), min_size=1, max_size=30),
    k=st.integers(0, 12),
    more=st.sampled_from([b"", b"", b"\0"]),
)
def test_both_refuse_any_other_coding_of_a_list(serials: set[int], k: int, more: bytes) -> None:
    entry = (ALTYN, 21_500, len(serials), k, coded(sorted(serials), k) + more)
    signed = envelope.sign(Typ.REVOCATIONS, written((1, 3, NOW, (entry,))), MINT.root).to_bytes()
    try:
        ours = open_list(signed, ROOT_KEY).number == 3
    except RemoteProtocolError:
        ours = False
    try:
        theirs = revoked(ROOT_KEY, signed) == {(ALTYN, 21_500, one) for one in serials}
    except No:
        theirs = False
    assert ours is theirs


def test_the_second_verifier_shares_nothing_with_the_first() -> None:
    own = {f"tests.oracle.{name}" for name in ("plain_cbor", "what_root_says", "second_verifier")}
    plain = {"collections.abc", "functools", "hashlib", "typing", "unicodedata"}
    for name in ("plain_cbor", "what_root_says", "second_verifier", "second_judge"):
        tree = ast.parse((Path(__file__).parent / f"{name}.py").read_text())
        imported = {
            module
            for node in ast.walk(tree)
            for module in (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [one.name for one in node.names]
                if isinstance(node, ast.Import)
                else []
            )
        }
        assert imported <= plain | own | {"nacl.bindings", "nacl.exceptions"}, name
