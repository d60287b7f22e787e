"""Who is shown to whom, and what one turned bit does to the messages of a payment."""

import pytest

from tender.account.attestation import Attestation, issue_attestation
from tender.cash.messages import Transfer, open_message
from tests.cash.attack_world import PRICE, World
from tests.cash.two_devices import carry
from tests.mint import ALTYN, EURASIAN


def shown(world: World, name: str, bank: int, key: bytes) -> bytes:
    """What the bank hands out when a client wants its name shown."""
    return issue_attestation(Attestation(key, name, "+77010000000"), world.mint.bank(bank))


@pytest.mark.row("DT-A-01")
@pytest.mark.parametrize("two_way", [False, True], ids=["one-way", "two-way"])
def test_a_name_is_shown_only_when_its_owner_shows_it(two_way: bool) -> None:
    hidden = World()
    hidden.payer.two_way = two_way
    hidden.payee.ask_for(PRICE)
    carry(hidden.payee, hidden.payer)
    assert (hidden.payer.asked[0].name, hidden.payee.state.name) == ("", "")  # type: ignore[union-attr]
    said = b"".join((*hidden.payer.sent, *hidden.payee.sent))
    assert "Айгуль".encode() not in said and b"+7701" not in said

    world = World()
    world.payer.two_way = two_way
    world.payer.attestation = shown(world, "Айгуль", ALTYN, world.aigul.key.public_key)
    world.payee.ask_for(PRICE, attestation=shown(world, "Дана", EURASIAN, world.dana.key.public_key))
    carry(world.payee, world.payer)
    assert (world.payer.asked[0].name, world.payer.asked[0].phone) == ("Дана", "+77010000000")
    assert world.payee.state.name == "Айгуль"  # type: ignore[union-attr]
    assert "Айгуль".encode() not in world.payee.tokens[0], "a name never travels in the token"


@pytest.mark.parametrize("thief", ["another key's name", "a name no bank attested"])
def test_a_false_name_is_not_shown_and_holds_up_no_money(thief: str) -> None:
    world = World()
    if thief == "another key's name":
        world.payer.attestation = shown(world, "Айгуль", ALTYN, world.dana.key.public_key)
    else:
        world.payer.attestation = shown(world, "Айгуль", EURASIAN, world.aigul.key.public_key)
    world.payee.ask_for(PRICE)
    carry(world.payee, world.payer)
    assert world.payee.balance_tiyn == PRICE
    assert world.payee.state.name == ""  # type: ignore[union-attr]


@pytest.mark.row("DT-Q-10")
@pytest.mark.row("DT-Z-01")
def test_one_turned_bit_anywhere_in_a_transfer_posts_nothing() -> None:
    world = World()
    world.payer.hear(world.open_request())
    transfer = world.payer.outbox.pop()
    assert isinstance(open_message(transfer), Transfer)
    before = world.payee.disk
    for bit in range(len(transfer) * 8):
        turned = bytearray(transfer)
        turned[bit // 8] ^= 1 << bit % 8
        world.payee.hear(bytes(turned))
        assert world.payee.disk == before and world.payee.balance_tiyn == 0, f"bit {bit}"
    assert len(world.payee.codes) == len(transfer) * 8, "each was refused with a code"
    world.payee.hear(transfer)
    assert world.payee.balance_tiyn == PRICE


@pytest.mark.row("DT-Q-10")
def test_one_turned_bit_anywhere_in_a_request_or_receipt_is_refused() -> None:
    world = World()
    request = world.open_request()
    for bit in range(len(request) * 8):
        turned = bytearray(request)
        turned[bit // 8] ^= 1 << bit % 8
        world.payer.hear(bytes(turned))
    assert not world.payer.asked and not world.payer.element.signed
    world.payer.hear(request)
    world.payee.hear(world.payer.outbox.pop())
    receipt, before = world.payee.outbox.pop(), world.payer.disk
    for bit in range(len(receipt) * 8):
        turned = bytearray(receipt)
        turned[bit // 8] ^= 1 << bit % 8
        world.payer.hear(bytes(turned))
    assert world.payer.disk == before
