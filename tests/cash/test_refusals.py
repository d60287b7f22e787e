"""One named line for each way a payment can be refused between two devices: code, who refuses, and why.

Every line also checks that the refusing side kept its balance, and that it signed nothing but, for money that
is bound to its request, the link that gives it back.
"""

from collections.abc import Callable
from dataclasses import replace

import cbor2
import pytest

from tender.cash.chain import FLAG_CERTIFICATE, FLAG_SPLIT, append_hop, hop_bytes, spend_link, verify_chain
from tender.cash.fork_proof import check_proof
from tender.cash.messages import Kind, Return, Terms, Transfer, open_message, pack, wrap
from tender.cash.session_state import Payee, Phase
from tender.cash.token import Root, issue_root, link_payload
from tender.crypto import envelope
from tender.crypto.certificates import DAY_S
from tender.crypto.directory import TIER_SECURE_ELEMENT
from tender.crypto.envelope import Typ
from tender.errors import Code
from tests.cash.attack_world import MEALS, PRICE, World
from tests.mint import ALTYN, EURASIAN, EXPIRY, NBK, NOW, chain_of, key_of, pay

ORDER_L = 2**252 + 27742317777372353535851937790883648493


# ------------------------------------------------------------------- what a payee refuses from a payer


def forged_issuer(w: World) -> bytes:
    root = Root(NBK, bytes(16), PRICE, w.aigul.key.public_key, 15, EXPIRY)
    forged = issue_root(root, key_of("a printing press in a garage"))
    honest = verify_chain(issue_root(root, w.mint.issuer), w.trust)
    link = spend_link(honest, w.dana.key.public_key, PRICE)
    signature = envelope.sign(Typ.LINK, link.payload(), w.aigul.key).signature
    hop = hop_bytes(honest, link, signature, w.aigul.certificate, change=False)
    return w.transfer(append_hop(forged, hop))


def unknown_issuer(w: World) -> bytes:
    root = Root(777, bytes(16), PRICE, w.aigul.key.public_key, 15, EXPIRY)
    return w.transfer(issue_root(root, w.mint.issuer))


def wrong_certificate(w: World) -> bytes:
    made_up = replace(w.aigul.certificate, profile=2)
    return w.transfer(w.paid(w.payer.tokens[0], by=replace(w.aigul, certificate=made_up)))


def certificate_of_no_bank(w: World) -> bytes:
    return w.transfer(w.paid(w.payer.tokens[0], by=w.mint.device("Aigul", 601)))


