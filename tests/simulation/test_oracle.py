"""The oracle of the worlds: whom it believes when a claim is refused because its holder was warned."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tender.account.token_messages import REFUSED
from tender.cash.session_state import Phase
from tender.errors import Code
from tests.simulation import bank_acts, hand_acts
from tests.simulation.device import Device
from tests.simulation.oracle import evening, was_warned
from tests.simulation.world import Claimed, World

NO_COLOUR = 64
"""The number that makes ``load`` bring one token of no colour."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Everybody at home, nothing paid yet."""
    made = World(tmp_path / "world", 7)
    yield made
    made.close()


def a_forgetful_payee_claims(world: World) -> tuple[Device, Claimed]:
    """A payee fetches the list that names a cheat, puts an old copy of its store back, and is paid by it."""
    cheat = next(place for place, one in enumerate(world.devices) if world.crook(one))
    first, payee = [place for place, one in enumerate(world.devices) if not world.crook(one)][:2]
    bank_acts.load(world, cheat, 5, NO_COLOUR)
    bank_acts.deposit(world, cheat, 0, 0)
    hand_acts.forge(world, 0, first, 1)
    bank_acts.deposit(world, first, 0, 0)
    world.town.platform.tick()
    hand_acts.back_up(world, payee, 0, 0)
    bank_acts.sync(world, payee, 0, 0)
    hand_acts.put_back(world, 0, 0, 0)
    hand_acts.forge(world, 0, payee, 1)
    bank_acts.deposit(world, payee, 0, 0)
    (claim,) = [one for one in world.claims.values() if one.device is world.devices[payee]]
    return world.devices[payee], claim


def test_a_payee_that_forgot_a_list_it_fetched_was_warned_and_the_evening_holds(world: World) -> None:
    payee, claim = a_forgetful_payee_claims(world)
    assert (claim.told.state, claim.told.code) == (REFUSED, Code.CERTIFICATE_REVOKED)
    last = claim.holding.last
    assert last is not None
    payer = last.device_certificate()
    # What its store knows is not what its bank told it: the list went with the old copy of the store.
    assert not payee.trust.revocations.names(payer.issuer, payer.epoch_day, payer.serial)
    assert was_warned(world, payee, last)
    evening(world)


@pytest.mark.parametrize("forgotten", ["the list", "the old copy of the store"])
def test_who_fetched_no_such_list_or_forgot_nothing_is_refused_for_no_reason(
    world: World, forgotten: str
) -> None:
    """The same refusal is a fault of the platform when its holder could not know, or could not but refuse."""
    payee, _ = a_forgetful_payee_claims(world)
    identity = payee.phone.identity.public_key
    if forgotten == "the list":
        del world.fetched[identity]
    else:
        world.forgetful.remove(identity)
    with pytest.raises(AssertionError, match="refused for no reason"):
        evening(world)


def test_an_old_copy_of_a_store_neither_hears_nor_goes_on_until_a_sync(world: World) -> None:
    payee = world.devices[0]
    payment = payee.ask_for(1_000)
    assert payment is not None and payee.said
    request = payee.said[0][1]
    payee.die()
    payee.store.counter -= 1  # as if the element had done one thing more than this copy remembers
    payee.resume(payment)
    payee.cancel(payment)
    payee.hear(request)
    state = payee.state(payment)
    assert state is not None and state.phase is Phase.OPEN and not payee.said
    assert payee.ask_for(1_000) is None
    bank_acts.sync(world, 0, 0, 0)
    payee.resume(payment)
    assert [data for _, data in payee.said] == [request]
