"""The terminal's line: it signs on, passes over what it did not ask for, and comes back after a break."""

import socket
import threading
from collections.abc import Iterator

import pytest

from pos.gateway.acquirer import AcquirerLink
from tender.card.iso8583.dialects import VISA_STYLE
from tender.card.iso8583.framing import TPDU_2
from tender.card.iso8583.link import Link
from tender.card.iso8583.link_events import Heard
from tender.card.iso8583.message import TENGE, Message
from tender.errors import Code, NotSentError
from tests.pos_cards.acquirer import StandInAcquirer, silent

NOW = 1_800_000_000


def _question(stan: int = 1) -> Message:
    return Message(
        "0100",
        {
            3: "000000",
            4: "000000377900",
            7: "0115080000",
            11: f"{stan:06}",
            22: "051",
            25: "00",
            41: "T0000001",
            49: TENGE,
        },
    )


@pytest.fixture
def line(acquirer: StandInAcquirer) -> Iterator[AcquirerLink]:
    """A line to the acquirer of the test."""
    made = AcquirerLink("127.0.0.1", acquirer.port, lambda: NOW)
    yield made
    made.close()


def test_one_connection_carries_many_questions(acquirer: StandInAcquirer, line: AcquirerLink) -> None:
    for stan in (1, 2, 3):
        answer = line.ask(_question(stan), 5)
        assert answer is not None and answer.stan == f"{stan:06}" and answer.code == "00"
    assert acquirer.connections == 1


def test_an_answer_nobody_waits_for_any_more_finds_nobody(
    acquirer: StandInAcquirer, line: AcquirerLink
) -> None:
    acquirer.script = silent
    assert line.ask(_question(1), 0.1) is None
    acquirer.script = lambda message: message.answer("00")
    answer = line.ask(_question(2), 5)
    assert answer is not None and answer.stan == "000002"
    assert acquirer.connections == 2, "the silent line was given up"


def test_a_stranger_to_the_question_is_passed_over(line: AcquirerLink, acquirer: StandInAcquirer) -> None:
    """Another terminal's answer, and another number's, come first."""

    def confused(message: Message) -> Message | None:
        return message.answer("00", {41: "T0000009"})

    acquirer.script = confused
    assert line.ask(_question(), 0.2) is None


def test_a_line_that_breaks_is_made_anew(acquirer: StandInAcquirer, line: AcquirerLink) -> None:
    assert line.ask(_question(1), 5) is not None
    acquirer.hang_up()
    answer = line.ask(_question(2), 5)
    assert answer is not None and acquirer.connections == 2


def test_nobody_there_says_that_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    gone = AcquirerLink("127.0.0.1", port, lambda: NOW)
    with pytest.raises(NotSentError) as told:
        gone.ask(_question(), 1)
    assert told.value.code is Code.ACQUIRER_UNREACHABLE


def test_who_refuses_the_sign_on_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pos.gateway.acquirer.SIGN_ON_S", 0.2)
    heard: list[Message] = []

    def serve(server: socket.socket) -> None:
        connection, _ = server.accept()
        link = Link(TPDU_2, VISA_STYLE, listens=True)
        link.opened(0)
        with connection:
            while data := connection.recv(4096):
                link.receive_data(data, 0)
                heard.extend(one.message for one in link.events() if isinstance(one, Heard))

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        line = AcquirerLink("127.0.0.1", server.getsockname()[1], lambda: NOW)
        with pytest.raises(NotSentError):
            line.ask(_question(), 1)
        thread.join(5)
    assert not heard, "no question goes over a line that is not signed on"