def short_certificate(w: World) -> bytes:
    short = w.mint.device("Aigul", epoch_day=EXPIRY // DAY_S)
    return w.transfer(w.paid(w.payer.tokens[0], by=short))


def revoked_payer(w: World) -> bytes:
    w.payee.trust = w.with_list(w.aigul)
    return w.transfer(w.paid(w.payer.tokens[0]))


def withdrawn_bank(w: World) -> bytes:
    w.payee.trust = w.without_bank(ALTYN)
    return w.transfer(w.paid(w.payer.tokens[0]))


def earlier_holder_revoked_above_the_old_list_amount(w: World) -> bytes:
    bolat = w.mint.device("Bolat")
    first = w.mint.load(bolat, 600_000)
    second, _ = pay(verify_chain(first, w.trust), bolat, w.aigul.key.public_key)
    w.payee.trust = w.with_list(bolat)
    return w.transfer(w.paid(second, 600_000), amount_tiyn=600_000)


def expired(w: World) -> bytes:
    w.payee.clock = EXPIRY
    return w.transfer(w.paid(w.payer.tokens[0]))


def expired_though_the_clock_was_turned_back(w: World) -> bytes:
    w.payee.clock = EXPIRY - 20 * DAY_S
    w.payee.trust = w.with_list(date=EXPIRY + 60)
    return w.transfer(w.paid(w.payer.tokens[0]))


def hop_sixteen(w: World) -> bytes:
    packed, _ = chain_of(w.mint, 15, PRICE)
    return w.transfer(w.paid(packed, by=w.mint.device("W15", EURASIAN)))


def value_created(w: World) -> bytes:
    holding = verify_chain(w.payer.tokens[0], w.trust)
    payload = link_payload(holding.output, w.dana.key.public_key, 60_000, 1, b"")
    signature = envelope.sign(Typ.LINK, payload, w.aigul.key).signature
    hop = b"".join(
        (
            bytes((FLAG_CERTIFICATE | FLAG_SPLIT,)),
            w.aigul.certificate.packed(),
            w.dana.key.public_key,
            (60_000).to_bytes(5, "big"),
            signature,
        )
    )
    return w.transfer(append_hop(holding.packed, hop), amount_tiyn=60_000)


def the_same_token_twice(w: World) -> bytes:
    token = w.paid(w.payer.tokens[0], 15_000)
    return w.transfer(token, token)


def one_output_paid_twice_to_us(w: World) -> bytes:
    return w.transfer(w.paid(w.payer.tokens[0], 10_000), w.paid(w.payer.tokens[0], 20_000))


def malleated_signature(w: World) -> bytes:
    token = w.paid(w.payer.tokens[0])
    s = int.from_bytes(token[-32:], "little") + ORDER_L
    return w.transfer(token[:-32] + s.to_bytes(32, "little"))


def a_byte_too_many(w: World) -> bytes:
    return w.transfer(w.paid(w.payer.tokens[0]) + b"\x00")


def truncated_token(w: World) -> bytes:
    return w.transfer(w.paid(w.payer.tokens[0])[:-1])


def re_encoded_container(w: World) -> bytes:
    body = w.transfer(w.paid(w.payer.tokens[0]))
    assert body[:2] == b"\x82\x04"
    return b"\x82\x18\x04" + body[2:]


def indefinite_container(w: World) -> bytes:
    kind, body = cbor2.loads(w.transfer(w.paid(w.payer.tokens[0])))
    return b"\x9f" + cbor2.dumps(kind) + cbor2.dumps(body) + b"\xff"


def truncated_message(w: World) -> bytes:
    return w.transfer(w.paid(w.payer.tokens[0]))[:-20]


def ten_megabytes(w: World) -> bytes:
    w.open_request()
    return b"\x82\x04" + bytes(10_000_000)


def signature_of_another_type(w: World) -> bytes:
    holding = verify_chain(w.payer.tokens[0], w.trust)
    link = spend_link(holding, w.dana.key.public_key, PRICE)
    signature = envelope.sign(Typ.CLAIM, link.payload(), w.aigul.key).signature
    hop = hop_bytes(holding, link, signature, w.aigul.certificate, change=False)
    return w.transfer(append_hop(holding.packed, hop))


def nonce_missing(w: World) -> bytes:
    return w.transfer(w.paid(w.payer.tokens[0]), nonce=b"8 bytes!")


def nonce_of_another_request(w: World) -> bytes:
    return w.transfer(w.paid(w.payer.tokens[0], nonce=b"yesterd."), nonce=b"8 bytes!")


def bound_to_another_key(w: World) -> bytes:
    other = key_of("somebody").public_key
    token, _ = pay(verify_chain(w.payer.tokens[0], w.trust), w.aigul, other, PRICE)
    return w.transfer(token)


def fresh_from_the_issuer(w: World) -> bytes:
    return w.transfer(w.mint.load(w.dana, PRICE))


def transfer_of_another_payment(w: World) -> bytes:
    w.open_request()
    return pack(Transfer(bytes(16), (w.paid(w.payer.tokens[0]),)))


def coloured_for_others(w: World) -> bytes:
    return w.transfer(w.paid(w.mint.load(w.aigul, PRICE, rule=MEALS)))


def colour_no_longer_valid(w: World) -> bytes:
    rule = replace(MEALS, valid_until=NOW - 1)
    return w.transfer(w.paid(w.mint.load(w.aigul, PRICE, rule=rule)))


def one_payment_above_the_payers_limit(w: World) -> bytes:
    w.payer.trust = w.trust
    small = w.mint.device("small", profile=2)
    token = w.mint.load(small, 200_000)
    return w.transfer(w.paid(token, 150_000, by=small), amount_tiyn=150_000)


def two_tokens_above_the_payers_limit_together(w: World) -> bytes:
    small = w.mint.device("small", profile=2)
    tokens = [w.paid(w.mint.load(small, 80_000, seed=str(n)), 80_000, by=small) for n in range(2)]
    return w.transfer(*tokens, amount_tiyn=160_000)


def too_many_tokens(w: World) -> bytes:
    tokens = [w.paid(w.mint.load(w.aigul, 10_000, seed=str(n)), None) for n in range(3)]
    return w.transfer(*tokens, terms=Terms(tokens_max=2))


def too_many_bytes(w: World) -> bytes:
    return w.transfer(w.paid(w.payer.tokens[0]), terms=Terms(bytes_max=100))


def too_few_hops_left(w: World) -> bytes:
    return w.transfer(w.paid(w.payer.tokens[0]), terms=Terms(hops_left_min=15))


def too_few_days_left(w: World) -> bytes:
    return w.transfer(w.paid(w.payer.tokens[0]), terms=Terms(days_left_min=1_000))


def not_a_secure_element(w: World) -> bytes:
    return w.transfer(w.paid(w.payer.tokens[0]), terms=Terms(tiers=(TIER_SECURE_ELEMENT,)))


def tails_without_an_offer(w: World) -> bytes:
    w.open_request()
    state = w.payee.state
    assert isinstance(state, Payee)
    return pack(Transfer(state.payment_id, (), (bytes(97),)))


def a_receipt_to_the_payee(w: World) -> bytes:
    w.open_request()
    w.payer.hear(w.payee.sent[0])
    w.payee.hear(w.payer.outbox.pop())
    return w.payee.outbox.pop()


def unknown_kind(w: World) -> bytes:
    w.open_request()
    return wrap(Kind.REQUEST, b"").replace(b"\x82\x01", b"\x82\x17")


PAYEE_REFUSES: list[tuple[Callable[[World], bytes], Code]] = [
    (forged_issuer, Code.ISSUER_FORGED),
    (unknown_issuer, Code.ISSUER_UNKNOWN),
    (wrong_certificate, Code.CERTIFICATE_WRONG),
    (certificate_of_no_bank, Code.CERTIFICATE_MISSING),
    (short_certificate, Code.CERTIFICATE_TOO_SHORT),
    (revoked_payer, Code.CERTIFICATE_REVOKED),
    (withdrawn_bank, Code.PARTICIPANT_BLOCKED),
    (earlier_holder_revoked_above_the_old_list_amount, Code.CERTIFICATE_REVOKED),
    (expired, Code.TOKEN_EXPIRED),
    (expired_though_the_clock_was_turned_back, Code.TOKEN_EXPIRED),
    (hop_sixteen, Code.HOP_LIMIT),
    (value_created, Code.VALUE_CREATED),
    (the_same_token_twice, Code.TOKEN_DUPLICATED),
    (one_output_paid_twice_to_us, Code.FORK_PROVED),
    (malleated_signature, Code.SIGNATURE_WRONG),
    (a_byte_too_many, Code.FIELD_WRONG),
    (truncated_token, Code.MESSAGE_TRUNCATED),
    (re_encoded_container, Code.CBOR_NOT_CANONICAL),
    (indefinite_container, Code.CBOR_NOT_CANONICAL),
    (truncated_message, Code.CBOR_MALFORMED),
    (ten_megabytes, Code.MESSAGE_TOO_LONG),
    (signature_of_another_type, Code.SIGNATURE_WRONG),
    (nonce_missing, Code.NONCE_MISSING),
    (nonce_of_another_request, Code.NONCE_MISSING),
    (bound_to_another_key, Code.REQUEST_NOT_OURS),
    (fresh_from_the_issuer, Code.REQUEST_NOT_OURS),
    (transfer_of_another_payment, Code.REQUEST_NOT_OURS),
    (coloured_for_others, Code.COLOUR_BROKEN),
    (colour_no_longer_valid, Code.COLOUR_BROKEN),
    (one_payment_above_the_payers_limit, Code.LIMIT_PER_PAYMENT),
    (two_tokens_above_the_payers_limit_together, Code.LIMIT_PER_PAYMENT),
    (too_many_tokens, Code.TERMS_UNMET),
    (too_many_bytes, Code.TERMS_UNMET),
    (too_few_hops_left, Code.TERMS_UNMET),
    (too_few_days_left, Code.TERMS_UNMET),
    (not_a_secure_element, Code.TERMS_UNMET),
    (tails_without_an_offer, Code.OUT_OF_ORDER),
    (a_receipt_to_the_payee, Code.OUT_OF_ORDER),
    (unknown_kind, Code.MESSAGE_UNKNOWN),
]


GOES_BACK = {
    revoked_payer,
    withdrawn_bank,
    earlier_holder_revoked_above_the_old_list_amount,
    expired,
    expired_though_the_clock_was_turned_back,
    one_output_paid_twice_to_us,
    two_tokens_above_the_payers_limit_together,
    too_many_tokens,
    too_many_bytes,
    too_few_hops_left,
    too_few_days_left,
    not_a_secure_element,
}
"""Good signatures, bound to this very request: the money is this payee's alone, and it will not have it."""

NOT_EVEN_BACK = {coloured_for_others, colour_no_longer_valid}
"""No link of somebody the rule does not name can be verified: the bank settles it."""


@pytest.mark.row("DT-Z-01")
@pytest.mark.parametrize(("attack", "code"), PAYEE_REFUSES, ids=[a.__name__ for a, _ in PAYEE_REFUSES])
def test_the_payee_refuses(attack: Callable[[World], bytes], code: Code) -> None:
    world = World()
    data = attack(world)
    payee = world.payee
    before = (payee.disk, payee.balance_tiyn, payee.element.signed)
    payee.hear(data)
    assert payee.codes == [code]
    if attack in NOT_EVEN_BACK:
        assert payee.at_sync and payee.balance_tiyn == 0 and payee.element.signed == 1
        return
    if attack not in GOES_BACK:
        assert (payee.disk, payee.balance_tiyn, payee.element.signed) == before
        return
    assert payee.balance_tiyn == 0, "nothing counts"
    back = open_message(payee.sent[-1])
    assert isinstance(back, Return)
    for packed in back.tokens:
        returned = verify_chain(packed, world.trust)
        assert returned.holder == returned.spends[-2].signer, "to whoever signed it, and to nobody else"
    assert isinstance(payee.state, Payee) and payee.state.phase is Phase.OPEN, "others may still pay"
    payee.hear(data)
    assert open_message(payee.sent[-1]) == back, "the same bytes, however often it comes"


@pytest.mark.row("DT-O-07")
def test_a_fork_that_comes_by_is_refused_and_proved() -> None:
    world = World()
    first, second = world.paid(world.payer.tokens[0], 10_000), world.paid(world.payer.tokens[0], 20_000)
    other = verify_chain(first, world.trust)
    world.payee.seen = {spend.parent: spend for spend in other.spends}
    world.payee.hear(world.transfer(second, amount_tiyn=20_000))
    assert world.payee.codes == [Code.FORK_PROVED] and world.payee.balance_tiyn == 0
    verdict = check_proof(world.payee.proofs[0], world.trust.root_key)
    assert (verdict.key, verdict.parent) == (world.aigul.key.public_key, other.spends[0].parent)


def test_two_branches_of_one_link_are_no_fork() -> None:
    """Payment and change of one honest link meet again in one purse."""
    world = World()
    paid, kept = pay(
        verify_chain(world.payer.tokens[0], world.trust), world.aigul, world.dana.key.public_key, 10_000
    )
    assert kept is not None
    world.payee.seen = {spend.parent: spend for spend in verify_chain(paid, world.trust).spends}
    world.payee.hear(world.transfer(world.paid(kept, 20_000), amount_tiyn=20_000))
    assert world.payee.balance_tiyn == 20_000
