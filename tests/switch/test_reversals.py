"""Whatever goes wrong on the way, what was approved and what was taken back is the same at every host."""

import pytest

from card_switch.core.rows import OWED, State
from tender.account.participants import CENTERCREDIT, EURASIAN, HALYK
from tender.card.iso8583.message import Message
from tender.errors import StoreError
from tests.switch.stand_ins import SILENT_TIYN, StandInIssuer, Terminal, World, card, purchase, reversal


def stands(world: World, issuer: int = HALYK) -> list[int]:
    """What stands of the one purchase: at the issuer, the network, the acquirer."""
    hosts = [world.acquirers[CENTERCREDIT], world.networks["mastercard" if issuer == EURASIAN else "visa"]]
    relayed = [sum(one.stands_tiyn for one in host.conversations.values()) for host in hosts]
    return [sum(world.issuers[issuer].stands_tiyn.values()), *relayed]


def reversals(issuer: StandInIssuer) -> list[str]:
    return [message.mti for _, message in issuer.heard_messages if message.mti[1] == "4"]


def test_a_void_takes_back_all_of_it_once() -> None:
    world = World()
    terminal = world.terminal()
    asked = purchase(world, card())
    terminal.ask(asked)
    assert stands(world) == [3_779_00] * 3
    taken = [terminal.ask(reversal(asked, mti=mti)) for mti in ("0400", "0401", "0401")]
    assert [one.code for one in taken] == ["00"] * 3
    assert terminal.raw[1] == terminal.raw[2] == terminal.raw[3]
    assert stands(world) == [0] * 3
    assert reversals(world.issuers[HALYK]) == ["0400"]


def test_a_part_taken_back_leaves_the_rest_in_both_dialects() -> None:
    for issuer in (HALYK, EURASIAN):
        world = World()
        terminal = world.terminal()
        asked = purchase(world, card(issuer))
        terminal.ask(asked)
        assert terminal.ask(reversal(asked, stands_tiyn=1_000_00)).code == "00"
        assert stands(world, issuer) == [1_000_00] * 3
        assert terminal.ask(reversal(asked, stan=900_002, stands_tiyn=2_000_00)).code == "00", "less stands"
        assert stands(world, issuer) == [1_000_00] * 3
        assert terminal.ask(reversal(asked, stan=900_004, stands_tiyn=9_000_00)).code == "30", "never paid"
        assert terminal.ask(reversal(asked, stan=900_003)).code == "00"
        assert stands(world, issuer) == [0] * 3


def test_no_answer_becomes_91_and_a_reversal_and_the_late_answer_changes_nothing() -> None:
    world = World()
    terminal = world.terminal()
    terminal.say(purchase(world, card(), SILENT_TIYN))
    world.pass_time(11)
    assert not terminal.heard
    world.pass_time(2)
    assert [one.code for one in terminal.heard] == ["91"]
    assert reversals(world.issuers[HALYK]) == ["0420"]
    world.answer_late(HALYK)
    assert len(terminal.heard) == 1
    assert stands(world) == [0] * 3


def test_a_reversal_is_said_again_until_it_is_acknowledged() -> None:
    world = World()
    issuer = world.issuers[HALYK]
    issuer.answers_reversals = False
    terminal = world.terminal()
    asked = purchase(world, card())
    terminal.ask(asked)
    assert terminal.ask(reversal(asked)).code == "00"
    world.pass_time(40)
    assert reversals(issuer) == ["0400", "0401", "0401", "0401"]
    issuer.answers_reversals = True
    world.pass_time(60)
    said = len(reversals(issuer))
    world.pass_time(600)
    assert len(reversals(issuer)) == said
    assert not world.networks["visa"].reversals.owed


def test_a_void_at_the_banks_own_till_waits_for_its_issuer_but_not_for_ever() -> None:
    """At once where the issuer answers; else the terminal is let go, also after a restart, and hears no more
    of it. A power cut waits for nobody."""
    for restarts in (False, True):
        world = World()
        terminal, issuer = world.terminal(HALYK), world.issuers[HALYK]
        first, second, third = (purchase(world, card(HALYK), stan=stan) for stan in (1, 2, 3))
        for asked in (first, second, third):
            assert terminal.ask(asked).code == "00"
        voids = [reversal(one, 900 + stan).having({39: "17"}) for stan, one in enumerate((first, second))]
        assert terminal.ask(voids[0]).code == "00" and sum(stands(world)) == 2 * 3_779_00
        issuer.answers_reversals = False
        assert terminal.ask(reversal(third, 902)).code == "00"
        terminal.heard.clear()
        terminal.say(voids[1])
        world.turn(4)
        assert not terminal.heard and reversals(issuer)[-1] == "0400"
        if restarts:
            world.start()
            terminal = world.terminal(HALYK)
            terminal.say(Message("0401", voids[1].fields))
        world.pass_time(2)
        assert [one.code for one in terminal.heard] == ["00"]
        issuer.answers_reversals = True
        world.pass_time(120)
        assert [one.code for one in terminal.heard] == ["00"] and stands(world) == [0, 0, 0]
        assert not world.acquirers[HALYK].reversals.owed


@pytest.mark.parametrize("said", ["17", "68"])
def test_a_reversal_that_overtakes_the_answer_takes_back_what_the_answer_approves(said: str) -> None:
    """Also a customer's own (17): it goes on as what no issuer refuses, for nobody has heard a yes."""
    world = World()
    terminal = world.terminal()
    asked = purchase(world, card(), SILENT_TIYN)
    terminal.say(asked)
    assert terminal.ask(reversal(asked).having({39: said})).code == "00"
    assert reversals(world.issuers[HALYK]) == ["0400"]
    assert world.issuers[HALYK].heard_messages[-1][1].fields[39] == "68"
    world.answer_late(HALYK)
    world.pass_time(60)
    assert len(terminal.heard) == 1
    assert stands(world) == [0] * 3


