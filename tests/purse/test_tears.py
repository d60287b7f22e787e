"""The card is taken away after every single byte it writes: nothing is lost, nothing is doubled, and whoever
asks again learns which of the two it was."""

import os
from collections.abc import Callable

import pytest

from hardware.cards.purse_card import PurseCard
from hardware.entropy import SeededEntropy
from tender.cash.chain import verify_chain
from tender.cash.messages import REQUEST, payment_id
from tender.errors import Code, DeviceError
from tender.purse.commands import Signed
from tender.purse.records import RequestIs, TokenIs
from tests.mint import Mint
from tests.purse.bench import PIN, Tapped, directory_of, request_by, signed_by, tapped
from tests.purse.test_being_paid import asked, passed, receipt_of

AMOUNT_TIYN = 120_000
STEP = 1 if os.environ.get("TENGE_CUTS") == "all" else 0
"""All: at every byte indeed (half a minute); by default at every second to fifth of them."""


def torn_everywhere(
    here: Tapped, act: Callable[[Tapped], object], check: Callable[[Tapped, bool], None], step: int = 1
) -> int:
    """Play ``act`` on copies of this card, torn after 1, 2, 3 … bytes written, until it is not torn any more.

    ``check`` looks at the card after power came back (and was cut once more while it recovered): it is told
    whether the act was torn. Returns how many places there were.
    """
    image = bytes(here.card.chip.eeprom.image)
    for places, after in enumerate(range(1, 1 << 16, STEP or step)):
        copy = here.copy(image)
        copy.card.chip.eeprom.tear_after = after
        torn = False
        try:
            act(copy)
        except DeviceError as error:
            assert error.code is Code.CARD_OUTCOME_UNKNOWN
            torn = True
        left = bytes(copy.card.chip.eeprom.image)
        if torn and after % 5 == 0:
            # The field is weak: power comes, and goes again after one byte of the recovery.
            weak = PurseCard(bytearray(left), SeededEntropy("weak"))
            weak.chip.eeprom.tear_after = 1
            try:
                weak.power(True)
            except DeviceError as error:
                assert error.code is Code.CARD_GONE
            left = bytes(weak.chip.eeprom.image)
        check(here.copy(left), torn)
        if not torn:
            return places
    raise AssertionError("it never came to its end")


def test_a_payment_torn_after_every_byte() -> None:
    mint = Mint()
    here, shop = tapped(mint), mint.device("shop")
    outputs = [here.load(100_000) for _ in range(2)]
    request = request_by(shop, AMOUNT_TIYN)
    message = signed_by(shop, request)
    parts = [(outputs[0], 100_000), (outputs[1], 20_000)]
    trust = here.trust

    def act(card: Tapped) -> tuple[bytes, ...]:
        card.client.present_request(message)
        return card.client.sign_payment(parts)

    signatures = act(here.copy())
    moved = set()

    def check(card: Tapped, torn: bool) -> None:
        status, kept = card.client.status(), card.client.kept()
        done = bool(kept)
        moved.add(done)
        assert done or torn
        assert set(kept) == (set(outputs) if done else set()), "all links, or none"
        assert status.money_tiyn == (80_000 if done else 200_000)
        assert status.spent_since_sync_tiyn == (AMOUNT_TIYN if done else 0)
        live = [token.output for token in card.client.tokens() if token.state == TokenIs.LIVE]
        assert len(live) == (1 if done else 2)
        for output in live:
            assert verify_chain(card.client.token(output), trust).output == output
        assert act(card) == signatures, "asked again, the same bytes, whichever it was"
        assert card.client.status().spent_since_sync_tiyn == AMOUNT_TIYN, "counted once"
        paid = [
            verify_chain(card.paid(one, signature, request), trust).amount_tiyn
            for (one, _), signature in zip(parts, signatures, strict=True)
        ]
        assert sum(paid) == AMOUNT_TIYN

    places = torn_everywhere(here, act, check, step=4)
    assert places > 250
    assert moved == {True, False}


def test_money_coming_in_torn_after_every_byte() -> None:
    mint = Mint()
    here = tapped(mint)
    request = asked(here, AMOUNT_TIYN)
    packed = passed(mint, 2, AMOUNT_TIYN, request.key)
    output = verify_chain(packed, mint.trust()).output
    receipt = receipt_of(request, output)
    named = payment_id(REQUEST.encode(request))

    def act(card: Tapped) -> bytes:
        card.client.put_token(packed)
        return card.client.sign_receipt(receipt)

    signature = act(here.copy())
    states = set()

    def check(card: Tapped, torn: bool) -> None:
        tokens = card.client.tokens()
        state = card.client.request_state(named)
        states.add((len(tokens), state))
        assert state is RequestIs.OPEN or tokens, "no receipt without the money"
        assert torn or state is RequestIs.CLOSED
        assert act(card) == signature
        assert [token.output for token in card.client.tokens()] == [output]
        assert card.client.token(output) == packed
        assert len(card.client.log()) == 1

    places = torn_everywhere(here, act, check, step=3)
    assert places > 200
    assert states == {(0, RequestIs.OPEN), (1, RequestIs.OPEN), (1, RequestIs.CLOSED)}


@pytest.mark.parametrize("what", ["directory", "erase", "acknowledge", "keys", "request"])
def test_other_commands_torn_after_every_byte(what: str) -> None:
    mint = Mint()
    here, shop = tapped(mint), mint.device("shop")
    output = here.load(100_000)
    here.client.present_request(signed_by(shop, request_by(shop, 100_000)))
    here.client.sign_payment([(output, 100_000)])
    if what == "erase":
        here.client.verify_owner(PIN)
        here.client.acknowledge(here.client.status().counter)
    newer = directory_of(mint, 2, date=1_805_000_000)
    key = here.client.keys()[0].key

    def act(card: Tapped) -> None:
        match what:
            case "directory":
                card.client.put_signed(newer, Signed.DIRECTORY)
            case "erase":
                card.client.verify_owner(PIN)
                if card.client.keys():
                    card.client.erase_key(key)
            case "acknowledge":
                card.client.verify_owner(PIN)
                card.client.acknowledge(card.client.status().counter)
            case "keys":
                card.client.make_keys(3)
            case _:
                asked(card, 1_000, key)

    def check(card: Tapped, torn: bool) -> None:
        before = card.client.status()
        assert before.counter >= 2 and before.money_tiyn == 0
        act(card)
        after = card.client.status()
        match what:
            case "directory":
                assert (after.directory_number, after.time_floor) == (2, 1_805_000_000)
                card.load(1_000)
            case "erase":
                assert card.client.keys() == () and not card.client.has_signed(output)
                assert not any(seed for _, _, seed in card.card.chip.map.keys.each())
            case "acknowledge":
                assert card.client.kept() == ()
                card.client.drop(output)
            case "keys":
                assert len(card.client.keys()) in ((4, 7) if torn else (7,)), "made all three, or none"
            case _:
                assert len(card.client.requests()) == 1

    places = torn_everywhere(here, act, check, step=5 if what in ("directory", "request") else 2)
    assert places > 10


def test_what_the_pin_allows_goes_with_the_power() -> None:
    mint = Mint()
    here, shop = tapped(mint), mint.device("shop")
    output = here.load(2_000_000)
    message = signed_by(shop, request_by(shop, 2_000_000))
    here.client.verify(PIN)
    here.client.present_request(message)
    here.card.power(True)
    here.client.reopen()
    here.client.present_request(message)
    with pytest.raises(DeviceError) as needs:
        here.client.sign_payment([(output, 2_000_000)])
    assert needs.value.code is Code.CARD_PIN_NEEDED
