"""Whose operation a reversal takes back: its own card's and shop's, from where the original came, or none."""

from collections.abc import Sequence

import pytest

from card_switch.core.node import Command, Send, Tell
from card_switch.core.rows import State
from tender.account.participants import CENTERCREDIT, HALYK
from tender.card.iso8583.dialects import VISA_STYLE
from tender.card.iso8583.message import Message, Original
from tender.card.response_codes import CUSTOMER_CANCELLED
from tests.switch.stand_ins import StandInIssuer, World, card, purchase, reversal

AMOUNT_TIYN = 3_779_00


def refusing(code: str) -> type[StandInIssuer]:
    """An issuer that says no to reversals, with this code."""

    class Refusing(StandInIssuer):
        def heard(self, link: str, message: Message, now_ms: int) -> Sequence[Command]:
            if message.mti[1] == "4":
                return [Send(link, message.answer(code))]
            return super().heard(link, message, now_ms)

    return Refusing


def bought(world: World) -> Message:
    """A purchase that stands everywhere."""
    asked = purchase(world, card(HALYK))
    assert world.terminal().ask(asked).code == "00"
    return asked


def stands(world: World) -> list[tuple[str, int]]:
    """What the acquirer and the network have of it, and the issuer."""
    hosts = [world.acquirers[CENTERCREDIT], world.networks["visa"]]
    known = [one for host in hosts for one in host.conversations.values() if one.request.mti[1] in "12"]
    told = [(one.state.value, one.stands_tiyn) for one in known]
    return [*told, *(("issuer", tiyn) for tiyn in world.issuers[HALYK].stands_tiyn.values())]


STANDS = [("approved", AMOUNT_TIYN), ("approved", AMOUNT_TIYN), ("issuer", AMOUNT_TIYN)]


@pytest.mark.parametrize("strange", [{2: card(HALYK, 2)}, {42: f"{'111140000111':<15}"}])
def test_a_reversal_of_another_card_or_shop_touches_nothing(strange: dict[int, str | bytes]) -> None:
    world = World()
    asked = bought(world)
    said = reversal(asked)
    assert world.terminal().ask(said.having(strange)).code == "25"
    assert stands(world) == STANDS
    assert world.terminal().ask(said).code == "00", "not even the number of the true one is taken"
    assert {tiyn for _, tiyn in stands(world)} == {0}


def test_only_what_asked_for_money_can_be_taken_back() -> None:
    world = World()
    asked = bought(world)
    own = reversal(asked)
    named = Original("0400", own.stan, own.transmitted, "", "").to_text()
    assert world.terminal().ask(reversal(asked, stan=777_777).having({90: named})).code == "30"
    assert world.terminal().ask(own).code == "00", "it is not barred"
    assert {tiyn for _, tiyn in stands(world)} == {0}


def test_no_bank_speaks_in_anothers_name() -> None:
    world = World()
    asked = bought(world)
    network = world.networks["visa"]
    known = next(iter(network.conversations.values())).request
    named = Original("0100", known.stan, known.transmitted, known.acquirer, "").to_text()
    lie = reversal(asked, stan=777).having({32: known.acquirer, 90: named})
    for number in (known.acquirer, "563"):
        said = network.heard("acquirer/563", lie.having({32: number}), world.now_ms)
        codes = [one.message.code for one in said if isinstance(one, Send)]
        assert codes == ["30" if number == known.acquirer else "25"]
    assert stands(world) == STANDS


def test_nobody_bars_what_another_bank_bought() -> None:
    world = World()
    asked = bought(world)
    network = world.networks["visa"]
    known = next(iter(network.conversations.values())).request
    for stan, acquirer in ((777, ""), (778, known.acquirer)):
        named = Original("0100", known.stan, known.transmitted, acquirer, "").to_text()
        lie = reversal(asked, stan=stan).having({32: "563", 90: named})
        world.board.follow("visa", network.heard("acquirer/563", lie, world.now_ms), world.now_ms)
    assert stands(world) == STANDS, "what it says first under its own number makes the second no truer"
    assert world.terminal().ask(reversal(asked)).code == "00"
    assert {tiyn for _, tiyn in stands(world)} == {0}


