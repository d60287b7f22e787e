"""The card pays: what it verified, within its limits, once; and asked again it says the same."""

from dataclasses import replace
from functools import partial

import pytest

from tender.account.batch import open_batch
from tender.account.eds import ORDER, Order, key_id, make_reply, open_order, seal_order
from tender.cash.chain import verify_chain
from tender.cash.messages import REQUEST, Request
from tender.cash.token import Claim, Link
from tender.crypto.certificates import Kind, issue_authority_certificate
from tender.crypto.directory import DIRECTORY, sign_directory
from tender.crypto.envelope import Envelope, Typ, open_envelope, to_be_signed
from tender.crypto.keys import verify
from tender.crypto.sealing import Pin
from tender.errors import Code
from tender.purse.commands import Signed
from tender.purse.records import Presented, TokenIs
from tests.mint import ALTYN, EPOCH_DAY, NOW, Mint, key_of
from tests.purse.bench import PIN, PROFILE_CARD, PUK, Tapped, directory_of, request_by, signed_by, tapped
from tests.purse.test_life import refused


def pay(here: Tapped, request: bytes, *parts: tuple[bytes, int], pin: bool = True) -> tuple[bytes, ...]:
    here.client.present_request(request)
    if pin:
        here.client.verify(PIN)
    return here.client.sign_payment(parts)


def test_a_payment_with_change_verifies_outside_and_the_change_lives_on_the_card() -> None:
    mint = Mint()
    here, shop = tapped(mint), mint.device("shop", category=5411, business="123456789012")
    output = here.load(500_000)
    request = request_by(shop, 120_000)
    (signature,) = pay(here, signed_by(shop, request), (output, 120_000))
    holding = verify_chain(here.paid(output, signature, request), here.trust)
    assert (holding.holder, holding.amount_tiyn, holding.hops) == (shop.key.public_key, 120_000, 1)
    live = [token for token in here.client.tokens() if token.state == TokenIs.LIVE]
    assert [token.amount_tiyn for token in live] == [380_000]
    change = verify_chain(here.client.token(live[0].output), here.trust)
    assert (change.output, change.amount_tiyn, change.hops) == (live[0].output, 380_000, 1)
    (entry,) = here.client.log()
    assert (entry.amount_tiyn, entry.outputs, entry.time) == (120_000, 1, NOW)


def test_several_tokens_pay_together_and_change_goes_on_paying() -> None:
    mint = Mint()
    here, shop = tapped(mint), mint.device("shop")
    outputs = [here.load(50_000) for _ in range(4)]
    request = request_by(shop, 170_000)
    parts = [*((one, 50_000) for one in outputs[:3]), (outputs[3], 20_000)]
    signatures = pay(here, signed_by(shop, request), *parts)
    paid = [
        verify_chain(here.paid(one, signature, request), here.trust)
        for (one, _), signature in zip(parts, signatures, strict=True)
    ]
    assert sum(holding.amount_tiyn for holding in paid) == 170_000
    (rest,) = (token for token in here.client.tokens() if token.state == TokenIs.LIVE)
    again = request_by(mint.device("kiosk"), 30_000)
    (signature,) = pay(here, signed_by(mint.device("kiosk"), again), (rest.output, 30_000))
    holding = verify_chain(here.paid(rest.output, signature, again), here.trust)
    assert (holding.hops, holding.amount_tiyn) == (2, 30_000)


@pytest.mark.row("DT-Z-01")
def test_the_same_question_gets_the_same_bytes_and_another_none() -> None:
    """Replayed, repeated and altered payments of one output move nothing a second time."""
    mint = Mint()
    here, shop, thief = tapped(mint), mint.device("shop"), mint.device("thief")
    output = here.load(100_000)
    first = pay(here, signed_by(shop, request_by(shop, 100_000)), (output, 100_000))
    status = here.client.status()
    here.card.power(True)
    here.client.reopen()
    told = here.client.present_request(signed_by(shop, request_by(shop, 100_000)))
    assert told.needs & Presented.PAID
    assert here.client.sign_payment([(output, 100_000)]) == first
    assert here.client.status() == replace(status, pin_state=0)
    here.client.present_request(signed_by(thief, request_by(thief, 100_000)))
    assert refused(lambda: here.client.sign_payment([(output, 100_000)])).code is Code.ALREADY_SPENT
    here.client.verify_owner(PIN)
    here.client.acknowledge(here.client.status().counter)
    here.client.drop(output)
    claim = Claim(output, ALTYN, bytes(32))
    assert refused(lambda: here.client.sign_claims([claim])).code is Code.PAYMENT_UNKNOWN
    assert here.client.has_signed(output)


