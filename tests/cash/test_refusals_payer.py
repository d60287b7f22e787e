"""What a payer refuses before it signs anything, what neither side begins, and receipts that are none."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tender.cash.chain import verify_chain
from tender.cash.messages import RECEIPT, Kind, ReceiptMessage, Terms, open_message, pack_signed
from tender.cash.session_state import Payer, Phase
from tender.crypto import envelope
from tender.crypto.certificates import DAY_S
from tender.crypto.directory import TIER_SECURE_ELEMENT
from tender.crypto.envelope import Typ
from tender.errors import Code, Refusal
from tests.cash.attack_world import MEALS, PRICE, World
from tests.cash.test_refusals import forged_issuer
from tests.cash.two_devices import carry
from tests.mint import EPOCH_DAY, EURASIAN, EXPIRY, NOW, chain_of, key_of, pay

# ------------------------------------------------------------- what a payer refuses without asking anybody


def foreign_currency(w: World) -> bytes:
    return w.request(currency=840)


def request_of_a_later_version(w: World) -> bytes:
    return w.request(version=2)


def altered_request(w: World) -> bytes:
    data = bytearray(w.request())
    data[data.index(b"coffee")] ^= 1
    return bytes(data)


def request_signed_as_a_receipt(w: World) -> bytes:
    payload = open_message(w.request()).envelope.payload  # type: ignore[union-attr]
    signature = envelope.sign(Typ.RECEIPT, payload, w.dana.key).signature
    return pack_signed(Kind.REQUEST, Typ.RECEIPT, payload, signature)


def payee_revoked(w: World) -> bytes:
    w.payer.trust = w.with_list(w.dana)
    return w.request()


def payee_of_a_withdrawn_bank(w: World) -> bytes:
    w.payer.trust = w.without_bank(EURASIAN)
    return w.request()


def payee_certificate_expired(w: World) -> bytes:
    w.payer.clock = EPOCH_DAY * DAY_S
    return w.request()


def payee_certificate_of_another_key(w: World) -> bytes:
    return w.request(certificate=w.aigul.certificate.packed())


def payee_of_an_unknown_bank(w: World) -> bytes:
    return w.request(w.mint.device("Erlan", 601))


def payee_of_a_bank_in_a_newer_directory(w: World) -> bytes:
    return w.request(w.mint.device("Erlan", 601), directory_number=9)


def payee_with_an_unknown_profile(w: World) -> bytes:
    return w.request(w.mint.device("Erlan", profile=77))


def pays_itself(w: World) -> bytes:
    return w.request(w.aigul)


def one_key_and_nonce_asking_twice(w: World) -> bytes:
    w.payer.requests[w.dana.key.public_key + b"8 bytes!"] = bytes(16)
    return w.request(nonce=b"8 bytes!")


def more_than_the_payee_may_hold(w: World) -> bytes:
    return w.request(w.mint.device("Erlan", profile=2), amount_tiyn=200_001)


# ----------------------------------------------------------- what a payer refuses of its own person's choice


def not_enough_money(w: World) -> bytes:
    return w.request(amount_tiyn=50_001)


def hop_sixteen(w: World) -> bytes:
    packed, _ = chain_of(w.mint, 15, PRICE)
    w.payer.devices = [w.mint.device("W15", EURASIAN)]
    w.payer.__post_init__()
    w.payer.tokens = [packed]
    return w.request()


def coloured_for_others(w: World) -> bytes:
    w.payer.tokens = [w.mint.load(w.aigul, PRICE, rule=MEALS)]
    return w.request()


def colour_the_payee_does_not_take(w: World) -> bytes:
    w.payer.tokens = [w.mint.load(w.aigul, PRICE, rule=MEALS)]
    canteen = w.mint.device("K", category=5814, business="123456789012")
    return w.request(canteen, terms=Terms(colours=("books",)))


def own_token_expired(w: World) -> bytes:
    w.payer.clock = EXPIRY
    return w.request()


def own_token_expired_with_the_clock_turned_back(w: World) -> bytes:
    w.payer.clock = 0
    w.payer.trust = w.with_list(date=EXPIRY)
    return w.request()


def own_list_too_old_for_the_amount(w: World) -> bytes:
    w.payer.tokens = [w.mint.load(w.aigul, 600_000)]
    return w.request(amount_tiyn=500_001)


def above_its_own_limit(w: World) -> bytes:
    small = w.mint.device("small", profile=2)
    w.payer.devices, w.payer.tokens = [small], [w.mint.load(small, 150_000)]
    w.payer.__post_init__()
    w.payer.trust = w.with_list()
    return w.request(amount_tiyn=100_001)


def own_certificate_revoked(w: World) -> bytes:
    w.payer.trust = w.with_list(w.aigul)
    return w.request()


def terms_ask_for_a_secure_element(w: World) -> bytes:
    return w.request(terms=Terms(tiers=(TIER_SECURE_ELEMENT,)))


def terms_ask_for_more_hops(w: World) -> bytes:
    return w.request(terms=Terms(hops_left_min=15))


PAYER_REFUSES: list[tuple[Callable[[World], bytes], Code]] = [
    (foreign_currency, Code.CURRENCY_FOREIGN),
    (request_of_a_later_version, Code.VERSION_UNKNOWN),
    (altered_request, Code.SIGNATURE_WRONG),
    (request_signed_as_a_receipt, Code.TYPE_CONFUSED),
    (payee_revoked, Code.CERTIFICATE_REVOKED),
    (payee_of_a_withdrawn_bank, Code.PARTICIPANT_BLOCKED),
    (payee_certificate_expired, Code.CERTIFICATE_EXPIRED),
    (payee_certificate_of_another_key, Code.CERTIFICATE_WRONG),
    (payee_of_an_unknown_bank, Code.CERTIFICATE_MISSING),
    (payee_of_a_bank_in_a_newer_directory, Code.DIRECTORY_OLD),
    (payee_with_an_unknown_profile, Code.PROFILE_UNKNOWN),
    (pays_itself, Code.PAYEE_IS_PAYER),
    (one_key_and_nonce_asking_twice, Code.REQUEST_REPLAYED),
    (more_than_the_payee_may_hold, Code.LIMIT_HOLDING),
]
OWN_CHOICE_REFUSED: list[tuple[Callable[[World], bytes], Code]] = [
    (not_enough_money, Code.NOT_ENOUGH_MONEY),
    (hop_sixteen, Code.HOP_LIMIT),
    (coloured_for_others, Code.COLOUR_BROKEN),
    (colour_the_payee_does_not_take, Code.TERMS_UNMET),
    (own_token_expired, Code.TOKEN_EXPIRED),
    (own_token_expired_with_the_clock_turned_back, Code.TOKEN_EXPIRED),
    (own_list_too_old_for_the_amount, Code.LIST_STALE),
    (above_its_own_limit, Code.LIMIT_PER_PAYMENT),
    (own_certificate_revoked, Code.CERTIFICATE_REVOKED),
    (terms_ask_for_a_secure_element, Code.TERMS_UNMET),
    (terms_ask_for_more_hops, Code.TERMS_UNMET),
]


@pytest.mark.parametrize(("attack", "code"), PAYER_REFUSES, ids=[a.__name__ for a, _ in PAYER_REFUSES])
def test_the_payer_refuses_before_asking_anybody(attack: Callable[[World], bytes], code: Code) -> None:
    world = World()
    data = attack(world)
    world.payer.hear(data)
    assert world.payer.codes == [code]
    assert not world.payer.asked and not world.payer.element.signed and not world.payer.disk


@pytest.mark.parametrize("two_way", [False, True], ids=["one-way", "two-way"])
@pytest.mark.parametrize(
    ("attack", "code"), OWN_CHOICE_REFUSED, ids=[a.__name__ for a, _ in OWN_CHOICE_REFUSED]
)
def test_the_payer_signs_nothing_an_honest_payee_would_refuse(
    attack: Callable[[World], bytes], code: Code, two_way: bool
) -> None:
    world = World()
    world.payer.two_way = two_way
    data = attack(world)
    before = world.payer.balance_tiyn
    world.payer.hear(data)
    assert world.payer.codes == [code]
    assert not world.payer.element.signed and world.payer.balance_tiyn == before
    state = world.payer.state
    assert state is not None and state.phase is Phase.ASKING, "another choice can still be made"


# ------------------------------------------------------------------------- what a payee does not even ask


@pytest.mark.parametrize(
    ("amount_tiyn", "holding_tiyn", "profile", "code"),
    [
        (60_001, 140_000, 2, Code.LIMIT_HOLDING),
        (50_001, 0, 2, Code.LIST_STALE),
    ],
    ids=["above what it may hold", "above what an old list allows"],
)
def test_a_request_promises_nothing_its_maker_would_refuse(
    amount_tiyn: int, holding_tiyn: int, profile: int, code: Code
) -> None:
    world = World()
    small = world.mint.device("small", profile=profile)
    world.payee.devices = [small]
    world.payee.__post_init__()
    if holding_tiyn:
        world.payee.tokens = [world.mint.load(small, holding_tiyn)]
    world.payee.ask_for(amount_tiyn)
    assert world.payee.codes == [code]
    assert not world.payee.outbox and not world.payee.element.signed


def test_a_fresh_list_allows_what_an_old_one_does_not() -> None:
    world = World()
    world.payer.tokens = [world.mint.load(world.aigul, 600_000)]
    world.payer.trust = world.payee.trust = world.with_list()
    world.payee.ask_for(600_000)
    carry(world.payee, world.payer)
    assert world.payee.balance_tiyn == 600_000


def test_a_list_that_grows_old_while_the_payment_travels_takes_back_no_promise() -> None:
    world = World()
    world.payer.tokens = [world.mint.load(world.aigul, 600_000)]
    world.payer.trust = world.payee.trust = world.with_list()
    world.payee.ask_for(600_000)
    world.payer.hear(world.payee.outbox.pop())
    world.payee.clock = NOW + 30 * DAY_S
    carry(world.payer, world.payee)
    assert world.payee.balance_tiyn == 600_000


def test_an_earlier_holder_who_was_revoked_voids_nothing_small() -> None:
    world = World()
    bolat = world.mint.device("Bolat")
    token, _ = pay(
        verify_chain(world.mint.load(bolat, PRICE), world.trust), bolat, world.aigul.key.public_key
    )
    world.payer.tokens = [token]
    world.payer.trust = world.payee.trust = world.with_list(bolat)
    world.payee.ask_for(PRICE)
    carry(world.payee, world.payer)
    assert world.payee.balance_tiyn == PRICE


# --------------------------------------------------------------------------------- receipts that are none


def signed_receipt(world: World, by: str, **changed: object) -> bytes:
    """A receipt like Dana's, with something changed, signed by somebody."""
    whole = open_message(world.payee.outbox.pop())
    assert isinstance(whole, ReceiptMessage)
    payload = RECEIPT.encode(replace(whole.receipt, **changed))  # type: ignore[arg-type]
    signature = envelope.sign(Typ.RECEIPT, payload, key_of(by)).signature
    return pack_signed(Kind.RECEIPT, Typ.RECEIPT, payload, signature)


