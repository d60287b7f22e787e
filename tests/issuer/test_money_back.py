"""Money comes back to the account behind a card, whatever has become of the card (ADR 0023); and what an
issuer tells at the end of a day of what its bank will not undo."""

from dataclasses import replace
from typing import Any

import pytest

from card_switch.core.issued import IssuedOperations
from card_switch.core.issuer.cards import LOST, STOLEN
from tender.account.card_messages import BLOCKED, CLOSED
from tests.issuer.world import World

BOUGHT_TIYN, BACK_TIYN, FREE_TIYN = 3_779_00, 1_000_00, 10_000_00
MONTH_S = 30 * 86_400
CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"state": BLOCKED, "why": LOST}, "41"),
    ({"state": BLOCKED, "why": STOLEN}, "43"),
    ({"state": CLOSED}, "46"),
    ({}, "54"),
]


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(("changes", "code"), CHANGES)
def test_what_was_bought_is_given_back_to_a_card_that_pays_no_more(
    world: World, changes: dict[str, Any], code: str
) -> None:
    card = world.card(free_tiyn=FREE_TIYN, expiry="2609")
    bought, other = card.chip(BOUGHT_TIYN), card.chip(BOUGHT_TIYN)
    assert world.ask(bought).code == "00"
    if not changes:
        world.later(MONTH_S)
    world.do([world.host.holders.put(replace(card.record, **changes))])
    assert world.ask(card.refund(bought, BACK_TIYN)).code == "00"
    assert world.free(card) == FREE_TIYN - BOUGHT_TIYN + BACK_TIYN
    # It still pays for nothing, and is given nothing that it has not paid.
    assert world.ask(other).code == code
    assert world.ask(card.refund(other, BACK_TIYN)).code == code
    assert world.free(card) == FREE_TIYN - BOUGHT_TIYN + BACK_TIYN


def test_what_the_bank_will_not_undo_is_not_open_but_stands(world: World) -> None:
    card = world.card(free_tiyn=FREE_TIYN)
    book = IssuedOperations(world.host)
    bought = card.chip(BOUGHT_TIYN)
    refund = card.refund(bought, BACK_TIYN)
    assert [world.ask(one).code for one in (bought, refund)] == ["00", "00"]
    world.bank.undoes_not = "funds-insufficient"
    world.bank.silent = True
    world.hear(card.reversal(refund))
    assert [one.open for one in book.issued()] == [False, True], "nobody knows yet what the bank will say"
    world.bank.silent = False
    world.bank_answers()
    told = list(book.issued())
    assert [(one.change_tiyn, one.open) for one in told] == [(BOUGHT_TIYN, False), (-BACK_TIYN, False)]
    world.bank.undoes_not = ""
    world.later(61)
    world.bank_answers()
    told = list(book.issued())
    assert [(one.change_tiyn, one.open) for one in told] == [(BOUGHT_TIYN, False), (0, False)]