def test_one_request_is_paid_once_whatever_tokens_are_offered() -> None:
    mint = Mint()
    here, shop = tapped(mint), mint.device("shop")
    first, second = here.load(100_000), here.load(100_000)
    asked = signed_by(shop, request_by(shop, 100_000))
    pay(here, asked, (first, 100_000))
    assert refused(lambda: pay(here, asked, (second, 100_000))).code is Code.REQUEST_CLOSED


def test_a_terminal_gets_no_more_than_the_request_says() -> None:
    mint = Mint()
    here, shop = tapped(mint), mint.device("shop")
    output = here.load(500_000)
    assert refused(lambda: here.client.sign_payment([(output, 1)])).code is Code.ELEMENT_REFUSED
    here.client.present_request(signed_by(shop, request_by(shop, 100_000)))
    for parts, code in (
        ([(output, 100_001)], Code.AMOUNT_MISMATCH),
        ([(output, 99_999)], Code.AMOUNT_MISMATCH),
        ([(output, 50_000), (output, 50_000)], Code.FIELD_WRONG),
        ([(output, 500_001)], Code.VALUE_CREATED),
        ([(output, 0)], Code.VALUE_CREATED),
        ([(bytes(32), 100_000)], Code.PAYMENT_UNKNOWN),
        ([], Code.FIELD_WRONG),
    ):
        assert refused(partial(here.client.sign_payment, parts)).code is code
    assert here.client.status().money_tiyn == 500_000
    assert len(here.client.sign_payment([(output, 100_000)])) == 1


def test_limits_hold_inside_the_chip() -> None:
    mint = Mint()
    here, shop = tapped(mint), mint.device("shop")
    outputs = [here.load(2_000_000) for _ in range(4)]
    small = request_by(shop, PROFILE_CARD.without_pin_tiyn, b"small..1")
    told = here.client.present_request(signed_by(shop, small))
    assert not told.needs & Presented.NEEDS_PIN
    here.client.sign_payment([(outputs[0], PROFILE_CARD.without_pin_tiyn)])
    one_more = here.client.present_request(signed_by(shop, request_by(shop, 1, b"small..2")))
    assert one_more.needs & Presented.NEEDS_PIN, "what goes without the PIN is counted together"
    assert refused(lambda: here.client.sign_payment([(outputs[1], 1)])).code is Code.CARD_PIN_NEEDED
    big = signed_by(shop, request_by(shop, 3_000_001, b"big....1"))
    over = refused(lambda: pay(here, big, (outputs[1], 2_000_000), (outputs[2], 1_000_001)))
    assert over.code is Code.LIMIT_PER_PAYMENT
    pay(here, signed_by(shop, request_by(shop, 2_000_000, b"big....2")), (outputs[1], 2_000_000))
    pay(here, signed_by(shop, request_by(shop, 2_000_000, b"big....3")), (outputs[2], 2_000_000))
    over = refused(lambda: pay(here, signed_by(shop, request_by(shop, 1, b"big....4")), (outputs[3], 1)))
    assert over.code is Code.LIMIT_SINCE_SYNC


def test_the_pin_covers_one_payment() -> None:
    mint = Mint()
    here, shop = tapped(mint), mint.device("shop")
    first, second = here.load(2_000_000), here.load(2_000_000)
    pay(here, signed_by(shop, request_by(shop, 2_000_000, b"nonce..1")), (first, 2_000_000))
    asked = signed_by(shop, request_by(shop, 2_000_000, b"nonce..2"))
    assert refused(lambda: pay(here, asked, (second, 2_000_000), pin=False)).code is Code.CARD_PIN_NEEDED


