"""A terminal's sign-on is good for the connection it was made for: overheard, it opens no other one."""

from collections.abc import Callable

import pytest

from card_switch.config import SwitchConfig
from card_switch.core.keys import terminal_mac_zone
from card_switch.service.wiring import TerminalPort
from hardware.message_mac import terminal_seals
from tender.account.participants import HALYK
from tender.card.iso8583.dialects import VISA_STYLE
from tender.card.iso8583.framing import TPDU_2
from tender.card.iso8583.link import CHALLENGE, STRANGERS_WORDS, Link
from tender.card.iso8583.link_events import Heard, LinkState, Refused
from tender.card.iso8583.message import Message
from tests.issuer.world import hsm
from tests.switch.stand_ins import NOON_MS

TERMINAL, MERCHANT = "60100001", "990140000385"
PORT = TerminalPort(HALYK, SwitchConfig(), NOON_MS, hsm()).port


def seals(
    merchant: str = MERCHANT, key_of: str = MERCHANT, cash_machine: bool = False
) -> Callable[[Message], Message]:
    """A terminal that says it is this merchant's, with the key of that one."""
    key = hsm().terminal_mac_key(terminal_mac_zone(HALYK, TERMINAL, key_of, cash_machine))
    return terminal_seals(key, TERMINAL, merchant)


def connected(said: Callable[[Message], Message]) -> tuple[Link, Link, list[bytes]]:
    """A terminal and the acquirer's end of its connection, once both have nothing more to say; what the
    terminal said is what an eavesdropper has."""
    _, _, acquirer = PORT.opened()
    terminal = Link(TPDU_2, VISA_STYLE, False, seals=said)
    acquirer.opened(NOON_MS)
    terminal.opened(NOON_MS)
    heard: list[bytes] = []
    while data := terminal.data_to_send():
        heard.append(data)
        acquirer.receive_data(data, NOON_MS)
        terminal.receive_data(acquirer.data_to_send(), NOON_MS)
    return terminal, acquirer, heard


def answers_to(said: list[bytes]) -> tuple[Link, list[Message]]:
    """The same bytes again over another connection."""
    _, _, acquirer = PORT.opened()
    cheat = Link(TPDU_2, VISA_STYLE, False, signs_on=False)
    acquirer.opened(NOON_MS)
    cheat.opened(NOON_MS)
    for data in said:
        acquirer.receive_data(data, NOON_MS)
        cheat.receive_data(acquirer.data_to_send(), NOON_MS)
    return acquirer, [event.message for event in cheat.events() if isinstance(event, Heard)]


def test_a_sign_on_answers_the_challenge_of_its_connection() -> None:
    terminal, acquirer, said = connected(seals())
    assert terminal.is_up and acquirer.is_up and len(said) == 2
    assert not [event for event in acquirer.events() if isinstance(event, Refused)]


def test_a_sign_on_that_was_overheard_opens_no_other_connection() -> None:
    _, _, said = connected(seals())
    acquirer, answers = answers_to([*said, said[-1]])
    assert acquirer.state is LinkState.WAITS_FOR_SIGN_ON
    assert [answer.code for answer in answers] == ["63"] * 2, "it was heard after its wrong one"
    assert len({answer.fields[CHALLENGE] for answer in answers}) == 1, "another one than that of the first"
    assert len([event for event in acquirer.events() if isinstance(event, Refused)]) == 1
    assert acquirer.is_over


def test_the_challenge_alone_lets_nobody_on() -> None:
    for said in (seals(key_of="120440001234"), lambda message: seals()(message).having({42: "1" * 15})):
        terminal, acquirer, _ = connected(said)
        assert terminal.state is acquirer.state is LinkState.WAITS_FOR_SIGN_ON
        # It is tried again later, not at once and for ever.
        assert terminal.next_deadline() == NOON_MS + 5_000


