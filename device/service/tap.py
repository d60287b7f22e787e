"""A payment as one conversation over a line: request → offer → ready → transfer → receipt.

The same for every two-way line: a socket, the field of a reader, a phone that answers as a card. The line may
tear anywhere. Whoever is left keeps what is certain; at the next meeting the same payment goes on, because
every message can be sent again and nothing is signed twice (docs/protocol/session.md).
"""

from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from enum import Enum, unique
from typing import Final

from device.core.model import Payment
from device.ports import Door, Line
from device.service.desk import Desk
from device.service.money import Money, Proposal, Requested, Told
from tender.cash.messages import Kind, unwrap
from tender.errors import Code, DeviceError, LinkError, Refusal, RemoteProtocolError

STEP_S: Final = 20
"""How long one side waits for the next message of a conversation that has begun."""
LINGER_S: Final = 2
"""How long whoever spoke last waits for the other to hang up."""
ROUNDS_MOST: Final = 16
"""Messages of one meeting; honest sides need five, and nobody is listened to for ever."""
MEETINGS_MOST: Final = 100
"""Conversations over one payment before a reader gives up on whoever keeps breaking off."""


@unique
class Stage(Enum):
    """What a person who holds something to a reader must know."""

    WAITING = "waiting"
    MET = "met"
    SIGNED = "signed"
    """From now on links are, or may be, signed away: a tear leaves something to finish."""
    TORN = "torn"


Watch = Callable[[Stage], None]
Decide = Callable[[Proposal], bool]
"""The person's yes or no to a payment; asked at most once for it."""


def unwatched(_: Stage) -> None:
    """Nobody looks."""


class Taps:
    """Use cases of a device that meets another one."""

    def __init__(self, desk: Desk, money: Money, watch: Watch = unwatched) -> None:
        self._desk = desk
        self._money = money
        self._watch = watch

    # --- the payee

    def take_at(self, door: Door, asked: Requested, timeout_s: float) -> Told | Refusal:
        """Show the request to whoever comes, until the money is here or refused. A torn line is waited out.

        Raises :class:`LinkError` when nobody comes for ``timeout_s``, and what the door raises.
        """
        for _ in range(MEETINGS_MOST):
            try:
                with closing(self._meet(door, timeout_s)) as line:
                    # Whoever began before is gone: his line is torn, or nobody new could have come.
                    self._money.free(asked.payment)
                    told = self.take(line, asked)
            except LinkError as error:
                raise torn(asked.payment, "requested") from error
            if told is not None:
                return told
            self._watch(Stage.TORN)
        raise torn(asked.payment, "requested")

    def take(self, line: Line, asked: Requested) -> Told | Refusal | None:
        """One meeting. None when it tore before the money was here: the next one may go on."""
        try:
            line.send(asked.message)
            for _ in range(ROUNDS_MOST):
                told = self._money.receive(line.receive(STEP_S))
                if isinstance(told, Refusal):
                    return told
                if any(unwrap(message)[0] is Kind.READY for message in told.messages):
                    self._watch(Stage.SIGNED)
                send_all(line, told)
                if told.refusal is not None or told.closed:
                    if told.messages:
                        _linger(line)
                    return told if told.refusal is None else told.refusal
            raise RemoteProtocolError(Code.OUT_OF_ORDER, "line")
        except (LinkError, RemoteProtocolError):
            row = self._desk.store.get(Payment, asked.payment)
            if row is not None and row.status == "received":
                # The money is here and counted; only the receipt may be lost: it is given again when asked.
                return Told(asked.payment, row.status, row.amount_tiyn, row.party, (), True)
            return None

    # --- the payer

    def pay_at(self, door: Door, decide: Decide, timeout_s: float) -> Told | Refusal:
        """Pay whoever comes and asks, and go on with the same payment at every next meeting.

        Raises like :meth:`pay`: once something was agreed to, what is certain of it.
        """
        agreed: set[bytes] = set()

        def once(found: Proposal) -> bool:
            if found.payment not in agreed and not decide(found):
                return False
            agreed.add(found.payment)
            return True

        broken: LinkError | None = None
        for _ in range(MEETINGS_MOST):
            try:
                line = self._meet(door, timeout_s)
            except (LinkError, DeviceError) as error:
                raise broken or error from error
            with closing(line):
                try:
                    return self.pay(line, once, timeout_s)
                except LinkError as error:
                    # Of a payment under way we know more than of a meeting that came to nothing.
                    broken = error if error.refusal.facts or broken is None else broken
                    self._watch(Stage.TORN)
        assert broken is not None
        raise broken

    def pay(self, line: Line, decide: Decide, timeout_s: float) -> Told | Refusal:
        """Read the request, ask the person, and pay; ``status`` tells how it ended (``paid``, ``declined``).

        Raises :class:`LinkError` when the line tears; with the payment and its status once there is one.
        A second meeting about a torn payment goes on where it stopped.
        """
        request = line.receive(timeout_s)
        found = self._money.propose(request, two_way=True)
        if isinstance(found, Refusal):
            with suppress(LinkError):
                line.send(self._money.say_no(request, found))
            return found
        name = found.party if isinstance(found, Told) else found.name
        if isinstance(found, Proposal):
            if not decide(found):
                declined = self._money.decline(found)
                with suppress(LinkError):
                    send_all(line, declined)
                return declined
            confirmed = self._money.confirm(found, two_way=True)
            if isinstance(confirmed, Refusal):
                return confirmed
            found = confirmed
        return self._finish(line, found, name)

    def _finish(self, line: Line, told: Told, name: str) -> Told | Refusal:
        """Everything after the yes."""
        try:
            send_all(line, told)
            for _ in range(ROUNDS_MOST):
                if told.closed:
                    return replace(told, party=told.party or name)
                heard = self._money.receive(line.receive(STEP_S))
                if isinstance(heard, Refusal):
                    return heard
                told = heard
                if told.status in ("signing", "sent"):
                    self._watch(Stage.SIGNED)
                send_all(line, told)
                if told.refusal is not None:
                    return told.refusal
        except LinkError as error:
            raise torn(told.payment, told.status) from error
        if told.closed:
            return replace(told, party=told.party or name)
        raise torn(told.payment, told.status)  # as if nobody were there: nobody answers

    # --- both

    def _meet(self, door: Door, timeout_s: float) -> Line:
        self._watch(Stage.WAITING)
        line = door.accept(timeout_s)
        self._watch(Stage.MET)
        return line


def torn(payment: bytes, status: str) -> LinkError:
    """The line is gone: what is certain, what to do."""
    return LinkError(Code.PEER_UNREACHABLE, "line", payment=payment.hex()[:8], status=status)


def send_all(line: Line, told: Told) -> None:
    """Say all that the other side needs now."""
    for message in told.messages:
        line.send(message)


def _linger(line: Line) -> None:
    """Let the other side read what was said last, and hang up first."""
    with suppress(LinkError):
        line.receive(LINGER_S)
