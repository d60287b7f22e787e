"""Each limit of a token at its edge, and each refusal with the place it names: what a fault of one, or a
wrong field path, would change."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tender import canon
from tender.cash.chain import (
    FLAG_CERTIFICATE,
    FLAG_NONCE,
    FLAG_SPLIT,
    append_hop,
    check_colour,
    check_current,
    hop_bytes,
    read_chain,
    spend_link,
    verify_chain,
)
from tender.cash.token import (
    HOPS_MAX_DEFAULT,
    Claim,
    Link,
    Root,
    Rule,
    issue_root,
    link_payload,
    pack_root,
    unpack_root,
)
from tender.crypto import envelope
from tender.crypto.envelope import Typ
from tender.errors import Code, LocalProtocolError, RemoteProtocolError
from tender.money import AMOUNT_MAX_TIYN
from tests.mint import EXPIRY, NBK, PROFILE_PERSON, Mint, key_of, pay

KEY = bytes(range(32))
PARENT = bytes(range(32, 64))
AT = "here.it.is"

Told = tuple[str, str, dict[str, str | int]]


def told(read: Callable[..., object], *given: object) -> Told:
    """The code, the place and the facts with which something that is read is refused."""
    with pytest.raises(RemoteProtocolError) as caught:
        read(*given)
    refusal = caught.value.refusal
    return refusal.code.value, refusal.field, dict(refusal.facts)


# --- rules

GOOD_RULES = [
    Rule("m", (1,)),
    Rule("m" * 60, (9999,)),
    Rule("meals", (), ("123456789012",)),
    Rule("meals", (5814, 1), ("000000000000",), 0),
    Rule("meals", (5814,), (), 1),
    Rule("meals"),
]


@pytest.mark.parametrize("rule", GOOD_RULES)
def test_a_rule_at_the_edge_reads_back(rule: Rule) -> None:
    assert Rule.from_bytes(rule.to_bytes(), AT) == rule


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ([1, "meals"], ""),
        ({2: [5814]}, ""),
        ({1: "meals", 5: 1}, ""),
        ({1: 5}, ".purpose"),
        ({1: ""}, ".purpose"),
        ({1: "m" * 61}, ".purpose"),
        ({1: "a\u202eb"}, ".purpose"),
        ({1: "meals", 2: 5814}, ""),
        ({1: "meals", 2: [0]}, ""),
        ({1: "meals", 2: [10_000]}, ""),
        ({1: "meals", 2: [True]}, ""),
        ({1: "meals", 2: ["5814"]}, ""),
        ({1: "meals", 2: [5814], 3: ["12345678901"]}, ""),
        ({1: "meals", 3: ["1234567890123"]}, ""),
        ({1: "meals", 3: ["12345678901x"]}, ""),
        ({1: "meals", 3: [b"123456789012"]}, ""),
        ({1: "meals", 3: "123456789012"}, ""),
        ({1: "meals", 2: []}, ""),
        ({1: "meals", 4: -1}, ".valid_until"),
        ({1: "meals", 4: True}, ".valid_until"),
        ({1: "meals", 4: "soon"}, ".valid_until"),
        ({1: "meals", 4: None}, ""),
    ],
)
def test_any_other_rule_is_unknown_at_its_place(value: canon.Value, place: str) -> None:
    data = canon.encode(value)
    assert told(Rule.from_bytes, data, AT) == ("colour-unknown", AT + place, {})


def test_bytes_that_are_no_rule_name_their_place() -> None:
    assert told(Rule.from_bytes, b"\xff", AT) == ("cbor-malformed", AT, {})


@pytest.mark.parametrize(
    ("rule", "category", "business", "allowed"),
    [
        (Rule("m", (5814,)), 5814, None, True),
        (Rule("m", (5814,)), 5814, "1", True),
        (Rule("m", (5814,)), 5815, None, False),
        (Rule("m", (), ("1",)), 0, "1", True),
        (Rule("m", (), ("1",)), 0, "2", False),
        (Rule("m", (5814,), ("1",)), 5814, "2", False),
        (Rule("m"), 5814, "1", False),
    ],
)
def test_whom_a_rule_names(rule: Rule, category: int, business: str | None, allowed: bool) -> None:
    assert rule.allows(category, business) is allowed


# --- links and claims


@pytest.mark.parametrize(
    ("amount", "change", "nonce"),
    [(1, 0, b""), (AMOUNT_MAX_TIYN, AMOUNT_MAX_TIYN, b""), (5, 1, b"8 bytes!"), (2**32, 23, b"")],
)
def test_a_link_at_the_edge_reads_back(amount: int, change: int, nonce: bytes) -> None:
    link = Link(PARENT, KEY, amount, change, nonce)
    assert Link.from_payload(link.payload(), AT) == link
    assert link.payload() == canon.encode([PARENT, KEY, amount, change, nonce])


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ([PARENT[:-1], KEY, 1, 0, b""], "field-wrong"),
        ([PARENT, KEY + b"!", 1, 0, b""], "field-wrong"),
        ([PARENT, KEY, 1, 0, b"7 bytes"], "field-wrong"),
        ([PARENT, KEY, 1, 0, "8 bytes!"], "field-wrong"),
        (["parent", KEY, 1, 0, b""], "field-wrong"),
        ([PARENT, None, 1, 0, b""], "field-wrong"),
        ([PARENT, KEY, True, 0, b""], "field-wrong"),
        ([PARENT, KEY, 1, False, b""], "field-wrong"),
        ([PARENT, KEY, "1", 0, b""], "field-wrong"),
        ([PARENT, KEY, 1, None, b""], "field-wrong"),
        ([PARENT, KEY, 1, 0], "field-wrong"),
        ([PARENT, KEY, 1, 0, b"", 0], "field-wrong"),
        ([PARENT, KEY, 0, 0, b""], "amount-out-of-range"),
        ([PARENT, KEY, AMOUNT_MAX_TIYN + 1, 0, b""], "amount-out-of-range"),
        ([PARENT, KEY, 1, -1, b""], "amount-out-of-range"),
        ([PARENT, KEY, 1, AMOUNT_MAX_TIYN + 1, b""], "amount-out-of-range"),
    ],
)
def test_any_other_link_is_refused_at_its_place(fields: canon.Value, code: str) -> None:
    data = canon.encode(fields)
    assert told(Link.from_payload, data, AT) == (code, AT, {})


@pytest.mark.parametrize("bank", [100, 999])
def test_a_claim_at_the_edge_reads_back(bank: int) -> None:
    claim = Claim(PARENT, bank, KEY)
    assert Claim.from_payload(claim.payload(), AT) == claim


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ([PARENT[1:], 949, KEY], ".parent"),
        ([5, 949, KEY], ".parent"),
        ([PARENT, 99, KEY], ".bank"),
        ([PARENT, 1000, KEY], ".bank"),
        ([PARENT, True, KEY], ".bank"),
        ([PARENT, "949", KEY], ".bank"),
        ([PARENT, 949, KEY[1:]], ".address"),
        ([PARENT, 949, None], ".address"),
        ([PARENT, 949], ""),
    ],
)
def test_any_other_claim_is_refused_at_its_place(fields: canon.Value, place: str) -> None:
    data = canon.encode(fields)
    assert told(Claim.from_payload, data, AT) == ("field-wrong", AT + place, {})


@pytest.mark.parametrize("read", [Link.from_payload, Claim.from_payload])
def test_bytes_that_are_none_name_their_place(read: Callable[[bytes, str], object]) -> None:
    assert told(read, b"\xff", AT) == ("cbor-malformed", AT, {})


# --- roots


def root(**changed: object) -> Root:
    fields: dict[str, object] = {
        "issuer": NBK,
        "identifier": bytes(16),
        "amount_tiyn": 500,
        "holder": KEY,
        "hops_max": HOPS_MAX_DEFAULT,
        "expiry": EXPIRY,
        "rule": Rule("meals", (5814,)),
    }
    return Root(**(fields | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed",
    [
        {"amount_tiyn": 1},
        {"amount_tiyn": AMOUNT_MAX_TIYN},
        {"hops_max": 0},
        {"hops_max": 255},
        {"expiry": 1},
        {"expiry": 2**32 - 1},
        {"issuer": 0x0102},
        {"rule": None},
    ],
)
def test_a_root_at_the_edge_reads_back(changed: dict[str, object]) -> None:
    made = root(**changed)
    packed = issue_root(made, key_of("issuer"))
    read, signature, at = unpack_root(packed, AT)
    assert (read, at) == (made, len(packed) - 1)
    assert envelope.sign(Typ.ROOT, made.payload(), key_of("issuer")).signature == signature


@pytest.mark.parametrize(
    "changed",
    [
        {"amount_tiyn": 0},
        {"amount_tiyn": AMOUNT_MAX_TIYN + 1},
        {"identifier": bytes(15)},
        {"hops_max": -1},
        {"hops_max": 256},
        {"expiry": 0},
        {"expiry": 2**32},
    ],
)
def test_no_other_root_is_ever_signed(changed: dict[str, object]) -> None:
    with pytest.raises(LocalProtocolError) as caught:
        issue_root(root(**changed), key_of("issuer"))
    assert (caught.value.code, caught.value.field) == (Code.FIELD_WRONG, "root")


@pytest.mark.parametrize("rule", [None, Rule("meals", (5814,))], ids=["plain", "coloured"])
def test_a_root_that_is_cut_anywhere_is_refused_as_cut_or_unreadable(rule: Rule | None) -> None:
    packed = pack_root(root(rule=rule), bytes(64))
    assert unpack_root(packed, AT)[0].rule == rule
    for length in range(len(packed)):
        code, place, facts = told(unpack_root, packed[:length], AT)
        assert (code, place, facts) == ("message-truncated", AT, {}), length


def test_a_root_of_another_version_or_of_nothing_is_refused_at_its_place() -> None:
    packed = pack_root(root(), bytes(64))
    assert told(unpack_root, b"\x02" + packed[1:], AT) == (
        "version-unknown",
        f"{AT}.version",
        {"version": 2},
    )
    empty = pack_root(root(amount_tiyn=0), bytes(64))
    assert told(unpack_root, empty, AT) == ("amount-out-of-range", f"{AT}.amount", {})
    bad_rule = packed[:63] + b"\xff" + packed[64:]
    assert told(unpack_root, bad_rule, AT) == ("cbor-malformed", f"{AT}.rule", {})


# --- histories


@pytest.fixture
def mint() -> Mint:
    return Mint()


def hop(mint: Mint, packed: bytes, payload: bytes, flags: int, middle: bytes) -> bytes:
    """A hop of Aigul's over any payload, written by hand: flags, certificate, ``middle``, signature."""
    aigul = mint.device("Aigul")
    signature = envelope.sign(Typ.LINK, payload, aigul.key).signature
    certificate = aigul.certificate.packed() if flags & FLAG_CERTIFICATE else b""
    return append_hop(packed, bytes((flags,)) + certificate + middle + signature)


