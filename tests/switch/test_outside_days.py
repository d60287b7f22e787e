"""The end of a day where a host is somebody else's: what it said yes to is settled in tenge, whatever it says
of Digital Tenge."""

import pytest

from card_switch.compose import build_hosts
from card_switch.service.wiring import acquirer_name
from tender.account.card_messages import DayLine, MerchantCredit, Position
from tender.account.participants import CENTERCREDIT, HALYK
from tender.card.in_dt import DtOffer
from tender.card.iso8583.message import Message
from tests.issuer.world import hsm
from tests.switch.stand_ins import Rows, World, card, purchase, reversal
from tests.switch.test_end_of_day import MERCHANT, closed
from tests.switch.test_outside import PLACES, Foreign, approves, with_outside

FOREIGN_ACQUIRER = ("visa", f"acquirer/{CENTERCREDIT}")
OFFER = DtOffer(CENTERCREDIT, "990140000385", "R-1").to_text()


def in_dt(message: Message) -> Message:
    """A yes that says that Digital Tenge went over."""
    return message.answer("00", {38: "654321", 47: "DT01"})


def check_settled(world: World, tiyn: int) -> None:
    """One operation of Halyk's card at CenterCredit's merchant, all of it, once."""
    orders, told = closed(world)
    assert told["agrees"] and not told["mismatches"], told
    assert [line.change_tiyn for line in orders[HALYK].lines] == [tiyn]
    assert orders[HALYK].positions == (Position(CENTERCREDIT, tiyn),)
    assert orders[CENTERCREDIT].positions == (Position(HALYK, -tiyn),)
    assert [one.change_tiyn for one in orders[CENTERCREDIT].merchants] == [tiyn]
    check_nothing_to_settle(world)


def check_nothing_to_settle(world: World) -> None:
    orders, told = closed(world)
    assert told["agrees"] and not any(one.lines or one.merchants or one.positions for one in orders.values())


@pytest.mark.parametrize("place", PLACES)
def test_what_a_foreign_host_approves_is_settled_by_what_is_known_here(place: tuple[str, str]) -> None:
    world = with_outside(place)
    Foreign(world, place, approves)
    terminal = world.terminal(CENTERCREDIT)
    asked = purchase(world, card(HALYK))
    terminal.say(asked)
    world.turn()
    assert [one.code for one in terminal.heard] == ["00"]
    check_settled(world, 3_779_00)
    # Taken back on another day: so is the money.
    terminal.say(reversal(asked))
    for _ in range(3):
        world.turn()
    check_settled(world, -3_779_00)


@pytest.mark.parametrize("place", PLACES)
def test_nobody_outside_pays_a_till_in_digital_tenge(place: tuple[str, str]) -> None:
    world = with_outside(place)
    foreign = Foreign(world, place, in_dt)
    terminal = world.terminal(CENTERCREDIT)
    for stan, offer in enumerate(({}, {47: OFFER}, {47: "DT01of no form"}, {47: "AB"}), 1):
        terminal.say(purchase(world, card(HALYK), 1_000_00, stan=stan).having(offer))
        world.turn()
    assert [(one.code, one.fields.get(47)) for one in terminal.heard] == [("00", None)] * 4
    assert [one.fields.get(47) for one in foreign.asked] == [None, None, None, "AB"], "not asked for them"
    orders, told = closed(world)
    assert told["agrees"]
    assert orders[CENTERCREDIT].merchants == (MerchantCredit(MERCHANT, 4_000_00, 0),)


def test_what_a_foreign_acquirer_asked_is_settled_by_what_its_network_has() -> None:
    world = with_outside(FOREIGN_ACQUIRER)
    stranger = Foreign(world, FOREIGN_ACQUIRER, lambda message: None)
    asked = purchase(world, card(HALYK)).having({32: str(CENTERCREDIT), 37: "000000000077"})
    assert stranger.link.send(asked)
    stranger.flush()
    assert [one.code for one in stranger.asked] == ["00"]
    [name] = world.issuers[HALYK].names.values()
    orders, told = closed(world)
    assert told["agrees"] and orders[HALYK].lines == (DayLine(name, 3_779_00),)
    assert orders[CENTERCREDIT].merchants == (MerchantCredit(MERCHANT, 3_779_00, 0),)
    check_nothing_to_settle(world)


def test_where_both_ends_of_a_link_lie_outside_what_one_of_ours_lacks_is_named() -> None:
    """They may be each other's: an acquirer that gave up and owes a reversal has sold nothing."""
    world = with_outside(FOREIGN_ACQUIRER, (acquirer_name(CENTERCREDIT), "visa"))
    caller = Foreign(world, FOREIGN_ACQUIRER, lambda message: None)
    asked = purchase(world, card(HALYK)).having({32: str(CENTERCREDIT), 37: "000000000077"})
    assert caller.link.send(asked)
    caller.flush()
    assert [one.code for one in caller.asked] == ["00"]
    orders, told = closed(world)
    [name] = world.issuers[HALYK].names.values()
    assert not told["agrees"] and [one["operation"] for one in told["mismatches"]] == [name]
    assert not orders[CENTERCREDIT].merchants


def test_a_switch_that_is_set_up_so_settles_so() -> None:
    """The same with the hosts as they are wired, and issuers of our own beside the foreign one."""
    world = with_outside(PLACES[0])
    hosts = build_hosts(world.config, hsm(), Rows(), world.now_ms)
    world.board, world.end, world.batches = hosts.board, hosts.end_of_day, dict(hosts.batches)
    Foreign(world, PLACES[0], approves)
    terminal = world.terminal(CENTERCREDIT)
    terminal.say(purchase(world, card(HALYK)))
    world.turn()
    assert [one.code for one in terminal.heard] == ["00"]
    check_settled(world, 3_779_00)
