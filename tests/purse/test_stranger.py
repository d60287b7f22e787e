"""A stranger's terminal has the card in its reader, and at most the PIN: what it cannot do with that."""

from dataclasses import replace
from functools import partial

import pytest

from hardware.field import reader_of
from hardware.purse_client import PurseClient
from tender.cash.chain import append_hop, pack_hop, verify_chain
from tender.cash.token import Claim, Link, output_id
from tender.crypto.certificates import issue_device_certificate
from tender.crypto.directory import open_directory, sign_directory
from tender.crypto.sealing import Pin
from tender.errors import Code
from tender.purse.commands import OWNER_REFERENCE, OWNER_SECRET_BYTES, Ins, Proof, Signed
from tender.purse.records import OWNER_PROOF, OwnerProof, RequestIs, TokenIs
from tests.mint import ALTYN, EPOCH_DAY, Device, Mint
from tests.mint import pay as passed_on
from tests.purse.bench import (
    PIN,
    PROFILE_CARD,
    PUK,
    Tapped,
    directory_of,
    receipt_by,
    request_by,
    signed_by,
    tapped,
)
from tests.purse.test_being_paid import asked, passed, receipt_of
from tests.purse.test_life import refused


def taken_away(here: Tapped) -> PurseClient:
    """The card on a reader of somebody else's, who does not know the owner's secret."""
    return PurseClient.opened(reader_of(here.card))


def live(client: PurseClient) -> list[bytes]:
    """What lives on the card, the longest lasting first."""
    tokens = sorted(client.tokens(), key=lambda token: -token.hops_left)
    return [token.output for token in tokens if token.state == TokenIs.LIVE]


def paid_away(here: Tapped, shop: Device, output: bytes, amount_tiyn: int, nonce: bytes = b"") -> bytes:
    """Sign a payment and lose the answer; the id of the output that the payee is owed."""
    request = request_by(shop, amount_tiyn, nonce)
    here.client.present_request(signed_by(shop, request))
    here.client.sign_payment([(output, amount_tiyn)])
    kept = here.client.kept_of(output)
    assert kept is not None
    return output_id(kept.payload, 0)


# --------------------------------------------------------------------------------------- giving it back


def test_what_the_card_has_confirmed_is_not_given_back_without_its_owner() -> None:
    mint = Mint()
    here = tapped(mint)
    request = asked(here, 70_000)
    output = here.client.put_token(passed(mint, 1, 70_000, request.key))
    here.client.sign_receipt(receipt_of(request, output))
    stranger = taken_away(here)
    assert refused(lambda: stranger.sign_returns([output])).code is Code.CARD_PIN_NEEDED
    stranger.verify(PIN)
    assert refused(lambda: stranger.sign_returns([output])).code is Code.CARD_PIN_NEEDED
    assert stranger.status().money_tiyn == 70_000 and stranger.kept() == ()
    stranger.owner = here.client.owner
    stranger.verify_owner(PIN)
    assert len(stranger.sign_returns([output])) == 1


def test_change_and_what_the_owner_divided_do_not_go_back_either() -> None:
    mint = Mint()
    here, shop = tapped(mint), mint.device("shop")
    request = asked(here, 70_000)
    output = here.client.put_token(passed(mint, 1, 70_000, request.key))
    paid_away(here, shop, output, 10_000)
    (change,) = live(here.client)
    assert refused(lambda: taken_away(here).sign_returns([change])).code is Code.CARD_PIN_NEEDED


# ------------------------------------------------------------------------------------------ what is kept


