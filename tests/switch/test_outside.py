"""Any link may end outside: a foreign issuer, a foreign network, a foreign terminal that cannot sign on."""

from collections.abc import Callable

import pytest

from card_switch.config import LISTEN, Outside, SwitchConfig
from card_switch.service.wiring import joints, link_of, outside_port
from tender.account.participants import ALTYN, CENTERCREDIT, EURASIAN, HALYK
from tender.card.iso8583.dialects import VISA_STYLE
from tender.card.iso8583.framing import TPDU_2
from tender.card.iso8583.link import Link, LinkTimers
from tender.card.iso8583.link_events import Heard
from tender.card.iso8583.message import Message
from tender.card.pan import luhn_digit
from tests.switch.stand_ins import SILENT_TIYN, World, card, purchase

Answers = Callable[[Message], Message | None]
PLACES = [("visa", "issuer/601"), ("acquirer-856", "visa")]


class Foreign:
    """A host of somebody else's at the other end of a link; ``terminals`` of the world hold it."""

    def __init__(self, world: World, place: tuple[str, str], answers: Answers) -> None:
        self.world = world
        self.answers = answers
        self.asked: list[Message] = []
        joint = next(one for one in joints(world.config) if place in (one.asking, one.answering))
        self.link = link_of(joint, place == joint.answering, LinkTimers())
        self.channel = world.board.opened(*outside_port(world.config, place).opened(), world.now_ms)
        world.terminals[self.channel] = self
        self.link.opened(world.now_ms)
        self.flush()

    def receive(self, data: bytes) -> None:
        """What the switch says; answered at once."""
        self.link.receive_data(data, self.world.now_ms)
        for event in self.link.events():
            if isinstance(event, Heard):
                self.asked.append(event.message)
                answer = self.answers(event.message)
                if answer is not None:
                    assert self.link.send(answer)
        data = self.link.data_to_send()
        if data:
            self.world.board.arrived(self.channel, data, self.world.now_ms)

    def flush(self) -> None:
        """Say what there is to say, and let the switch turn until it is quiet."""
        data = self.link.data_to_send()
        if data:
            self.world.board.arrived(self.channel, data, self.world.now_ms)
        for _ in range(3):
            self.world.turn()


def approves(message: Message) -> Message:
    return message.answer("00", {38: "654321"})


def with_outside(*places: tuple[str, str]) -> World:
    return World(config=SwitchConfig(outside={place: Outside(LISTEN, 0) for place in places}))


def test_a_foreign_issuer_or_network_takes_the_place_of_ours() -> None:
    for place in PLACES:
        world = with_outside(place)
        foreign = Foreign(world, place, approves)
        terminal = world.terminal(CENTERCREDIT)
        terminal.say(purchase(world, card(HALYK)))
        world.turn()
        assert [one.code for one in terminal.heard] == ["00"]
        assert terminal.heard[0].approval_code == "654321"
        assert [one.mti for one in foreign.asked] == ["0100"]
        assert not world.issuers[HALYK].heard_messages


def test_one_that_is_silent_is_91_and_reversed_until_it_answers() -> None:
    for place in PLACES:
        world = with_outside(place)
        foreign = Foreign(world, place, lambda message: None)
        terminal = world.terminal(CENTERCREDIT)
        terminal.say(purchase(world, card(HALYK)))
        world.pass_time(40)
        assert [one.code for one in terminal.heard] == ["91"]
        assert {one.mti for one in foreign.asked[1:]} == {"0420", "0421"}
        foreign.answers = approves
        world.pass_time(60)
        said = len(foreign.asked)
        world.pass_time(600)
        assert len(foreign.asked) == said


def test_one_that_hangs_up_or_never_came_is_91_at_once_and_is_used_again_when_it_is_back() -> None:
    place = PLACES[0]
    world = with_outside(place)
    terminal = world.terminal(CENTERCREDIT)
    assert terminal.ask(purchase(world, card(HALYK))).code == "91"
    foreign = Foreign(world, place, approves)
    terminal.say(purchase(world, card(HALYK), stan=2))
    world.turn()
    world.board.closed(foreign.channel, world.now_ms)
    assert terminal.ask(purchase(world, card(HALYK), stan=3)).code == "91"
    Foreign(world, place, approves)
    terminal.say(purchase(world, card(HALYK), stan=4))
    world.turn()
    assert [one.code for one in terminal.heard] == ["91", "00", "91", "00"]


def test_an_issuer_answers_for_its_own_cards_alone() -> None:
    place = ("visa", f"issuer/{ALTYN}")
    world = with_outside(place)
    stranger = Foreign(world, place, approves)
    terminal = world.terminal(CENTERCREDIT)
    terminal.say(purchase(world, card(HALYK), SILENT_TIYN))
    [asked] = (one.request for one in world.networks["visa"].conversations.values())
    assert stranger.link.send(asked.answer("00", {38: "654321"}))
    stranger.flush()
    assert terminal.heard == []
    world.answer_late(HALYK)
    assert [(one.code, one.approval_code) for one in terminal.heard] == [("00", "123456")]


@pytest.mark.row("DT-C-02")
def test_each_card_reaches_its_own_scheme_and_a_wrong_pair_is_declined() -> None:
    world = with_outside(("visa", "acquirer/601"))
    terminal = world.terminal(CENTERCREDIT)
    for issuer, scheme in ((ALTYN, "visa"), (HALYK, "visa"), (EURASIAN, "mastercard")):
        assert terminal.ask(purchase(world, card(issuer), stan=issuer)).code == "00"
        asked = [world.networks[name].conversations.values() for name in ("visa", "mastercard")]
        assert [any(one.request.stan == f"{issuer:06}" for one in seen) for seen in asked] == [
            scheme == name for name in ("visa", "mastercard")
        ]
    # Numbers that no pair of scheme and issuer has: the bank's digits behind the other scheme's first one.
    for number in ("440948", "520601", "540949", "222100"):
        pan = number + "000000001"
        asked_for = purchase(world, pan + luhn_digit(pan), stan=int(number))
        assert terminal.ask(asked_for).code == "15"
    # An acquirer that hands a Mastercard-style number to the Visa-style network.
    stranger = Foreign(world, ("visa", "acquirer/601"), lambda message: None)
    assert stranger.link.send(
        purchase(world, card(EURASIAN), stan=77).having({32: "601", 37: "000000000077"})
    )
    stranger.flush()
    assert [one.code for one in stranger.asked] == ["15"]


def test_a_terminal_that_has_not_signed_on_is_refused_where_it_has_to() -> None:
    for signs_on, code in ((True, "91"), (False, "00")):
        world = World(config=SwitchConfig(signs_on=signs_on))
        terminal = world.terminal()
        terminal.hang_up()
        channel = world.board.opened(*world.ports[CENTERCREDIT].opened(), world.now_ms)
        terminal.channel = channel
        world.terminals[channel] = terminal
        terminal.link = Link(TPDU_2, VISA_STYLE, False, signs_on=False)
        terminal.link.opened(world.now_ms)
        assert terminal.ask(purchase(world, card())).code == code
        assert bool(world.issuers[HALYK].heard_messages) is not signs_on


def test_what_is_no_frame_ends_the_connection_and_nothing_else() -> None:
    world = World()
    first, second = world.terminal(), world.terminal()
    world.board.arrived(first.channel, b"\xff\xffGET / HTTP/1.1", world.now_ms)
    assert world.board.turn(world.now_ms).closing == [first.channel]
    assert second.ask(purchase(world, card())).code == "00"
