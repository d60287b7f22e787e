"""A till that is a card terminal, cards of the pilot's banks, and the people in front of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from hardware.cards.emv.payment_card import PaymentCard
from hardware.cards.emv.profiles import profile
from hardware.cards.emv.rsa_keys import rsa_key
from hardware.entropy import SeededEntropy
from hardware.field import Field, InProcessReader
from hardware.hsm import SoftHsm
from hardware.hsm_keys import KeyFolder
from pos.core.card_settings import CardSettings
from pos.service.card_values import CardStep, CardTold
from pos.service.till import Till
from pos.service.values import CARD
from tender.card.bins import bin_of
from tender.card.pan import Pan, Scheme, luhn_digit
from tender.card.personalisation import Personalisation
from tender.crypto.sealing import Pin
from tender.ports import CardReader
from tests.pos_cards.acquirer import StandInAcquirer, silent
from tests.wallet.village import good

PIN: Final = "1234"
KEY: Final = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
HALYK: Final = 601
EURASIAN: Final = 948
OF_SCHEME: Final = {"visa": HALYK, "mastercard": EURASIAN}
TIYN: Final = 377_900
"""3 779 tenge, the pilot's average check."""
NOTE_20: Final = 2_000_000
NOTE_5: Final = 500_000
NOTE_2: Final = 200_000
SILENCE_S: Final = 0.3
"""So long, and not as long as a shop, whoever knows that nobody answers waits."""
_FOLDERS: Final[list[TemporaryDirectory[str]]] = []


@cache
def hsm() -> SoftHsm:
    """The issuers' module of every test here, from one seed."""
    folder = TemporaryDirectory(prefix="pos-cards")
    _FOLDERS.append(folder)
    entropy = SeededEntropy("pos-cards rsa")
    return SoftHsm(
        KeyFolder(Path(folder.name), SeededEntropy("pos-cards")), lambda bits: rsa_key(bits, entropy)
    )


def pan_of(bank: int, number: int = 1) -> Pan:
    """A card number of this bank."""
    digits = f"{bin_of(bank)}{number:09d}"
    return Pan(digits + luhn_digit(digits))


@cache
def personal(name: str, number: int = 1) -> Personalisation:
    """What is on a card of this kind, issued by a bank of its scheme."""
    kind = profile(name)
    bank = OF_SCHEME[kind.scheme]
    return hsm().personalise(
        bank, kind, pan_of(bank, number), 1, "BOLAT/BOLAT", date(2026, 1, 1), 203_012, PIN
    )


def a_card(name: str = "visa-cvn10-online", number: int = 1, **changes: Any) -> PaymentCard:
    """A card of this kind."""
    given = replace(personal(name, number), **changes)
    return PaymentCard.made([given], SeededEntropy(f"card {name} {number}"))


def held(card: PaymentCard, name: str = "counter") -> InProcessReader:
    """The card in a reader."""
    return InProcessReader(Field(name, card))


@dataclass
class People:
    """Cashier and customer: they type what is asked for, and remember what they saw."""

    pin: str | None = PIN
    steps: list[CardStep] = field(default_factory=list)
    asked: int = 0

    def tell(self, step: CardStep) -> None:
        """They see it."""
        self.steps.append(step)

    def ask_pin(self, tries_left: int | None, was_wrong: bool) -> Pin | None:
        """Typed."""
        self.asked += 1
        return None if self.pin is None else Pin(self.pin)

    def choose(self, names: Sequence[str]) -> int | None:
        """The first."""
        return 0


def set_up(till: Till, port: int, *, accepts_dt: bool = False, profile: str = "full") -> None:
    """Make the till a terminal of the acquirer at this port."""
    settings = CardSettings(
        host="127.0.0.1",
        port=port,
        acquirer=str(HALYK),
        terminal="T0000001",
        merchant="990140000385",
        key=KEY,
        accepts_dt=accepts_dt,
        profile=profile,
        ca_keys=hsm().ca_keys(),
    )
    assert till.terminal.configure(settings) is None


@contextmanager
def unanswered(till: Till, acquirer: StandInAcquirer) -> Iterator[None]:
    """Within, the acquirer is silent and the till gives up soon; what is answered afterwards is waited for as
    long as in a shop, however busy the machine."""
    desk, before = till.terminal, acquirer.script
    patience_s = desk.answer_s, desk.reversal_s
    desk.answer_s = desk.reversal_s = SILENCE_S
    acquirer.script = silent
    try:
        yield
    finally:
        desk.answer_s, desk.reversal_s = patience_s
        acquirer.script = before


def asked(till: Till, amount_tiyn: int = TIYN) -> None:
    """One thing on the counter, to be paid by card."""
    good(till.add_item("Tea", amount_tiyn))
    good(till.begin_payment(CARD))


def paid(till: Till, reader: CardReader, people: People | None = None) -> CardTold:
    """The card in the reader pays what is asked."""
    told = till.cards.taking.pay(reader, people or People(), timeout_s=0)
    assert isinstance(told, CardTold), told
    return told


__all__ = ["PIN", "TIYN", "People", "Scheme", "a_card", "asked", "held", "paid", "set_up"]
