"""The end of a day where a host is somebody else's: what it said yes to is settled in tenge, whatever it says
of Digital Tenge."""

from collections.abc import Callable

import pytest

from card_switch.compose import build_hosts
from card_switch.core.numbering import ON_US, LifeCycles
from card_switch.core.relay import Relay
from card_switch.service.wiring import acquirer_name
from tender.account.card_messages import DayLine, MerchantCredit, Position
from tender.account.participants import CENTERCREDIT, HALYK
from tender.card.in_dt import DtOffer
from tender.card.iso8583.dialects import VISA_STYLE
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


def named(life_cycle: str) -> Callable[[Message], Message]:
    """A network that gives everything this one name."""

    def answers(message: Message) -> Message:
        approval = {38: "654321"} if message.mti[1] != "4" else {}
        return VISA_STYLE.with_life_cycle_id(message.answer("00", approval), life_cycle)

    return answers


def test_a_network_that_gives_one_name_to_many_is_paid_for_all_of_them() -> None:
    """More than one operation is made of, too, once they are put away; and a late void finds its own."""
    world = with_outside(PLACES[1])
    Foreign(world, PLACES[1], named("326325000000001"))
    terminal = world.terminal(CENTERCREDIT)
    asked = [purchase(world, card(HALYK, number), 1_000_00, stan=number) for number in range(1, 20)]
    for one in asked:
        terminal.say(one)
        world.turn()
    world.start()
    orders, told = closed(world)
    assert told["agrees"] and orders[CENTERCREDIT].merchants == (MerchantCredit(MERCHANT, 19_000_00, 0),)
    assert len({line.original for line in orders[HALYK].lines}) == len(asked)
    check_nothing_to_settle(world)
    hosts = build_hosts(world.config, hsm(), world.rows, world.now_ms)
    world.board, world.end, world.batches = hosts.board, hosts.end_of_day, dict(hosts.batches)
    world.now_ms += 5 * 86_400_000
    check_nothing_to_settle(world)
    for _ in range(3):
        world.turn(later_s=1)
    acquirer = world.board.nodes[acquirer_name(CENTERCREDIT)]
    assert isinstance(acquirer, Relay) and not acquirer.conversations, "put away"
    Foreign(world, PLACES[1], named("326325000000001"))
    assert world.terminal(CENTERCREDIT).ask(reversal(asked[-1])).code == "00"
    orders, told = closed(world)
    assert told["agrees"] and orders[CENTERCREDIT].merchants == (
        MerchantCredit(MERCHANT, -1_000_00, 1_000_00),
    )


def test_a_name_that_comes_to_be_anothers_hides_neither_of_them() -> None:
    """A foreign network says today what an acquirer of ours will call something later."""
    place = (acquirer_name(HALYK), "visa")
    world = with_outside(place)
    later_ms = world.now_ms + 60_000
    Foreign(world, place, named(LifeCycles(VISA_STYLE, ON_US).next(later_ms)))
    world.terminal(HALYK).say(purchase(world, card(CENTERCREDIT)))
    world.turn()
    world.now_ms = later_ms
    assert world.terminal(CENTERCREDIT).ask(purchase(world, card(CENTERCREDIT))).code == "00"
    orders, told = closed(world)
    assert not told["agrees"] and [one["acquirer_tiyn"] for one in told["mismatches"]] == [2 * 3_779_00]
    assert not any(one.merchants or one.lines or one.positions for one in orders.values())


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
