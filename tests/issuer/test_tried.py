"""Uses of a card that the host refuses itself: its bank hears of each, so that its customer can (DT-C-18)."""

from collections.abc import Callable
from typing import Any

import pytest

from card_switch.core.issuer.cards import Limits
from card_switch.core.issuer.orders import TRIES_TOLD_A_DAY
from tender.account.card_messages import BLOCKED, CASH, ECOMMERCE, PURCHASE, REFUND, Authorise, Tried
from tender.account.card_notice_messages import BALANCE
from tender.card.iso8583.message import Message
from tender.card.values import Tvr
from tests.issuer.world import PURCHASE_TIYN, HeldCard, World

DAY_S = 86_400


@pytest.fixture
def world() -> World:
    return World()


def noted(world: World) -> list[Tried]:
    """What the bank was told."""
    return [one for one in world.bank.noted if isinstance(one, Tried)]


def wrong_pin(card: HeldCard) -> Message:
    return card.chip(f52=card.pin_block("9999"))


def spent_at_the_chip(card: HeldCard) -> Message:
    """The chip had refused the PINs, and has no try left."""
    card.tvr = (Tvr.CARDHOLDER_NOT_VERIFIED | Tvr.PIN_TRIES_EXCEEDED).packed()
    return card.chip()


@pytest.mark.parametrize(
    ("changes", "asked", "kind", "code"),
    [
        ({}, wrong_pin, PURCHASE, "pin-wrong"),
        ({}, spent_at_the_chip, PURCHASE, "pin-wrong"),
        ({}, lambda card: card.chip(f3="010000"), CASH, "pin-wrong"),
        ({}, lambda card: card.online().without(126), ECOMMERCE, "printed-code-wrong"),
        ({}, lambda card: card.online(f14="3011"), ECOMMERCE, "card-expired"),
        ({}, lambda card: card.chip(t9F26=bytes(8)), PURCHASE, "card-not-genuine"),
        ({}, lambda card: card.message(1_00, f3="200000", f90="0" * 42, f22="011"), REFUND, "order-unknown"),
        ({}, lambda card: card.message(0, f3="310000", f22="011"), BALANCE, "not-supported"),
        ({"state": BLOCKED}, lambda card: card.chip(), PURCHASE, "card-stopped"),
        ({"state": BLOCKED, "why": "stolen"}, lambda card: card.chip(), PURCHASE, "card-kept"),
        ({"limits": Limits(day_tiyn=1_00)}, lambda card: card.chip(), PURCHASE, "card-limit"),
    ],
)
def test_the_bank_is_told_what_was_tried_and_why_it_was_refused(
    world: World, changes: dict[str, Any], asked: Callable[[HeldCard], Message], kind: str, code: str
) -> None:
    card = world.card(**changes)
    message = asked(card)
    answer = world.ask(message)
    assert answer.code != "00"
    (told,) = noted(world)
    assert (told.card, told.kind, told.code) == (card.record.link, kind, code)
    assert told.amount_tiyn == (0 if kind == BALANCE else message.amount_tiyn)
    assert (told.place.name, told.place.rrn, told.place.approval) == ("Shop of Dana", message.rrn, "")
    # Asked once more, the terminal hears the same and nobody is told again.
    assert world.ask(message) == answer
    assert noted(world) == [told] and not world.bank.orders


def test_the_terminal_never_waits_for_it_and_it_is_said_until_it_is_heard(world: World) -> None:
    card = world.card()
    world.bank.silent = True
    assert world.ask(wrong_pin(card)).code == "55"
    assert not noted(world)
    world.restart()
    world.restart()
    world.bank.silent = False
    world.bank_answers()
    (told,) = noted(world)
    assert told.amount_tiyn == PURCHASE_TIYN
    world.restart()
    assert noted(world) == [told], "what was heard is not said after a restart"


def test_whoever_tries_for_ever_fills_nobodys_list(world: World) -> None:
    card = world.card(state=BLOCKED)
    for _ in range(TRIES_TOLD_A_DAY + 3):
        assert world.ask(card.online()).code == "62"
    assert len(noted(world)) == TRIES_TOLD_A_DAY
    world.restart()
    assert world.ask(card.online()).code == "62"
    assert len(noted(world)) == TRIES_TOLD_A_DAY
    world.now_ms += DAY_S * 1000
    assert world.ask(card.online()).code == "62"
    assert len(noted(world)) == TRIES_TOLD_A_DAY + 1


def test_what_the_bank_approves_has_its_slips_numbers(world: World) -> None:
    card = world.card()
    message = card.chip()
    answer = world.ask(message)
    (order,) = world.bank.orders
    assert isinstance(order, Authorise) and not noted(world)
    assert (order.place.rrn, order.place.approval) == (message.rrn, answer.approval_code)
    assert len(answer.approval_code) == 6
