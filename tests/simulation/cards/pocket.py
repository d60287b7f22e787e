"""A card in somebody's hand at a reader, and who holds it: types the PIN, pulls the card out too early."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from card_switch.core.issuer.cards import CardRecord
from hardware.cards.emv.payment_card import PaymentCard
from hardware.cards.emv.profiles import profile, profile_of_bank
from hardware.entropy import SeededEntropy
from pos.service.card_values import CardStep
from tender.card.pan import Pan, Scheme, Track2
from tender.card.personalisation import Personalisation
from tender.crypto.sealing import Pin
from tender.errors import Code, DeviceError
from tests.issuer.world import PIN, hsm

BEGINS: Final = date(2026, 1, 1)
ENDS_MONTH: Final = 203_012
SERVICE_CODE: Final = "201"
PLAIN: Final = {Scheme.VISA: "visa-cvn10-online", Scheme.MASTERCARD: "mchip-cvn11-sda"}
"""Kinds of card that compute nothing with RSA; the first card of each client is as its bank issues them."""
_MADE: Final[dict[str, Personalisation]] = {}


def personal(bank: int, pan: Pan, plain: bool) -> Personalisation:
    """What is on this card; made once for all worlds."""
    if pan.digits not in _MADE:
        assert pan.scheme is not None
        kind = profile(PLAIN[pan.scheme]) if plain else profile_of_bank(bank)
        _MADE[pan.digits] = hsm().personalise(bank, kind, pan, 1, "HOLDER/A", BEGINS, ENDS_MONTH, PIN)
    return _MADE[pan.digits]


class Plastic:
    """A real card, and what is printed on it."""

    def __init__(self, bank: int, record: CardRecord, plain: bool) -> None:
        self.bank = bank
        self.record = record
        self.pan = record.pan
        self.chip = PaymentCard.made(
            [personal(bank, self.pan, plain)], SeededEntropy(f"chip {self.pan.digits}")
        )
        self.in_use = False

    @property
    def code(self) -> str:
        """What is printed on its back."""
        return self._check_value("000")

    @property
    def stripe(self) -> Track2:
        """What its stripe says."""
        digits = f"1{self.record.pvv}{self._check_value(SERVICE_CODE)}"
        return Track2(self.pan, self.record.expiry, SERVICE_CODE, digits)

    def _check_value(self, service_code: str) -> str:
        return hsm().verification_value(self.bank, self.pan, self.record.expiry, service_code)


@dataclass
class Reader:
    """Holds the card; ``pulled_at``: the command before which it is pulled out (0: not before the end)."""

    card: Plastic
    pulled_at: int = 0
    commands: int = 0

    @property
    def name(self) -> str:
        """Of the reader."""
        return "counter"

    def connect(self, timeout_s: float) -> bytes:
        """The card gets power."""
        if self.card.in_use:
            raise DeviceError(Code.CARD_MISSING, "reader")
        self.card.in_use = True
        self.card.chip.power(False)
        self.card.chip.power(True)
        return self.card.chip.atr

    def transmit(self, command: bytes) -> bytes:
        """A command, if the card is still there."""
        self.commands += 1
        if self.pulled_at and self.commands >= self.pulled_at:
            raise DeviceError(Code.CARD_GONE, "reader")
        return bytes(self.card.chip.transmit(command))

    def disconnect(self) -> None:
        """It is taken."""
        self.card.in_use = False

    def gone(self, timeout_s: float) -> bool:
        """Whoever holds it has it."""
        return not self.card.in_use


@dataclass
class Holder:
    """Types ``pin`` (None: goes past it)."""

    pin: str | None = PIN
    steps: list[CardStep] = field(default_factory=list)

    def tell(self, step: CardStep) -> None:
        """It is seen."""

    def ask_pin(self, tries_left: int | None, was_wrong: bool) -> Pin | None:
        """A wrong one is typed once."""
        pin = PIN if was_wrong else self.pin
        return None if pin is None else Pin(pin)

    def choose(self, names: Sequence[str]) -> int | None:
        """The first."""
        return 0