def test_a_reversal_that_overtakes_the_request_bars_it() -> None:
    world = World()
    terminal = world.terminal()
    asked = purchase(world, card())
    assert terminal.ask(reversal(asked)).code == "25"
    assert terminal.ask(asked).code == "12"
    assert not world.issuers[HALYK].heard_messages
    assert stands(world) == [0] * 3


def test_the_same_question_has_the_same_answer_byte_for_byte_also_after_a_restart() -> None:
    world = World()
    terminal = world.terminal()
    asked = purchase(world, card())
    terminal.ask(asked)
    terminal.ask(asked)
    world.start()
    again = world.terminal()
    again.ask(asked)
    assert terminal.raw[0] == terminal.raw[1] == again.raw[0]
    assert len(world.issuers[HALYK].heard_messages) == 1


def test_another_question_under_the_same_name_is_refused_and_changes_nothing() -> None:
    world = World()
    terminal = world.terminal()
    terminal.ask(purchase(world, card()))
    assert terminal.ask(purchase(world, card(), 1_00)).code == "94"
    assert stands(world) == [3_779_00] * 3


def test_a_question_asked_again_on_a_new_connection_is_answered_there() -> None:
    world = World()
    first = world.terminal()
    asked = purchase(world, card(), SILENT_TIYN)
    first.say(asked)
    first.hang_up()
    second = world.terminal()
    second.say(asked)
    world.answer_late(HALYK)
    assert [one.code for one in second.heard] == ["00"]
    assert len(world.issuers[HALYK].heard_messages) == 1


def test_after_a_restart_everything_waits_for_the_rest_of_its_time() -> None:
    world = World()
    terminal = world.terminal()
    asked = purchase(world, card(), SILENT_TIYN)
    terminal.say(asked)
    world.now_ms += 9_000
    world.start()
    world.pass_time(4)
    issuer = world.issuers[HALYK]
    assert reversals(issuer) == ["0420"]
    world.answer_late(HALYK)
    assert world.terminal().ask(asked).code == "91"
    assert stands(world) == [0] * 3


def test_a_reversal_that_is_owed_survives_a_restart() -> None:
    world = World()
    issuer = world.issuers[HALYK]
    issuer.answers_reversals = False
    terminal = world.terminal()
    asked = purchase(world, card())
    terminal.ask(asked)
    terminal.ask(reversal(asked))
    owing = sorted(host for host, kind, _ in world.rows.rows if kind == OWED)
    assert owing == ["acquirer-856", "visa"], "until the issuer has it"
    world.start()
    issuer.answers_reversals = True
    world.pass_time(10)
    assert len(reversals(issuer)) > 1
    assert OWED not in [kind for _, kind, _ in world.rows.rows]


def test_an_issuer_that_is_signed_off_is_91_at_once_and_nothing_is_owed() -> None:
    world = World()
    terminal = world.terminal()
    for state, code in ((False, "91"), (True, "00")):
        network = world.networks["visa"]
        world.board.follow("visa", network.link_changed("issuer/601", state, world.now_ms), world.now_ms)
        assert terminal.ask(purchase(world, card(), stan=1 + state)).code == code
    assert not network.reversals.owed
    states = [one.state for one in network.conversations.values()]
    assert states == [State.DECLINED, State.APPROVED]


def test_a_turn_that_cannot_be_written_never_happened() -> None:
    world = World()
    terminal = world.terminal()
    asked = purchase(world, card())
    world.rows.full = True
    with pytest.raises(StoreError):
        terminal.say(asked)
    assert not terminal.heard
    world.rows.full = False
    # The process ends there; the issuer of this test has forgotten the turn as its rows have.
    world.issuers.clear()
    world.start()
    assert stands(world) == [0] * 3
    assert world.terminal().ask(asked).code == "00"
    assert stands(world) == [3_779_00] * 3


def broken(terminal: Terminal, data: bytes) -> str:
    terminal.say_raw(data)
    return terminal.heard[-1].code


def test_a_malformed_message_has_an_answer_that_says_so() -> None:
    world = World()
    terminal = world.terminal()
    asked = purchase(world, card())
    good = terminal.link
    assert good.send(asked)
    data = good.data_to_send()
    spoilt = data.replace(bytes.fromhex("000000377900"), bytes.fromhex("00000037790A"))
    assert spoilt != data
    assert broken(terminal, spoilt) == "30"
    missing = asked.without(49)
    assert terminal.ask(missing).code == "30"
    assert terminal.ask(asked.having({49: "840"})).code == "30"
    assert not world.issuers[HALYK].heard_messages
    assert terminal.ask(purchase(world, card(), stan=9)).code == "00"


def test_an_owed_reversal_lies_in_no_row_with_what_must_never_be_stored() -> None:
    world = World()
    world.issuers[HALYK].answers_reversals = False
    terminal = world.terminal()
    asked = purchase(world, card())
    assert terminal.ask(asked).code == "00"
    secret = {35: asked.fields[35], 52: bytes(range(1, 9)), 55: asked.fields[55]}
    assert terminal.ask(reversal(asked).having(secret)).code == "00"
    assert any(table == "owed" for _, table, _ in world.rows.rows)
    for data in world.rows.rows.values():
        for value in secret.values():
            assert (value.encode() if isinstance(value, str) else value) not in data