@pytest.mark.parametrize(
    ("by", "changed", "code"),
    [
        ("stranger", {}, Code.SIGNATURE_WRONG),
        ("Dana", {"amount_tiyn": PRICE - 1}, Code.RECEIPT_WRONG),
        ("Dana", {"outputs": (bytes(32),)}, Code.RECEIPT_WRONG),
        ("Dana", {"payment_id": bytes(16)}, Code.REQUEST_NOT_OURS),
        ("Dana", {"version": 2}, Code.VERSION_UNKNOWN),
    ],
    ids=["another key", "another amount", "other outputs", "another payment", "a later version"],
)
def test_a_receipt_names_exactly_what_was_paid(by: str, changed: dict[str, object], code: Code) -> None:
    world = World()
    world.payer.hear(world.open_request())
    world.payee.hear(world.payer.outbox.pop())
    world.payer.hear(signed_receipt(world, by, **changed))
    assert world.payer.codes == [code]
    assert isinstance(world.payer.state, Payer) and world.payer.state.phase is Phase.SENT


# ------------------------------------------------------------------------------- rows shown over the wire


@pytest.mark.row("DT-O-04")
def test_w15_cannot_pay_a_sixteenth_hop_and_keeps_the_token() -> None:
    world = World()
    data = hop_sixteen(world)
    world.payer.hear(data)
    assert world.payer.codes == [Code.HOP_LIMIT]
    refusal = world.payer.shown[-1].outcome
    assert isinstance(refusal, Refusal) and dict(refusal.facts) == {"hops": 16, "most": 15}
    assert world.payer.balance_tiyn == PRICE and not world.payer.element.signed


