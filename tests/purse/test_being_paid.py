"""The card is paid: it verifies what comes hop by hop, and signs a receipt for what it has."""

from dataclasses import replace
from functools import partial

import pytest

from tender.cash.chain import verify_chain
from tender.cash.messages import REQUEST, Receipt, Request, Terms, payment_id
from tender.cash.token import Rule
from tender.crypto.envelope import Typ, to_be_signed
from tender.crypto.keys import verify
from tender.errors import Code, RemoteProtocolError
from tender.purse.commands import Proof, Signed
from tender.purse.records import RequestIs, TokenIs
from tests.mint import EXPIRY, NOW, Mint, pay
from tests.purse.bench import PIN, Tapped, directory_of, request_by, signed_by, tapped
from tests.purse.test_life import refused


def asked(here: Tapped, amount_tiyn: int, key: bytes = b"", nonce: bytes = b"") -> Request:
    """A request of the card's own, opened."""
    key = key or here.key()
    certificate = here.client.certificate(key)
    request = Request(amount_tiyn, key, certificate, nonce, "bread", 1, 0, NOW, Terms())
    signature = here.client.open_request(request)
    assert verify(signature, to_be_signed(Typ.REQUEST, REQUEST.encode(request)), key)
    return request


def receipt_of(request: Request, *outputs: bytes) -> Receipt:
    named = payment_id(REQUEST.encode(request))
    return Receipt(named, request.amount_tiyn, outputs, 0, 0, NOW, NOW)


def passed(mint: Mint, hops: int, amount_tiyn: int, payee: bytes, nonce: bytes = b"") -> bytes:
    """A token that came through so many hands, the last of which pays the card's key."""
    devices = [mint.device(f"P{place}") for place in range(hops)]
    packed = mint.load(devices[0], amount_tiyn, seed=payee.hex())
    for place, device in enumerate(devices):
        last = place == hops - 1
        to = payee if last else devices[place + 1].key.public_key
        packed, _ = pay(verify_chain(packed, mint.trust()), device, to, nonce=nonce if last else b"")
    return packed


@pytest.mark.parametrize("hops", [1, 2, 15])
def test_the_chip_verifies_a_whole_history_and_gives_it_back(hops: int) -> None:
    mint = Mint()
    here = tapped(mint)
    request = asked(here, 70_000)
    packed = passed(mint, hops, 70_000, request.key)
    before = here.card.work.verifications
    output = here.client.put_token(packed)
    assert output == verify_chain(packed, mint.trust()).output
    assert here.client.token(output) == packed
    assert here.card.work.verifications - before == 1 + 2 * hops
    assert here.client.put_token(packed) == output, "again changes nothing"
    assert len(here.client.tokens()) == 1
    signature = here.client.sign_receipt(receipt_of(request, output))
    assert len(signature) == 64
    named = payment_id(REQUEST.encode(request))
    assert here.client.request_state(named) is RequestIs.CLOSED
    assert here.client.log()[0].payment_id == named


@pytest.mark.row("DT-Z-04")
def test_a_history_with_one_byte_wrong_is_never_taken() -> None:
    """Each byte of a token altered in turn: the chip refuses with the code the wallet has for it."""
    mint = Mint()
    here = tapped(mint)
    request = asked(here, 70_000)
    packed = passed(mint, 3, 70_000, request.key)
    for at in range(0, len(packed), 3):
        wrong = bytearray(packed)
        wrong[at] ^= 0x41
        with pytest.raises(RemoteProtocolError) as outside:
            verify_chain(bytes(wrong), here.trust)
        code = refused(partial(here.client.put_token, bytes(wrong))).code
        assert code is outside.value.code or code in (
            Code.CARD_FULL,
            Code.MESSAGE_TOO_LONG,
            Code.MESSAGE_TRUNCATED,
        )
    for cut in range(0, len(packed), 11):
        refused(partial(here.client.put_token, packed[:cut]))
    refused(partial(here.client.put_token, packed + b"\x00"))
    assert here.client.tokens() == ()
    assert here.client.put_token(packed) == verify_chain(packed, mint.trust()).output


def test_money_for_another_key_and_money_spent_here_are_refused() -> None:
    mint = Mint()
    here, shop = tapped(mint), mint.device("shop")
    stray = passed(mint, 1, 5_000, shop.key.public_key)
    assert refused(lambda: here.client.put_token(stray)).code is Code.ELEMENT_REFUSED
    request = asked(here, 70_000)
    packed = passed(mint, 1, 70_000, request.key)
    output = here.client.put_token(packed)
    (back,) = here.client.sign_returns([output])
    assert len(back) == 64
    here.client.verify_owner(PIN)
    here.client.acknowledge(here.client.status().counter)
    here.client.drop(output)
    assert refused(lambda: here.client.put_token(packed)).code is Code.ALREADY_SPENT


