"""One purchase through terminal, acquirer, network and issuer: who hears what, in which dialect."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from card_switch.core.node import Command, Send
from card_switch.core.rows import State
from tender.account.participants import ALTYN, CENTERCREDIT, EURASIAN, HALYK, KAZPOST
from tender.card.iso8583.dialects import MASTERCARD_STYLE, VISA_STYLE
from tender.card.iso8583.message import Message, amount_text
from tests.switch.stand_ins import NOT_ENOUGH_TIYN, StandInIssuer, World, card, purchase


@pytest.mark.parametrize(
    ("issuer", "acquirer", "way"),
    [
        (HALYK, CENTERCREDIT, "visa"),
        (ALTYN, KAZPOST, "visa"),
        (EURASIAN, HALYK, "mastercard"),
        (HALYK, HALYK, "acquirer"),
        (EURASIAN, EURASIAN, "acquirer"),
    ],
)
def test_a_purchase_goes_the_way_of_its_card(issuer: int, acquirer: int, way: str) -> None:
    world = World()
    answer = world.terminal(acquirer).ask(purchase(world, card(issuer)))
    assert (answer.mti, answer.code, answer.approval_code) == ("0110", "00", "123456")
    assert answer.chip_data[0x91] == bytes.fromhex("00112233445566773030")
    [(link, heard)] = world.issuers[issuer].heard_messages
    assert link == way
    assert heard.pan.digits == card(issuer)
    dialect = MASTERCARD_STYLE if way == "mastercard" else VISA_STYLE
    life_cycle = dialect.life_cycle_id(heard)
    assert life_cycle and VISA_STYLE.life_cycle_id(answer) == f"{life_cycle:0>15}"
    assert dialect.place(heard).name == "Shop of Dana"
    for network in world.networks.values():
        assert len(network.conversations) == (network.name == way)


@dataclass
class Generous(StandInIssuer):
    """Says yes to a part, which is so much."""

    part_tiyn: int = 0

    def heard(self, link: str, message: Message, now_ms: int) -> Sequence[Command]:
        said = super().heard(link, message, now_ms)
        if message.mti[1] == "4":
            return said
        return [Send(link, message.answer("10", {4: amount_text(self.part_tiyn), 38: "123456"}))]


@pytest.mark.parametrize(("part_tiyn", "code", "stands_tiyn"), [(1_00, "10", 1_00), (9_000_000_00, "91", 0)])
def test_a_part_is_never_more_than_the_whole(part_tiyn: int, code: str, stands_tiyn: int) -> None:
    world = World()
    issuer = world.issuers[HALYK]
    issuer.__class__ = Generous
    assert isinstance(issuer, Generous)
    issuer.part_tiyn = part_tiyn
    assert world.terminal().ask(purchase(world, card(), 3_779_00)).code == code
    world.pass_time(60)
    for host in (world.networks["visa"], world.acquirers[CENTERCREDIT]):
        assert next(one.stands_tiyn for one in host.conversations.values() if one.kind == "00") == stands_tiyn
    reversed_there = any(message.mti[1] == "4" for _, message in issuer.heard_messages)
    assert reversed_there is (code == "91")


def test_a_number_typed_wrong_goes_to_nobody() -> None:
    world = World()
    right = card()
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
    assert world.terminal().ask(purchase(world, wrong)).code == "14"
    assert not world.networks["visa"].conversations and not world.issuers[HALYK].heard_messages


def test_a_no_comes_back_as_it_was_said() -> None:
    world = World()
    answer = world.terminal().ask(purchase(world, card(), NOT_ENOUGH_TIYN))
    assert answer.code == "51"
    [asked] = world.networks["visa"].conversations.values()
    assert asked.state is State.DECLINED and asked.stands_tiyn == 0


def test_a_whole_purchase_is_one_write() -> None:
    world = World()
    terminal = world.terminal()
    writes = world.rows.writes
    terminal.ask(purchase(world, card()))
    assert world.rows.writes == writes + 1
