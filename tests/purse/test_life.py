"""The card's own life: personalised once, its PIN and PUK counted, wiped to nothing."""

from collections.abc import Callable

import pytest

from hardware.cards.purse_card import PurseCard, blank_image
from hardware.entropy import SeededEntropy
from hardware.field import reader_of
from hardware.purse_client import PurseClient
from tender.card.apdu import Command, Response
from tender.crypto.keys import SigningKey
from tender.crypto.sealing import Pin
from tender.errors import Code, DeviceError
from tender.purse import commands
from tender.purse.commands import PUK_TRIES, Ins
from tender.purse.records import State
from tests.mint import ALTYN, Mint
from tests.purse.bench import PIN, PUK, tapped

WRONG = Pin("0000")


def refused(act: Callable[[], object]) -> DeviceError:
    with pytest.raises(DeviceError) as error:
        act()
    return error.value


def test_a_card_is_personalised_once_and_has_an_identity_of_its_own() -> None:
    mint = Mint()
    first, second = tapped(mint, "a"), tapped(mint, "b")
    assert first.client.status().identity != second.client.status().identity
    again = refused(lambda: first.client.personalise(mint.root.public_key, PIN, PUK, ALTYN))
    assert again.code is Code.ELEMENT_REFUSED
    assert first.client.status().state == State.READY


def test_a_blank_card_signs_nothing() -> None:
    card = PurseCard(blank_image(), SeededEntropy("blank"))
    client = PurseClient.opened(reader_of(card))
    for act in (lambda: client.make_keys(1), lambda: client.verify(PIN), lambda: client.sign_order(b"\x80")):
        assert refused(act).code is Code.ELEMENT_REFUSED


def test_another_card_is_no_purse_until_it_is_selected() -> None:
    card = PurseCard(blank_image(), SeededEntropy("card"))
    card.power(True)
    status = Command(commands.CLA_PURSE, Ins.STATUS, 0, 0, le=256).to_bytes()
    assert Response.from_bytes(card.transmit(status)).sw == commands.STATUS_OF[Code.CARD_NOT_PURSE]
    other = Command(0, Ins.SELECT, 4, 0, bytes.fromhex("A0000000031010"), 256).to_bytes()
    assert Response.from_bytes(card.transmit(other)).sw == 0x6A82


@pytest.mark.row("DT-Z-05")
def test_three_wrong_pins_block_it_and_the_puk_frees_it() -> None:
    """Destroying by guessing: the count stands before the comparison, the money stays, the PUK opens."""
    here = tapped(Mint())
    output = here.load(50_000)
    assert [dict(refused(lambda: here.client.verify(WRONG)).refusal.facts)["left"] for _ in range(3)] == [
        2,
        1,
        0,
    ]
    assert refused(lambda: here.client.verify(PIN)).code is Code.CARD_BLOCKED
    here.client.reopen()
    assert refused(lambda: here.client.verify(PIN)).code is Code.CARD_BLOCKED
    assert refused(lambda: here.client.unblock(Pin("87654321"), Pin("5555"))).code is Code.PIN_WRONG
    here.client.unblock(PUK, Pin("5555"))
    here.client.verify(Pin("5555"))
    assert refused(lambda: here.client.verify(PIN)).code is Code.PIN_WRONG
    assert [token.output for token in here.client.tokens()] == [output]


def test_a_puk_tried_too_often_ends_the_card_and_not_its_records() -> None:
    here = tapped(Mint())
    output = here.load(50_000)
    for _ in range(PUK_TRIES):
        refused(lambda: here.client.unblock(Pin("87654321"), PIN))
    assert here.client.status().state == State.BLOCKED
    assert refused(lambda: here.client.unblock(PUK, PIN)).code is Code.ELEMENT_REFUSED
    assert refused(lambda: here.client.make_keys(1)).code is Code.ELEMENT_REFUSED
    assert here.client.tokens()[0].output == output, "what it holds can still be read"


def test_power_cut_in_the_middle_of_a_guess_gains_no_guess() -> None:
    here = tapped(Mint())
    block = WRONG.block()
    command = Command(0, Ins.VERIFY, 0, commands.PAYMENT_REFERENCE, block).to_bytes()
    tries = []
    for cut in range(1, 200):
        before = here.client.status().pin_tries
        here.card.chip.eeprom.tear_after = cut
        try:
            answer = Response.from_bytes(here.card.transmit(command))
            here.card.chip.eeprom.tear_after = None
            assert answer.sw & 0xFFF0 == commands.PIN_TRY_WRONG
            break
        except DeviceError:
            pass
        here.card.power(True)
        here.client.reopen()
        tries.append(before - here.client.status().pin_tries)
        here.client.unblock(PUK, PIN)
    assert set(tries) == {0, 1}, "cut early it is no try, cut late it is one; no answer without a count"