def test_a_whole_amount_written_as_a_split_is_refused(mint: Mint) -> None:
    """Value is conserved, but one payment has one encoding."""
    trust, packed = mint.trust(), mint.load(mint.device("Aigul"), 500)
    output = verify_chain(packed, trust).output
    for amount in (500, 501, 0):
        payload = link_payload(output, KEY, amount, 500 - amount if amount < 500 else 0, b"")
        middle = KEY + amount.to_bytes(5, "big")
        split = hop(mint, packed, payload, FLAG_CERTIFICATE | FLAG_SPLIT, middle)
        assert told(verify_chain, split, trust, AT) == ("value-created", f"{AT}.hops[0].amount", {})
    payload = link_payload(output, KEY, 499, 1, b"")
    good = hop(mint, packed, payload, FLAG_CERTIFICATE | FLAG_SPLIT, KEY + (499).to_bytes(5, "big"))
    assert verify_chain(good, trust).amount_tiyn == 499


def test_a_hop_names_the_field_at_fault(mint: Mint) -> None:
    trust, packed = mint.trust(), mint.load(mint.device("Aigul"), 500)
    payload = link_payload(verify_chain(packed, trust).output, KEY, 500, 0, b"")
    whole = hop(mint, packed, payload, FLAG_CERTIFICATE, KEY)
    cases = {
        "unknown flags": (hop(mint, packed, payload, 0x10, KEY), "field-wrong", "flags"),
        "no certificate": (hop(mint, packed, payload, 0, KEY), "certificate-missing", "certificate"),
        "change of a whole": (
            hop(mint, packed, payload, FLAG_CERTIFICATE | 1, KEY),
            "value-created",
            "change",
        ),
        "another payload": (
            hop(mint, packed, payload, FLAG_CERTIFICATE | FLAG_NONCE, KEY + bytes(8)),
            "signature-wrong",
            "signature",
        ),
    }
    for name, (data, code, place) in cases.items():
        assert told(verify_chain, data, trust, AT) == (code, f"{AT}.hops[0].{place}", {}), name
    assert told(verify_chain, whole[:-1], trust, AT) == ("message-truncated", f"{AT}.hops[0]", {})
    assert told(verify_chain, whole + b"!", trust, AT) == ("field-wrong", f"{AT}.end", {})
    assert verify_chain(whole, trust).holder == KEY


