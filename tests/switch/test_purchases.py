"""One purchase through terminal, acquirer, network and issuer: who hears what, in which dialect."""

import pytest

from card_switch.core.rows import State
from tender.account.participants import ALTYN, CENTERCREDIT, EURASIAN, HALYK, KAZPOST
from tender.card.iso8583.dialects import MASTERCARD_STYLE, VISA_STYLE
from tests.switch.stand_ins import NOT_ENOUGH_TIYN, World, card, purchase


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