def test_a_request_is_verified_inside_the_chip() -> None:
    mint = Mint()
    here, shop = tapped(mint), mint.device("shop")
    good = signed_by(shop, request_by(shop, 100_000, purpose="обед " * 20))
    here.client.present_request(good)
    longest = signed_by(shop, request_by(shop, 100_000, purpose="\N{GRINNING FACE}" * 140))
    assert here.client.present_request(longest).amount_tiyn == 100_000
    forged = open_envelope(good, Typ.REQUEST, "x")
    for at in range(0, 64, 7):
        wrong = bytearray(forged.signature)
        wrong[at] ^= 1
        sent = Envelope(Typ.REQUEST, forged.payload, bytes(wrong)).to_bytes()
        assert refused(partial(here.client.present_request, sent)).code is Code.SIGNATURE_WRONG
    stranger = mint.device("stranger")
    other = replace(request_by(shop, 1), certificate=stranger.certificate.packed())
    assert refused(lambda: here.client.present_request(signed_by(shop, other))).code is Code.CERTIFICATE_WRONG
    old = mint.device("old", epoch_day=(NOW - 7200) // 86_400)
    assert (
        refused(lambda: here.client.present_request(signed_by(old, request_by(old, 1)))).code
        is Code.CERTIFICATE_EXPIRED
    )
    elsewhere = Mint(root=key_of("another root"))
    foreign = elsewhere.device("foreign")
    foreign = replace(foreign, certificate=replace(foreign.certificate, issuer=777))
    assert (
        refused(lambda: here.client.present_request(signed_by(foreign, request_by(foreign, 1)))).code
        is Code.CERTIFICATE_MISSING
    )
    here.client.put_signed(directory_of(mint, 2, withdrawn=(ALTYN,)), Signed.DIRECTORY)
    assert refused(lambda: here.client.present_request(good)).code is Code.PARTICIPANT_BLOCKED
    output_known = refused(lambda: here.client.sign_payment([(bytes(32), 100_000)]))
    assert output_known.code is Code.ELEMENT_REFUSED, "nothing refused stays presented"


def test_money_that_has_expired_by_the_floor_is_not_signed_away() -> None:
    mint = Mint()
    here, shop = tapped(mint), mint.device("shop", epoch_day=EPOCH_DAY + 900)
    output = here.load(100_000)
    here.client.put_signed(directory_of(mint, 2, date=1_810_000_000), Signed.DIRECTORY)
    assert here.client.status().time_floor == 1_810_000_000
    asked = signed_by(shop, request_by(shop, 100_000))
    assert refused(lambda: pay(here, asked, (output, 100_000))).code is Code.TOKEN_EXPIRED


def test_an_older_directory_changes_nothing_and_a_forged_one_neither() -> None:
    mint = Mint()
    here = tapped(mint)
    here.client.put_signed(directory_of(mint, 5), Signed.DIRECTORY)
    here.client.put_signed(directory_of(mint, 4, date=NOW + 999), Signed.DIRECTORY)
    assert here.client.status().directory_number == 5
    assert here.client.status().time_floor == NOW - 3600
    body = DIRECTORY.decode(open_envelope(directory_of(mint, 6), Typ.DIRECTORY, "d").payload, "d")
    forged = sign_directory(body, key_of("nobody"))
    assert refused(lambda: here.client.put_signed(forged, Signed.DIRECTORY)).code is Code.DIRECTORY_WRONG
    assert here.client.status().directory_number == 5
    here.load(1_000)


def test_splits_stay_on_the_card_and_returns_go_where_money_came_from() -> None:
    mint = Mint()
    here, other = tapped(mint), tapped(mint, "other")
    output = here.load(500_000)
    key = here.client.keys()[0].key
    here.client.verify_owner(PIN)
    (signature,) = here.client.sign_splits([Link(output, key, 200_000, 300_000)])
    live = [token for token in here.client.tokens() if token.state == TokenIs.LIVE]
    assert sorted(token.amount_tiyn for token in live) == [200_000, 300_000]
    for token in live:
        assert verify_chain(here.client.token(token.output), here.trust).amount_tiyn == token.amount_tiyn
    assert here.client.sign_splits([Link(output, key, 200_000, 300_000)]) == (signature,)
    stranger = refused(lambda: here.client.sign_splits([Link(output, bytes(32), 200_000, 300_000)]))
    assert stranger.code is Code.ELEMENT_REFUSED
    # Money passes to another card, which gives it back.
    theirs = other.key()
    part = next(token.output for token in live if token.amount_tiyn == 200_000)
    packed = other.client.certificate(theirs)
    request = Request(200_000, theirs, packed, b"", "x", 1, 0, NOW, request_by(mint.device("s"), 1).terms)
    signed = other.client.open_request(request)
    message = Envelope(Typ.REQUEST, REQUEST.encode(request), signed).to_bytes()
    (paid,) = pay(here, message, (part, 200_000))
    moved = other.client.put_token(here.paid(part, paid, request))
    (back,) = other.client.sign_returns([moved])
    kept = other.client.kept_of(moved)
    assert kept is not None
    assert Link.from_payload(kept.payload, "link").next_key == key
    assert verify(back, to_be_signed(Typ.LINK, kept.payload), theirs)


def test_claims_want_the_pin_and_spend_like_links() -> None:
    mint = Mint()
    here, shop = tapped(mint), mint.device("shop")
    output = here.load(100_000)
    claim = Claim(output, ALTYN, bytes(range(32)))
    assert refused(lambda: here.client.sign_claims([claim])).code is Code.CARD_PIN_NEEDED
    here.client.verify_owner(PIN)
    (signature,) = here.client.sign_claims([claim])
    assert verify(signature, to_be_signed(Typ.CLAIM, claim.payload()), here.client.keys()[0].key)
    asked = signed_by(shop, request_by(shop, 100_000))
    assert refused(lambda: pay(here, asked, (output, 100_000))).code is Code.ALREADY_SPENT


def test_what_is_kept_goes_only_when_the_host_has_it() -> None:
    mint = Mint()
    here, shop = tapped(mint), mint.device("shop")
    output = here.load(100_000)
    pay(here, signed_by(shop, request_by(shop, 100_000)), (output, 100_000))
    assert here.client.kept() == (output,)
    here.client.verify_owner(PIN)
    assert refused(lambda: here.client.drop(output)).code is Code.ELEMENT_REFUSED
    here.client.acknowledge(here.client.status().counter + 1)
    assert here.client.kept() == (output,), "beyond the counter is no acknowledgement"
    here.client.acknowledge(here.client.status().counter)
    assert here.client.kept() == () and here.client.kept_of(output) is None
    free = here.client.status().free_bytes
    here.client.drop(output)
    assert here.client.status().free_bytes > free


def test_orders_are_read_strictly_and_a_signed_sync_reply_begins_the_count_anew() -> None:
    mint = Mint()
    bank = key_of("altyn messages")
    body = DIRECTORY.decode(open_envelope(directory_of(mint, 9), Typ.DIRECTORY, "d").payload, "d")
    spoken = issue_authority_certificate(
        mint.root,
        kind=Kind.MESSAGES,
        number=ALTYN,
        name="Altyn",
        expiry=NOW * 2,
        serial=bytes(8),
        key=bank.public_key,
    )
    here, shop = tapped(mint), mint.device("shop")
    directory = sign_directory(replace(body, authorities=(*body.authorities, spoken.to_bytes())), mint.root)
    here.client.put_signed(directory, Signed.DIRECTORY)
    output = here.load(100_000)
    pay(here, signed_by(shop, request_by(shop, 100_000)), (output, 100_000))
    assert here.client.status().spent_since_sync_tiyn == 100_000
    identity = here.client.status().identity
    order = Order("sync", 0, ALTYN, key_id(identity), bytes(16), NOW, bytes(3_000))
    payload = ORDER.encode(order)
    assert refused(lambda: here.client.sign_order(payload)).code is Code.CARD_PIN_NEEDED, (
        "no terminal's order"
    )
    here.client.verify_owner(PIN)
    raw = seal_order(payload, here.client.sign_order(payload))
    open_order(raw).check(identity)
    for wrong in (make_reply(open_order(raw), ALTYN, NOW, b"", key_of("x")), b""):
        if wrong:
            assert refused(partial(here.client.synced, wrong)).code is Code.SIGNATURE_WRONG
    other = seal_order(payload, here.client.sign_order(payload))
    assert other != raw, "the last order signed is the one a reply must answer"
    stale = make_reply(open_order(raw), ALTYN, NOW, b"", bank)
    assert refused(lambda: here.client.synced(stale)).code is Code.RECEIPT_WRONG
    here.client.synced(make_reply(open_order(other), ALTYN, NOW, b"", bank))
    assert here.client.status().spent_since_sync_tiyn == 0
    for payload in (
        ORDER.encode(replace(order, key_id=bytes(8))),
        ORDER.encode(replace(order, sender=949)),
        Link(bytes(32), bytes(32), 1, 0).payload(),
        ORDER.encode(order) + b"\x00",
    ):
        refused(partial(here.client.sign_order, payload))


def test_a_batch_proves_that_the_keys_live_in_the_chip() -> None:
    here = tapped(Mint())
    keys = here.client.make_keys(20)
    proofs = tuple(here.client.sign_possession(key, ALTYN) for key in keys)
    assert refused(lambda: here.client.sign_batch(keys, ALTYN, NOW)).code is Code.CARD_PIN_NEEDED
    here.client.verify_owner(PIN)
    batch = here.client.sign_batch(keys, ALTYN, NOW)
    assert open_batch(batch, here.client.status().identity, ALTYN, proofs).keys == keys
    assert refused(lambda: here.client.sign_batch((bytes(32),), ALTYN, NOW)).code is Code.ELEMENT_REFUSED


def test_a_card_whose_pin_is_blocked_pays_nothing_until_it_is_unblocked() -> None:
    """Below the sum without PIN too; what it had signed before it still hands over."""
    mint = Mint()
    here, shop = tapped(mint), mint.device("shop")
    first, second = here.load(500), here.load(500)
    asked = signed_by(shop, request_by(shop, 500, b"nonce..1"))
    signed = pay(here, asked, (first, 500), pin=False)
    for left in (2, 1, 0):
        wrong = refused(lambda: here.client.verify(Pin("0000")))
        assert dict(wrong.refusal.facts)["left"] == left
    assert pay(here, asked, (first, 500), pin=False) == signed
    small = signed_by(shop, request_by(shop, 500, b"nonce..2"))
    assert refused(lambda: pay(here, small, (second, 500), pin=False)).code is Code.CARD_BLOCKED
    here.client.unblock(PUK, PIN)
    assert pay(here, small, (second, 500), pin=False)