def test_what_is_kept_goes_only_by_the_payees_receipt_for_that_payment() -> None:
    """The payment was signed and its answer lost. A terminal wants the card to forget it."""
    mint = Mint()
    here, shop, thief = tapped(mint), mint.device("shop"), mint.device("thief")
    first, second = here.load(100_000), here.load(50_000)
    owed, other = paid_away(here, shop, first, 60_000), paid_away(here, shop, second, 50_000, b"nonce..2")
    request = request_by(shop, 60_000)
    good = receipt_by(shop, request, owed)
    stranger = taken_away(here)
    stranger.verify(PIN)
    assert refused(lambda: stranger.acknowledge(stranger.status().counter)).code is Code.CARD_PIN_NEEDED
    for receipt, code in (
        (receipt_by(thief, request, owed), Code.SIGNATURE_WRONG),
        (receipt_by(shop, request, other), Code.RECEIPT_WRONG),
        (receipt_by(shop, request, owed, other), Code.RECEIPT_WRONG),
        (receipt_by(shop, request), None),
    ):
        wrong = refused(partial(stranger.acknowledge_receipt, receipt)).code
        assert wrong is (code or wrong)
        assert set(stranger.kept()) == {first, second}
    assert refused(lambda: stranger.drop(first)).code is Code.ELEMENT_REFUSED
    stranger.acknowledge_receipt(good)
    assert stranger.kept() == (second,) and stranger.status().acknowledged == 0
    stranger.acknowledge_receipt(good)
    stranger.drop(first)
    stranger.acknowledge_receipt(receipt_by(shop, request_by(shop, 50_000, b"nonce..2"), other))
    status = stranger.status()
    assert stranger.kept() == () and status.acknowledged == status.counter


def test_money_that_comes_back_says_that_its_link_arrived() -> None:
    mint = Mint()
    here, shop = tapped(mint), mint.device("shop")
    output = here.load(100_000)
    own = here.client.keys()[0].key
    paid_away(here, shop, output, 60_000)
    kept = here.client.kept_of(output)
    assert kept is not None
    link = Link.from_payload(kept.payload, "link")
    certificate = here.client.certificate(own)
    history = append_hop(here.client.token(output), pack_hop(link, kept.signature, certificate, change=False))
    returned, _ = passed_on(verify_chain(history, here.trust), shop, own)
    stranger = taken_away(here)
    stranger.put_token(returned)
    assert stranger.kept() == () and stranger.status().money_tiyn == 100_000
    stranger.drop(output)


# ---------------------------------------------------------------------------------------- filling it up


def test_no_terminal_divides_money_and_claims_always_have_room() -> None:
    """Splits, returns and payments fill the spent memory: the owner still gets all of the money back."""
    mint = Mint()
    here, shop = tapped(mint), mint.device("shop")
    key = here.key()
    output = here.load(100_000, key)
    split = [Link(output, key, 100_000, 0)]
    assert refused(lambda: taken_away(here).sign_splits(split)).code is Code.CARD_PIN_NEEDED
    here.client.verify_owner(PIN)
    spent = here.card.chip.map.spent
    assert refused(lambda: here_and_there(here, key)).code is Code.CARD_FULL
    assert len(spent.free()) == here.card.chip.map.tokens.count
    more = request_by(shop, 100_000)
    here.client.present_request(signed_by(shop, more))
    whole = max(here.client.tokens(), key=lambda token: token.hops_left).output
    assert refused(lambda: here.client.sign_payment([(whole, 100_000)])).code is Code.CARD_FULL
    held = live(here.client)
    assert len(here.client.sign_claims([Claim(one, ALTYN, bytes(32)) for one in held])) == len(held)
    here.client.acknowledge(here.client.status().counter)
    here.client.erase_key(key)
    assert here.client.status().free_spent == spent.count


def here_and_there(here: Tapped, key: bytes) -> None:
    """The owner's own host divides again and again, and forgets what it stored, until there is no room."""
    client = here.client
    while True:
        (output,) = live(client) or [here.load(100_000, key)]
        (token,) = (one for one in client.tokens() if one.output == output)
        if not token.hops_left:
            client.sign_claims([Claim(output, ALTYN, bytes(32))])
        else:
            client.sign_splits([Link(output, key, token.amount_tiyn, 0)])
        client.acknowledge(client.status().counter)
        client.drop(output)


