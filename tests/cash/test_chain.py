"""Tokens and histories: what passes, and each way a history can lie."""

import pytest

from tender import canon
from tender.cash.chain import (
    FLAG_CERTIFICATE,
    append_hop,
    check_current,
    hop_bytes,
    spend_link,
    verify_chain,
)
from tender.cash.token import Claim, Link, Root, Rule, issue_root, link_payload, output_id, unpack_root
from tender.crypto import envelope
from tender.crypto.certificates import device_payload
from tender.crypto.envelope import Typ
from tender.errors import Code, RemoteProtocolError
from tests.mint import ALTYN, EPOCH_DAY, EURASIAN, EXPIRY, NBK, NOW, Mint, chain_of, key_of, pay


def refusal_of(packed: bytes, mint: Mint) -> Code:
    """The code with which a payee refuses these bytes."""
    with pytest.raises(RemoteProtocolError) as caught:
        verify_chain(packed, mint.trust())
    return caught.value.code


@pytest.fixture
def mint() -> Mint:
    return Mint()


@pytest.mark.row("DT-O-03")
def test_fifteen_hops_verify_with_the_root_key_alone(mint: Mint) -> None:
    packed, trust = chain_of(mint, 15, amount_tiyn=1_000_000)
    holding = verify_chain(packed, trust)
    assert (holding.hops, holding.hops_left, holding.amount_tiyn) == (15, 0, 1_000_000)
    assert holding.holder == key_of("W15").public_key


@pytest.mark.row("DT-O-04")
def test_the_sixteenth_hop_is_refused_and_the_fifteenth_holder_keeps_the_token(mint: Mint) -> None:
    packed, trust = chain_of(mint, 15)
    last = mint.device("W15", EURASIAN)
    longer, _ = pay(verify_chain(packed, trust), last, key_of("W16").public_key)
    assert refusal_of(longer, mint) is Code.HOP_LIMIT
    assert verify_chain(packed, trust).holder == last.key.public_key


def test_exact_change_stays_with_the_signer_and_no_tiyn_moves_elsewhere(mint: Mint) -> None:
    trust, dana, aigul = mint.trust(), mint.device("Dana"), mint.device("Aigul")
    paid, kept = pay(verify_chain(mint.load(aigul, 50_000), trust), aigul, dana.key.public_key, 30_000)
    assert kept is not None
    mine, hers = verify_chain(kept, trust), verify_chain(paid, trust)
    assert (mine.holder, mine.amount_tiyn) == (aigul.key.public_key, 20_000)
    assert (hers.holder, hers.amount_tiyn) == (dana.key.public_key, 30_000)
    assert mine.output != hers.output
    onward, rest = pay(mine, aigul, dana.key.public_key, 19_999)
    assert rest is not None and verify_chain(rest, trust).amount_tiyn == 1
    assert verify_chain(onward, trust).hops == 2


@pytest.mark.row("DT-O-08")
@pytest.mark.row("DT-Z-10")
@pytest.mark.row("DT-P-03")
def test_a_forged_issuer_is_refused_offline_and_the_key_is_named(mint: Mint) -> None:
    holder = mint.device("Aigul")
    root = Root(NBK, bytes(16), 100_00, holder.key.public_key, 15, EXPIRY)
    forged = issue_root(root, key_of("a printing press in a garage"))
    with pytest.raises(RemoteProtocolError) as caught:
        verify_chain(forged, mint.trust())
    assert caught.value.code is Code.ISSUER_FORGED
    assert dict(caught.value.refusal.facts)["key"] == mint.issuer.public_key.hex()[:16]
    unknown = issue_root(Root(777, bytes(16), 100_00, holder.key.public_key, 15, EXPIRY), mint.issuer)
    assert refusal_of(unknown, mint) is Code.ISSUER_UNKNOWN
    assert verify_chain(issue_root(root, mint.issuer), mint.trust()).amount_tiyn == 100_00


@pytest.mark.row("DT-Q-10")
def test_each_flipped_bit_of_a_history_is_refused(mint: Mint) -> None:
    packed, trust = chain_of(mint, 2, nonce=b"8 bytes!")
    for place in range(len(packed)):
        for bit in range(8):
            damaged = bytearray(packed)
            damaged[place] ^= 1 << bit
            with pytest.raises(RemoteProtocolError):
                verify_chain(bytes(damaged), trust)


def test_each_truncation_and_each_extension_is_refused(mint: Mint) -> None:
    packed, trust = chain_of(mint, 2)
    for length in range(len(packed)):
        with pytest.raises(RemoteProtocolError) as caught:
            verify_chain(packed[:length], trust, "given")
        assert caught.value.field.startswith("given"), length
        assert length < 130 or caught.value.code is Code.MESSAGE_TRUNCATED, length
    for tail in (b"\x00", packed[-97:], packed):
        with pytest.raises(RemoteProtocolError):
            verify_chain(packed + tail, trust)