def test_a_root_names_its_issuer(mint: Mint) -> None:
    trust = mint.trust()
    stranger = issue_root(root(issuer=126, rule=None), mint.issuer)
    assert told(verify_chain, stranger, trust, AT) == (
        "issuer-unknown",
        f"{AT}.issuer",
        {"issuer": 126},
    )
    forged = issue_root(root(rule=None), key_of("forger"))
    key = mint.issuer.public_key.hex()[:16]
    assert told(verify_chain, forged, trust, AT) == ("issuer-forged", f"{AT}.issuer", {"key": key})


def test_the_sixteenth_hop_says_how_many_there_may_be(mint: Mint) -> None:
    trust, aigul = mint.trust(), mint.device("Aigul")
    packed = mint.load(aigul, 500, hops_max=0)
    paid, _ = pay(verify_chain(packed, trust), aigul, KEY)
    assert told(verify_chain, paid, trust, AT) == ("hop-limit", f"{AT}.hops", {"hops": 1, "most": 0})


def test_a_payment_above_the_limit_says_both_amounts(mint: Mint) -> None:
    trust, small = mint.trust(), mint.device("small", profile=2)
    paid, _ = pay(verify_chain(mint.load(small, 200_000), trust), small, KEY, 100_001)
    assert told(verify_chain, paid, trust, AT) == (
        "limit-per-payment",
        f"{AT}.hops[0].amount",
        {"amount_tiyn": 100_001, "most_tiyn": 100_000},
    )
    odd = mint.device("odd", profile=9)
    paid, _ = pay(verify_chain(mint.load(odd, 500), trust), odd, KEY)
    assert told(verify_chain, paid, trust, AT) == (
        "profile-unknown",
        f"{AT}.hops[0].certificate",
        {"profile": 9},
    )
    assert PROFILE_PERSON.number == 1


