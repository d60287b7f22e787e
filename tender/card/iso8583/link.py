"""The conversation of two machines about their line: sign-on, echo, what happens when the other falls silent.

A :class:`Link` does no I/O and has no clock. The shell hands it what arrived and what time it is, sends what
:meth:`Link.data_to_send` gives, and wakes it at :meth:`Link.next_deadline`. It answers by itself what
concerns the line alone (0800; a malformed message; traffic before sign-on); the rest it hands on.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from tender.card.iso8583.codec import MalformedMessage
from tender.card.iso8583.dialect import Dialect
from tender.card.iso8583.fields import path
from tender.card.iso8583.framing import Envelope, Frame, Framer, Framing, turned
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
from tender.card.iso8583.moments import transmitted_at
from tender.errors import RemoteProtocolError

ROUTES_KEPT: Final = 10_000
"""Requests whose way back is remembered; far more than any line has under way."""
CHALLENGE: Final = 53
"""Data element in which who listens says a number that nobody can foresee, and a sign-on says it back under
its code: so a sign-on that was overheard is good for the one connection it was made for."""
STRANGERS_WORDS: Final = 4
"""Messages a peer may say at a guarded line before it has proved who it is: echo, sign-on, sign-on again."""
_NETWORK: Final = "0800"
_SIGN_ON_FIRST: Final = "91"
_NOT_ADMITTED: Final = "63"
_NOT_THIS_TERMINAL: Final = "58"
_NOTHING_READ: Final = "0000"


@dataclass(frozen=True, slots=True)
class LinkTimers:
    """Milliseconds: silence before an echo is asked, how long one may take, when sign-on or a dead line is
    tried again; and how many echoes may be missed."""

    echo_idle_ms: int = 60_000
    answer_ms: int = 10_000
    retry_ms: int = 5_000
    echoes_most: int = 3


class Guard(Protocol):
    """Who may sign on at a line that listens, and what may be asked over it then."""

    challenge: str
    """Sixteen digits of this connection alone: a sign-on that does not name them is told them with its 63."""

    def admits(self, sign_on: Message) -> bool:
        """Whether to let it on; else it is answered with 63."""

    def allows(self, request: Message) -> bool:
        """Whether this may be asked; else it is answered with 58."""


class Link:
    """One end of a line. ``listens``: the other signs on; else we do, after :meth:`opened`. ``signs_on``
    False: nobody does, the line is up as soon as it is open (terminals). ``route``: of new messages, where
    the framing has an envelope. ``institution``: data element 33 of our 0800, "" for none. ``seals``: puts
    into our sign-on what the other knows us by; ``guard``: what looks at the other's."""

    def __init__(
        self,
        framing: Framing,
        dialect: Dialect,
        listens: bool,
        timers: LinkTimers = LinkTimers(),  # it is frozen
        *,
        signs_on: bool = True,
        route: bytes = b"",
        institution: str = "",
        seals: Callable[[Message], Message] | None = None,
        guard: Guard | None = None,
    ) -> None:
        self.dialect: Final = dialect
        self._framing: Final = framing
        self._listens: Final = listens
        self._timers: Final = timers
        self._signs_on: Final = signs_on
        self._route: Final = route
        self._institution: Final = institution
        self._seals: Final = seals
        self._guard: Final = guard
        self._framer = Framer(framing)
        self._state = LinkState.CLOSED
        self._out = bytearray()
        self._events: deque[LinkEvent] = deque()
        self._routes: dict[tuple[object, ...], bytes] = {}
        self._trace_number = 0
        self._asked: dict[str, str] = {}
        """Trace number → code of 70, of our 0800s without an answer."""
        self._challenge = ""
        """What who listens has said to our sign-on."""
        self._missed = 0
        self._before_silence = LinkState.CLOSED
        self._deadline: int | None = None
        self._proved = self._over = False
        self._strange = 0
        """Messages of a peer that has not proved who it is."""

    # --- for the shell

    @property
    def state(self) -> LinkState:
        """What the line is good for now."""
        return self._state

    @property
    def is_up(self) -> bool:
        """Whether messages may be sent."""
        return self._state is LinkState.UP

    @property
    def is_stranger(self) -> bool:
        """Whether the other has yet to prove to the guard who it is."""
        return self._guard is not None and not self._proved

    @property
    def is_over(self) -> bool:
        """Whether a stranger was refused or talks on: it hears what :meth:`data_to_send` still has, and then
        the connection is to be closed."""
        return self._over

    def opened(self, now_ms: int) -> None:
        """There is a connection, a new one."""
        self._proved = self._over = False
        self._strange = 0
        self._framer = Framer(self._framing)
        self._out.clear()
        self._routes.clear()
        self._asked.clear()
        self._challenge = ""
        self._missed = 0
        self._change(LinkState.WAITS_FOR_SIGN_ON if self._signs_on else LinkState.UP)
        self._deadline = now_ms + self._timers.echo_idle_ms
        if self._signs_on and not self._listens:
            self.sign_on(now_ms)

    def closed(self) -> None:
        """The connection is gone, and what was not sent with it."""
        self._out.clear()
        self._deadline = None
        self._change(LinkState.CLOSED)

    def receive_data(self, data: bytes, now_ms: int) -> None:
        """What has arrived. ``RemoteProtocolError`` at ``frame.…``: the connection is to be closed; what came
        before is in :meth:`events`. Nothing is read any more once :attr:`is_over`."""
        if self._over:
            return
        for frame in self._framer.feed(data):
            self._alive(now_ms)
            if frame.octets:
                self._received(frame, now_ms)
            if self.is_stranger:
                self._strange += 1
                self._over = self._over or self._strange >= STRANGERS_WORDS
            if self._over:
                return

    def send(self, message: Message) -> bool:
        """Put a message on its way; False when the line is not up, and nothing was sent. An answer takes the
        way its request came by. ``LocalProtocolError`` for a message that does not fit the dialect."""
        if self._state is LinkState.CLOSED or (message.is_request and not self.is_up):
            return False
        self._say(message, self._way_of(message))
        return True

    def sign_on(self, now_ms: int) -> None:
        """Ask to be let on; :meth:`opened` does it first, after a :meth:`sign_off` it is asked for."""
        self._asked.clear()
        self._ask(self.dialect.network_codes.sign_on[0], now_ms)

    def sign_off(self, now_ms: int) -> None:
        """Say that no traffic is wanted any more."""
        self._ask(self.dialect.network_codes.sign_off[0], now_ms)
        self._change(LinkState.SIGNED_OFF)

    def events(self) -> Iterator[LinkEvent]:
        """What has happened since, in order; each once."""
        while self._events:
            yield self._events.popleft()

    def data_to_send(self) -> bytes:
        """What is to go out now; once."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def next_deadline(self) -> int | None:
        """When :meth:`due` has something to do at the latest; None while closed."""
        return self._deadline

    def due(self, now_ms: int) -> None:
        """It is so late."""
        if self._deadline is None or now_ms < self._deadline:
            return
        if self._state is LinkState.WAITS_FOR_SIGN_ON and not self._listens:
            self.sign_on(now_ms)
            return
        if self._asked:
            self._asked.clear()
            self._missed += 1
        if self._missed >= self._timers.echoes_most and self._state is not LinkState.SILENT:
            self._before_silence = self._state
            self._change(LinkState.SILENT)
        self._ask(self.dialect.network_codes.echo[0], now_ms)

    # --- what arrives

    def _alive(self, now_ms: int) -> None:
        """Whatever comes shows that somebody is there."""
        self._missed = 0
        if self._listens or self._state is not LinkState.WAITS_FOR_SIGN_ON:
            # Nothing puts off a sign-on of its own: with its answer lost, the other side thinks it has one.
            self._deadline = now_ms + self._timers.echo_idle_ms
        if self._state is not LinkState.SILENT:
            return
        if self._before_silence is LinkState.UP and self._signs_on and not self._listens:
            self._change(LinkState.WAITS_FOR_SIGN_ON)
            self.sign_on(now_ms)
        else:
            self._change(self._before_silence)

    def _received(self, frame: Frame, now_ms: int) -> None:
        if frame.reject:
            self._events.append(Rejected(frame.reject, self._readable(frame.octets)))
            return
        try:
            message = self.dialect.decode(frame.octets)
        except MalformedMessage as error:
            self._not_understood(error, frame)
            return
        back = turned(frame.route)
        if message.mti == _NETWORK:
            self._managing(message, back)
        elif message.mti == "0810" and self._answered(message, now_ms):
            self._events.append(Managed(message))
        elif message.is_request and self._state is not LinkState.UP:
            self._refuse(message, _SIGN_ON_FIRST, back)
        elif message.is_request and self._guard is not None and not self._guard.allows(message):
            self._refuse(message, _NOT_THIS_TERMINAL, back)
        else:
            if message.is_request:
                self._proved = True
                self._remember(message, back)
            self._events.append(Heard(message))

    def _refuse(self, message: Message, code: str, back: bytes, fields: Mapping[int, str] = {}) -> None:
        """Say no, and to a stranger nothing more: who guesses has to come again for each guess."""
        self._events.append(Refused(message))
        self._say(message.answer(code, fields), back)
        self._over = self.is_stranger

    def _readable(self, octets: bytes) -> Message | None:
        try:
            return self.dialect.decode(octets)
        except MalformedMessage as error:
            return error.readable

    def _not_understood(self, error: MalformedMessage, frame: Frame) -> None:
        answer = error.answer()
        gives_back = answer is None and self._framing.envelope is Envelope.STATIONS and _may_be_request(error)
        self._events.append(Unread(error.code, error.field, error.readable, answer is not None or gives_back))
        if answer is not None:
            self._say(answer, turned(frame.route))
        elif gives_back:
            number = error.field.removeprefix(path(0)[:-3])
            reject = f"0{number}" if number.isdecimal() else _NOTHING_READ
            self._out += self._framing.frame(frame.octets, frame.route, reject)

    def _managing(self, message: Message, back: bytes) -> None:
        """A 0800: about the line, or (keys, cut-over) for who works on it."""
        codes = self.dialect.network_codes
        try:
            code = message.network_code
            if code in codes.sign_on and self._guard is not None and not self._guard.admits(message):
                challenge = {CHALLENGE: self._guard.challenge}
                if CHALLENGE in message.fields:
                    self._refuse(message, _NOT_ADMITTED, back, challenge)
                    self._over = True
                else:
                    self._events.append(Managed(message))
                    self._say(message.answer(_NOT_ADMITTED, challenge), back)
                return
            if code in codes.sign_on:
                self._proved = True
                self._change(LinkState.UP)
            elif code in codes.sign_off:
                self._change(LinkState.SIGNED_OFF)
            elif code not in codes.echo:
                self._remember(message, back)
                self._events.append(Heard(message))
                return
            answer = message.answer("00")
        except RemoteProtocolError:
            answer = message.answer("30")
        self._events.append(Managed(message))
        self._say(answer, back)

    def _answered(self, message: Message, now_ms: int) -> bool:
        """Whether it answers a 0800 of the link's own."""
        try:
            code = self._asked.pop(message.stan, None)
            granted = message.code == "00"
        except RemoteProtocolError:
            return False
        if code in self.dialect.network_codes.sign_on:
            challenge = message.fields.get(CHALLENGE)
            if granted:
                self._deadline = now_ms + self._timers.echo_idle_ms
                self._change(LinkState.UP)
            elif self._seals is not None and not self._challenge and isinstance(challenge, str):
                self._challenge = challenge
                self.sign_on(now_ms)
            else:
                self._deadline = now_ms + self._timers.retry_ms
        return code is not None

    # --- what goes out

    def _ask(self, code: str, now_ms: int) -> None:
        self._trace_number = self._trace_number % 999_999 + 1
        trace_number = f"{self._trace_number:06}"
        fields: dict[int, str | bytes] = {7: transmitted_at(now_ms), 11: trace_number, 70: code}
        if self._institution:
            fields[33] = self._institution
        self._asked[trace_number] = code
        silent = self._state is LinkState.SILENT
        self._deadline = now_ms + (self._timers.retry_ms if silent else self._timers.answer_ms)
        message = Message(_NETWORK, fields)
        if self._seals is not None and code in self.dialect.network_codes.sign_on:
            known = {CHALLENGE: self._challenge} if self._challenge else {}
            message = self._seals(message.having(known))
        self._say(message, self._route)

    def _say(self, message: Message, route: bytes) -> None:
        self._out += self._framing.frame(self.dialect.encode(message), route)
        self._events.append(Said(message))

    def _remember(self, message: Message, back: bytes) -> None:
        if not back:
            return
        if len(self._routes) >= ROUTES_KEPT:
            del self._routes[next(iter(self._routes))]
        self._routes[_key(message, message.answer_mti)] = back

    def _way_of(self, message: Message) -> bytes:
        if message.is_request:
            return self._route
        return self._routes.pop(_key(message, message.mti), self._route)

    def _change(self, state: LinkState) -> None:
        if state is not self._state:
            self._state = state
            self._events.append(Changed(state))


def _key(message: Message, answer_mti: str) -> tuple[object, ...]:
    """What ties an answer to its request on one line."""
    fields = message.fields
    return answer_mti, fields.get(7), fields.get(11), fields.get(41)


def _may_be_request(error: MalformedMessage) -> bool:
    return error.readable is None or error.readable.is_request