def test_no_two_connections_have_the_same_challenge() -> None:
    challenges = {
        str(link._guard and link._guard.challenge) for _, _, link in (PORT.opened() for _ in range(50))
    }
    assert len(challenges) == 50 and all(len(one) == 16 and one.isdecimal() for one in challenges)


def test_a_stranger_that_talks_on_is_not_listened_to() -> None:
    """Echoes need no proof and cost little; without end they would be a way to keep a place."""
    _, _, acquirer = PORT.opened()
    stranger = Link(TPDU_2, VISA_STYLE, False, signs_on=False)
    acquirer.opened(NOON_MS)
    stranger.opened(NOON_MS)
    stranger.due(NOON_MS + 60_000)
    echo = stranger.data_to_send()
    acquirer.receive_data(echo * 1_000, NOON_MS)
    answer = acquirer.data_to_send()
    assert acquirer.is_over and len(answer) < 2 * STRANGERS_WORDS * len(echo)
    acquirer.receive_data(echo, NOON_MS)
    assert acquirer.data_to_send() == b""


def test_who_has_signed_on_may_say_what_it_likes_as_often_as_it_likes() -> None:
    terminal, acquirer, _ = connected(seals())
    for count in range(1, 3 * STRANGERS_WORDS):
        terminal.due(NOON_MS + count * 60_000)
        acquirer.receive_data(terminal.data_to_send(), NOON_MS + count * 60_000)
        terminal.receive_data(acquirer.data_to_send(), NOON_MS + count * 60_000)
    assert acquirer.is_up and not acquirer.is_over and not acquirer.is_stranger


@pytest.mark.parametrize("signs_on", [True, False])
def test_cash_is_asked_for_by_cash_machines_alone(signs_on: bool) -> None:
    """What one pays out is its bank's own cash; a shop that asked for it would never see its takings."""
    port = TerminalPort(HALYK, SwitchConfig(signs_on=signs_on), NOON_MS, hsm()).port
    heard = []
    for is_one, processing in ((False, "000000"), (False, "010000"), (True, "010000"), (True, "000000")):
        said = seals(cash_machine=is_one)
        _, _, acquirer = port.opened()
        terminal = Link(TPDU_2, VISA_STYLE, False, seals=said, signs_on=signs_on)
        for link in (acquirer, terminal):
            link.opened(NOON_MS)
        while data := terminal.data_to_send():
            acquirer.receive_data(data, NOON_MS)
            terminal.receive_data(acquirer.data_to_send(), NOON_MS)
        fields = {3: processing, 4: f"{1_000_00:012}", 11: "000009", 41: TERMINAL, 42: MERCHANT}
        terminal.send(said(Message("0200", fields)))
        acquirer.receive_data(terminal.data_to_send(), NOON_MS)
        heard += [[event.message.kind for event in acquirer.events() if isinstance(event, Heard)]]
        terminal.receive_data(acquirer.data_to_send(), NOON_MS)
        answers = [event.message.code for event in terminal.events() if isinstance(event, Heard)]
        assert answers == ([] if heard[-1] else ["58"])
    assert heard == [["00"], [], ["01"], ["00"]]


def test_a_second_sign_on_that_is_wrong_ends_the_connection_and_makes_it_nothing_else() -> None:
    """Neither a cash machine nor anybody: a till that says so once more, wrongly, is hung up on."""
    honest, later = seals(), False

    def turns(message: Message) -> Message:
        return honest(message).having({128: bytes(8)}) if later else honest(message)

    terminal, acquirer, _ = connected(turns)
    assert acquirer.is_up
    later = True
    terminal.sign_on(NOON_MS)
    acquirer.receive_data(terminal.data_to_send(), NOON_MS)
    assert acquirer.is_over
    guard = acquirer._guard
    assert guard is not None
    cash = Message("0200", {3: "010000", 41: TERMINAL, 42: f"{MERCHANT:<15}"})
    assert not guard.allows(cash) and guard.allows(cash.having({3: "000000", 42: MERCHANT}))
