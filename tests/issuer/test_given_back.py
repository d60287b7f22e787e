"""What a card host answers to a reversal of what was given back besides: no more goes back than was paid."""

import pytest

from card_switch.core.conversion import State
from tender.account.card_messages import Undo
from tender.card.iso8583.message import Message
from tender.card.response_codes import ANSWER_LATE, CUSTOMER_CANCELLED
from tests.issuer.world import HeldCard, World

BOUGHT_TIYN, BACK_TIYN, FREE_TIYN = 3_779_00, 1_000_00, 10_000_00


@pytest.fixture
def world() -> World:
    return World()


def given_back(world: World) -> tuple[HeldCard, Message, Message]:
    """A purchase, and a refund of a part of it."""
    card = world.card(free_tiyn=FREE_TIYN)
    bought = card.chip(BOUGHT_TIYN)
    refund = card.refund(bought, BACK_TIYN)
    assert [world.ask(one).code for one in (bought, refund)] == ["00", "00"]
    return card, bought, refund


def test_a_void_waits_until_the_refund_is_undone(world: World) -> None:
    card, bought, refund = given_back(world)
    void = card.reversal(bought).having({39: CUSTOMER_CANCELLED})
    for _ in range(2):
        told = world.ask(void)
        assert (told.code, told.replacement_tiyn) == ("12", BOUGHT_TIYN), "what stands is said"
        world.restart()
    assert not [one for one in world.bank.orders if isinstance(one, Undo)], "the bank was asked for nothing"
    assert world.free(card) == FREE_TIYN - BOUGHT_TIYN + BACK_TIYN
    assert world.ask(card.reversal(refund).having({11: "900002"})).code == "00"
    assert world.ask(void.having({11: "900003"})).code == "00"
    assert world.free(card) == FREE_TIYN


def test_nobody_knows_what_becomes_of_a_void_while_a_refund_is_asked_for(world: World) -> None:
    card = world.card(free_tiyn=FREE_TIYN)
    bought = card.chip(BOUGHT_TIYN)
    assert world.ask(bought).code == "00"
    world.bank.silent = True
    world.hear(card.refund(bought, BACK_TIYN))
    void = card.reversal(bought).having({39: CUSTOMER_CANCELLED})
    assert world.ask(void).code == "91"
    world.bank.silent = False
    world.bank_answers()
    assert world.ask(void).code == "12"


@pytest.mark.parametrize("reason", [{}, {39: ANSWER_LATE}])
def test_what_nobody_knows_the_end_of_is_taken_back_as_far_as_it_can_be(
    world: World, reason: dict[int, str | bytes]
) -> None:
    card, bought, refund = given_back(world)
    reversal = card.reversal(bought).having(reason)
    assert world.ask(reversal).code == "91"
    for _ in range(2):
        told = world.ask(reversal)
        assert (told.code, told.replacement_tiyn) == ("10", BACK_TIYN), "so much stands, for the refund"
        assert world.free(card) == FREE_TIYN, "what was paid is back, and no more"
        world.restart()
    assert world.ask(card.reversal(refund).having({11: "900002"})).code == "00"
    world.later(61)
    world.bank_answers()
    assert world.ask(reversal).code == "00"
    assert world.free(card) == FREE_TIYN
    assert {one.state for one in world.host.operations.values()} == {State.UNDONE}