def test_a_certificate_in_a_history_names_its_hop(mint: Mint) -> None:
    trust, aigul = mint.trust(), mint.device("Aigul")
    packed = mint.load(aigul, 500)
    holding = verify_chain(packed, trust)
    link = spend_link(holding, KEY, 500)
    signature = envelope.sign(Typ.LINK, link.payload(), aigul.key).signature

    def with_certificate(**changed: object) -> bytes:
        certificate = replace(aigul.certificate, **changed)  # type: ignore[arg-type]
        return append_hop(packed, hop_bytes(holding, link, signature, certificate, change=False))

    place = f"{AT}.hops[0].certificate"
    bad = {
        "signature": (with_certificate(signature=bytes(64)), "certificate-wrong", place, {}),
        "bank": (with_certificate(issuer=950), "certificate-missing", place, {"bank": 950}),
        "issuer": (with_certificate(issuer=99), "field-wrong", f"{place}.issuer", {}),
        "epoch": (with_certificate(epoch_day=0), "field-wrong", f"{place}.epoch", {}),
    }
    for name, (data, code, where, facts) in bad.items():
        assert told(verify_chain, data, trust, AT) == (code, where, facts), name


def test_a_certificate_lives_as_long_as_the_token_to_the_second(mint: Mint) -> None:
    trust = mint.trust()
    for days, lives in ((20_949, True), (20_948, False)):
        aigul = mint.device("Aigul", epoch_day=days)
        paid, _ = pay(verify_chain(mint.load(aigul, 500, expiry=20_949 * 86_400), trust), aigul, KEY)
        if lives:
            assert verify_chain(paid, trust).hops == 1
        else:
            place = f"{AT}.hops[0].certificate"
            assert told(verify_chain, paid, trust, AT) == ("certificate-too-short", place, {})