def test_value_cannot_be_created_in_a_split(mint: Mint) -> None:
    trust, aigul = mint.trust(), mint.device("Aigul")
    holding = verify_chain(mint.load(aigul, 5_000_00), trust)
    for amount, change in ((3_779_00, 1_221_01), (5_000_00, 1), (6_000_00, 0)):
        link = Link(holding.output, key_of("M").public_key, amount, change)
        signature = envelope.sign(Typ.LINK, link.payload(), aigul.key).signature
        hop = hop_bytes(holding, link, signature, aigul.certificate, change=False)
        assert refusal_of(append_hop(holding.packed, hop), mint) in (
            Code.SIGNATURE_WRONG,
            Code.VALUE_CREATED,
        )
    with pytest.raises(RemoteProtocolError) as caught:
        spend_link(holding, key_of("M").public_key, 5_000_01)
    assert caught.value.code is Code.VALUE_CREATED


def test_a_history_cannot_go_on_with_change_that_does_not_exist(mint: Mint) -> None:
    aigul = mint.device("Aigul")
    holding = verify_chain(mint.load(aigul, 5_000_00), mint.trust())
    link = spend_link(holding, key_of("M").public_key, 5_000_00)
    signature = envelope.sign(Typ.LINK, link.payload(), aigul.key).signature
    hop = hop_bytes(holding, link, signature, aigul.certificate, change=True)
    assert refusal_of(append_hop(holding.packed, hop), mint) is Code.VALUE_CREATED


def test_a_certificate_of_another_key_or_bank_is_refused(mint: Mint) -> None:
    trust, aigul, dana = mint.trust(), mint.device("Aigul"), mint.device("Dana")
    holding = verify_chain(mint.load(aigul, 100_00), trust)
    link = spend_link(holding, key_of("M").public_key, 100_00)
    signature = envelope.sign(Typ.LINK, link.payload(), aigul.key).signature
    other = hop_bytes(holding, link, signature, dana.certificate, change=False)
    assert refusal_of(append_hop(holding.packed, other), mint) is Code.CERTIFICATE_WRONG
    unlisted = mint.device("Aigul", bank=601)
    stranger = hop_bytes(holding, link, signature, unlisted.certificate, change=False)
    assert refusal_of(append_hop(holding.packed, stranger), mint) is Code.CERTIFICATE_MISSING