def test_an_operation_is_called_as_its_network_calls_it() -> None:
    class Lying(StandInIssuer):
        def heard(self, link: str, message: Message, now_ms: int) -> Sequence[Command]:
            first = VISA_STYLE.life_cycle_id(self.heard_messages[0][1] if self.heard_messages else message)
            (said,) = super().heard(link, message, now_ms)
            assert isinstance(said, Send)
            return [Send(link, VISA_STYLE.with_life_cycle_id(said.message, first))]

    world = World()
    world.issuers[HALYK].__class__ = Lying
    for stan in (1, 2):
        assert world.terminal().ask(purchase(world, card(HALYK), stan=stan)).code == "00"
    for host in (world.acquirers[CENTERCREDIT], world.networks["visa"]):
        assert len({one.life_cycle for one in host.conversations.values()}) == 2


def test_what_was_taken_back_is_not_given_back_besides() -> None:
    world = World()
    asked = bought(world)
    world.networks["visa"].link_changed("issuer/601", False, world.now_ms)  # the reversal waits on its way
    assert world.terminal().ask(reversal(asked)).code == "00"
    named = Original(asked.mti, asked.stan, asked.transmitted, "", "").to_text()
    returned = purchase(world, card(HALYK), 1_000_00, stan=8, terminal="T0000002", processing="200000")
    for _ in range(2):
        assert world.terminal().ask(returned.having({90: named})).code == "25"
        returned = returned.having({11: "000009"})
        world.start()
    other = returned.having({2: card(HALYK, 2), 11: "000010", 90: named})
    assert world.terminal().ask(other).code == "00", "the same numbers on another card are another's business"


@pytest.mark.parametrize("code", ["12", "25", "30", "94"])
def test_a_no_to_a_reversal_of_what_was_approved_ends_nothing_and_is_told(code: str) -> None:
    world = World()
    asked = bought(world)
    issuer = world.issuers[HALYK]
    issuer.__class__ = refusing(code)
    assert world.terminal().ask(reversal(asked)).code == "00"
    owed = world.networks["visa"].reversals
    assert len(owed.owed) == 1, "the issuer still charges its customer"
    (key,) = owed.owed
    answer = owed.owed[key].message.answer(code)
    told = world.networks["visa"].heard(owed.owed[key].link, answer, world.now_ms)
    assert [one.what for one in told if isinstance(one, Tell)] == ["reversal-refused"]
    issuer.__class__ = StandInIssuer
    world.pass_time(60)
    assert not owed.owed and issuer.stands_tiyn == {"000001/T0000001": 0}


def test_what_was_never_answered_may_be_unknown_there() -> None:
    world = World()
    relay = world.networks["visa"]
    asked = purchase(world, card(HALYK), 8_888_00)
    world.terminal().say(asked)
    world.issuers[HALYK].__class__ = refusing("25")
    world.pass_time(30)
    states = {one.state for one in relay.conversations.values()}
    assert State.GIVEN_UP in states and not relay.reversals.owed


@pytest.mark.parametrize("restarted", [False, True])
def test_what_is_given_back_is_not_taken_back_besides(restarted: bool) -> None:
    world = World()
    asked = bought(world)
    named = Original(asked.mti, asked.stan, asked.transmitted, "", "").to_text()
    returned = purchase(world, card(HALYK), 1_000_00, stan=8, terminal="T0000002", processing="200000")
    assert world.terminal().ask(returned.having({90: named})).code == "00"
    if restarted:
        world.start()
    void = reversal(asked).having({39: CUSTOMER_CANCELLED})
    told = world.terminal().ask(void)
    assert (told.code, told.replacement_tiyn) == ("12", AMOUNT_TIYN)
    assert ("approved", AMOUNT_TIYN) in stands(world)
    undo = reversal(returned, stan=9)
    assert world.terminal().ask(undo).code == "00", "the return itself may be undone, and then the purchase"
    assert world.terminal().ask(void).code == "00"
    assert {tiyn for _, tiyn in stands(world)} == {0}