def test_time_ends_a_token_and_a_colour_to_the_second(mint: Mint) -> None:
    trust, aigul = mint.trust(), mint.device("Aigul")
    plain = verify_chain(mint.load(aigul, 500), trust)
    check_current(plain, EXPIRY - 1, AT)
    assert told(check_current, plain, EXPIRY, AT) == (
        "token-expired",
        f"{AT}.expiry",
        {"expiry": EXPIRY},
    )
    assert told(check_current, plain, EXPIRY)[1] == "token.expiry"
    coloured = verify_chain(mint.load(aigul, 500, rule=Rule("meals", (5814,), (), 1_000)), trust)
    check_current(coloured, 1_000, AT)
    assert told(check_current, coloured, 1_001, AT) == (
        "colour-broken",
        f"{AT}.rule.valid_until",
        {"purpose": "meals"},
    )


def test_a_colour_names_the_certificate_it_does_not_fit(mint: Mint) -> None:
    rule = Rule("meals", (), ("000140002217",))
    shop = mint.device("shop", category=5411, business="000140002217").certificate.packed()
    check_colour(rule, shop, AT)
    for other in (
        mint.device("person").certificate.packed(),
        mint.device("other", category=5411, business="000140002218").certificate.packed(),
    ):
        assert told(check_colour, rule, other, AT) == (
            "colour-broken",
            f"{AT}.certificate",
            {"purpose": "meals"},
        )
    check_colour(Rule("meals", (0x0102,)), b"\x00" * 10 + b"\x01\x02" + bytes(69), AT)


def test_a_link_above_the_holding_is_never_built(mint: Mint) -> None:
    holding = verify_chain(mint.load(mint.device("Aigul"), 500), mint.trust())
    for amount in (0, 501, -1):
        assert told(spend_link, holding, KEY, amount) == ("value-created", "amount", {})
    assert spend_link(holding, KEY, 500, b"8 bytes!") == Link(holding.output, KEY, 500, 0, b"8 bytes!")
    assert spend_link(holding, KEY, 1) == Link(holding.output, KEY, 1, 499)


def test_a_holding_gives_back_what_it_was_made_of(mint: Mint) -> None:
    trust, aigul = mint.trust(), mint.device("Aigul")
    fresh = verify_chain(mint.load(aigul, 500), trust)
    assert (fresh.returns_to(), fresh.last, fresh.hops_left, fresh.hops) == (None, None, 15, 0)
    fresh.root_envelope().check(mint.issuer.public_key, AT)
    paid, _ = pay(fresh, aigul, KEY, 100, b"8 bytes!")
    holding = verify_chain(paid, trust)
    assert (holding.returns_to(), holding.hops_left) == (aigul.key.public_key, 14)
    spend = holding.spends[0]
    assert (spend.nonce, spend.amount_tiyn, spend.change_tiyn) == (b"8 bytes!", 100, 400)
    assert spend.device_certificate() == aigul.certificate
    spend.envelope().check(aigul.key.public_key, AT)
    assert told(spend._replace(certificate=b"").device_certificate) == ("field-wrong", "certificate", {})
    assert told(append_hop, paid[:60], b"") == ("message-truncated", "token", {})
    assert told(verify_chain, b"", trust) == ("message-truncated", "token", {})
    assert read_chain(paid) == holding
    assert told(read_chain, paid[:-1], AT)[1] == f"{AT}.hops[0]"
    assert told(read_chain, b"")[1] == "token"
