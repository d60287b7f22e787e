"""The CPU of a till for one contact purchase with CDA, without card and reader (docs/protocol/emv-kernel.md).

A real card of the project answers once; what it said is then said again from a list, so that only the kernel
computes: four RSA operations, every check, the data of both cryptograms. Unit: V, one Ed25519 verification in
the same run.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from hardware.cards.emv.payment_card import PaymentCard
from hardware.cards.emv.tester import TEST_PIN, Wish, make_seeded
from hardware.entropy import SeededEntropy
from pos.core.emv.driving import World, drive
from pos.core.emv.outcome import Outcome, Verdict
from pos.core.emv.purchase import purchase
from pos.core.emv.steps import Answered, AskPin, PinEnciphered, PinTyped
from pos.core.emv.terminal import CHANCE_BYTES, Application, Sale, Terminal
from tender.card.certificates import CaKey
from tender.card.values import Tsi, Tvr
from tender.crypto.keys import verify_open
from tender.crypto.sealing import Pin
from town.bench.measurement import Measurement, at_most, cpu_s, interleaved, told
from town.bench.mint import NOW, make_chain

PROFILE: Final = "visa-cvn18-cda"
AMOUNT_TIYN: Final = 377_900
REACH_V: Final = 40
ROUNDS: Final = 40
_VERIFICATIONS: Final = 200
_NAME: Final = "CPU of the kernel, one contact purchase with CDA and an enciphered PIN"


def terminal(authority: CaKey) -> Terminal:
    """A shop's, with the network's key."""
    taken = Application(bytes.fromhex("A000000003"), bytes.fromhex("0096"), "Visa-style")
    return Terminal("BENCH001", "BENCH0000000001", "Bench", 5411, (taken,), (authority,))


def heard() -> tuple[Terminal, list[bytes]]:
    """A real card's answers to this sale."""
    made = make_seeded(Wish(PROFILE), "bench", datetime.fromtimestamp(NOW, UTC).date())
    card = PaymentCard(made.image, SeededEntropy("bench"))
    card.power(True)
    here, said = terminal(made.authority), list[bytes]()

    def transmit(command: bytes) -> bytes:
        said.append(card.transmit(command))
        return said[-1]

    _approved(bought(here, transmit))
    return here, said


def bought(here: Terminal, transmit: Callable[[bytes], bytes]) -> Outcome:
    """The whole purchase, from selection to the second cryptogram."""

    def pad(step: AskPin) -> PinTyped | PinEnciphered:
        return PinEnciphered(bytes(8)) if step.online else PinTyped(Pin(TEST_PIN))

    sale = Sale(AMOUNT_TIYN, NOW, 1, bytes(CHANCE_BYTES))
    return drive(purchase(here, sale), World(transmit, lambda step: Answered("00"), pad))


def _approved(outcome: Outcome) -> None:
    authenticated = Tsi.OFFLINE_DATA_AUTHENTICATION_PERFORMED in outcome.tsi
    if outcome.verdict is not Verdict.APPROVED_ONLINE or Tvr.CDA_FAILED in outcome.tvr or not authenticated:
        raise RuntimeError(f"the bench's card was not taken: {outcome.reason} {outcome.tvr.words}")


def kernel(*, scale: bool = False) -> list[Measurement]:
    """All of it. There is no larger scale of it."""
    del scale
    here, said = heard()
    messages = make_chain().signed_messages()
    signed, key = messages[0]

    def again() -> None:
        left = iter(said)
        _approved(bought(here, lambda command: next(left)))

    ratio = interleaved(
        lambda: cpu_s(again, ROUNDS) / ROUNDS,
        lambda: cpu_s(lambda: verify_open(signed, key), _VERIFICATIONS) / _VERIFICATIONS,
    )
    return [
        at_most(_NAME, ratio, "V (at most)", REACH_V),
        told("the same purchase, commands to the card", len(said), "APDUs"),
    ]