def test_a_receipt_is_signed_only_for_money_that_is_here_and_pays_this_request() -> None:
    mint = Mint()
    here = tapped(mint)
    key = here.key()
    first, second = asked(here, 70_000, key, b"nonce..1"), asked(here, 70_000, key, b"nonce..2")
    for_first = passed(mint, 2, 70_000, key, b"nonce..1")
    gone = verify_chain(for_first, mint.trust()).output
    assert refused(lambda: here.client.sign_receipt(receipt_of(first, gone))).code is Code.PAYMENT_UNKNOWN
    output = here.client.put_token(for_first)
    assert refused(lambda: here.client.sign_receipt(receipt_of(second, output))).code is Code.REQUEST_NOT_OURS
    less = here.client.put_token(passed(mint, 1, 69_999, key, b"nonce..2"))
    assert refused(lambda: here.client.sign_receipt(receipt_of(second, less))).code is Code.AMOUNT_MISMATCH
    own = here.load(70_000, key)
    fresh = receipt_of(second, less, own)
    assert refused(lambda: here.client.sign_receipt(fresh)).code is Code.REQUEST_NOT_OURS
    assert refused(lambda: here.client.sign_receipt(fresh, Proof.HOST)).code is Code.CARD_PIN_NEEDED
    signature = here.client.sign_receipt(receipt_of(first, output))
    assert here.client.sign_receipt(receipt_of(first, output)) == signature
    other = replace(receipt_of(first, output), note="another")
    assert refused(lambda: here.client.sign_receipt(other)).code is Code.ELEMENT_REFUSED
    assert here.client.receipt_payload(payment_id(REQUEST.encode(first))) != b""


def test_a_request_opens_once_and_no_nonce_serves_twice() -> None:
    mint = Mint()
    here = tapped(mint)
    request = asked(here, 70_000)
    assert here.client.open_request(request) == here.client.open_request(request)
    again = replace(request, amount_tiyn=1)
    assert refused(lambda: here.client.open_request(again)).code is Code.ELEMENT_REFUSED
    asked(here, 70_000, request.key, b"nonce..1")
    assert (
        refused(lambda: here.client.open_request(replace(again, nonce=b"nonce..1"))).code
        is Code.ELEMENT_REFUSED
    )
    foreign = replace(request, nonce=b"nonce..9", certificate=bytes(76))
    assert refused(lambda: here.client.open_request(foreign)).code is Code.ELEMENT_REFUSED
    assert len(here.client.requests()) == 2
    named = payment_id(REQUEST.encode(request))
    assert here.client.request_payload(named) == REQUEST.encode(request)
    assert here.client.receipt_payload(named) == b""
    here.client.verify_owner(PIN)
    assert refused(lambda: here.client.erase_key(request.key)).code is Code.ELEMENT_REFUSED
    here.client.erase_key(request.key, with_requests=True)
    assert here.client.request_state(named) is RequestIs.UNKNOWN and here.client.keys() == ()


def test_the_owners_host_answers_for_a_history_after_the_pin() -> None:
    mint = Mint()
    here = tapped(mint)
    request = asked(here, 70_000)
    packed = passed(mint, 15, 70_000, request.key)
    assert refused(lambda: here.client.put_token(packed, Proof.HOST)).code is Code.CARD_PIN_NEEDED
    here.client.verify_owner(PIN)
    before = here.card.work.verifications
    here.client.put_token(packed, Proof.HOST)
    assert here.card.work.verifications - before <= 2
    broken = bytearray(passed(mint, 2, 8_000, request.key))
    broken[-1] ^= 1
    assert refused(lambda: here.client.put_token(bytes(broken), Proof.HOST)).code is Code.SIGNATURE_WRONG


def test_old_money_too_much_money_and_money_of_another_colour_are_refused() -> None:
    mint = Mint()
    here, giver = tapped(mint), mint.device("giver")
    key = here.key()
    food = Rule("school meals", categories=(5411,))
    coloured = mint.load(giver, 5_000, rule=food)
    painted, _ = pay(verify_chain(coloured, mint.trust()), giver, key)
    assert refused(lambda: here.client.put_token(painted)).code is Code.COLOUR_BROKEN
    for place in range(4):
        rich = mint.device(f"rich {place}")
        whole, _ = pay(verify_chain(mint.load(rich, 3_000_000), mint.trust()), rich, key)
        if place < 3:
            here.client.put_token(whole)
        else:
            assert refused(partial(here.client.put_token, whole)).code is Code.LIMIT_HOLDING
    here.client.put_signed(directory_of(mint, 2, date=EXPIRY), Signed.DIRECTORY)
    late = passed(mint, 1, 1_000, key)
    assert refused(lambda: here.client.put_token(late)).code is Code.TOKEN_EXPIRED
    assert sum(token.state == TokenIs.LIVE for token in here.client.tokens()) == 3


def test_a_full_card_says_so_before_it_signs() -> None:
    mint = Mint()
    here = tapped(mint)
    key = here.key()
    outputs = [here.load(1_000, key) for _ in range(here.card.chip.map.tokens.count)]
    assert refused(lambda: here.load(1_000, key)).code is Code.CARD_FULL
    shop = mint.device("shop")
    here.client.present_request(signed_by(shop, request_by(shop, 500)))
    assert refused(lambda: here.client.sign_payment([(outputs[0], 500)])).code is Code.CARD_FULL
    assert here.client.kept() == () and here.client.status().spent_since_sync_tiyn == 0
    here.client.present_request(signed_by(shop, request_by(shop, 1_000)))
    assert len(here.client.sign_payment([(outputs[0], 1_000)])) == 1, "what leaves no change still goes"
