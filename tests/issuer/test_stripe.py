"""A stripe in the place of a chip is the issuer's policy; what a chip need not say, and what it has to."""

from dataclasses import replace

import pytest

from card_switch.core.issuer.settings import Fallback
from tests.issuer.world import World

MOST_TIYN = Fallback().operation_tiyn


@pytest.mark.parametrize(
    ("policy", "amount_tiyn", "with_pin", "code"),
    [
        (Fallback(), MOST_TIYN, True, "00"),
        (Fallback(), MOST_TIYN + 1, True, "61"),
        (Fallback(), 1_00, False, "55"),
        (Fallback(with_pin=False), 1_00, False, "00"),
        (Fallback(allowed=False), 1_00, True, "57"),
    ],
)
def test_what_a_stripe_may_do_in_the_place_of_a_chip(
    policy: Fallback, amount_tiyn: int, with_pin: bool, code: str
) -> None:
    world = World()
    world.host._settings = replace(world.settings, fallback=policy)
    card = world.card(free_tiyn=100_000_00)
    asked = card.stripe(amount_tiyn)
    assert world.ask(asked if with_pin else asked.without(52)).code == code
    assert world.free(card) == 100_000_00 - (amount_tiyn if code == "00" else 0)


def test_a_stripe_gives_back_whatever_the_policy_for_buying() -> None:
    """What was bought by stripe goes back to it, without a PIN and without a bound."""
    world = World()
    card = world.card(free_tiyn=100_000_00)
    given = card.stripe(MOST_TIYN + 1, f3="200000").without(52)
    assert world.ask(given).code == "25"  # it names no purchase; no other check stopped it


def test_a_chip_needs_no_track_of_its_own_but_says_how_its_holder_was_verified() -> None:
    world = World()
    card = world.card()
    assert world.ask(card.chip(1_00).without(35)).code == "00"
    assert world.ask(card.chip(1_00, t9F34=b"")).code == "55"
    assert world.ask(card.chip(1_00, t9F34=b"", f52=card.pin_block())).code == "00"
