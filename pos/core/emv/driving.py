"""Run a transaction with callables for the world: how a till, a test or a bench drives the kernel.

``transmit`` passes one short command and gives its answer (a reader); a reader that fails is a card that is
gone. Every other step is answered by a callable of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass

from pos.core.emv.outcome import Outcome
from pos.core.emv.steps import (
    Answered,
    AskPin,
    ChooseApplication,
    Chosen,
    Gone,
    GoOnline,
    PinPadFailed,
    PinReply,
    Reply,
    Step,
    Steps,
    Transmit,
    Unanswered,
)
from tender.card.exchange import exchange
from tender.errors import DeviceError, RemoteProtocolError


@dataclass(frozen=True, slots=True)
class World:
    """What stands around the kernel."""

    transmit: Callable[[bytes], bytes]
    """As ``CardReader.transmit``."""
    online: Callable[[GoOnline], Answered | Unanswered]
    pin: Callable[[AskPin], PinReply] = lambda step: PinPadFailed()
    choose: Callable[[ChooseApplication], Chosen | Gone] = lambda step: Chosen(0)


def drive(transaction: Steps[Outcome], world: World) -> Outcome:
    """To its end. What ``online``, ``pin`` and ``choose`` raise goes through; the kernel is closed then."""
    try:
        step = next(transaction)
        while True:
            step = transaction.send(_reply(step, world))
    except StopIteration as end:
        outcome: Outcome = end.value
        return outcome
    finally:
        transaction.close()


def _reply(step: Step, world: World) -> Reply:
    match step:
        case Transmit(command=command):
            try:
                return exchange(world.transmit, command)
            except (DeviceError, RemoteProtocolError):
                return Gone()
        case ChooseApplication():
            return world.choose(step)
        case AskPin():
            return world.pin(step)
        case GoOnline():
            return world.online(step)
