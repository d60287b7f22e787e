"""A terminal, a sale and a world around the kernel for the tests, each with every figure replaceable."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pos.core.emv.driving import World, drive
from pos.core.emv.outcome import Outcome
from pos.core.emv.purchase import purchase
from pos.core.emv.steps import (
    Answered,
    AskPin,
    ChooseApplication,
    Chosen,
    Gone,
    GoOnline,
    PinEnciphered,
    PinReply,
    PinTyped,
    Unanswered,
)
from pos.core.emv.terminal import Application, Sale, Terminal
from tender.card.values import Tvr
from tender.crypto.sealing import Pin
from tests.emv_kernel.scripted_card import PIN, Script, ScriptedCard, ca

NOW = 1_795_262_400
"""21 November 2026, 17:00 in Almaty."""
APPLICATION = Application(
    bytes.fromhex("A000000003"),
    bytes.fromhex("0096"),
    "Visa-style",
    denial=Tvr(0),
    online=Tvr.every(),
    default=Tvr.every(),
    floor_tiyn=1_000_000,
)


def terminal(**changes: Any) -> Terminal:
    """A shop's, attended, able to go online."""
    given: dict[str, Any] = {
        "number": "TERM0001",
        "merchant": "MERCHANT0000001",
        "merchant_name": "Kiosk M",
        "category": 5411,
        "applications": (APPLICATION,),
        "ca_keys": (ca(),),
    }
    return Terminal(**{**given, **changes})


def sale(amount_tiyn: int = 377_900, **changes: Any) -> Sale:
    """3 779 tenge, the pilot's average check."""
    given: dict[str, Any] = {"now": NOW, "sequence": 1, "chance": bytes(range(32))}
    return Sale(amount_tiyn, **{**given, **changes})


def yes(step: GoOnline) -> Answered:
    """An issuer that approves and proves nothing."""
    return Answered("00")


def types_pin(step: AskPin) -> PinTyped | PinEnciphered:
    """The right one."""
    return PinEnciphered(bytes(8)) if step.online else PinTyped(Pin(PIN))


@dataclass
class Played:
    """A transaction and everything that was said in it."""

    card: ScriptedCard
    asked: list[GoOnline] = field(default_factory=list)
    pins: list[AskPin] = field(default_factory=list)
    choices: list[ChooseApplication] = field(default_factory=list)
    outcome: Outcome = field(init=False)


def played(
    script: Script | ScriptedCard,
    *,
    at: Terminal | None = None,
    of: Sale | None = None,
    online: Callable[[GoOnline], Answered | Unanswered] = yes,
    pin: Callable[[AskPin], PinReply] = types_pin,
    choose: Callable[[ChooseApplication], Chosen | Gone] = lambda step: Chosen(0),
) -> Played:
    """Play it to its end."""
    told = Played(script if isinstance(script, ScriptedCard) else ScriptedCard(script))

    def goes_online(step: GoOnline) -> Answered | Unanswered:
        told.asked.append(step)
        return online(step)

    def asks(step: AskPin) -> PinReply:
        told.pins.append(step)
        return pin(step)

    def chooses(step: ChooseApplication) -> Chosen | Gone:
        told.choices.append(step)
        return choose(step)

    world = World(told.card.transmit, goes_online, asks, chooses)
    told.outcome = drive(purchase(at or terminal(), of or sale()), world)
    return told
