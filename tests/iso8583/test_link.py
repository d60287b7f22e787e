"""The conversation about a line: sign-on, echo, silence, recovery, and answers to what nobody should say."""

from collections.abc import Iterable

import pytest

from tender.card.iso8583.dialects import MASTERCARD_STYLE, VISA_STYLE, Dialect
from tender.card.iso8583.framing import ASCII_4, LENGTH_2, STATIONS_4, TPDU_2, Framer, Framing, route_between
from tender.card.iso8583.link import Link, LinkTimers
from tender.card.iso8583.link_events import (
    Changed,
    Heard,
    LinkEvent,
    LinkState,
    Managed,
    Refused,
    Rejected,
    Said,
    Unread,
)
from tender.card.iso8583.message import Message
from tender.errors import Code, LocalProtocolError, RemoteProtocolError
from tests.iso8583.samples import purchase

NOW_MS = 1_795_280_400_000
TIMERS = LinkTimers(echo_idle_ms=60_000, answer_ms=10_000, retry_ms=5_000, echoes_most=3)
LINES = pytest.mark.parametrize(
    ("framing", "dialect"),
    [(LENGTH_2, VISA_STYLE), (TPDU_2, VISA_STYLE), (STATIONS_4, VISA_STYLE), (ASCII_4, MASTERCARD_STYLE)],
    ids=lambda one: one.name,
)