@pytest.mark.row("DT-O-11")
@pytest.mark.row("DT-T-01")
@pytest.mark.parametrize("two_way", [False, True], ids=["one-way", "two-way"])
def test_meal_money_buys_at_the_canteen_and_nowhere_else(two_way: bool) -> None:
    world = World()
    world.payer.two_way = two_way
    world.payer.tokens = [world.mint.load(world.aigul, 1_000_000, rule=MEALS)]
    shop = world.mint.device("shop", category=5411, business="999999999999")
    world.payer.hear(world.request(shop))
    assert world.payer.codes == [Code.COLOUR_BROKEN] and not world.payer.element.signed
    world.payer.disk = b""
    canteen = world.mint.device("K", category=5814, business="123456789012")
    world.payee.devices = [canteen]
    world.payee.__post_init__()
    world.payee.ask_for(PRICE)
    carry(world.payee, world.payer)
    assert (world.payer.balance_tiyn, world.payee.balance_tiyn) == (1_000_000 - PRICE, PRICE)
    assert verify_chain(world.payer.tokens[0], world.trust).rule == MEALS, "the colour stays on the change"


@pytest.mark.row("DT-T-04")
@pytest.mark.parametrize(
    ("category", "business", "clock", "accepted"),
    [
        (5814, "123456789012", NOW, True),
        (5814, "999999999999", NOW, False),
        (5411, "123456789012", NOW, False),
        (5814, "123456789012", NOW + 100, False),
        (0, None, NOW, False),
    ],
    ids=["all met", "another merchant", "another category", "too late", "a person"],
)
def test_purpose_merchants_and_date_are_read_from_token_and_certificate_alone(
    category: int, business: str | None, clock: int, accepted: bool
) -> None:
    world = World()
    rule = replace(MEALS, valid_until=NOW + 50)
    world.payer.tokens = [world.mint.load(world.aigul, PRICE, rule=rule)]
    world.payee.devices = [world.mint.device("payee", category=category, business=business)]
    world.payee.__post_init__()
    world.payer.clock = world.payee.clock = clock
    world.payee.ask_for(PRICE)
    carry(world.payee, world.payer)
    assert world.payee.balance_tiyn == (PRICE if accepted else 0)
    assert accepted or world.payer.codes == [Code.COLOUR_BROKEN]


@pytest.mark.row("DT-P-03")
@pytest.mark.row("DT-O-08")
def test_two_devices_with_the_root_key_alone_tell_genuine_from_forged() -> None:
    world = World()
    world.payee.hear(forged_issuer(world))
    assert world.payee.codes == [Code.ISSUER_FORGED]
    genuine = World()
    genuine.payee.ask_for(PRICE)
    carry(genuine.payee, genuine.payer)
    assert genuine.payee.balance_tiyn == PRICE


def test_a_request_for_nothing_is_no_request() -> None:
    world = World()
    world.payer.hear(world.request(amount_tiyn=0))
    assert world.payer.codes == [Code.FIELD_WRONG] and not world.payer.asked