def test_a_certificate_must_outlast_the_token(mint: Mint) -> None:
    trust, aigul = mint.trust(), mint.device("Aigul", epoch_day=EXPIRY // 86_400)
    paid, _ = pay(verify_chain(mint.load(aigul, 100_00), trust), aigul, key_of("M").public_key)
    assert refusal_of(paid, mint) is Code.CERTIFICATE_TOO_SHORT


def test_one_history_has_one_encoding(mint: Mint) -> None:
    trust, aigul = mint.trust(), mint.device("Aigul")
    _, kept = pay(verify_chain(mint.load(aigul, 100_00), trust), aigul, key_of("M").public_key, 40_00)
    assert kept is not None
    holding = verify_chain(kept, trust)
    link = spend_link(holding, key_of("M").public_key, 60_00)
    signature = envelope.sign(Typ.LINK, link.payload(), aigul.key).signature
    again = bytes((FLAG_CERTIFICATE,)) + aigul.certificate.packed() + link.next_key + signature
    assert refusal_of(append_hop(kept, again), mint) is Code.CERTIFICATE_MISSING
    unknown_flag = bytes((0x80,)) + link.next_key + signature
    assert refusal_of(append_hop(kept, unknown_flag), mint) is Code.FIELD_WRONG


def test_a_signature_for_another_type_is_no_link(mint: Mint) -> None:
    trust, aigul = mint.trust(), mint.device("Aigul")
    holding = verify_chain(mint.load(aigul, 100_00), trust)
    link = spend_link(holding, key_of("M").public_key, 100_00)
    for typ in Typ:
        signature = envelope.sign(typ, link.payload(), aigul.key).signature
        hop = hop_bytes(holding, link, signature, aigul.certificate, change=False)
        if typ is Typ.LINK:
            assert verify_chain(append_hop(holding.packed, hop), trust).hops == 1
        else:
            assert refusal_of(append_hop(holding.packed, hop), mint) is Code.SIGNATURE_WRONG


def test_a_link_above_its_signers_limit_is_refused_whatever_his_app_says(mint: Mint) -> None:
    trust, small = mint.trust(), mint.device("Aigul", profile=2)
    paid, _ = pay(verify_chain(mint.load(small, 2_000_00), trust), small, key_of("M").public_key, 1_000_01)
    assert refusal_of(paid, mint) is Code.LIMIT_PER_PAYMENT
    paid, _ = pay(verify_chain(mint.load(small, 2_000_00), trust), small, key_of("M").public_key, 1_000_00)
    assert verify_chain(paid, trust).amount_tiyn == 1_000_00


def test_a_profile_the_directory_does_not_know_is_refused(mint: Mint) -> None:
    trust, odd = mint.trust(), mint.device("Aigul", profile=9)
    paid, _ = pay(verify_chain(mint.load(odd, 100_00), trust), odd, key_of("M").public_key)
    assert refusal_of(paid, mint) is Code.PROFILE_UNKNOWN


MEALS = Rule("school meals", categories=(8211, 5814), merchants=("940140000385",))


@pytest.mark.row("DT-T-04")
@pytest.mark.parametrize(
    ("category", "business", "allowed"),
    [
        (8211, "940140000385", True),
        (5814, "940140000385", True),
        (5812, "940140000385", False),
        (8211, "980640000093", False),
        (0, None, False),
    ],
    ids=["school", "canteen", "restaurant", "another school", "a person"],
)
def test_a_rule_reads_only_the_token_and_the_payees_certificate(
    category: int, business: str | None, allowed: bool
) -> None:
    assert MEALS.allows(category, business) is allowed


@pytest.mark.row("DT-T-01")
def test_a_coloured_token_that_went_through_a_shop_outside_the_list_is_refused(mint: Mint) -> None:
    trust, parent = mint.trust(), mint.device("parent")
    canteen = mint.device("canteen", category=5814, business="940140000385")
    shop = mint.device("shop", category=5411, business="980640000093")
    holding = verify_chain(mint.load(parent, 10_000_00, rule=MEALS), trust)
    for payee, passes in ((canteen, True), (shop, False)):
        paid, _ = pay(holding, parent, payee.key.public_key)
        onward, _ = pay(verify_chain(paid, trust), payee, key_of("next").public_key)
        if passes:
            assert verify_chain(onward, trust).rule == MEALS
        else:
            assert refusal_of(onward, mint) is Code.COLOUR_BROKEN


def test_a_return_to_the_signer_is_the_one_payment_a_rule_does_not_bind(mint: Mint) -> None:
    trust, parent = mint.trust(), mint.device("parent")
    canteen = mint.device("canteen", category=5814, business="940140000385")
    paid, _ = pay(verify_chain(mint.load(parent, 700_00, rule=MEALS), trust), parent, canteen.key.public_key)
    back, _ = pay(verify_chain(paid, trust), canteen, parent.key.public_key)
    again, _ = pay(verify_chain(back, trust), parent, canteen.key.public_key)
    assert verify_chain(again, trust).holder == canteen.key.public_key


def test_unknown_rule_fields_are_refused(mint: Mint) -> None:
    good = MEALS.to_bytes()
    assert Rule.from_bytes(good, "rule") == MEALS
    extra = canon.encode({1: "school meals", 2: [8211], 5: 1})
    for bad in (extra, canon.encode({2: [8211]}), canon.encode([1]), canon.encode({1: "x", 3: ["short"]})):
        with pytest.raises(RemoteProtocolError) as caught:
            Rule.from_bytes(bad, "rule")
        assert caught.value.code is Code.COLOUR_UNKNOWN


def test_expiry_is_judged_by_the_later_of_clock_and_floor(mint: Mint) -> None:
    trust, aigul = mint.trust(), mint.device("Aigul")
    holding = verify_chain(mint.load(aigul, 100_00), trust)
    check_current(holding, trust.now(EXPIRY - 1))
    for now in (EXPIRY, EXPIRY + 1):
        with pytest.raises(RemoteProtocolError) as caught:
            check_current(holding, trust.now(now))
        assert caught.value.code is Code.TOKEN_EXPIRED
    assert trust.now(0) == NOW - 3600


def test_hand_made_bytes_equal_the_encoders(mint: Mint) -> None:
    for amount in (1, 23, 24, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32, 2**40 - 1):
        for nonce in (b"", b"8 bytes!"):
            fast = link_payload(bytes(32), bytes(range(32)), amount, amount // 2, nonce)
            assert fast == canon.encode([bytes(32), bytes(range(32)), amount, amount // 2, nonce])
            assert Link.from_payload(fast, "link").amount_tiyn == amount
    for category, business in ((0, None), (5814, "940140000385"), (24, "000140002217")):
        certificate = mint.device("x", category=category, business=business).certificate
        claims: dict[int, canon.Value] = {
            1: f"{ALTYN}",
            4: EPOCH_DAY * 86_400,
            7: EPOCH_DAY.to_bytes(2, "big") + certificate.serial.to_bytes(4, "big"),
            8: {1: {1: 1, -1: 6, -2: certificate.key}},
            -65537: [1, category],
        }
        if business is not None:
            claims[2] = business
        assert device_payload(certificate.packed(), certificate.key) == canon.encode(claims)


def test_an_outputs_id_commits_to_payload_and_index_only(mint: Mint) -> None:
    root = Root(NBK, bytes(16), 100_00, key_of("Aigul").public_key, 15, EXPIRY)
    packed = issue_root(root, mint.issuer)
    assert unpack_root(packed, "token")[0] == root
    assert verify_chain(packed, mint.trust()).output == output_id(root.payload(), 0)
    assert output_id(root.payload(), 0) != output_id(root.payload(), 1)


def test_a_claim_reads_back(mint: Mint) -> None:
    claim = Claim(bytes(32), ALTYN, key_of("account").public_key)
    assert Claim.from_payload(claim.payload(), "claim") == claim
    for bad in (b"", b"\x80", Link(bytes(32), bytes(32), 1, 0).payload()):
        with pytest.raises(RemoteProtocolError):
            Claim.from_payload(bad, "claim")