class Wire:
    """Two ends of one line, and the time."""

    def __init__(
        self, dialect: Dialect = VISA_STYLE, framing: Framing = LENGTH_2, *, signs_on: bool = True
    ) -> None:
        self.now_ms = NOW_MS
        self.member = Link(framing, dialect, False, TIMERS, signs_on=signs_on, institution="400001")
        self.network = Link(framing, dialect, True, TIMERS, signs_on=signs_on)
        self.ends = (self.member, self.network)
        for end in self.ends:
            end.opened(self.now_ms)

    def carry(self) -> None:
        """What is under way arrives, and what that brings about."""
        while any([self._over(self.member, self.network), self._over(self.network, self.member)]):
            pass

    def _over(self, sender: Link, receiver: Link) -> bool:
        data = sender.data_to_send()
        receiver.receive_data(data, self.now_ms)
        return bool(data)

    def wait(self, wait_ms: int) -> None:
        """Time goes by, a second at a time; nothing is carried."""
        for _ in range(wait_ms // 1_000):
            self.now_ms += 1_000
            for end in self.ends:
                end.due(self.now_ms)


def said(events: Iterable[LinkEvent], kind: type[LinkEvent]) -> list[LinkEvent]:
    """The events of one kind."""
    return [event for event in events if isinstance(event, kind)]


def heard(link: Link) -> list[Message]:
    """What was handed on since."""
    return [event.message for event in link.events() if isinstance(event, Heard)]


@LINES
def test_sign_on_then_a_purchase_and_its_answer(framing: Framing, dialect: Dialect) -> None:
    wire = Wire(dialect, framing)
    assert not wire.member.is_up and not wire.network.is_up
    wire.carry()
    assert wire.member.is_up and wire.network.is_up
    assert wire.member.send(purchase(dialect))
    wire.carry()
    (asked,) = heard(wire.network)
    assert asked == purchase(dialect)
    assert wire.network.send(asked.answer("00", {38: "123456"}))
    wire.carry()
    (answer,) = heard(wire.member)
    assert (answer.mti, answer.code, answer.approval_code, answer.stan) == (
        "0110",
        "00",
        "123456",
        asked.stan,
    )


@pytest.mark.parametrize(
    ("dialect", "sign_on", "echo"), [(VISA_STYLE, "071", "301"), (MASTERCARD_STYLE, "061", "270")], ids=str
)
def test_each_dialect_has_its_own_codes(dialect: Dialect, sign_on: str, echo: str) -> None:
    wire = Wire(dialect)
    (first,) = said(wire.member.events(), Said)
    assert isinstance(first, Said) and first.message.network_code == sign_on
    assert first.message.fields[33] == "400001"
    wire.carry()
    list(wire.member.events())
    wire.wait(60_000)
    (asked,) = said(wire.member.events(), Said)
    assert isinstance(asked, Said) and asked.message.network_code == echo


def test_a_request_before_sign_on_is_answered_with_91_and_reaches_nobody() -> None:
    wire = Wire()
    wire.member.data_to_send()  # the sign-on is lost
    early = LENGTH_2.frame(VISA_STYLE.encode(purchase(VISA_STYLE)))
    wire.network.receive_data(early, NOW_MS)
    events = list(wire.network.events())
    assert not said(events, Heard) and said(events, Refused) == [Refused(purchase(VISA_STYLE))]
    (frame,) = Framer(LENGTH_2).feed(wire.network.data_to_send())
    assert VISA_STYLE.decode(frame.octets).code == "91"
    assert not wire.member.send(purchase(VISA_STYLE)) and not wire.member.data_to_send()


def test_a_sign_on_without_an_answer_is_tried_again() -> None:
    wire = Wire()
    wire.member.data_to_send()
    wire.wait(10_000)
    wire.carry()
    assert wire.member.is_up


def test_traffic_does_not_put_off_a_sign_on_whose_answer_was_lost() -> None:
    wire = Wire()
    wire.network.receive_data(wire.member.data_to_send(), wire.now_ms)
    wire.network.data_to_send()  # lost: only one side thinks that the line is up
    for _ in range(2):
        wire.wait(5_000)
        assert wire.network.send(purchase(VISA_STYLE))
        wire.carry()
    wire.carry()
    assert wire.member.is_up
    assert wire.member.next_deadline() == wire.now_ms + TIMERS.echo_idle_ms


def test_a_sign_on_that_is_refused_is_tried_again_later() -> None:
    wire = Wire()
    (frame,) = Framer(LENGTH_2).feed(wire.member.data_to_send())
    refused = VISA_STYLE.decode(frame.octets).answer("05")
    wire.member.receive_data(LENGTH_2.frame(VISA_STYLE.encode(refused)), NOW_MS)
    assert not wire.member.is_up
    assert wire.member.next_deadline() == NOW_MS + TIMERS.retry_ms
    wire.wait(5_000)
    wire.carry()
    assert wire.member.is_up


def test_three_missed_echoes_make_a_line_silent_and_it_comes_back_by_itself() -> None:
    wire = Wire()
    wire.carry()
    wire.wait(60_000 + 2 * 10_000)
    assert wire.member.is_up, "two were missed"
    wire.wait(10_000)
    for end in wire.ends:
        end.data_to_send()  # nothing of it arrived
        assert end.state is LinkState.SILENT
    assert not wire.member.send(purchase(VISA_STYLE))
    changes = said(wire.network.events(), Changed)
    assert changes[-1] == Changed(LinkState.SILENT)
    wire.wait(5_000)  # both ask again, and this time it arrives
    wire.carry()
    assert wire.member.is_up and wire.network.is_up
    assert wire.member.send(purchase(VISA_STYLE))


def test_traffic_is_a_sign_of_life_and_nothing_is_asked_while_it_flows() -> None:
    wire = Wire()
    wire.carry()
    for _ in range(5):
        wire.wait(59_000)
        assert wire.member.send(purchase(VISA_STYLE))
        wire.carry()
        for request in heard(wire.network):
            wire.network.send(request.answer("00"))
        wire.carry()
    codes = [one.message.mti for one in said(wire.member.events(), Said) if isinstance(one, Said)]
    assert codes == ["0800"] + ["0100"] * 5, "one sign-on, no echo"


def test_a_heartbeat_is_a_sign_of_life_too() -> None:
    wire = Wire()
    wire.carry()
    wire.wait(59_000)
    wire.member.receive_data(LENGTH_2.heartbeat(), wire.now_ms)
    assert wire.member.next_deadline() == wire.now_ms + TIMERS.echo_idle_ms


def test_after_sign_off_requests_are_refused_and_answers_under_way_still_pass() -> None:
    wire = Wire()
    wire.carry()
    wire.member.send(purchase(VISA_STYLE))
    wire.carry()
    (asked,) = heard(wire.network)
    wire.member.sign_off(wire.now_ms)
    wire.carry()
    assert (wire.member.state, wire.network.state) == (LinkState.SIGNED_OFF, LinkState.SIGNED_OFF)
    assert wire.network.send(asked.answer("00"))
    assert not wire.network.send(purchase(VISA_STYLE))
    wire.carry()
    assert [message.code for message in heard(wire.member)] == ["00"]
    wire.member.sign_on(wire.now_ms)
    wire.carry()
    assert wire.member.is_up and wire.network.is_up


def test_a_terminal_line_needs_no_sign_on() -> None:
    wire = Wire(framing=TPDU_2, signs_on=False)
    assert wire.member.is_up and wire.network.is_up and not wire.member.data_to_send()


def test_keys_and_cut_over_are_for_who_works_on_the_line() -> None:
    wire = Wire()
    wire.carry()
    list(wire.network.events())
    cut_over = Message("0800", {7: "1121000000", 11: "000777", 70: "201"})
    assert wire.member.send(cut_over)
    wire.carry()
    assert heard(wire.network) == [cut_over]
    wire.network.send(cut_over.answer("00"))
    wire.carry()
    assert [message.network_code for message in heard(wire.member)] == ["201"]


def test_an_answer_goes_back_the_way_its_request_came() -> None:
    """A concentrator's terminals share one connection and have an address each."""
    host = Link(TPDU_2, VISA_STYLE, True, TIMERS, signs_on=False)
    host.opened(NOW_MS)
    asked = [purchase(VISA_STYLE).having({41: f"TERM000{n}", 11: f"00000{n}"}) for n in (1, 2)]
    for place, one in enumerate(asked):
        route = route_between(TPDU_2.envelope, 0x0003, 0x1000 + place)
        host.receive_data(TPDU_2.frame(VISA_STYLE.encode(one), route), NOW_MS)
    for one in reversed(heard(host)):
        host.send(one.answer("00"))
    frames = list(Framer(TPDU_2).feed(host.data_to_send()))
    assert [frame.route.hex() for frame in frames] == ["6010010003", "6010000003"]
    assert [VISA_STYLE.decode(frame.octets).terminal for frame in frames] == ["TERM0002", "TERM0001"]


def test_a_malformed_request_is_answered_with_what_could_be_read() -> None:
    wire = Wire()
    wire.carry()
    list(wire.network.events())
    octets = VISA_STYLE.encode(purchase(VISA_STYLE))
    spoiled = octets.replace("MERCHANT".encode("cp500"), b"\x00ERCHANT")
    wire.network.receive_data(LENGTH_2.frame(spoiled), wire.now_ms)
    (event,) = said(wire.network.events(), Unread)
    assert isinstance(event, Unread) and (event.field, event.answered) == ("iso8583.de042", True)
    wire.carry()
    (answer,) = heard(wire.member)
    assert (answer.mti, answer.code, answer.stan, answer.terminal) == ("0110", "30", "000001", "TERM0001")
    assert 42 not in answer.fields


def test_what_cannot_be_answered_goes_back_between_stations_with_a_code() -> None:
    wire = Wire(framing=STATIONS_4)
    wire.carry()
    list(wire.member.events())
    octets = VISA_STYLE.encode(purchase(VISA_STYLE))
    no_trace_number = octets[:2] + octets[2:10] + b"\xff" * 20
    route = route_between(STATIONS_4.envelope, 400_001, 990_000)
    wire.network.receive_data(STATIONS_4.frame(no_trace_number, route), wire.now_ms)
    (event,) = said(wire.network.events(), Unread)
    assert isinstance(event, Unread) and event.answered
    wire.carry()
    (back,) = said(wire.member.events(), Rejected)
    assert isinstance(back, Rejected) and back.reject == "0002", "the card number was the first to be wrong"


def test_a_malformed_answer_is_not_answered() -> None:
    wire = Wire()
    wire.carry()
    octets = VISA_STYLE.encode(purchase(VISA_STYLE).answer("00"))[:-1]
    wire.member.receive_data(LENGTH_2.frame(octets), wire.now_ms)
    (event,) = said(wire.member.events(), Unread)
    assert isinstance(event, Unread) and not event.answered and not wire.member.data_to_send()


def test_an_echo_that_says_nothing_is_a_format_error() -> None:
    wire = Wire()
    wire.carry()
    wire.member.send(Message("0800", {7: "1121000000", 11: "000005"}))
    wire.carry()
    answers = [message for message in heard(wire.member) if message.mti == "0810"]
    assert [message.code for message in answers] == ["30"]


def test_a_closed_line_carries_nothing_and_a_new_one_begins_afresh() -> None:
    wire = Wire()
    wire.carry()
    wire.network.receive_data(b"\x00", wire.now_ms)  # half a length
    for end in wire.ends:
        end.closed()
        assert end.state is LinkState.CLOSED and end.next_deadline() is None
        assert not end.send(purchase(VISA_STYLE).answer("00"))
        end.opened(wire.now_ms)
    wire.carry()
    assert wire.member.is_up and wire.network.is_up
    assert said(wire.member.events(), Managed)


def test_what_breaks_a_frame_closes_the_line_after_what_came_before_it() -> None:
    wire = Wire(MASTERCARD_STYLE, ASCII_4)
    wire.carry()
    list(wire.network.events())
    good = ASCII_4.frame(MASTERCARD_STYLE.encode(purchase(MASTERCARD_STYLE)))
    with pytest.raises(RemoteProtocolError) as caught:
        wire.network.receive_data(good + b"12x4", wire.now_ms)
    assert (caught.value.code, caught.value.field) == (Code.FIELD_WRONG, "frame.length")
    assert heard(wire.network) == [purchase(MASTERCARD_STYLE)]


def test_a_message_that_does_not_fit_the_dialect_is_our_own_mistake() -> None:
    wire = Wire()
    wire.carry()
    with pytest.raises(LocalProtocolError) as caught:
        wire.member.send(Message("0100", {4: "12"}))
    assert caught.value.field == "iso8583.de004"