def test_money_laid_there_and_taken_back_leaves_room_for_payments() -> None:
    mint = Mint()
    here, shop = tapped(mint), mint.device("shop")
    key = here.key()
    own = here.load(50_000, key)
    stranger = taken_away(here)
    kept = here.card.chip.map.kept

    def lend_and_take() -> None:
        for place in range(kept.count):
            stranger.sign_returns([stranger.put_token(passed_by(mint, place, key))])

    assert refused(lend_and_take).code is Code.CARD_FULL
    assert len(kept.free()) == kept.count * 2 // 3
    paid_away(here, shop, own, 50_000)


def passed_by(mint: Mint, place: int, key: bytes) -> bytes:
    """One tiyn from somebody, to this key."""
    giver = mint.device("giver")
    return passed_on(verify_chain(mint.load(giver, 1, seed=f"lent {place}"), mint.trust()), giver, key)[0]


def test_a_full_request_table_drops_the_oldest_that_nobody_paid_into() -> None:
    mint = Mint()
    here = tapped(mint)
    key = here.key()
    paid = asked(here, 70_000, key, b"paid...1")
    output = here.client.put_token(passed(mint, 1, 70_000, key, b"paid...1"))
    closed = asked(here, 5_000, key, b"closed.1")
    receipt = receipt_of(closed, here.client.put_token(passed(mint, 1, 5_000, key, b"closed.1")))
    here.client.sign_receipt(receipt)
    idle = asked(here, 1_000, key, b"idle...1")
    places = here.card.chip.map.requests.count
    for place in range(places - 2):
        asked(here, 1, key, place.to_bytes(8, "big") if place else b"first..1")
    entries = here.client.requests()
    assert len(entries) == places
    states = {
        name: here.client.request_state(receipt_of(one).payment_id)
        for name, one in (("paid", paid), ("closed", closed), ("idle", idle))
    }
    assert states == {"paid": RequestIs.OPEN, "closed": RequestIs.CLOSED, "idle": RequestIs.UNKNOWN}
    assert len(here.client.sign_receipt(receipt_of(paid, output))) == 64


# ------------------------------------------------------------------------------------------ PIN and owner


@pytest.mark.row("DT-Z-05")
def test_a_pin_typed_at_a_strangers_terminal_opens_one_payment_and_nothing_else() -> None:
    """Given a terminal that keeps what was typed, when it tries all that the owner's wallet may do, then each
    is refused; and the PIN as the owner's, without the secret of the owner's host, is a wrong one."""
    mint = Mint()
    here, shop = tapped(mint), mint.device("shop")
    key = here.key()
    outputs = [here.load(1_500_000, key) for _ in range(2)]
    stranger = taken_away(here)
    stranger.verify(PIN)
    packed = passed(mint, 1, 1_000, key)
    for act in (
        lambda: stranger.sign_claims([Claim(one, ALTYN, bytes(32)) for one in outputs]),
        lambda: stranger.sign_order(b"\x80"),
        lambda: stranger.sign_batch([key], ALTYN, 1),
        stranger.store_key,
        stranger.wipe,
        partial(stranger.note_book, 2**64 - 1),
        partial(stranger.put_token, packed, Proof.HOST),
        partial(stranger.erase_key, key, with_requests=True),
        partial(stranger.acknowledge, 1),
        partial(stranger.verify_owner, PIN),
    ):
        assert refused(act).code is Code.CARD_PIN_NEEDED
    stranger.present_request(signed_by(shop, request_by(shop, 1_500_000)))
    stranger.sign_payment([(outputs[0], 1_500_000)])
    stranger.present_request(signed_by(shop, request_by(shop, 1_500_000, b"nonce..2")))
    assert refused(lambda: stranger.sign_payment([(outputs[1], 1_500_000)])).code is Code.CARD_PIN_NEEDED
    stranger.owner = bytes(OWNER_SECRET_BYTES)
    wrong = refused(lambda: stranger.verify_owner(PIN))
    assert wrong.code is Code.PIN_WRONG and dict(wrong.refusal.facts)["left"] == 2
    assert refused(stranger.store_key).code is Code.CARD_PIN_NEEDED