def test_changing_the_pin_asks_for_the_old_one() -> None:
    here = tapped(Mint())
    assert refused(lambda: here.client.change_pin(WRONG, Pin("9999"))).code is Code.PIN_WRONG
    here.client.change_pin(PIN, Pin("883311"))
    here.client.verify(Pin("883311"))
    assert refused(lambda: here.client.verify(PIN)).code is Code.PIN_WRONG


def test_the_store_key_comes_after_the_pin_and_goes_with_the_power() -> None:
    here = tapped(Mint())
    assert refused(here.client.store_key).code is Code.CARD_PIN_NEEDED
    here.client.verify_owner(PIN)
    key = here.client.store_key()
    assert key.digest(b"x") == here.client.store_key().digest(b"x")
    here.card.power(True)
    here.client.reopen()
    assert refused(here.client.store_key).code is Code.CARD_PIN_NEEDED


@pytest.mark.row("DT-Z-07")
def test_no_answer_without_the_pin_holds_a_secret() -> None:
    """Every command that answers data without a PIN: no seed, no PIN digest, no store key in it."""
    here = tapped(Mint())
    here.load(50_000)
    fixed = here.card.chip.fixed
    seeds = [key.seed for _, _, key in here.card.chip.map.keys.each()]
    secrets = [
        *seeds,
        fixed.identity_seed,
        fixed.store_key,
        fixed.pin,
        fixed.puk,
        fixed.owner,
        here.client.owner,
    ]
    assert all(any(secret) for secret in secrets)
    told = b""
    for ins in Ins:
        for p1 in (0, 1):
            command = Command(commands.cla_of(ins), ins, p1, 0, le=256).to_bytes()
            told += here.card.transmit(command)
    assert not any(secret in told or secret[:16] in told for secret in secrets)
    assert all(secret.hex()[:16] not in repr((fixed, seeds and here.card)) for secret in secrets)


def test_a_wiped_card_is_blank_and_none_of_its_secrets_is_left() -> None:
    mint = Mint()
    here = tapped(mint)
    here.load(50_000)
    seeds = [key.seed for _, _, key in here.card.chip.map.keys.each()]
    assert refused(here.client.wipe).code is Code.CARD_PIN_NEEDED
    here.client.verify_owner(PIN)
    assert refused(here.client.wipe).code is Code.ELEMENT_REFUSED, "money lives on it"
    here.client.wipe(with_money=True)
    assert here.client.status().state == State.BLANK
    image = bytes(here.card.chip.eeprom.image)
    assert not any(seed in image for seed in seeds)
    here.client.personalise(mint.root.public_key, PIN, PUK, ALTYN)
    assert here.client.keys() == ()


def test_the_book_mark_only_grows() -> None:
    here = tapped(Mint())
    assert refused(lambda: here.client.note_book(9)).code is Code.CARD_PIN_NEEDED
    here.client.verify_owner(PIN)
    for mark, stands in ((5, 5), (3, 5), (7, 7)):
        here.client.note_book(mark)
        assert here.client.book_mark() == stands


def test_keys_are_made_certified_and_erased() -> None:
    here = tapped(Mint())
    output = here.load(50_000)
    (busy,) = (entry.key for entry in here.key_entries())
    (fresh,) = here.client.make_keys(1)
    assert here.client.certificate(fresh) == b""
    assert refused(lambda: here.client.erase_key(fresh)).code is Code.CARD_PIN_NEEDED, (
        "money may be on its way"
    )
    here.client.verify(PIN)
    assert refused(lambda: here.client.erase_key(fresh)).code is Code.CARD_PIN_NEEDED
    here.client.verify_owner(PIN)
    here.client.erase_key(fresh)
    assert [entry.key for entry in here.key_entries()] == [busy]
    assert refused(lambda: here.client.erase_key(busy)).code is Code.ELEMENT_REFUSED
    assert here.client.tokens()[0].output == output
    stranger = SigningKey(bytes(32)).public_key
    assert refused(lambda: here.client.erase_key(stranger)).code is Code.ELEMENT_REFUSED


def test_a_full_key_table_says_so_and_makes_none() -> None:
    here = tapped(Mint())
    room = here.card.chip.map.keys.count
    here.client.make_keys(room)
    assert refused(lambda: here.client.make_keys(1)).code is Code.CARD_FULL
    assert len(here.client.keys()) == room