def test_the_owners_host_is_forgotten_when_it_lets_go() -> None:
    here = tapped(Mint())
    here.client.verify_owner(PIN)
    assert here.client.status().pin_state == 2
    here.client.close()
    proof = OWNER_PROOF.encode(OwnerProof(PIN.block(), here.client.owner))
    assert here.card.transmit(bytes((0x80, Ins.STORE_KEY, 0, 0, 0)))[-2:] == bytes.fromhex("6982")
    command = bytes((0, Ins.VERIFY, 0, OWNER_REFERENCE, len(proof))) + proof
    assert here.card.transmit(command) == bytes.fromhex("9000")


def test_who_has_the_puk_may_be_the_owners_new_host() -> None:
    here = tapped(Mint())
    lost = here.client.owner
    found = taken_away(here)
    assert refused(lambda: found.adopt(Pin("87654321"))).code is Code.PIN_WRONG
    found.adopt(PUK)
    assert found.owner != lost
    found.verify_owner(PIN)
    assert found.store_key().digest(b"x")
    assert refused(lambda: here.client.verify_owner(PIN)).code is Code.PIN_WRONG, "the lost one is out"


def test_a_card_whose_making_was_cut_short_is_made_blank_with_its_pin() -> None:
    here = tapped(Mint())
    stranger = taken_away(here)
    assert refused(stranger.wipe).code is Code.CARD_PIN_NEEDED
    stranger.verify(PIN)
    stranger.wipe()
    assert not stranger.status().state


# ------------------------------------------------------------------------------------- limits, histories


def test_an_older_certificate_brings_no_older_limits() -> None:
    mint = Mint()
    here = tapped(mint)
    big = replace(PROFILE_CARD, number=8, per_payment_tiyn=30_000_000, without_pin_tiyn=10_000_000)
    body = open_directory(directory_of(mint), mint.root.public_key).body
    body = replace(body, number=2, profiles=(*body.profiles, big))
    here.client.put_signed(sign_directory(body, mint.root), Signed.DIRECTORY)

    def certified(key: bytes, profile: int, epoch_day: int) -> bytes:
        return issue_device_certificate(
            mint.bank(ALTYN), issuer=ALTYN, epoch_day=epoch_day, serial=profile, profile=profile, key=key
        ).packed()

    once, never, now = here.client.make_keys(3)
    here.client.put_certificate(once, certified(once, 8, EPOCH_DAY - 7))
    assert here.client.status().without_pin_tiyn == big.without_pin_tiyn
    here.client.put_certificate(now, certified(now, PROFILE_CARD.number, EPOCH_DAY))
    stranger = taken_away(here)
    stranger.put_certificate(once, stranger.certificate(once))
    stranger.put_certificate(never, certified(never, 8, EPOCH_DAY - 7))
    status = stranger.status()
    assert (status.per_payment_tiyn, status.without_pin_tiyn) == (
        PROFILE_CARD.per_payment_tiyn,
        PROFILE_CARD.without_pin_tiyn,
    )


def test_money_divided_there_and_back_keeps_a_history_that_verifies() -> None:
    mint = Mint()
    here, shop = tapped(mint), mint.device("shop")
    one, other = here.key(), here.key()
    here.load(100_000, one)
    here.client.verify_owner(PIN)
    for to in (other, one):
        (output,) = live(here.client)
        here.client.sign_splits([Link(output, to, 100_000, 0)])
    (output,) = live(here.client)
    paid_away(here, shop, output, 40_000)
    (change,) = live(here.client)
    holding = verify_chain(here.client.token(change), here.trust)
    assert (holding.holder, holding.amount_tiyn, holding.hops) == (one, 60_000, 3)


def test_eight_zeros_are_no_nonce_and_one_payment_has_one_receipt() -> None:
    mint = Mint()
    here = tapped(mint)
    request = asked(here, 70_000)
    zeros = replace(request, nonce=bytes(8))
    assert refused(lambda: here.client.open_request(zeros)).code is Code.ELEMENT_REFUSED
    output = here.client.put_token(passed(mint, 1, 70_000, request.key, bytes(8)))
    assert (
        refused(lambda: here.client.sign_receipt(receipt_of(request, output))).code is Code.REQUEST_NOT_OURS
    )
